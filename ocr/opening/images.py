"""Opens image files with the one decoder that their content asks for, never by trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyvips
import simplejpeg
from PIL import BmpImagePlugin

from ocr.errors import PageDamaged
from ocr.opening import pixels
from ocr.opening.kinds import Kind
from ocr.opening.oldjpeg import find_old_jpeg
from ocr.opening.raw import Image, Limits, RawPage

# Decoders of libvips that files from outside may reach; each that is not needed is a door.
pyvips.operation_block_set("VipsForeignLoad", True)  # noqa: FBT003  libvips has no names for arguments
for _class in ("Jpeg", "Png", "Tiff", "Webp", "Jp2k", "Heif"):
    pyvips.operation_block_set(f"VipsForeignLoad{_class}", False)  # noqa: FBT003
pyvips.concurrency_set(1)  # pages go through several processes, one thread each
pyvips.cache_set_max(0)  # no page is opened twice; a cache would hold its pixels

_LOADERS: dict[Kind, Callable[..., Any]] = {
    Kind.JPEG: pyvips.Image.jpegload,
    Kind.PNG: pyvips.Image.pngload,
    Kind.TIFF: pyvips.Image.tiffload,
    Kind.WEBP: pyvips.Image.webpload,
    Kind.JP2: pyvips.Image.jp2kload,
    Kind.HEIC: pyvips.Image.heifload,
}
_BUFFER_LOADERS: dict[Kind, Callable[..., Any]] = {
    Kind.JPEG: pyvips.Image.jpegload_buffer,
    Kind.TIFF: pyvips.Image.tiffload_buffer,
    Kind.JP2: pyvips.Image.jp2kload_buffer,
}
_MANY = frozenset((Kind.TIFF, Kind.HEIC))  # kinds whose pages are chosen by number
_MAY_BE_CUT_OFF = "damaged: a part of the picture is missing"
_ROWS = 32  # turned to OpenCV's order at a time; as many as stay in the processor's cache
_JPEG_SPARE = 4 * 1024**2  # bytes of profiles and previews that a page's JPEG may have beside its pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """An image file's pixels, upright as its own header wants them."""

    image: Image
    across: float  #: dots an inch that the file claims; 25.4 or 0 where it claims none
    down: float
    stored_bits: int  #: of one colour of one pixel
    turned: bool  #: the header asks for a turn or a flip; done but for what stands in a PDF
    plain_rgb: bool  #: stored as 8-bit grey or RGB, neither CMYK nor with transparency
    damaged: bool  #: a part is missing


def count_pictures(path: Path, kind: Kind) -> int:
    """How many pages an image file other than a TIFF holds: HEIC may hold several pictures, the others one."""
    if kind is not Kind.HEIC:
        return 1
    header = pyvips.Image.heifload(str(path))
    return int(header.get("n-pages")) if header.get_typeof("n-pages") else 1


def open_image(path: Path, kind: Kind, index: int, *, limits: Limits, source: str, number: int) -> RawPage:
    """One page of an image file.

    index: of the picture in its file, from 0.
    source, number: for error messages and the page's own number.
    Raises PageDamaged, PageTooLarge, PageTooSmall.
    """
    if kind is Kind.BMP:
        decoded = _decode_bmp(path, limits=limits, source=source, number=number)
    else:
        decoded = _decode_file(path, kind, index, limits=limits, source=source, number=number)
    page = page_of(decoded, number=number)
    keep = kind is Kind.JPEG and decoded.plain_rgb and not decoded.turned and not decoded.damaged
    if keep and page.image.shape[:2] == decoded.image.shape[:2] and _is_just_a_page(path, decoded.image):
        page = replace(page, jpeg=path.read_bytes())
    return page


def _is_just_a_page(path: Path, image: Image) -> bool:
    """A JPEG may drag gigabytes behind its end; those are not carried on."""
    return path.stat().st_size <= image.size + _JPEG_SPARE


def page_of(decoded: Decoded, *, number: int, notes: tuple[str, ...] = ()) -> RawPage:
    """A page of an image's pixels: with its true colours, square pixels and dots an inch."""
    image, colour = pixels.with_true_colour(decoded.image, stored_bits=decoded.stored_bits)
    height, width = image.shape[:2]
    known = pixels.believable_dpi(width, height, decoded.across, decoded.down)
    if known:
        image, dpi = pixels.with_square_pixels(image, decoded.across, decoded.down)
        if image.shape[:2] != (height, width):
            notes += ("its pixels were not square, as on a fax; it was stretched",)
    else:
        dpi = pixels.estimated_dpi(width, height)
        notes += ("its resolution is not known and was estimated",)
    if decoded.damaged:
        notes += (_MAY_BE_CUT_OFF,)
    return RawPage(number=number, image=image, dpi=dpi, dpi_is_known=known, colour=colour, notes=notes)


def _decode_file(path: Path, kind: Kind, index: int, *, limits: Limits, source: str, number: int) -> Decoded:
    options: dict[str, Any] = {"page": index} if kind in _MANY else {}

    def load(fail_on: str) -> pyvips.Image:
        return _LOADERS[kind](str(path), access="sequential", fail_on=fail_on, **options)

    def stored(most: int) -> bytes:
        with path.open("rb") as file:
            return file.read(most)

    try:
        return _decode(load, kind, stored, limits=limits, source=source, number=number)
    except PageDamaged:
        jpeg = find_old_jpeg(path, index) if kind is Kind.TIFF else None
        if jpeg is None:
            raise
    return decode_embedded(jpeg, Kind.JPEG, limits=limits, source=source, number=number)


