"""Takes an image out of a PDF at its own resolution, where its filter is one that scanners use.

JPEG, JPEG 2000 and CCITT G4 go to the image decoders as they are; Flate is unpacked here. What is rarer (JBIG2, CMYK,
soft masks, LZW) is left to poppler, which paints it at the image's own size: see `pdfraster`.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

import numpy as np
import pikepdf
from numpy.typing import NDArray

from ocr.opening.images import Decoded, decode_embedded
from ocr.opening.kinds import Kind
from ocr.opening.pdfspace import number_of, numbers_of
from ocr.opening.raw import Image, Limits

_GREY = frozenset(("/DeviceGray", "/CalGray", "/G"))
_RGB = frozenset(("/DeviceRGB", "/CalRGB", "/RGB"))


class Space(Enum):
    """How samples become colours."""

    GREY = auto()
    RGB = auto()
    INDEXED = auto()
    STENCIL = auto()  #: one bit: paint or leave
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """An image of a PDF, not decoded."""

    stream: pikepdf.Stream
    width: int
    height: int
    bits: int  #: of one sample of one pixel
    space: Space
    inverted: bool  #: its decode array turns black and white over
    filters: tuple[str, ...]
    parameters: tuple[Any, ...]  #: of each filter
    direct: bool  #: no mask, no unusual decode array; a stencil is taken as painted in black


def has_holes(stream: pikepdf.Stream) -> bool:
    """May what lies under an image be seen through it? A stencil, a mask, a soft mask."""
    masks = any(stream.get(name) is not None for name in ("/SMask", "/Mask")) or bool(stream.get("/SMaskInData", 0))
    return masks or stream.get("/ImageMask", False) is True


def embedded(stream: pikepdf.Stream) -> Embedded:
    """What an image's dictionary says of it. Raises what `pdffile.BROKEN` lists."""
    stencil = stream.get("/ImageMask", False) is True
    bits = 1 if stencil else int(number_of(stream.get("/BitsPerComponent")) or 8)
    space = Space.STENCIL if stencil else _space(stream.get("/ColorSpace"))
    inverted, usual = _decode_array(stream.get("/Decode"), space)
    filters = _listed(stream.get("/Filter"))
    parameters = _listed(stream.get("/DecodeParms"))
    return Embedded(
        stream=stream,
        width=int(number_of(stream.get("/Width")) or 0),
        height=int(number_of(stream.get("/Height")) or 0),
        bits=bits,
        space=space,
        inverted=inverted,
        filters=tuple(str(name) for name in filters),
        parameters=tuple(parameters) + (None,) * (len(filters) - len(parameters)),
        direct=usual and (stencil or not has_holes(stream)),
    )


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def _space(value: object) -> Space:
    if isinstance(value, pikepdf.Array) and len(value):
        name = str(value[0])
        if name == "/ICCBased":
            return {1: Space.GREY, 3: Space.RGB}.get(int(number_of(value[1].get("/N")) or 0), Space.OTHER)
        if name in ("/Indexed", "/I"):
            return Space.INDEXED
    else:
        name = str(value)
    if name in _GREY:
        return Space.GREY
    return Space.RGB if name in _RGB else Space.OTHER


