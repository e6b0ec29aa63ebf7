"""Pictures and manifests as IIIF has them, opened by Mirador, and shown to nobody who may not see the paper."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from playwright.sync_api import Browser, expect
from pydantic import ValidationError
from sqlalchemy import func, select

from ocr.previews import previews_of
from storage.records import DossierRow
from storage.records.models import EventTable
from storage.scopes import Scope
from tests import mirador, prezi3
from tests.api.house import DOSSIER, House, PaperText
from tests.web.browser import desk
from tests.web.conftest import seat
from tests.web.papers import A4, DPI, a_page, a_pdf, an_alto, waiting_papers
from web.viewer.pictures import Pictures, lone_jpeg_of, pictures_of

IMAGE = "/iiif/image/{}/1"


@pytest.fixture
def paper(house: House) -> str:
    """A paper with a page that can be seen."""
    (document,) = waiting_papers(house, "12/QĐ-UBND")
    return document


@pytest.fixture
def reader(house: House) -> TestClient:
    """A client with a key that reads."""
    house.client.headers.update(house.key(Scope.READ, Scope.PERSONAL))
    return house.client


def _picture(reader: TestClient, paper: str, rest: str) -> Image.Image:
    answer = reader.get(f"{IMAGE.format(paper)}/{rest}")
    assert answer.status_code == 200, rest
    picture = Image.open(io.BytesIO(answer.content))
    picture.load()
    return picture


def test_the_information_is_what_viewers_need(reader: TestClient, paper: str) -> None:
    """A viewer that is told a wrong size shows tiles in the wrong places."""
    info = reader.get(f"{IMAGE.format(paper)}/info.json")
    told = info.json()
    assert info.headers["content-type"].startswith("application/ld+json")
    assert info.headers["access-control-allow-origin"] == "*"
    assert (told["type"], told["protocol"], told["profile"]) == (
        "ImageService3",
        "http://iiif.io/api/image",
        "level2",
    )
    assert told["id"].endswith(IMAGE.format(paper))
    full = _picture(reader, paper, "full/max/0/default.jpg")
    assert full.size == (told["width"], told["height"])
    base = reader.get(IMAGE.format(paper), follow_redirects=False)
    assert (base.status_code, base.headers["location"]) == (303, f"{IMAGE.format(paper)}/info.json")


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ("0,0,200,100/max/0/default.jpg", (200, 100)),
        ("square/100,/0/default.jpg", (100, 100)),
        ("pct:10,10,50,20/,50/0/default.png", None),
        ("0,0,400,400/!100,80/0/default.jpg", (80, 80)),
        ("0,0,400,200/120,90/0/default.jpg", (120, 90)),
        ("0,0,400,200/pct:50/90/default.jpg", (100, 200)),
        ("0,0,400,200/200,100/!180/gray.jpg", (200, 100)),
        ("100,100,300,300/300,300/270/bitonal.png", (300, 300)),
        ("full/200,/0/default.webp", None),
    ],
)
def test_every_form_of_level_2_is_served(
    reader: TestClient, paper: str, asked: str, size: tuple[int, int] | None
) -> None:
    """An archive's viewer asks in its own way; an answer of another size is stretched."""
    picture = _picture(reader, paper, asked)
    if size is not None:
        assert picture.size == size
    if "gray" in asked:
        assert picture.mode == "L"


