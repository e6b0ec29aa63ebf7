"""What lies beside a paper's PDF: other systems read it, lists show it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from ocr.alto import write_alto
from ocr.beside import Beside
from ocr.page import Colour, FailedPage, Page
from ocr.pdf import Profile, assemble_checked
from ocr.previews import PREVIEW, THUMBNAIL, preview_name, previews_of, thumbnail_name
from ocr.readings import write_reading
from tests.ocr.pdf.made import DPI, HEIGHT, METADATA, WIDTH, page


def pages_of(folder: Path) -> list[Page]:
    """Two pages that were read, one that was only seen, one that was not even that."""
    seen = page(folder, ["x"], number=7)
    return [
        page(folder, ["Số: 12/QĐ-UBND", "Tân Lập"], number=3),
        page(folder, ["Trang sau"], number=4, colour=Colour.BILEVEL),
        FailedPage(number=7, error="…", kind="EngineFailed", image=seen.image, width=WIDTH, height=HEIGHT, dpi=DPI),
        FailedPage(number=8, error="…", kind="PageDamaged"),
    ]


def pictures(previews: Path) -> dict[str, PIL.Image.Image]:
    """The pictures by name."""
    with zipfile.ZipFile(previews) as archive:
        assert archive.testzip() is None
        return {name: PIL.Image.open(io.BytesIO(archive.read(name))) for name in archive.namelist()}


@pytest.mark.parametrize("profile", Profile)
def test_everything_is_written_while_the_pages_go_by_once(tmp_path: Path, profile: Profile) -> None:
    """A pile of 2,000 pages that is parsed six times over keeps the next batch waiting."""
    made = pages_of(tmp_path)
    passes = 0

    class Pages(list[Page]):
        def __iter__(self) -> Iterator[Page]:
            nonlocal passes
            passes += 1
            return super().__iter__()

    (tmp_path / "to").mkdir()
    beside = Beside(tmp_path / "to", METADATA)
    pdf = tmp_path / "to" / "a.pdf"
    assert assemble_checked(Pages(made), METADATA, pdf, profile=profile, beside=beside.writing) is None
    assert passes == 2  # the other one is the check
    write_alto(made, METADATA, tmp_path / "alone.xml")
    write_reading(made, tmp_path / "alone.gz")
    assert beside.alto.read_bytes() == (tmp_path / "alone.xml").read_bytes()
    assert beside.reading.read_bytes() == (tmp_path / "alone.gz").read_bytes()
    assert beside.text.read_text(encoding="utf-8") == "Số: 12/QĐ-UBND\nTân Lập\fTrang sau\f\f"
    assert beside.page_texts == ((3, "Số: 12/QĐ-UBND\nTân Lập"), (4, "Trang sau"))
    found = pictures(beside.previews)
    assert set(found) == {name for number in (3, 4, 7) for name in (preview_name(number), thumbnail_name(number))}
    assert {picture.format for picture in found.values()} == {"WEBP"}
    assert {file.name for file in (tmp_path / "to").iterdir()} == {
        "a.pdf",
        "document.alto.xml",
        "document.txt",
        "reading.jsonl.gz",
        "previews.zip",
    }


def test_a_paper_that_is_made_again_has_each_page_once_beside_it(tmp_path: Path) -> None:
    """Text and ALTO would hold the first pages twice, and every place in them would be a page off."""
    made = [page(tmp_path, ["Trang một"]), page(tmp_path, ["Trang hai"], number=2)]
    with PIL.Image.open(made[1].image) as image:
        image.convert("CMYK").save(made[1].image, format="JPEG")  # that no PDF takes as it is
    beside = Beside(tmp_path, METADATA)
    rebuilt = assemble_checked(made, METADATA, tmp_path / "a.pdf", beside=beside.writing)
    assert rebuilt is not None
    assert rebuilt.images
    assert beside.text.read_text(encoding="utf-8") == "Trang một\fTrang hai"
    assert beside.alto.read_text(encoding="utf-8").count("<Page ") == 2
    assert len(pictures(beside.previews)) == 4


def test_previews_show_the_page_in_its_colours(tmp_path: Path) -> None:
    """Red and blue changed would make every seal a forgery at first sight."""
    sheet = np.full((3508, 2480, 3), 250, np.uint8)
    sheet[:1700, :1200] = (40, 40, 200)  # blue, green, red: a red corner at the top left
    with previews_of(tmp_path / "p.zip") as add:
        add(1, sheet)
        add(2, np.full((40, 9000), 128, np.uint8))
    found = pictures(tmp_path / "p.zip")
    preview, thumbnail = found[preview_name(1)], found[thumbnail_name(1)]
    assert max(preview.size) <= PREVIEW
    assert preview.size == (620, 877)
    assert thumbnail.width <= THUMBNAIL[0]
    assert thumbnail.height <= THUMBNAIL[1]
    for picture in (preview, thumbnail):
        red, green, blue = picture.convert("RGB").getpixel((picture.width // 4, picture.height // 4))
        assert red > 180
        assert max(green, blue) < 70
        assert min(picture.convert("RGB").getpixel((picture.width - 9, picture.height - 9))) > 240
    assert min(found[thumbnail_name(2)].size) == 1  # a strip of paper is no fault


def test_an_image_that_does_not_decode_has_no_preview(tmp_path: Path) -> None:
    """A picture is a convenience: for want of it no paper is held up."""
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8 nothing")
    with previews_of(tmp_path / "p.zip") as add:
        add(1, tmp_path / "bad.jpg")
    assert pictures(tmp_path / "p.zip") == {}


def test_a_full_disk_leaves_no_half_files(tmp_path: Path) -> None:
    """A cut ALTO under its final name would be published by the next run."""
    beside = Beside(tmp_path, METADATA)
    made = page(tmp_path, ["Một"])

    def filled() -> None:
        with beside.writing() as seen:
            seen(made, None)
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        filled()
    assert [file.name for file in tmp_path.iterdir()] == ["page-00001.jpg"]