def _decode_array(value: object, space: Space) -> tuple[bool, bool]:
    """Whether it inverts, and whether it is one that is understood."""
    if not isinstance(value, pikepdf.Array):
        return False, True
    numbers = numbers_of(value, len(value)) or []
    if space in (Space.GREY, Space.STENCIL, Space.RGB) and numbers == [0.0, 1.0] * (len(numbers) // 2):
        return False, True
    if space in (Space.GREY, Space.STENCIL, Space.RGB) and numbers == [1.0, 0.0] * (len(numbers) // 2):
        return True, True
    return False, False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An image's pixels; its claim of dots an inch is left to the page, which knows how large it is painted."""

    decoded: Decoded
    jpeg: bytes | None  #: the scanner's own bytes, where a JPEG alone is the image


def take_image(image: Embedded, *, limits: Limits, source: str, number: int) -> Taken | None:
    """The pixels of an image; None where it takes more than is known here.

    Its size must have been checked.
    Raises PageDamaged, PageTooLarge, PageTooSmall, and what `pdffile.BROKEN` lists.
    """
    if not image.direct or not image.filters:
        return _take_raw(image) if image.direct else None
    last = image.filters[-1]
    where: dict[str, Any] = {"limits": limits, "source": source, "number": number}
    if last in ("/FlateDecode", "/Fl") and len(image.filters) == 1:
        return _take_flate(image)
    data = _without_outer_flate(image)
    if data is None:
        return None
    if last in ("/DCTDecode", "/DCT"):
        return _take_jpeg(image, data, **where)
    if last in ("/CCITTFaxDecode", "/CCF"):
        return _take_ccitt(image, data, **where)
    if last == "/JPXDecode":
        return _take_jp2(image, data, **where)
    return None


def _without_outer_flate(image: Embedded) -> bytes | None:
    """The bytes for the last filter; None where others than Flate were put around them."""
    data = image.stream.read_raw_bytes()
    for name, parameters in zip(image.filters[:-1], image.parameters[:-1], strict=True):
        if name not in ("/FlateDecode", "/Fl") or parameters is not None:
            return None
        most = image.width * image.height * 4 + 1024**2  # what packs an image is not larger than the image
        data = _inflated(data, most)
    return data


def _inflated(data: bytes, most: int) -> bytes:
    """Unpack no more than `most` bytes; what a cut-off stream still gives."""
    machine = zlib.decompressobj()
    try:
        return machine.decompress(data, most)
    except zlib.error as error:
        return _inflated_in_pieces(data, most, error)


def _inflated_in_pieces(data: bytes, most: int, error: zlib.error) -> bytes:
    """All that comes before the damage, which a single call would drop."""
    machine, found = zlib.decompressobj(), bytearray()
    for at in range(0, len(data), 256):
        try:
            found += machine.decompress(data[at : at + 256], most - len(found))
        except zlib.error:
            break
        if len(found) >= most:
            break
    if not found:
        raise ValueError("stream does not unpack") from error
    return bytes(found)


def _take_jpeg(image: Embedded, data: bytes, *, limits: Limits, source: str, number: int) -> Taken | None:
    parameters = image.parameters[-1]
    if isinstance(parameters, pikepdf.Dictionary) and parameters.get("/ColorTransform") is not None:
        return None
    if image.space not in (Space.GREY, Space.RGB):
        return None
    decoded = decode_embedded(data, Kind.JPEG, limits=limits, source=source, number=number)
    if not decoded.plain_rgb or decoded.image.shape[:2] != (image.height, image.width):
        return None
    own = not image.inverted and not decoded.damaged and not decoded.turned
    return Taken(decoded=_inverted(decoded) if image.inverted else decoded, jpeg=data if own else None)


def _take_jp2(image: Embedded, data: bytes, *, limits: Limits, source: str, number: int) -> Taken | None:
    if image.stream.get("/ColorSpace") is not None and image.space not in (Space.GREY, Space.RGB):
        return None
    decoded = decode_embedded(data, Kind.JP2, limits=limits, source=source, number=number)
    if not decoded.plain_rgb or decoded.image.shape[:2] != (image.height, image.width):
        return None
    return Taken(decoded=_inverted(decoded) if image.inverted else decoded, jpeg=None)


def _take_ccitt(image: Embedded, data: bytes, *, limits: Limits, source: str, number: int) -> Taken | None:
    """G4, by giving it the head of a TIFF; other kinds of fax leave too much open."""
    parameters = image.parameters[-1]
    if not isinstance(parameters, pikepdf.Dictionary) or image.bits != 1:
        return None
    if image.space not in (Space.GREY, Space.STENCIL):
        return None
    if int(parameters.get("/K", 0)) >= 0 or parameters.get("/EncodedByteAlign", False) is True:
        return None
    if int(parameters.get("/Columns", 1728)) != image.width:
        return None
    inverted = (parameters.get("/BlackIs1", False) is True) != image.inverted
    tiff = _tiff_of_g4(data, image.width, image.height, white_is_zero=not inverted)
    return Taken(decoded=decode_embedded(tiff, Kind.TIFF, limits=limits, source=source, number=number), jpeg=None)


def _tiff_of_g4(data: bytes, width: int, height: int, *, white_is_zero: bool) -> bytes:
    """A TIFF of one strip (TIFF 6.0, sections 3 and 11)."""
    start = 8 + 2 + 9 * 12 + 4
    entries = (
        (256, width),
        (257, height),
        (258, 1),  # bits a sample
        (259, 4),  # CCITT T.6
        (262, 0 if white_is_zero else 1),
        (273, start),
        (277, 1),  # samples a pixel
        (278, height),  # rows a strip
        (279, len(data)),
    )
    head = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    head += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return head + struct.pack("<I", 0) + data


def _take_raw(image: Embedded) -> Taken | None:
    return _from_samples(image, image.stream.read_raw_bytes()[: _row_bytes(image) * image.height])


def _take_flate(image: Embedded) -> Taken | None:
    parameters = image.parameters[0]
    predictor = int(parameters.get("/Predictor", 1)) if isinstance(parameters, pikepdf.Dictionary) else 1
    if predictor != 1:  # qpdf knows them; what goes beyond its limit is painted by poppler
        return _from_samples(image, image.stream.read_bytes())
    data = image.stream.read_raw_bytes()
    return _from_samples(image, _inflated(data, _row_bytes(image) * image.height))


def _channels(image: Embedded) -> int:
    return 3 if image.space is Space.RGB else 1


def _row_bytes(image: Embedded) -> int:
    return (image.width * _channels(image) * image.bits + 7) // 8


def _from_samples(image: Embedded, data: bytes) -> Taken | None:
    """Pixels from samples as PDF packs them: each row begins at a byte (PDF 8.9.3)."""
    if image.space is Space.OTHER or image.bits not in (1, 2, 4, 8, 16):
        return None
    palette = _palette(image) if image.space is Space.INDEXED else None
    if image.space is Space.INDEXED and palette is None:
        return None
    whole = _row_bytes(image) * image.height
    if not data:
        raise ValueError("an image without samples")
    damaged = len(data) < whole
    if damaged:
        data += b"\xff" * (whole - len(data))
    samples = _unpacked(np.frombuffer(data, np.uint8, whole).reshape(image.height, -1), image)
    if palette is not None:
        pixels: Image = palette[np.minimum(samples, len(palette) - 1)]
    else:
        pixels = samples if image.bits >= 8 else samples * np.uint8(255 // (2**image.bits - 1))
        if image.inverted:
            pixels = ~pixels
        if image.space is Space.RGB:
            pixels = np.ascontiguousarray(pixels.reshape(image.height, image.width, 3)[:, :, ::-1])
    decoded = Decoded(
        image=pixels,
        across=0.0,
        down=0.0,
        stored_bits=image.bits,
        turned=False,
        plain_rgb=False,
        damaged=damaged,
    )
    return Taken(decoded=decoded, jpeg=None)


def _unpacked(rows: NDArray[np.uint8], image: Embedded) -> NDArray[np.uint8]:
    """One sample a byte: (height, width times channels)."""
    count = image.width * _channels(image)
    if image.bits == 16:
        return rows[:, ::2]
    if image.bits == 8:
        return rows
    if image.bits == 1:
        return np.unpackbits(rows, axis=1)[:, :count]
    shifts = np.arange(8 - image.bits, -1, -image.bits, dtype=np.uint8)
    apart = (rows[:, :, None] >> shifts) & np.uint8(2**image.bits - 1)
    return apart.reshape(rows.shape[0], -1)[:, :count]


def _palette(image: Embedded) -> Image | None:
    """The colours of an indexed image, blue, green, red; None where they are no grey or RGB."""
    entry: Any = image.stream.get("/ColorSpace")
    base, table = _space(entry[1]), entry[3]
    colours = np.frombuffer(table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table), np.uint8)
    if base is Space.GREY and len(colours):
        return colours
    if base is Space.RGB and len(colours) >= 3:
        return np.ascontiguousarray(colours[: len(colours) // 3 * 3].reshape(-1, 3)[:, ::-1])
    return None


def _inverted(decoded: Decoded) -> Decoded:
    return replace(decoded, image=~decoded.image)
