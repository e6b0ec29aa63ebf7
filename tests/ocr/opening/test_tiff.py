"""TIFFs: every compression, many pages, and directories that lie."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image as PillowImage

from ocr.errors import DamagedFile, NoPages, OcrError, PageDamaged, PageTooLarge, PageTooSmall, TooLarge
from ocr.opening import Limits, count_pages
from ocr.page import Colour
from tests.ocr.opening.scans import LIMITS, alike, encoded, opened, picture, source_of

FRAMES = ("none", "lzw", "deflate", "packbits", "jpeg", "zstd", "webp")


def rgb(image: np.ndarray) -> PillowImage.Image:
    return PillowImage.fromarray(np.ascontiguousarray(image[:, :, ::-1]))


def many(path: Path, images: list[PillowImage.Image], **options: object) -> Path:
    images[0].save(path, "TIFF", save_all=True, append_images=images[1:], **options)
    return path


def directory(entries: list[tuple[int, int, int]], following: int) -> bytes:
    """A directory of LONG entries: tag, count, value."""
    packed = b"".join(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in sorted(entries))
    return struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)


def grey_entries(width: int, height: int, at: int, size: int, *, compression: int = 1) -> list[tuple[int, int, int]]:
    values = ((256, width), (257, height), (258, 8), (259, compression), (262, 1), (273, at), (277, 1))
    return [(tag, 1, value) for tag, value in (*values, (278, height), (279, size))]


@pytest.mark.parametrize("compression", FRAMES)
def test_colour_pages_of_any_compression_are_opened(tmp_path: Path, compression: str) -> None:
    """Twenty years of scanners have written them all."""
    path = tmp_path / "scan.tif"
    image = pyvips.Image.new_from_array(np.ascontiguousarray(picture()[:, :, ::-1]))
    image.copy(interpretation="srgb").tiffsave(str(path), compression=compression, Q=90)
    page = opened(path)
    assert alike(page.image, picture())
    assert page.colour is Colour.COLOUR
    assert page.jpeg is None


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt", "packbits", "tiff_lzw"])
def test_fax_pages_are_black_and_white(tmp_path: Path, compression: str) -> None:
    """Registries were scanned in black and white for years."""
    path = tmp_path / "fax.tif"
    PillowImage.fromarray(picture(colour=False) > 127).save(path, "TIFF", compression=compression)
    page = opened(path)
    assert alike(page.image, picture(colour=False))
    assert page.colour is Colour.BILEVEL


@pytest.mark.parametrize("apart", [False, True])
def test_jpeg_of_the_old_kind_is_opened(tmp_path: Path, apart: bool) -> None:
    """Scanner programs of the nineties wrapped JPEGs in a way that TIFF has since forbidden."""
    jpeg = encoded(".jpg", picture(colour=False))
    at = 8 + 2 + 11 * 12 + 4
    head = jpeg.index(b"\xff\xda") if apart else len(jpeg)  # its scan is the page's only strip, or not
    strip, size = (at + head, len(jpeg) - head) if apart else (at, len(jpeg))
    entries = [*grey_entries(248, 351, strip, size, compression=6), (513, 1, at), (514, 1, head)]
    path = tmp_path / "old.tif"
    path.write_bytes(struct.pack("<2sHI", b"II", 42, 8) + directory(entries, 0) + jpeg)
    assert alike(opened(path).image, picture(colour=False))


def test_pages_of_one_tiff_may_differ_in_everything(tmp_path: Path) -> None:
    """A stack goes through the scanner with its settings changed in between."""
    frames = [rgb(picture()), rgb(picture(300, 200)), PillowImage.fromarray(picture(colour=False) > 127)]
    path = many(tmp_path / "stack.tif", frames)
    assert count_pages(source_of(path), limits=LIMITS) == 3
    assert [opened(path, number).image.shape for number in (1, 2, 3)] == [(351, 248, 3), (200, 300, 3), (351, 248)]
    assert [opened(path, number).number for number in (1, 2, 3)] == [1, 2, 3]


def test_previews_are_no_pages(tmp_path: Path) -> None:
    """A small copy of page 1 published as page 2 would make a paper of twice its pages."""
    pixels = picture(colour=False).tobytes()
    first, second = 8, 8 + 2 + 9 * 12 + 4
    third = second + 2 + 10 * 12 + 4
    at = third + 2 + 9 * 12 + 4
    page = grey_entries(248, 351, at, len(pixels))
    preview = [*grey_entries(62, 88, at, 62 * 88), (254, 1, 1)]
    path = tmp_path / "scan.tif"
    head = struct.pack("<2sHI", b"II", 42, first)
    path.write_bytes(head + directory(page, second) + directory(preview, third) + directory(page, 0) + pixels)
    assert count_pages(source_of(path), limits=LIMITS) == 2
    assert opened(path, 2).image.shape == (351, 248)


@pytest.mark.parametrize("order", ["<", ">"])
def test_big_tiffs_are_opened(tmp_path: Path, order: str) -> None:
    """Stacks of over 4 GB come so."""
    path = tmp_path / "big.tif"
    image = pyvips.Image.new_from_array(picture(colour=False))
    image.tiffsave(str(path), bigtiff=True)
    if order == ">":
        data = path.read_bytes()
        assert data[:2] == b"II"
        path = tmp_path / "motorola.tif"
        pixels = picture(colour=False).tobytes()
        entries = grey_entries(248, 351, 16 + 8 + 9 * 20 + 8, len(pixels))
        packed = b"".join(struct.pack(">HHQQ", tag, 16, count, value) for tag, count, value in entries)
        path.write_bytes(
            struct.pack(">2sHHHQ", b"MM", 43, 8, 0, 16) + struct.pack(">Q", 9) + packed + bytes(8) + pixels
        )
    assert count_pages(source_of(path), limits=LIMITS) == 1
    assert alike(opened(path).image, picture(colour=False))


def test_a_looping_directory_ends_and_is_told(tmp_path: Path) -> None:
    """A chain that leads back to its start would give pages for ever."""
    pixels = picture(colour=False).tobytes()
    first, second = 8, 8 + 2 + 9 * 12 + 4
    entries = grey_entries(248, 351, second + 2 + 9 * 12 + 4, len(pixels))
    path = tmp_path / "loop.tif"
    head = struct.pack("<2sHI", b"II", 42, first)
    path.write_bytes(head + directory(entries, second) + directory(entries, first) + pixels)
    assert count_pages(source_of(path), limits=LIMITS) == 2
    assert opened(path, 1).notes == opened(path, 2).notes[:-1]
    assert "runs in a circle" in opened(path, 2).notes[-1]


def test_a_tiff_that_breaks_off_gives_the_pages_before(tmp_path: Path) -> None:
    """What arrived is read, and that it is not all is told on the last page that there is."""
    path = many(tmp_path / "cut.tif", [rgb(picture()) for _ in range(5)])
    path.write_bytes(path.read_bytes()[:900_000])
    pages = count_pages(source_of(path), limits=LIMITS)
    assert 2 <= pages <= 4
    assert opened(path, 1).notes == ("its resolution is not known and was estimated",)
    try:
        assert any("damaged" in note for note in opened(path, pages).notes)
    except PageDamaged as error:
        assert "cut.tif" in str(error)  # noqa: PT017  either is an answer


def test_half_a_page_says_that_it_is_half(tmp_path: Path) -> None:
    """The lower half of a page is where it is signed."""
    path = tmp_path / "half.tif"
    jpeg = pyvips.Image.new_from_array(picture(1000, 1400, colour=False))
    jpeg.tiffsave(str(path), compression="none")
    data = bytearray(path.read_bytes())
    at = struct.unpack_from("<I", data, 4)[0]
    assert at > 1_000_000  # the directory stands behind the pixels
    moved = bytes(data[:700_000]) + bytes(data[at:])
    path.write_bytes(moved[:4] + struct.pack("<I", 700_000) + moved[8:])
    try:
        assert "damaged: a part of the picture is missing" in opened(path).notes
    except PageDamaged as error:
        assert "half.tif, page 1" in str(error)  # noqa: PT017  lists of strips may be lost with it


def test_a_tiff_of_nothing_is_told(tmp_path: Path) -> None:
    """A header without a page, and one that points nowhere."""
    path = tmp_path / "none.tif"
    path.write_bytes(struct.pack("<2sHI", b"II", 42, 0) + bytes(20))
    with pytest.raises(NoPages, match=r"none\.tif: is a TIFF without a page"):
        count_pages(source_of(path), limits=LIMITS)
    path.write_bytes(struct.pack("<2sHI", b"II", 42, 5000) + bytes(20))
    with pytest.raises(DamagedFile, match=r"none\.tif: is cut off or damaged"):
        count_pages(source_of(path), limits=LIMITS)


def test_more_pages_than_are_taken_are_refused(tmp_path: Path) -> None:
    """Ten thousand directories fit into a megabyte."""
    path = many(tmp_path / "stack.tif", [rgb(picture()) for _ in range(3)])
    with pytest.raises(TooLarge, match="more than 2 pages"):
        count_pages(source_of(path), limits=Limits(max_pages=2))


def test_1200_megapixels_in_a_few_bytes_are_refused(tmp_path: Path) -> None:
    """Unpacked it would take the machine's memory with it."""
    path = tmp_path / "bomb.tif"
    at = 8 + 2 + 9 * 12 + 4
    path.write_bytes(
        struct.pack("<2sHI", b"II", 42, 8) + directory(grey_entries(40_000, 30_000, at, 100), 0) + bytes(100)
    )
    with pytest.raises(PageTooLarge, match=r"bomb\.tif, page 1: has 40,000 by 30,000 pixels"):
        opened(path)