def test_a_part_shows_what_stands_there_and_a_turn_turns_it(reader: TestClient, paper: str) -> None:
    """A crop of the wrong place would have a clerk confirm what she does not see."""
    info = reader.get(f"{IMAGE.format(paper)}/info.json").json()
    across = info["width"] / A4[0]
    x, y, wide, high = (round(value * across) for value in (560, 900, 140, 140))  # the seal
    seal = _picture(reader, paper, f"{x},{y},{wide},{high}/100,100/0/default.png").convert("RGB")
    paper_white = _picture(reader, paper, f"{x},{round(200 * across)},{wide},40/100,28/0/default.png").convert("RGB")
    red, green, blue = (np.asarray(seal)[:, :, band].astype(int) for band in range(3))
    assert np.count_nonzero((red > 150) & (green < 110) & (blue < 110)) > 500
    assert np.asarray(paper_white).min() > 225
    upright = _picture(reader, paper, "0,0,400,300/max/0/default.png").convert("RGB")
    turned = _picture(reader, paper, "0,0,400,300/max/90/default.png").convert("RGB")
    assert upright.transpose(Image.Transpose.ROTATE_270).tobytes() == turned.tobytes()


@pytest.mark.parametrize(
    "asked",
    [
        "0,0,0,0/max/0/default.jpg",
        "9999,0,10,10/max/0/default.jpg",
        "full/0,/0/default.jpg",
        "full/,/0/default.jpg",
        "full/99999,/0/default.jpg",
        "full/max/45/default.jpg",
        "full/max/0/sepia.jpg",
        "full/max/0/default.gif",
        "x/max/0/default.jpg",
        "pct:0,0,0,0/max/0/default.jpg",
        "full/pct:0/0/default.jpg",
    ],
)
def test_what_cannot_be_is_refused_and_does_not_fail(reader: TestClient, paper: str, asked: str) -> None:
    """A server's fault at a stranger's address tells that there is something to try."""
    assert reader.get(f"{IMAGE.format(paper)}/{asked}").status_code == 400


def test_pages_that_are_not_there_are_not_found(reader: TestClient, paper: str) -> None:
    """Page 2 of a paper of one page is no fault of the server's."""
    for page in ("2", "0", "x", "1-zzzzzzzz", "1/.."):
        assert reader.get(f"/iiif/image/{paper}/{page}/info.json").status_code in (404, 422)


def test_tiles_may_be_kept_only_where_their_address_names_the_bytes(reader: TestClient, paper: str) -> None:
    """A browser that kept a page's tiles by its number alone would show it unturned for a day after it was turned."""
    document = reader.get(f"/v1/documents/{paper}").json()
    sha256 = next(part["sha256"] for part in document["files"] if part["name"] == "pdf")
    rest = "full/100,/0/default.jpg"
    plain = reader.get(f"/iiif/image/{paper}/1/{rest}")
    named = reader.get(f"/iiif/image/{paper}/1-{sha256[:8]}/{rest}")
    assert (plain.headers["cache-control"], "immutable" in named.headers["cache-control"]) == (
        "private, no-cache",
        True,
    )
    again = reader.get(f"/iiif/image/{paper}/1/{rest}", headers={"If-None-Match": plain.headers["etag"]})
    assert again.status_code == 304


def test_a_whole_page_that_is_small_enough_is_its_stored_picture(
    house: House, reader: TestClient, tmp_path: Path
) -> None:
    """Every list would fetch its papers' PDFs; and a picture in other colours than the page is a wrong picture."""
    shown = np.asarray(a_page("Số: 12/QĐ-UBND", size=(1654, 2339)))[:, :, ::-1]
    with previews_of(tmp_path / "p.zip") as add:
        add(1, shown)
    files = {
        "pdf": a_pdf(a_page("Số: 12", size=(1654, 2339)), dpi=200),
        "previews": (tmp_path / "p.zip").read_bytes(),
    }
    (document,) = house.publish(PaperText(name="a", files=files))
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        thumbnail, preview = archive.read("thumb-00001.webp"), archive.read("page-00001.webp")
    base = IMAGE.format(document)
    cache = pictures_of(house.door)
    assert reader.get(f"{base}/full/!320,460/0/default.webp").content == thumbnail
    assert reader.get(f"{base}/full/827,/0/default.webp").content == preview
    for rest, size in (("full/300,/0/default.jpg", (300, 424)), ("full/!240,240/90/gray.png", (240, 170))):
        assert _picture(reader, document, rest).size == size, rest
    assert not list(cache.glob("*-0.*"))  # nothing was drawn for them
    _picture(reader, document, "0,0,800,800/200,/0/default.jpg")
    _picture(reader, document, "full/1240,/0/default.jpg")
    assert list(cache.glob("*-0.*"))


