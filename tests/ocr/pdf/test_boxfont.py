"""The invisible text's font, as a program that reads fonts has it."""

from __future__ import annotations

import io

from fontTools.ttLib import TTFont

from ocr.pdf.boxfont import box_font

BOXES = [(0, 0, 500, 670), (0, -210, 444, 450), (0, 0, 722, 860)]


def test_each_glyph_is_its_box() -> None:
    """A reader that takes a letter's place from its outline marks the wrong place; a damaged font is no PDF/A."""
    font = TTFont(io.BytesIO(box_font(BOXES, ascent=970, descent=-200)), checkChecksums=2)
    names = font.getGlyphOrder()
    assert len(names) == len(BOXES)
    for name, (left, bottom, right, top) in zip(names, BOXES, strict=True):
        glyph = font["glyf"][name]
        assert (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax) == (left, bottom, right, top)
        corners = set(glyph.getCoordinates(font["glyf"])[0])
        assert corners == {(left, bottom), (left, top), (right, top), (right, bottom)}
        assert font["hmtx"][name] == (right, left)
    assert font["head"].unitsPerEm == 1000
    assert (font["hhea"].ascent, font["hhea"].descent) == (970, -200)


def test_the_same_boxes_give_the_same_bytes() -> None:
    """A paper that is made again must be the same file."""
    assert box_font(BOXES, ascent=970, descent=-200) == box_font(BOXES, ascent=970, descent=-200)
