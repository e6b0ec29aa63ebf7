"""The font of the invisible text: one glyph for each letter that the paper uses, a box as large as the letter.

The boxes are never painted (text rendering mode 3), but pdfium takes a letter's place from them, and drops letters
that stand alone and have no outline. Poppler and pdf.js take a word's height from the font's ascent and descent
instead; so there is a font for each kind of word (small letters alone, with accents over capitals, with tails …),
all of them with the same program: a word is found, and marked, where its ink is and not as high as its line.

A letter gets its number when it is first used, so that pages can be written before all letters are known. The map
back to Unicode (ToUnicode) is made from the same list: whatever letter was recognised comes back, in any script.
"""

from __future__ import annotations

import pikepdf

from ocr.pdf.boxfont import box_font
from ocr.pdf.letters import DOT_BELOW, advance, extent, reach
from ocr.pdf.streams import Stream, deflated

_ASCENTS = (450, 680, 850, 970)  # thousandths of an em: small letters, tall ones, two marks, capitals with two marks
_DESCENTS = (-1, -200)  # poppler takes 0 for unknown
_NAME = pikepdf.Name("/AAAAAA+SohoaInvisible")
_NOTDEF_WIDTH = 500
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
        self._codes: dict[str, str] = {}  # as they are written
        self._kinds: set[tuple[int, int]] = set()

    def encoded(self, text: str) -> str:
        """The text as a hexadecimal PDF string, two bytes a letter."""
        codes = self._codes
        for letter in text:
            if letter not in codes:
                codes[letter] = f"{len(codes) + 1:04X}"
        return "".join(map(codes.__getitem__, text))

    def name(self, text: str) -> str:
        """The name, in the pages' resources, of the font that is as high as the text."""
        below, above = extent(text)
        ascent = next((index for index, high in enumerate(_ASCENTS) if above * 1000 <= high), len(_ASCENTS) - 1)
        kind = (ascent, int(below > DOT_BELOW / 2))
        self._kinds.add(kind)
        return f"T{kind[0]}{kind[1]}"

    def embed(self, pdf: pikepdf.Pdf) -> dict[str, pikepdf.Object]:
        """Fonts by name, as the pages' resources need them."""
        letters = list(self._codes)
        widths = [_NOTDEF_WIDTH, *map(advance, letters)]
        program = embedded(pdf, _program(letters, widths))
        mapping = embedded(pdf, deflated(to_unicode(dict(enumerate(letters, 1)))))
        listed = pdf.make_indirect(pikepdf.Array([1, pikepdf.Array(widths[1:])]))
        fonts = {}
        for high, low in sorted(self._kinds):
            descriptor = pikepdf.Dictionary(
                Type=pikepdf.Name.FontDescriptor,
                FontName=_NAME,
                Flags=4,  # symbolic: no standard encoding
                FontBBox=[0, _DESCENTS[low], max(widths), _ASCENTS[high]],
                ItalicAngle=0,
                Ascent=_ASCENTS[high],
                Descent=_DESCENTS[low],
                CapHeight=_ASCENTS[high],
                StemV=80,
                FontFile2=program,
            )
            fonts[f"T{high}{low}"] = composite_font(pdf, _NAME, descriptor, listed, mapping)
        return fonts


def composite_font(
    pdf: pikepdf.Pdf,
    name: pikepdf.Name,
    descriptor: pikepdf.Dictionary,
    widths: pikepdf.Object,
    mapping: pikepdf.Object,
) -> pikepdf.Object:
    """A font whose two-byte codes are the glyph numbers of its TrueType program."""
    descendant = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=pikepdf.Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=_NOTDEF_WIDTH,
        W=widths,
        CIDToGIDMap=pikepdf.Name.Identity,
    )
    return pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type0,
            BaseFont=name,
            Encoding=pikepdf.Name("/Identity-H"),
            DescendantFonts=pikepdf.Array([pdf.make_indirect(descendant)]),
            ToUnicode=mapping,
        )
    )


def to_unicode(letters: dict[int, str]) -> bytes:
    """The character map from two-byte codes to UTF-16."""
    entries = [f"<{code:04X}> <{letter.encode('utf-16-be').hex().upper()}>" for code, letter in letters.items()]
    blocks = ""
    for start in range(0, len(entries), _BLOCK):
        block = entries[start : start + _BLOCK]
        blocks += f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n"
    return _CMAP.format(blocks=blocks).encode("ascii")


def embedded(pdf: pikepdf.Pdf, stream: Stream) -> pikepdf.Object:
    """A stream as an object of the file, in memory until it is saved."""
    made = pdf.make_stream(stream.data)
    for key, value in stream.entries.items():
        made[key] = value
    return made


def _program(letters: list[str], widths: list[int]) -> Stream:
    """A TrueType font of boxes; the same letters give the same bytes."""
    boxes = [_box(letter, width) for letter, width in zip([" ", *letters], widths, strict=True)]
    data = box_font(boxes, ascent=_ASCENTS[-1], descent=_DESCENTS[-1])
    return deflated(data, Length1=len(data))


def _box(letter: str, width: int) -> tuple[int, int, int, int]:
    below, above = reach(letter)
    return 0, -round(below * 1000), width, round(above * 1000)
