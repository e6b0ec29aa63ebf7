"""Whatever happens to a file's bytes, the answer is a page or an error of our own that names the file."""

from __future__ import annotations

import io
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr.errors import OcrError
from ocr.opening import Kind, Limits, Refused, Source, count_pages, find_sources, open_page
from tests.ocr.opening.scans import Paper, encoded, picture
from tests.ocr.opening.test_tiff import rgb
from tests.ocr.opening.typeset import font_of, lines

LIMITS = Limits(max_pixels=4_000_000, page_seconds=20)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
MANY = settings(FEW, max_examples=80)


@cache
def whole(kind: Kind) -> bytes:
    """A small sound file."""
    buffer = io.BytesIO()
    if kind is Kind.PDF:
        paper = Paper()
        page = paper.scan(paper.jpeg(picture(80, 110)), after="0 0 m 9 9 l S")
        fonts = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        paper.signature(page, (10, 10, 90, 40), "BT /F 9 Tf (stamp) Tj ET", fonts)
        paper.scan(paper.jpeg(picture(80, 110)))
        paper.pdf.save(buffer, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    elif kind is Kind.TIFF:
        frame = rgb(picture(60, 90))
        frame.save(buffer, "TIFF", save_all=True, append_images=[frame], compression="tiff_lzw")
    elif kind is Kind.ZIP:
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a/letter.jpg", encoded(".jpg", picture(60, 90)))
            archive.writestr("a/other.png", encoded(".png", picture(60, 90)))
    else:
        suffix = {Kind.JPEG: ".jpg", Kind.JP2: ".jp2"}.get(kind, f".{kind}")
        buffer.write(encoded(suffix, picture(60, 90)))
    return buffer.getvalue()


def changes(size: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Places and new bytes; the head more often than the rest."""
    place = st.one_of(st.integers(0, min(size, 600) - 1), st.integers(0, size - 1))
    return st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=12)


def changed(data: bytes, flips: list[tuple[int, int]], keep: float) -> bytes:
    new = bytearray(data)
    for place, byte in flips:
        new[place] = byte
    return bytes(new[: max(1, int(len(new) * keep))])


def look(data: bytes, kind: Kind) -> None:
    """Count and open all pages; only errors of our own may come out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scan"
        path.write_bytes(data)
        source = Source(name="the scan", files=(path,), kind=kind)
        try:
            pages = count_pages(source, limits=LIMITS)
            for number in range(1, min(pages, 3) + 1):
                page = open_page(source, number, limits=LIMITS, raster_dpi=72)
                assert page.image.shape[0] * page.image.shape[1] <= LIMITS.max_pixels
        except OcrError as error:
            assert "the scan" in str(error)  # noqa: PT017  a page is an answer too


KEEP = st.sampled_from((1.0, 1.0, 1.0, 0.9, 0.5))
IMAGES = (Kind.JPEG, Kind.PNG, Kind.TIFF, Kind.WEBP, Kind.JP2, Kind.BMP)


@pytest.mark.parametrize("kind", IMAGES)
@MANY
@given(data=st.data(), keep=KEEP)
def test_flipped_bytes_of_images_end_in_a_page_or_a_typed_error(kind: Kind, data: st.DataObject, keep: float) -> None:
    """A damaged photo must not take down the process that reads its neighbours."""
    flips = data.draw(changes(len(whole(kind))))
    look(changed(whole(kind), flips, keep), kind)


@FEW
@given(flips=changes(len(whole(Kind.PDF))), keep=KEEP)
def test_flipped_bytes_of_pdfs_end_in_a_page_or_a_typed_error(flips: list[tuple[int, int]], keep: float) -> None:
    """PDFs have the most ways to be broken."""
    look(changed(whole(Kind.PDF), flips, keep), Kind.PDF)


@FEW
@given(data=st.data())
def test_flipped_bytes_of_drawings_end_in_a_page_or_a_typed_error(data: st.DataObject) -> None:
    """What is wrong within a page's drawing is not seen by looking at the file around it."""
    with pikepdf.new() as pdf:
        font = font_of(pdf)
        drawing = f"q 595 0 0 842 0 0 cm /Im Do Q {lines(['Quyết định'], mode=3)}".encode()
        drawing = changed(drawing, data.draw(changes(len(drawing))), 1.0)
        paper = Paper()
        paper.scan(paper.jpeg(picture(80, 110)))
        page = paper.pdf.pages[0].obj
        page.Contents = pikepdf.Stream(paper.pdf, drawing)
        page.Resources.Font = pikepdf.Dictionary(F=paper.pdf.copy_foreign(font))
        buffer = io.BytesIO()
        paper.pdf.save(buffer)
    look(buffer.getvalue(), Kind.PDF)


@MANY
@given(flips=changes(len(whole(Kind.ZIP))), keep=KEEP)
def test_flipped_bytes_of_zips_end_in_what_was_found(flips: list[tuple[int, int]], keep: float) -> None:
    """Whatever a ZIP says, its members are found, refused or passed over, and nothing lands elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scans.zip"
        path.write_bytes(changed(whole(Kind.ZIP), flips, keep))
        for item in find_sources([path], unpack_to=Path(folder) / "to", limits=LIMITS):
            if isinstance(item, Refused):
                assert "scans.zip" in str(item.error)
        assert {one.name for one in Path(folder).iterdir()} <= {"scans.zip", "to"}
