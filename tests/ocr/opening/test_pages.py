"""Pages of a source, over all its files."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ocr.errors import EmptyFile, NotAllowed, PageDamaged, ScanError, TooLarge, UnknownKind
from ocr.opening import Kind, Limits, Source, count_pages, open_page
from tests.ocr.opening.scans import LIMITS, Paper, alike, encoded, picture, source_of
from tests.ocr.opening.test_tiff import many, rgb


def images(tmp_path: Path, count: int) -> list[Path]:
    """Page images, each of another size."""
    paths = []
    for number in range(count):
        path = tmp_path / f"page-{number + 1}.jpg"
        path.write_bytes(encoded(".jpg", picture(200 + 10 * number, 300)))
        paths.append(path)
    return paths


def widths(source: Source) -> list[int]:
    pages = range(1, count_pages(source, limits=LIMITS) + 1)
    return [open_page(source, number, limits=LIMITS, raster_dpi=100).image.shape[1] for number in pages]


def test_images_of_one_paper_are_its_pages_in_order(tmp_path: Path) -> None:
    """A paper scanned page by page is one paper."""
    assert widths(source_of(*images(tmp_path, 3))) == [200, 210, 220]


def test_a_file_of_several_pages_among_images_gives_all_of_them(tmp_path: Path) -> None:
    """Scanner programs save a back as a second frame of the front."""
    first, _, last = images(tmp_path, 3)
    middle = many(tmp_path / "page-2.tif", [rgb(picture(100, 140)), rgb(picture(110, 140))])
    assert widths(source_of(first, middle, last)) == [200, 100, 110, 220]


def test_page_numbers_count_over_all_files(tmp_path: Path) -> None:
    """Review screens and reports call a page by its number in the paper."""
    source = source_of(*images(tmp_path, 3))
    assert [open_page(source, number, limits=LIMITS, raster_dpi=100).number for number in (1, 2, 3)] == [1, 2, 3]


def test_a_page_image_that_cannot_be_read_keeps_its_place(tmp_path: Path) -> None:
    """Page 3 published as page 2 would shift every reference behind it."""
    paths = images(tmp_path, 4)
    paths[1].write_bytes(b"")
    paths[2].write_text("no image at all", encoding="utf-8")
    source = source_of(*paths)
    assert count_pages(source, limits=LIMITS) == 4
    for number in (2, 3):
        with pytest.raises(PageDamaged, match=f"page-1.jpg, page {number}: page-{number}.jpg"):
            open_page(source, number, limits=LIMITS, raster_dpi=100)
    assert open_page(source, 4, limits=LIMITS, raster_dpi=100).image.shape[1] == 230


def test_a_page_image_that_vanished_keeps_its_place(tmp_path: Path) -> None:
    """Somebody tidies up while the batch runs."""
    paths = images(tmp_path, 2)
    source = source_of(*paths)
    paths[0].unlink()
    assert count_pages(source, limits=LIMITS) == 2
    with pytest.raises(PageDamaged, match=r"page-1\.jpg cannot be read"):
        open_page(source, 1, limits=LIMITS, raster_dpi=100)


@pytest.mark.parametrize(
    ("data", "error"), [(b"", EmptyFile), (b"plain text", UnknownKind), (b"PK\3\4" + bytes(60), ScanError)]
)
def test_a_single_file_that_is_no_scan_fails_as_a_whole(tmp_path: Path, data: bytes, error: type[ScanError]) -> None:
    """A source without one page that can be had is refused before anything is stored for it."""
    path = tmp_path / "scan.pdf"
    path.write_bytes(data)
    with pytest.raises(error, match=r"scan\.pdf"):
        count_pages(Source(name="scan.pdf", files=(path,), kind=Kind.PDF), limits=LIMITS)


def test_a_file_that_vanished_is_told(tmp_path: Path) -> None:
    """Network shares come and go."""
    path = images(tmp_path, 1)[0]
    source = source_of(path)
    path.unlink()
    for act in (
        lambda: count_pages(source, limits=LIMITS),
        lambda: open_page(source, 1, limits=LIMITS, raster_dpi=100),
    ):
        with pytest.raises(NotAllowed, match=r"page-1\.jpg: cannot be read"):
            act()


def test_a_page_that_does_not_exist_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    """An off-by-one must not open another page."""
    source = source_of(*images(tmp_path, 2))
    for number in (-1, 0, 3):
        with pytest.raises(IndexError, match=f"no page {number}"):
            open_page(source, number, limits=LIMITS, raster_dpi=100)


def test_notes_of_the_source_come_with_its_first_page(tmp_path: Path) -> None:
    """That a page is missing must stand where somebody looks, once."""
    source = source_of(*images(tmp_path, 2), notes=("no page bears the number 2",))
    first, second = (open_page(source, number, limits=LIMITS, raster_dpi=100) for number in (1, 2))
    assert "no page bears the number 2" in first.notes
    assert "no page bears the number 2" not in second.notes


def test_more_pages_than_are_taken_are_refused(tmp_path: Path) -> None:
    """The limit counts over all files."""
    paths = images(tmp_path, 3)
    with pytest.raises(TooLarge, match="more than 2 pages"):
        count_pages(source_of(*paths), limits=Limits(max_pages=2))


def test_a_copy_of_a_source_gives_the_same_pages(tmp_path: Path) -> None:
    """Originals are counted, copies of them are read."""
    paper = Paper()
    paper.scan(paper.jpeg(picture()))
    path = paper.save(tmp_path / "scan.pdf")
    assert count_pages(source_of(path), limits=LIMITS) == 1
    (tmp_path / "work").mkdir()
    copy = Path(shutil.copy(path, tmp_path / "work" / "0001"))
    page = open_page(Source(name="scan.pdf", files=(copy,), kind=Kind.PDF), 1, limits=LIMITS, raster_dpi=100)
    assert alike(page.image, picture())


def test_sources_are_counted_side_by_side(tmp_path: Path) -> None:
    """Batches take several scans at a time; one must not close another's file."""
    sources = []
    for number in range(8):
        paper = Paper()
        for _ in range(number + 1):
            paper.scan(paper.jpeg(picture()))
        sources.append(source_of(paper.save(tmp_path / f"{number}.pdf")))
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda source: count_pages(source, limits=LIMITS), sources * 5))
    assert counts == list(range(1, 9)) * 5


def test_a_counted_file_is_let_go(tmp_path: Path) -> None:
    """A deleted file that is still open keeps its room on the disk."""
    paper = Paper()
    paper.scan(paper.jpeg(picture()))
    path = paper.save(tmp_path / "scan.pdf")
    count_pages(source_of(path), limits=LIMITS)
    held = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    assert str(path) not in held
