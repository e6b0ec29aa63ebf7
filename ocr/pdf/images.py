"""Page images as PDF streams, without encoding them anew: the bytes of a JPEG are the stream's bytes.

Black and white pages are written as CCITT group 4, which no reader fails on and which is smaller than PNG's
compression; other PNGs keep their own compressed data.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from ocr.opening.raw import Image as Pixels
from ocr.pdf.streams import Stream

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
    width: int  #: pixels of the page
    height: int
    mask: Stream | None = None  #: where `stream` is painted and where not; everywhere without one
    paper: Stream | None = None  #: an image of the whole page that lies beneath
    bilevel: bool = False  #: black and white, without loss
    pixels: Pixels | None = None  #: what is shown, or nearly, where it was decoded on the way

    @property
    def size(self) -> int:
        """Bytes of all streams."""
        return sum(len(part.data) for part in (self.stream, self.mask, self.paper) if part)


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
    if channels not in (1, 3):
        raise ImageUnusable(f"{path}: a JPEG of {channels} colours, not grey or RGB")
    return PageImage(Stream(data, image_entries(width, height, channels=channels)), width, height)


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
                ink = image.convert("L").point(lambda tone: 255 if tone < 128 else 0).convert("1")
                return PageImage(group4(ink), *image.size, bilevel=True)
            if image.mode not in ("L", "RGB"):
                raise ImageUnusable(f"{path}: a PNG of mode {image.mode}")
            return PageImage(_png_stream(data, image), *image.size)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ImageUnusable(f"{path}: a PNG that does not decode ({error})") from error


def _is_bilevel(image: Image.Image) -> bool:
    counts = image.histogram()
    return not any(counts[1:255])


def _png_stream(data: bytes, image: Image.Image) -> Stream:
    """A PNG's own compressed lines where PDF can read them (8 bits, not interlaced), else its pixels."""
    channels = 1 if image.mode == "L" else 3
    entries = image_entries(*image.size, channels=channels, coding="FlateDecode")
    bits, kind, interlaced = data[24], data[25], data[28]  # PNG, 11.2.2
    if bits != 8 or kind not in (0, 2) or interlaced:
        return Stream(zlib.compress(image.tobytes(), 6), entries)
    parameters = pikepdf.Dictionary(Predictor=15, Colors=channels, BitsPerComponent=8, Columns=image.width)
    return Stream(b"".join(_png_chunks(data, b"IDAT")), entries | {"/DecodeParms": parameters})


def _png_chunks(data: bytes, wanted: bytes) -> list[bytes]:
    chunks, at = [], 8
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == wanted:
            chunks.append(data[at + 8 : at + 8 + length])
        at += 12 + length
    return chunks


def group4(ink: Image.Image, *, stencil: bool = False) -> Stream:
    """A bilevel image whose set pixels are ink as CCITT group 4.

    stencil: not a picture, but the places where another image is painted.
    """
    entries = image_entries(*ink.size, bits=1, coding="CCITTFaxDecode")
    if stencil:
        del entries["/ColorSpace"]
        entries["/ImageMask"] = True
    parameters = pikepdf.Dictionary(K=-1, Columns=ink.width, Rows=ink.height, BlackIs1=False)
    return Stream(_group4_data(ink), entries | {"/DecodeParms": parameters})


def _group4_data(ink: Image.Image) -> bytes:
    """The bare code, by libtiff."""
    tiff = io.BytesIO()
    ink.save(tiff, format="TIFF", compression="group4", tiffinfo={_STRIP: ink.height})
    tiff.seek(0)
    with TiffImageFile(tiff) as written:  # Image.open refuses images of 179 megapixels, this page's own too
        offsets, lengths = written.tag_v2[_STRIP_OFFSETS], written.tag_v2[_STRIP_BYTES]
    data = tiff.getvalue()
    return b"".join(data[offset : offset + length] for offset, length in zip(offsets, lengths, strict=True))


def image_entries(
    width: int, height: int, *, channels: int = 1, bits: int = 8, coding: str = "DCTDecode"
) -> dict[str, Any]:
    """The dictionary of an image of grey (1 channel) or RGB (3)."""
    return {
        "/Type": pikepdf.Name.XObject,
        "/Subtype": pikepdf.Name.Image,
        "/Width": width,
        "/Height": height,
        "/BitsPerComponent": bits,
        "/ColorSpace": pikepdf.Name.DeviceGray if channels == 1 else pikepdf.Name.DeviceRGB,
        "/Filter": pikepdf.Name("/" + coding),
    }
