"""Image files: kinds, resolution, orientation, and what is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
import pyvips
from PIL import Image as PillowImage
from PIL import ImageCms

from ocr.errors import DamagedFile, PageDamaged, PageTooLarge, PageTooSmall
from ocr.opening import Kind, Limits, count_pages, identify, images
from ocr.page import Colour, TextLayer
from tests.ocr.opening.scans import LIMITS, alike, encoded, opened, picture, png_header, source_of


def written(path: Path, image: np.ndarray, **options: object) -> Path:
    """By Pillow, which writes resolutions and EXIF."""
    pixels = image if image.ndim == 2 else np.ascontiguousarray(image[:, :, ::-1])
    PillowImage.fromarray(pixels).save(path, **options)
    return path


@pytest.mark.parametrize("suffix", [".png", ".webp", ".jp2", ".bmp", ".jpg"])
def test_images_of_every_kind_are_pages(tmp_path: Path, suffix: str) -> None:
    """People send what their phone or scanner makes."""
    path = tmp_path / f"photo{suffix}"
    path.write_bytes(encoded(suffix, picture()))
    assert count_pages(source_of(path), limits=LIMITS) == 1
    page = opened(path)
    assert alike(page.image, picture())
    assert (page.colour, page.text_layer, page.number) == (Colour.COLOUR, TextLayer.NONE, 1)
    assert (page.jpeg is not None) == (suffix == ".jpg")


def test_photos_of_phones_are_opened(tmp_path: Path) -> None:
    """HEIC is what an iPhone sends unless it is told otherwise; a bare JPEG 2000 stream comes from old archives."""
    image = pyvips.Image.new_from_array(np.ascontiguousarray(picture()[:, :, ::-1])).copy(interpretation="srgb")
    path = tmp_path / "photo.heic"
    image.heifsave(str(path), compression="av1")
    assert identify(path) is Kind.HEIC
    assert count_pages(source_of(path), limits=LIMITS) == 1
    assert alike(opened(path).image, picture())


def test_the_kind_is_told_by_the_content(tmp_path: Path) -> None:
    """A JPEG named .pdf is a JPEG, and is read."""
    path = tmp_path / "letter.pdf"
    path.write_bytes(encoded(".jpg", picture()))
    assert identify(path) is Kind.JPEG
    assert opened(path).jpeg == encoded(".jpg", picture())


@pytest.mark.parametrize(
    ("dpi", "size", "expected", "known"),
    [
        (300, (2480, 3508), 300, True),
        (150, (1240, 1754), 150, True),
        (72, (2480, 3508), 300, False),  # a program that knows nothing
        (96, (1587, 2245), 192, False),
        (72, (595, 842), 72, True),  # the size of A4: this one knew
        (1, (1240, 1754), 150, False),
        (None, (1240, 1754), 150, False),
    ],
)
def test_only_a_resolution_that_gives_a_paper_is_believed(
    tmp_path: Path, dpi: int | None, size: tuple[int, int], expected: int, known: bool
) -> None:
    """Most image files claim 72 or 96 dots an inch without knowing; print would seem three times its size."""
    options = {"dpi": (dpi, dpi)} if dpi else {}
    page = opened(written(tmp_path / "scan.jpg", picture(*size, colour=False), **options))
    assert abs(page.dpi - expected) < 2
    assert page.dpi_is_known is known


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path, orientation: int) -> None:
    """Phones store every photo lying and note how they were held."""
    exif = PillowImage.Exif()
    exif[274] = orientation
    path = written(tmp_path / "photo.jpg", picture(), exif=exif.tobytes(), quality=95)
    upright = {
        2: np.fliplr(picture()),
        3: np.rot90(picture(), 2),
        4: np.flipud(picture()),
        5: np.rot90(picture(), -1)[:, ::-1],
        6: np.rot90(picture(), -1),
        7: np.rot90(picture(), 1)[:, ::-1],
        8: np.rot90(picture(), 1),
    }[orientation]
    page = opened(path)
    assert alike(page.image, upright)
    assert page.jpeg is None


def test_grey_saved_as_colour_is_grey_and_two_levels_are_black_and_white(tmp_path: Path) -> None:
    """What a page has decides how its seals are sought, not how it was saved."""
    grey = cv2.cvtColor(picture(colour=False), cv2.COLOR_GRAY2BGR)
    (tmp_path / "grey.jpg").write_bytes(encoded(".jpg", grey))
    page = opened(tmp_path / "grey.jpg")
    assert (page.colour, page.image.ndim) == (Colour.GREY, 2)
    assert page.jpeg is not None
    (tmp_path / "fax.png").write_bytes(encoded(".png", grey))
    assert opened(tmp_path / "fax.png").colour is Colour.BILEVEL


def test_a_small_seal_makes_a_page_coloured(tmp_path: Path) -> None:
    """A thin blue signature is all the colour that some papers have."""
    image = np.full((3508, 2480, 3), 250, np.uint8)
    cv2.line(image, (1500, 3000), (1620, 3040), (200, 60, 30), 4)
    (tmp_path / "scan.jpg").write_bytes(encoded(".jpg", image))
    assert opened(tmp_path / "scan.jpg").colour is Colour.COLOUR


def test_transparency_is_white_paper(tmp_path: Path) -> None:
    """Exported letters have no background; black on black is not read."""
    image = np.zeros((351, 248, 4), np.uint8)
    image[:, :, 3] = 255 - picture(colour=False)
    (tmp_path / "letter.png").write_bytes(encoded(".png", image))
    assert alike(opened(tmp_path / "letter.png").image, picture(colour=False))


def test_a_cmyk_jpeg_shows_its_colours_and_is_not_kept(tmp_path: Path) -> None:
    """Printers' files; few readers show them right."""
    rgb = PillowImage.fromarray(np.ascontiguousarray(picture()[:, :, ::-1]))
    rgb.convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    page = opened(tmp_path / "cmyk.jpg")
    assert page.jpeg is None
    assert page.image[10, 124].min() > 230
    assert page.image.min() < 60