def test_forty_tiles_of_a_paper_are_one_view_on_the_log(house: House, reader: TestClient, paper: str) -> None:
    """A log of forty lines a page hides the one line that matters."""
    for left in range(0, 400, 100):
        reader.get(f"{IMAGE.format(paper)}/{left},0,100,100/max/0/default.jpg")
    with house.door.database.reading() as session:
        views = session.scalar(select(func.count()).where(EventTable.object_id == paper, EventTable.type == "viewed"))
    assert views == 1


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


LANGUAGE_MAPS = ("label", "summary")
TYPES = {
    "Manifest",
    "Collection",
    "Canvas",
    "AnnotationPage",
    "Annotation",
    "Image",
    "Text",
    "Dataset",
    "ImageService3",
}


def _is_presentation_3(told: dict[str, Any], kind: str) -> None:
    """The rules of Presentation API 3.0 that a manifest, a collection or an annotation page must keep."""
    assert told["@context"] == "http://iiif.io/api/presentation/3/context.json"
    assert told["type"] == kind
    for part in _walk(told):
        if "type" in part and part["type"] != "TextualBody":
            assert part["type"] in TYPES
            assert part["id"].startswith("http"), part
        for name in LANGUAGE_MAPS:
            if name in part:
                assert all(isinstance(texts, list) for texts in part[name].values())
        if part.get("type") == "Annotation":
            assert part["motivation"] in ("painting", "supplementing", "commenting")
            assert {"id", "body", "target"} <= part.keys()
        if part.get("type") == "Canvas":
            assert part["height"] > 0
            assert part["width"] > 0
            assert all(page["type"] == "AnnotationPage" for page in part["items"])
            painted = part["items"][0]["items"][0]
            assert painted["target"] == part["id"]
    _by_iiifs_schema(told, kind)
    if kind in ("Manifest", "Collection"):
        assert told["label"]
        assert isinstance(told["items"], list)
    ids = [part["id"] for part in _walk(told) if part.get("type") in ("Canvas", "Annotation", "AnnotationPage")]
    assert len(ids) == len(set(ids))


def _by_iiifs_schema(told: dict[str, Any], kind: str) -> None:
    """Valid by the models that iiif-prezi3 makes of IIIF's schema, which lost none of it. Raises ValidationError."""
    understood = prezi3.model(kind).model_validate(told).model_dump(mode="json", by_alias=True, exclude_none=True)
    assert told.keys() - {"@context"} <= understood.keys()


@pytest.mark.parametrize(
    "broken",
    [
        {"items": "none"},
        {"label": {"vi": 7}},
        {"id": "not an address"},
        {"navDate": "2023-07-12"},
        {"behavior": ["sideways"]},
        {"seeAlso": [{"id": 7}]},
    ],
)
def test_the_schema_refuses_a_broken_manifest(reader: TestClient, paper: str, broken: dict[str, Any]) -> None:
    """A check that lets everything pass would vouch for nothing."""
    manifest = reader.get(f"/iiif/presentation/{paper}/manifest.json").json() | broken
    with pytest.raises(ValidationError):
        _by_iiifs_schema(manifest, "Manifest")