def test_a_page_of_one_pixel_is_refused(tmp_path: Path) -> None:
    """There is nothing to read, and everything after would divide by its size."""
    path = many(tmp_path / "dots.tif", [rgb(picture()), rgb(picture()[:1, :1])])
    with pytest.raises(PageTooSmall, match=r"dots\.tif, page 2: has 1 by 1 pixels"):
        opened(path, 2)
    assert opened(path, 1).image.size


def test_directories_of_nonsense_end_in_a_typed_error(tmp_path: Path) -> None:
    """Each entry of a directory in turn says something absurd."""
    pixels = picture(colour=False).tobytes()
    at = 8 + 2 + 9 * 12 + 4
    path = tmp_path / "odd.tif"
    for place in range(9):
        for value in (0, 1, 0xFFFFFFFF):
            entries = grey_entries(248, 351, at, len(pixels))
            entries[place] = (entries[place][0], 1, value)
            path.write_bytes(struct.pack("<2sHI", b"II", 42, 8) + directory(entries, 0) + pixels)
            try:
                opened(path)
            except OcrError as error:
                assert "odd.tif" in str(error)  # noqa: PT017  opening it is an answer too


def test_resolution_of_a_fax_makes_its_pixels_square(tmp_path: Path) -> None:
    """A fax has twice as many dots across as down; read as it lies, its letters are flat."""
    path = tmp_path / "fax.tif"
    flat = PillowImage.fromarray(picture(1728, 1143, colour=False) > 127)
    flat.save(path, "TIFF", compression="group3", dpi=(204, 98))
    page = opened(path)
    assert page.image.shape == (2379, 1728)
    assert round(page.dpi) == 204
    assert any("not square" in note for note in page.notes)


def test_an_orientation_tag_is_honoured(tmp_path: Path) -> None:
    """Scanners that know which way up the paper lay write it here, as viewers know."""
    path = tmp_path / "turned.tif"
    buffer = io.BytesIO()
    rgb(picture()).save(buffer, "TIFF", tiffinfo={274: 6})
    path.write_bytes(buffer.getvalue())
    assert alike(opened(path).image, np.rot90(picture(), -1))