@pytest.mark.parametrize("options", [{"subsampling": 0}, {"subsampling": 2}, {"progressive": True}, {"icc": True}])
def test_a_jpeg_decodes_to_the_pixels_of_libvips(tmp_path: Path, options: dict[str, object]) -> None:
    """Two decoders are used, one fast and one that judges; a page must look the same by either."""
    if options.pop("icc", False):
        options["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = written(tmp_path / "scan.jpg", picture(), quality=80, dpi=(300, 300), **options)
    by_libvips = pyvips.Image.jpegload(str(path)).numpy()[:, :, ::-1]
    assert np.array_equal(opened(path).image, by_libvips)


def test_a_jpeg_of_many_scans_is_left_to_libvips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A progressive JPEG can hold thousands of scans that each cost a whole page's time; libvips counts them."""
    asked: list[bytes] = []
    monkeypatch.setattr(images.simplejpeg, "decode_jpeg", lambda data, *_: asked.append(data))
    opened(written(tmp_path / "scan.jpg", picture(), progressive=True))
    assert not asked
    monkeypatch.undo()
    monkeypatch.setattr(images, "_as_array", lambda _: asked.append(b""))
    assert opened(written(tmp_path / "scan.jpg", picture())).image.size
    assert not asked, "a plain one is not"


def test_sixteen_bits_are_as_good_as_eight(tmp_path: Path) -> None:
    """Book scanners write them."""
    (tmp_path / "deep.png").write_bytes(encoded(".png", picture(colour=False).astype(np.uint16) * 257))
    assert alike(opened(tmp_path / "deep.png").image, picture(colour=False))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp"])
def test_an_image_that_breaks_off_is_told(tmp_path: Path, suffix: str) -> None:
    """Half a page may be read, but nobody must take it for whole."""
    path = tmp_path / f"cut{suffix}"
    noisy = picture(600, 800) // 2 + np.random.default_rng(1).integers(0, 99, (800, 600, 3), np.uint8)
    data = encoded(suffix, noisy)
    path.write_bytes(data[: len(data) * 6 // 10])
    try:
        page = opened(path)
    except PageDamaged as error:
        assert f"cut{suffix}, page 1: its picture is damaged" in str(error)  # noqa: PT017  either is an answer
        return
    assert "damaged: a part of the picture is missing" in page.notes
    assert page.jpeg is None


def test_a_head_without_a_picture_is_told(tmp_path: Path) -> None:
    """The first packet arrived, the rest never did."""
    for suffix in (".png", ".jpg", ".webp", ".jp2", ".bmp"):
        path = tmp_path / f"head{suffix}"
        path.write_bytes(encoded(suffix, picture())[:60])
        with pytest.raises(PageDamaged, match=f"head{suffix}, page 1"):
            opened(path)
    path = tmp_path / "head.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1")
    with pytest.raises(DamagedFile, match=r"head\.heic"):
        count_pages(source_of(path), limits=LIMITS)


def test_1200_megapixels_in_a_few_bytes_are_refused(tmp_path: Path) -> None:
    """Unpacked they would take the machine's memory with them."""
    jpeg = bytearray(encoded(".jpg", picture()))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", 30_000, 40_000)
    bmp = bytearray(encoded(".bmp", picture()))
    bmp[18:26] = struct.pack("<ii", 40_000, 30_000)
    jp2 = bytearray(encoded(".jp2", picture()))
    at = jp2.index(b"\xff\x51")
    jp2[at + 6 : at + 14] = struct.pack(">II", 40_000, 30_000)
    jp2[at + 22 : at + 30] = struct.pack(">II", 40_000, 30_000)
    at = jp2.index(b"ihdr")
    jp2[at + 4 : at + 12] = struct.pack(">II", 30_000, 40_000)
    bombs = {"bomb.png": png_header(40_000, 30_000), "bomb.jpg": jpeg, "bomb.bmp": bmp, "bomb.jp2": jp2}
    for name, data in bombs.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(PageTooLarge, match=f"{name}, page 1: has 40,000 by 30,000 pixels"):
            opened(tmp_path / name)


def test_a_picture_of_one_pixel_is_refused(tmp_path: Path) -> None:
    """Web pages count their readers with such files; they are no papers."""
    for suffix in (".png", ".jpg", ".bmp"):
        (tmp_path / f"dot{suffix}").write_bytes(encoded(suffix, picture()[:1, :1]))
        with pytest.raises(PageTooSmall, match=f"dot{suffix}, page 1: has 1 by 1 pixels"):
            opened(tmp_path / f"dot{suffix}")


def test_what_hangs_behind_a_jpeg_is_not_kept_with_it(tmp_path: Path) -> None:
    """A motion photo has a film behind its end, a hostile one has gigabytes."""
    path = tmp_path / "motion.jpg"
    path.write_bytes(encoded(".jpg", picture()) + bytes(5_000_000))
    assert opened(path).jpeg is None


def test_smaller_limits_are_kept(tmp_path: Path) -> None:
    """A province with little memory may lower them."""
    path = written(tmp_path / "scan.jpg", picture(1240, 1754))
    with pytest.raises(PageTooLarge, match="1,240 by 1,754 pixels, more than the 1,000,000"):
        opened(path, limits=Limits(max_pixels=1_000_000))
