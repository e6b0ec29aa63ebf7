"""Pages as images, and words marked on them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pikepdf
import pytest
from PIL import Image

from ocr.previews import previews_of
from storage.parts import part_of
from storage.scopes import Scope
from storage.signing import keep_signed
from tests.api.house import AGENCY, OTHER_DOSSIER, House, PaperText

ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout>
<Page ID="P1" PHYSICAL_IMG_NR="1" WIDTH="1000" HEIGHT="2000"><PrintSpace><TextBlock ID="b"><TextLine ID="l">
<String HPOS="100" VPOS="200" WIDTH="50" HEIGHT="20" CONTENT="Giấy"/><SP/>
<String HPOS="160" VPOS="200" WIDTH="60" HEIGHT="20" CONTENT="phép,"/><SP/>
<String HPOS="240" VPOS="200" WIDTH="60" HEIGHT="20" CONTENT="khác"/>
</TextLine></TextBlock></PrintSpace></Page></Layout></alto>"""


def a_pdf(pages: int) -> bytes:
    """A PDF of blank A4 pages."""
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(595, 842))
        pdf.docinfo["/CreationDate"] = pikepdf.String(f"D:{datetime.now(UTC):%Y%m%d}")
        written = io.BytesIO()
        pdf.save(written)
    return written.getvalue()


def test_a_page_comes_as_an_image_of_the_width_asked_for(house: House) -> None:
    """A reviewer's old machine would draw whole PDFs to show one page."""
    (document,) = house.publish(PaperText(name="a", files={"pdf": a_pdf(1)}))
    key = house.key(Scope.READ)
    address = f"/v1/documents/{document}/pages/1/image"
    answer = house.client.get(address, params={"width": 300}, headers=key)
    picture = Image.open(io.BytesIO(answer.content))
    assert (answer.headers["Content-Type"], picture.format, picture.width) == ("image/jpeg", "JPEG", 300)
    assert abs(picture.height - 300 * 842 / 595) < 2
    again = house.client.get(address, params={"width": 300}, headers={**key, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert house.client.get(f"/v1/documents/{document}/pages/2/image", headers=key).status_code == 404
    assert house.client.get(address, params={"width": 100_000}, headers=key).status_code == 422


def test_a_pdf_that_does_not_open_is_no_fault_of_ours(house: House) -> None:
    """One damaged object would look like a broken server."""
    (document,) = house.publish(PaperText(name="a"))
    assert (
        house.client.get(f"/v1/documents/{document}/pages/1/image", headers=house.key(Scope.READ)).status_code == 404
    )


def test_words_are_marked_where_they_stand(house: House) -> None:
    """A viewer would show the page and leave the clerk to look for the word."""
    (document,) = house.publish(PaperText(name="a", files={"alto": ALTO.encode()}))
    key = house.key(Scope.SEARCH)
    address = f"/v1/documents/{document}/pages/1/marks"
    told = house.client.get(address, params={"q": "giay phép"}, headers=key).json()
    assert told["boxes"] == [[0.1, 0.1, 0.15, 0.11], [0.16, 0.1, 0.22, 0.11]]
    assert house.client.get(address, params={"q": "giày"}, headers=key).json()["boxes"] == []
    assert (
        house.client.get(f"/v1/documents/{document}/pages/9/marks", params={"q": "a"}, headers=key).status_code == 404
    )


def test_pages_of_another_agency_are_not_there(house: House) -> None:
    """What a document hides its pages would show."""
    (document,) = house.publish(PaperText(name="a", dossier=OTHER_DOSSIER))
    key = house.key(*Scope, agency=AGENCY)
    for part in ("image", "marks?q=a"):
        assert house.client.get(f"/v1/documents/{document}/pages/1/{part}", headers=key).status_code == 404


def previews(*pages: int, shade: int = 200) -> bytes:
    """Stored pictures of pages in one tone."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "previews.zip"
        with previews_of(file) as add:
            for page in pages:
                add(page, np.full((2339, 1654, 3), (shade, shade, 0), np.uint8))  # blue, green, red
        return file.read_bytes()


def test_a_small_page_comes_from_its_stored_picture(house: House) -> None:
    """A list of fifty papers would fetch and draw fifty PDFs."""
    files = {"pdf": b"%PDF-1.7 never opened", "previews": previews(1)}
    (document,) = house.publish(PaperText(name="a", files=files))
    key = house.key(Scope.READ)
    address = f"/v1/documents/{document}/pages/1/image"
    for width in (300, 800):
        answer = house.client.get(address, params={"width": width}, headers=key)
        picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
        assert (answer.headers["Content-Type"], picture.width) == ("image/jpeg", width)
        assert abs(picture.height - width * 2339 / 1654) < 2
        red, green, blue = picture.getpixel((9, 9))
        assert red < 20
        assert abs(green - 200) < 10
        assert abs(blue - 200) < 10
    larger = house.client.get(address, params={"width": 2000}, headers=key)
    assert larger.status_code == 404  # that would have to be drawn, and this PDF does not open


def test_a_stored_picture_is_shown_to_whoever_may_see_its_paper_and_to_nobody_else(house: House) -> None:
    """A secret paper would be read on its thumbnail."""
    (document,) = house.publish(PaperText(name="a", dossier=OTHER_DOSSIER, files={"previews": previews(1)}))
    address = f"/v1/documents/{document}/pages/1/image?width=200"
    assert house.client.get(address).status_code == 401
    assert house.client.get(address, headers=house.key(*Scope, agency=AGENCY)).status_code == 404
    assert house.client.get(address, headers=house.key(Scope.READ)).status_code == 200
    told = house.client.get(f"/v1/documents/{document}", headers=house.key(Scope.READ)).json()
    assert {file["name"] for file in told["files"]} == {"pdf", "text", "alto"}  # each with an address that opens


def test_pictures_of_an_older_pdf_are_not_shown(house: House) -> None:
    """A page that was turned or taken out would still be seen as it was."""
    files = {"pdf": a_pdf(1), "previews": previews(1)}
    (document,) = house.publish(PaperText(name="a", files=files))
    newer = house.folder / "newer.pdf"
    newer.write_bytes(a_pdf(1))
    part = part_of(document, 2, "pdf", newer)
    house.door.store.put(part.key, newer, sha256=part.sha256, content_type=part.content_type)
    with house.door.database.transaction() as session:
        keep_signed(session, document, version=1, part=part, signatures=[], agent="test")
    answer = house.client.get(f"/v1/documents/{document}/pages/1/image?width=300", headers=house.key(Scope.READ))
    assert min(Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((9, 9))) > 250  # the PDF's blank page


@pytest.mark.parametrize("spoiled", [b"", b"no ZIP", previews(2), previews(1)[:-400]])
def test_a_spoiled_picture_costs_time_and_nothing_else(house: House, spoiled: bytes) -> None:
    """A convenience that is damaged must not hide the page."""
    (document,) = house.publish(PaperText(name="a", files={"pdf": a_pdf(1), "previews": spoiled}))
    answer = house.client.get(f"/v1/documents/{document}/pages/1/image?width=300", headers=house.key(Scope.READ))
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.content)).width == 300