def test_a_manifest_is_presentation_3_with_text_and_fields_where_they_stand(house: House, reader: TestClient) -> None:
    """Another archive's viewer refuses the whole paper for one wrong member."""
    alto = an_alto("Điều 1. Cấp giấy phép")
    (paper,) = house.publish(PaperText(name="a", files={"pdf": a_pdf(a_page("Số: 12/QĐ-UBND")), "alto": alto}))
    manifest = reader.get(f"/iiif/presentation/{paper}/manifest.json").json()
    _is_presentation_3(manifest, "Manifest")
    (canvas,) = manifest["items"]
    fields, text = (reader.get(page["id"]).json() for page in canvas["annotations"])
    for page in (fields, text):
        _is_presentation_3(page, "AnnotationPage")
        for one in page["items"]:
            where, _, box = one["target"].partition("#xywh=")
            x, y, wide, high = map(int, box.split(","))
            assert where == canvas["id"]
            assert x + wide <= canvas["width"]
            assert y + high <= canvas["height"]
    assert [one["body"]["value"] for one in text["items"]] == ["Điều 1. Cấp giấy phép"]
    assert [one["body"]["value"] for one in fields["items"]] == ["Số, ký hiệu: 12/QĐ-UBND"]
    assert reader.get(manifest["seeAlso"][0]["id"]).status_code == 200
    assert reader.get(manifest["rendering"][0]["id"]).status_code == 200


def test_a_dossier_is_a_collection_of_its_papers(house: House, reader: TestClient, paper: str) -> None:
    """Whoever asks for the dossier wants all of its papers in one viewer."""
    house.register(DossierRow(code=DOSSIER))
    told = reader.get(f"/iiif/collection/{DOSSIER}.json").json()
    _is_presentation_3(told, "Collection")
    assert [one["id"].split("/")[-2] for one in told["items"]] == [paper]
    assert reader.get("/iiif/collection/H23.16-230712-9999.json").status_code == 404


def test_nobody_sees_a_picture_of_what_they_may_not_see(house: House, paper: str) -> None:
    """A page's picture is the paper itself."""
    addresses = [
        f"{IMAGE.format(paper)}/info.json",
        f"{IMAGE.format(paper)}/full/max/0/default.jpg",
        f"/iiif/presentation/{paper}/manifest.json",
        f"/iiif/presentation/{paper}/pages/1/text.json",
    ]
    for address in addresses:
        assert house.client.get(address).status_code == 401
        assert house.client.get(address, headers=house.key(Scope.SEARCH)).status_code == 403
        assert house.client.get(address, headers=house.key(Scope.READ, agency="H23.17")).status_code == 404
        assert seat(house, "other", agency="H23.17").client.get(address).status_code == 404


def test_numbers_of_persons_are_hidden_from_keys_without_the_scope(house: House) -> None:
    """Text annotations would otherwise give away what the API hides."""
    alto = an_alto("CCCD 001085012345")
    (paper,) = house.publish(PaperText(name="a", files={"pdf": a_pdf(a_page("x")), "alto": alto}))
    address = f"/iiif/presentation/{paper}/pages/1/text.json"
    assert "001085012345" not in house.client.get(address, headers=house.key(Scope.READ)).text
    assert "001085012345" in house.client.get(address, headers=house.key(Scope.READ, Scope.PERSONAL)).text


def test_the_cache_forgets_what_was_not_looked_at_for_longest(house: House, reader: TestClient, paper: str) -> None:
    """Pictures of a million pages would fill the disk that the originals need."""
    _picture(reader, paper, "full/100,/0/default.jpg")
    pictures: Pictures = reader.app.state.pictures  # type: ignore[attr-defined]
    pictures.settle()
    pictures.sweep(most=0)
    assert not list((house.door.spool.parent / "pictures").iterdir())
    assert _picture(reader, paper, "full/100,/0/default.jpg").width == 100


