"""The font of the invisible text: one glyph for each letter that the paper uses, a box as large as the letter.

The boxes are never painted (text rendering mode 3), but pdfium takes a letter's place from them, and drops letters
that stand alone and have no outline.

A letter gets its number when it is first used, so that pages can be written before all letters are known. The map
back to Unicode (ToUnicode) is made from the same list: whatever letter was recognised comes back, in any script.
"""

from __future__ import annotations

import io

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

from ocr.pdf.letters import X_HEIGHT, advance, reach
from ocr.pdf.streams import Stream, deflated

ASCENT, DESCENT = 750, -220  # thousandths of an em; what readers highlight: from a tail to an accented small letter
_NAME = pikepdf.Name("/AAAAAA+SohoaInvisible")
_NOTDEF_WIDTH = 500
_MADE = 3_786_912_000  # seconds since 1904; a fixed date, so that the same letters give the same bytes
_BLOCK = 100  # entries that one bfchar block may hold (ISO 32000-1, 9.10.3, through Adobe note 5014)
_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{blocks}endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


class InvisibleFont:
    """Collects letters while pages are written, and becomes a font when they all are."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def encoded(self, text: str) -> str:
        """The text as a hexadecimal PDF string, two bytes a letter."""
        codes = self._codes
        return "".join(f"{codes.setdefault(letter, len(codes) + 1):04X}" for letter in text)

    def embed(self, pdf: pikepdf.Pdf, font: pikepdf.Object) -> None:
        """Fill the dictionary that the pages refer to."""
        letters = list(self._codes)
        widths = [_NOTDEF_WIDTH, *map(advance, letters)]
        descriptor = pikepdf.Dictionary(
            Type=pikepdf.Name.FontDescriptor,
            FontName=_NAME,
            Flags=4,  # symbolic: no standard encoding
            FontBBox=[0, DESCENT, max(widths), ASCENT],
            ItalicAngle=0,
            Ascent=ASCENT,
            Descent=DESCENT,
            CapHeight=ASCENT,
            StemV=80,
            FontFile2=_stream(pdf, _program(letters, widths)),
        )
        descendant = pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.CIDFontType2,
            BaseFont=_NAME,
            CIDSystemInfo=pikepdf.Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=_NOTDEF_WIDTH,
            W=pikepdf.Array([1, pikepdf.Array(widths[1:])]) if letters else pikepdf.Array(),
            CIDToGIDMap=pikepdf.Name.Identity,
        )
        font["/Type"], font["/Subtype"] = pikepdf.Name.Font, pikepdf.Name.Type0
        font["/BaseFont"], font["/Encoding"] = _NAME, pikepdf.Name("/Identity-H")
        font["/DescendantFonts"] = pikepdf.Array([pdf.make_indirect(descendant)])
        font["/ToUnicode"] = _stream(pdf, deflated(to_unicode(dict(enumerate(letters, 1)))))


def to_unicode(letters: dict[int, str]) -> bytes:
    """The character map from two-byte codes to UTF-16."""
    entries = [f"<{code:04X}> <{letter.encode('utf-16-be').hex().upper()}>" for code, letter in letters.items()]
    blocks = ""
    for start in range(0, len(entries), _BLOCK):
        block = entries[start : start + _BLOCK]
        blocks += f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n"
    return _CMAP.format(blocks=blocks).encode("ascii")


def _stream(pdf: pikepdf.Pdf, stream: Stream) -> pikepdf.Object:
    made = pdf.make_stream(stream.data)
    for key, value in stream.entries.items():
        made[key] = value
    return made


def _program(letters: list[str], widths: list[int]) -> Stream:
    """A TrueType font of boxes; the same letters give the same bytes."""
    names = [".notdef", *(f"l{number}" for number in range(1, len(widths)))]
    builder = FontBuilder(unitsPerEm=1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({})
    shapes = [_box(letter, width) for letter, width in zip([" ", *letters], widths, strict=True)]
    builder.setupGlyf(dict(zip(names, shapes, strict=True)))
    builder.setupHorizontalMetrics({name: (width, 0) for name, width in zip(names, widths, strict=True)})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupPost(keepGlyphNames=False)
    builder.updateHead(created=_MADE, modified=_MADE)
    builder.font.recalcTimestamp = False
    data = io.BytesIO()
    builder.save(data)
    return deflated(data.getvalue(), Length1=len(data.getvalue()))


def _box(letter: str, width: int) -> Glyph:
    below, above = reach(letter) or (0.0, X_HEIGHT)
    left, bottom, right, top = 0, -round(below * 1000), width, round(above * 1000)
    pen = TTGlyphPen(None)
    pen.moveTo((left, bottom))
    for corner in ((left, top), (right, top), (right, bottom)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()