def decode_embedded(data: bytes, kind: Kind, *, limits: Limits, source: str, number: int) -> Decoded:
    """A JPEG, JPEG 2000 or TIFF out of a PDF; its header's wish to be turned is not honoured, as PDF readers do not.

    Raises PageDamaged, PageTooLarge, PageTooSmall.
    """

    def load(fail_on: str) -> pyvips.Image:
        return _BUFFER_LOADERS[kind](data, access="sequential", fail_on=fail_on)

    return _decode(load, kind, lambda _most: data, limits=limits, source=source, number=number, turn=False)


def _decode(
    load: Callable[[str], pyvips.Image],
    kind: Kind,
    stored: Callable[[int], bytes],
    *,
    limits: Limits,
    source: str,
    number: int,
    turn: bool = True,
) -> Decoded:
    """Decode strictly; where that fails, take what can be had and say that a part is missing.

    stored: at most so many of the file's first bytes.
    """
    try:
        header = load("error")
        pixels.check_size(header.width, header.height, limits=limits, source=source, page=number)
        plain = _plain_jpeg(header, stored) if kind is Kind.JPEG else None
        image, damaged = _as_array(header) if plain is None else plain, False
    except pyvips.Error as error:
        try:
            header = load("none")
            pixels.check_size(header.width, header.height, limits=limits, source=source, page=number)
            image, damaged = _as_array(header), True
        except pyvips.Error:
            raise _cannot_decode(source, number) from error
        if image.min() == image.max():  # nothing but the decoder's filling
            raise _cannot_decode(source, number) from error
    wish = header.get("orientation") if header.get_typeof("orientation") else 1
    orientation = wish if turn else 1
    oriented = image if kind is Kind.HEIC else _oriented(image, orientation)  # libheif has turned it
    return Decoded(
        image=oriented,
        across=header.xres * pixels.MM_PER_INCH if orientation < 5 else header.yres * pixels.MM_PER_INCH,
        down=header.yres * pixels.MM_PER_INCH if orientation < 5 else header.xres * pixels.MM_PER_INCH,
        stored_bits=_stored_bits(header),
        turned=2 <= wish <= 8,
        plain_rgb=header.interpretation in ("srgb", "b-w") and header.bands in (1, 3),
        damaged=damaged,
    )


def _cannot_decode(source: str, number: int) -> PageDamaged:
    return PageDamaged(source, number, "its picture is damaged and does not decode", mend="scan this page again")


def _stored_bits(header: pyvips.Image) -> int:
    for name in ("bits-per-sample", "palette-bit-depth"):
        if header.get_typeof(name):
            return int(header.get(name))
    return 8


def _plain_jpeg(header: pyvips.Image, stored: Callable[[int], bytes]) -> Image | None:
    """Pixels of a JPEG as scanners make them, in OpenCV's order: the same as by libvips, for a quarter less CPU.

    None for what libvips must judge: anything damaged, CMYK, and many scans, which can be made to decode for hours.
    """
    scans = header.get("jpeg-multiscan") if header.get_typeof("jpeg-multiscan") else 1  # in doubt, many
    if header.interpretation != "srgb" or header.bands != 3 or scans:
        return None
    try:
        image: Image = simplejpeg.decode_jpeg(stored(header.width * header.height * 3 + _JPEG_SPARE), "BGR")
    except ValueError:  # strict: any warning of the decoder
        return None
    return image if image.shape == (header.height, header.width, 3) else None


def _as_array(image: pyvips.Image) -> Image:
    """Pixels of any image that libvips can read: (height, width) grey or (height, width, 3) blue, green, red."""
    grey = image.interpretation in ("b-w", "grey16") or image.bands <= 2
    if image.interpretation in ("cmyk", "lab", "labs", "xyz", "scrgb", "rgb16", "grey16", "hsv"):
        image = image.colourspace("b-w" if grey else "srgb")
    if image.format != "uchar":
        image = image.cast("uchar")
    if image.hasalpha():
        image = image.flatten(background=255)
    if grey:
        array: Image = image[0].numpy()
        return array.reshape(array.shape[:2])
    array = (image if image.bands == 3 else image.extract_band(0, n=3)).numpy()
    for top in range(0, len(array), _ROWS):  # in place: a page's pixels are held once, not twice
        cv2.cvtColor(array[top : top + _ROWS], cv2.COLOR_RGB2BGR, dst=array[top : top + _ROWS])
    return array


def _oriented(image: Image, orientation: int) -> Image:
    """As the header's orientation tag wants it (EXIF 2.3, tag 274); the same array where it wants nothing."""
    if not 2 <= orientation <= 8:
        return image
    if orientation >= 5:
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)


def _decode_bmp(path: Path, *, limits: Limits, source: str, number: int) -> Decoded:
    """BMP by Pillow's own reader, asked by name: libvips has none."""
    try:
        with path.open("rb") as file:
            bmp = BmpImagePlugin.BmpImageFile(file)
            pixels.check_size(*bmp.size, limits=limits, source=source, page=number)
            across, down = bmp.info.get("dpi", (0.0, 0.0))
            stored_bits = 1 if bmp.mode == "1" else 8
            grey = bmp.mode in ("1", "L")
            array = np.asarray(bmp.convert("L" if grey else "RGB"))
    except (OSError, SyntaxError, ValueError, KeyError, IndexError) as error:
        raise _cannot_decode(source, number) from error
    image: Image = array if grey else np.ascontiguousarray(array[:, :, ::-1])
    return Decoded(
        image=image,
        across=float(across),
        down=float(down),
        stored_bits=stored_bits,
        turned=False,
        plain_rgb=False,
        damaged=False,
    )
