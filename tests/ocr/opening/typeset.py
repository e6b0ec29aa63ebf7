"""A font with Vietnamese letters for PDFs that the tests of this folder make."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pikepdf
from fontTools.ttLib import TTFont

_DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")  # Debian's fonts-dejavu-core


@cache
def _glyphs() -> dict[int, tuple[int, int]]:
    """Character to glyph and width, thousandths of the size."""
    font = TTFont(_DEJAVU)
    scale = 1000 / font["head"].unitsPerEm
    widths = font["hmtx"]
    return {
        code: (font.getGlyphID(name), round(widths[name][0] * scale))
        for code, name in font.getBestCmap().items()
        if code < 0x1B1 or 0x1EA0 <= code < 0x2020  # what Vietnamese and its neighbours need
    }


def font_of(pdf: pikepdf.Pdf, *, says: dict[str, str] | None = None) -> pikepdf.Object:
    """DejaVu Sans, embedded whole.

    says: characters that are extracted as others than they look like, as fonts of before Unicode have it.
    """
    told = says or {}
    pairs = [(glyph, told.get(chr(code), chr(code))) for code, (glyph, _) in _glyphs().items()]
    rows = "\n".join(f"<{glyph:04x}> <{text.encode('utf-16-be').hex()}>" for glyph, text in pairs)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(pairs)} beginbfchar\n{rows}\nendbfchar\nendcmap end end"
    )
    file = pikepdf.Stream(pdf, _DEJAVU.read_bytes())
    descriptor = pikepdf.Dictionary(
        Type=pikepdf.Name.FontDescriptor,
        FontName=pikepdf.Name.DejaVuSans,
        Flags=4,
        FontBBox=pikepdf.Array([-1021, -463, 1793, 1232]),
        ItalicAngle=0,
        Ascent=928,
        Descent=-236,
        CapHeight=730,
        StemV=80,
        FontFile2=pdf.make_indirect(file),
    )
    widths = " ".join(f"{glyph} [{width}]" for glyph, width in _glyphs().values())
    descendant = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=pikepdf.Name.DejaVuSans,
        CIDSystemInfo=pikepdf.Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        CIDToGIDMap=pikepdf.Name.Identity,
        W=pikepdf.Object.parse(f"[{widths}]".encode()),
    )
    return pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type0,
            BaseFont=pikepdf.Name.DejaVuSans,
            Encoding=pikepdf.Name("/Identity-H"),
            DescendantFonts=pikepdf.Array([pdf.make_indirect(descendant)]),
            ToUnicode=pikepdf.Stream(pdf, cmap.encode()),
        )
    )


def shown(text: str) -> str:
    """The text as a string operand of that font."""
    glyphs = _glyphs()
    return "<" + "".join(f"{glyphs[ord(character)][0]:04x}" for character in text) + ">"


def lines(texts: list[str], *, left: float = 60, top: float = 780, size: float = 12, mode: int = 0) -> str:
    """A drawing of lines of text; mode 3 hides them."""
    rows = "\n".join(f"1 0 0 1 {left} {top - 1.6 * size * row} Tm {shown(text)} Tj" for row, text in enumerate(texts))
    return f"BT {mode} Tr /F {size} Tf\n{rows}\nET\n"