def test_a_page_of_one_jpeg_looks_the_same_before_and_after_its_pyramid_is_made(
    house: House, reader: TestClient
) -> None:
    """A crop that jumped by a line when the pyramid came would have a clerk confirm the field below."""
    text = PaperText(name="a", files={"pdf": a_pdf(a_page("Số: 12/QĐ-UBND"))})
    paper = house.publish_pile(text, report={"page_info": [{"page": 1, "dpi": DPI}]})
    pictures: Pictures = reader.app.state.pictures  # type: ignore[attr-defined]
    folder = house.door.spool.parent / "pictures"
    for asked in (
        "90,100,300,60/max/0/default.png",
        "full/400,/90/default.png",
        "500,850,320,300/160,200/0/gray.png",
    ):
        pictures.settle()
        pictures.sweep(most=0)
        at_once = _picture(reader, paper, asked)
        pictures.settle()
        assert [file.suffix for file in folder.iterdir() if file.suffix in (".jpg", ".tif")] == [".tif"]
        later = _picture(reader, paper, asked)
        assert at_once.size == later.size
        apart = np.abs(np.asarray(at_once, dtype=int) - np.asarray(later, dtype=int))
        shifted = np.abs(np.asarray(at_once, dtype=int) - np.roll(np.asarray(later, dtype=int), 3, axis=0))
        assert apart.mean() < 3  # of 255; JPEG's own noise
        assert shifted.mean() > 2 * apart.mean()


@pytest.mark.parametrize("spoiled", ["seen text", "turned", "mask", "two images", "off its place", "smaller"])
def test_a_page_that_is_more_than_its_jpeg_is_drawn(tmp_path: Path, spoiled: str) -> None:
    """A stamp that stands beside the scan in the PDF must be on the picture too."""
    file = tmp_path / "a.pdf"
    file.write_bytes(a_pdf(a_page("x")))
    plain = lone_jpeg_of(file, 0)
    assert plain is not None
    with pikepdf.open(file, allow_overwriting_input=True) as pdf:
        page = pdf.pages[0]
        image = next(iter(page.Resources.XObject.values()))
        name = next(iter(page.Resources.XObject.keys()))
        if spoiled == "seen text":
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
            page.Resources["/Font"] = pikepdf.Dictionary(F=font)
            page.contents_add(b"BT /F 20 Tf 100 100 Td (stamp) Tj ET")
        elif spoiled == "turned":
            page.Rotate = 90
        elif spoiled == "mask":
            image.Mask = pikepdf.Array([0, 10, 0, 10, 0, 10])
        else:
            matrix = {"two images": "9 0 0 9 9 9", "off its place": "595 0 0 842 20 0", "smaller": "300 0 0 400 0 0"}
            if spoiled != "two images":
                page.Contents = pdf.make_stream(b"")
            page.contents_add(f"q {matrix[spoiled]} cm {name} Do Q".encode())
        pdf.save()
    assert lone_jpeg_of(file, 0) is None


def test_mirador_opens_a_paper_with_its_text(house: House, browser: Browser, base: str) -> None:
    """The archive that takes the papers over has Mirador, not us."""
    alto = an_alto("Điều 1. Cấp giấy phép")
    (paper,) = house.publish(PaperText(name="a", files={"pdf": a_pdf(a_page("Số: 12/QĐ-UBND")), "alto": alto}))
    with desk(browser, house, base) as lan:
        page = lan.page
        page.route("**/mirador.html", lambda route: route.fulfill(content_type="text/html", body="<div id=m></div>"))
        page.goto(f"{base}/mirador.html")
        page.add_script_tag(content=mirador.script())
        page.evaluate(
            "(manifest) => { Mirador.viewer({id: 'm',"
            " annotations: {filteredMotivations: ['commenting', 'supplementing']},"
            " window: {sideBarOpen: true, sideBarPanel: 'annotations'},"
            " windows: [{manifestId: manifest}]}); }",
            f"{base}/iiif/presentation/{paper}/manifest.json",
        )
        expect(page.locator(".mirador-window-top-bar").first).to_contain_text("12/QĐ-UBND", timeout=90_000)
        expect(page.locator(".mirador-window")).to_contain_text("Điều 1. Cấp giấy phép", timeout=90_000)
        page.wait_for_function(
            "() => performance.getEntriesByType('resource').some((one) => /iiif.image.*default/.test(one.name))"
        )
        assert lan.hosts == {base.removeprefix("http://")}
