"""A TrueType font whose glyphs are boxes, written table by table (OpenType 1.9; Apple's TrueType Reference Manual).

A paper's font has one box for each letter that the paper uses. A general font builder takes as long for it as the
whole page's JPEG; there is nothing general about boxes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

UNITS_PER_EM = 1000
_MADE = 3_786_912_000  # seconds since 1904; a fixed date, so that the same letters give the same bytes
_MAGIC, _CHECKSUM_MAGIC = 0x5F0F3CF5, 0xB1B0AFBA
_ON_CURVE = b"\x01" * 4  # all four corners
_NO_CHARACTERS = bytes.fromhex("00000001000300010000000c 00040018 0000 0002 0002 0000 0000 ffff 0000 ffff 0001 0000")

Box = tuple[int, int, int, int]  #: left, bottom, right, top


def box_font(boxes: Sequence[Box], *, ascent: int, descent: int) -> bytes:
    """The font's file; a glyph for each box, which is as wide as the box reaches to the right.

    The first is what is shown for a letter that the font lacks. There is no map from characters: in a PDF the codes
    are the glyphs' numbers. All numbers are in units of which UNITS_PER_EM are an em.
    """
    glyphs = [_glyph(box) for box in boxes]
    starts = [0]
    for glyph in glyphs:
        starts.append(starts[-1] + len(glyph))
    widest, lowest, highest = max(box[2] for box in boxes), min(box[1] for box in boxes), max(box[3] for box in boxes)
    count = len(boxes)
    bounds = (0, lowest, widest, highest)
    return _file(
        {
            b"cmap": _NO_CHARACTERS,
            b"glyf": b"".join(glyphs),
            b"head": _head(bounds),
            b"hhea": struct.pack(
                ">I3hH11hH", 0x10000, ascent, descent, 0, widest, 0, 0, widest, 1, *([0] * 7), count
            ),
            b"hmtx": b"".join(struct.pack(">Hh", box[2], box[0]) for box in boxes),
            b"loca": struct.pack(f">{count + 1}I", *starts),
            b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, count, 4, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0),
            b"post": struct.pack(">I7I", 0x30000, *([0] * 7)),  # no names
        }
    )


def _head(bounds: Box) -> bytes:
    flags, smallest, long_offsets = 0b11, 3, 1
    return struct.pack(
        ">IIIIHHQQ4hHHhhh",
        *(0x10000, 0x10000, 0, _MAGIC, flags, UNITS_PER_EM, _MADE, _MADE, *bounds, 0, smallest, 2, long_offsets, 0),
    )


def _glyph(box: Box) -> bytes:
    """One contour, from the lower left corner up and round; even bytes."""
    left, bottom, right, top = box
    head = struct.pack(">5hHH", 1, left, bottom, right, top, 3, 0)
    across = struct.pack(">4h", left, 0, right - left, 0)
    up = struct.pack(">4h", bottom, top - bottom, 0, bottom - top)
    return head + _ON_CURVE + across + up


def _file(tables: dict[bytes, bytes]) -> bytes:
    """Tables in the order of their names, each at a multiple of four bytes, behind their directory."""
    count = len(tables)
    power = count.bit_length() - 1
    start = struct.pack(">IHHHH", 0x10000, count, 16 << power, power, 16 * count - (16 << power))
    at = len(start) + 16 * count
    directory, body, head_at = b"", b"", 0
    for name, data in sorted(tables.items()):
        padded = data + bytes(-len(data) % 4)
        directory += name + struct.pack(">III", _checksum(padded), at, len(data))
        if name == b"head":
            head_at = at
        body += padded
        at += len(padded)
    whole = bytearray(start + directory + body)
    struct.pack_into(">I", whole, head_at + 8, (_CHECKSUM_MAGIC - _checksum(bytes(whole))) & 0xFFFFFFFF)
    return bytes(whole)


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f">{len(data) // 4}I", data))
    return total & 0xFFFFFFFF
