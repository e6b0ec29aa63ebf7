"""Page images as PDF streams, without encoding them anew: the bytes of a JPEG are the stream's bytes.

Black and white pages are written as CCITT group 4, which no reader fails on and which is smaller than PNG's
compression; other PNGs keep their own compressed data.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from PIL import Image, UnidentifiedImageError

from ocr.pdf.streams import Stream, deflated

_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset((0xC0, 0xC1, 0xC2))  # baseline, extended, progressive: what DCTDecode may hold
_NO_FRAMES = frozenset((0xC4, 0xC8, 0xCC))  # tables and extensions that share the frames' range
_STRIP = 278  # TIFF tag RowsPerStrip
_STRIP_OFFSETS, _STRIP_BYTES = 273, 279


class ImageUnusable(Exception):
    """A page's image file that cannot go into a PDF as it is."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """An image for a page."""

    stream: Stream
    width: int  #: pixels as stored
    height: int


def page_image(path: Path) -> PageImage:
    """The image of a page that was read: a JPEG as it is, a PNG without loss.

    Raises ImageUnusable for anything else, OSError where it cannot be read.
    """
    data = path.read_bytes()
    if data.startswith(_JPEG):
        return _jpeg(data, path)
    if data.startswith(_PNG):
        return _png(data, path)
    raise ImageUnusable(f"{path}: neither JPEG nor PNG")


def _jpeg(data: bytes, path: Path) -> PageImage:
    width, height, channels = _jpeg_frame(data, path)
    space = {1: pikepdf.Name.DeviceGray, 3: pikepdf.Name.DeviceRGB}.get(channels)
    if space is None:
        raise ImageUnusable(f"{path}: a JPEG of {channels} colours, not grey or RGB")
    return PageImage(Stream(data, _entries(width, height, 8, space, "DCTDecode")), width, height)


def _jpeg_frame(data: bytes, path: Path) -> tuple[int, int, int]:
    """Width, height and colours from the frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            bits, height, width, channels = struct.unpack_from(">BHHB", data, at + 4)
            if marker not in _FRAMES or bits != 8 or not width or not height:
                raise ImageUnusable(f"{path}: a JPEG of a kind that PDF does not know")
            return width, height, channels
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 2
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise ImageUnusable(f"{path}: a JPEG without a frame")


def _png(data: bytes, path: Path) -> PageImage:
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            image.load()
            if image.mode == "1" or (image.mode == "L" and _is_bilevel(image)):
                return PageImage(group4(image), *image.size)
            if image.mode not in ("L", "RGB"):
                raise ImageUnusable(f"{path}: a PNG of mode {image.mode}")
            return PageImage(_png_stream(data, image), *image.size)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ImageUnusable(f"{path}: a PNG that does not decode ({error})") from error


def _is_bilevel(image: Image.Image) -> bool:
    counts = image.histogram()
    return not any(counts[1:255])


def _png_stream(data: bytes, image: Image.Image) -> Stream:
    space = pikepdf.Name.DeviceGray if image.mode == "L" else pikepdf.Name.DeviceRGB
    entries = _entries(*image.size, 8, space, "FlateDecode")
    bits, kind, interlaced = data[24], data[25], data[28]
    if bits != 8 or kind not in (0, 2) or interlaced:
        return deflated(image.tobytes()) if not entries else Stream(deflated(image.tobytes()).data, entries)
    entries["/DecodeParms"] = pikepdf.Dictionary(
        Predictor=15, Colors=1 if kind == 0 else 3, BitsPerComponent=8, Columns=image.width
    )
    return Stream(b"".join(_png_chunks(data, b"IDAT")), entries)


def _png_chunks(data: bytes, wanted: bytes) -> list[bytes]:
    chunks, at = [], 8
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == wanted:
            chunks.append(data[at + 8 : at + 8 + length])
        at += 12 + length
    return chunks


def group4(image: Image.Image) -> Stream:
    """A black and white image (mode 1 or L of 0 and 255) as CCITT group 4."""
    ink = image.convert("L").point(lambda value: 255 if value < 128 else 0).convert("1")  # ink is the coded black
    entries = _entries(*image.size, 1, pikepdf.Name.DeviceGray, "CCITTFaxDecode")
    return Stream(group4_data(ink), entries | {"/DecodeParms": group4_parameters(*image.size)})


def group4_parameters(width: int, height: int) -> pikepdf.Dictionary:
    """What CCITTFaxDecode must be told of data made by `group4_data`."""
    return pikepdf.Dictionary(K=-1, Columns=width, Rows=height, BlackIs1=False)


def group4_data(ink: Image.Image) -> bytes:
    """The bare code of a bilevel image whose set pixels are ink, by libtiff."""
    tiff = io.BytesIO()
    ink.save(tiff, format="TIFF", compression="group4", tiffinfo={_STRIP: ink.height})
    with Image.open(tiff, formats=("TIFF",)) as written:
        offsets, lengths = written.tag_v2[_STRIP_OFFSETS], written.tag_v2[_STRIP_BYTES]  # type: ignore[attr-defined]
    data = tiff.getvalue()
    return b"".join(data[offset : offset + length] for offset, length in zip(offsets, lengths, strict=True))


def _entries(width: int, height: int, bits: int, space: pikepdf.Name, coding: str) -> dict[str, object]:
    return {
        "/Type": pikepdf.Name.XObject,
        "/Subtype": pikepdf.Name.Image,
        "/Width": width,
        "/Height": height,
        "/BitsPerComponent": bits,
        "/ColorSpace": space,
        "/Filter": pikepdf.Name("/" + coding),
    }
