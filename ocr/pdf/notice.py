"""A printed page in place of one that could not even be seen, in a real font that is embedded."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
from fontTools import subset
from fontTools.ttLib import TTFont

from ocr.errors import ProgramMissing
from ocr.pdf.font import composite_font, embedded, to_unicode
from ocr.pdf.streams import deflated

FONT_FILE = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")  # Debian: fonts-dejavu-core
FONT = "N"
PAGE_SIZE = (595.28, 841.89)  # points, A4
_SIZE, _LEADING, _LEFT, _TOP = 14.0, 22.0, 72.0, 120.0  # points
_UNKNOWN = "?"  # for a letter that the font lacks: PDF/A knows no glyph for "missing"


class NoticeFont:
    """A subset of a font of DejaVu with the letters of some texts."""

    def __init__(self, texts: list[str], *, file: Path = FONT_FILE) -> None:
        options = subset.Options(
            layout_features=[], name_IDs=[], notdef_outline=True, hinting=False, glyph_names=False
        )
        options.drop_tables += ["GSUB", "GPOS", "GDEF", "FFTM", "OS/2", "name"]
        try:
            font = TTFont(file, recalcTimestamp=False)
        except OSError as error:
            raise ProgramMissing(f"the font {file} is missing", mend="install fonts-dejavu-core") from error
        subsetter = subset.Subsetter(options)
        subsetter.populate(text="".join((*texts, _UNKNOWN)))
        subsetter.subset(font)
        data = io.BytesIO()
        font.save(data)
        self._name = pikepdf.Name(f"/AAAAAB+{file.stem}")
        self._font = font
        self._data = data.getvalue()
        self._glyphs = {chr(code): font.getGlyphID(name) for code, name in font.getBestCmap().items()}
        self._unit = 1000 / font["head"].unitsPerEm

    def content(self, lines: tuple[str, ...]) -> bytes:
        """Content stream operators that print the lines on an A4 page."""
        shown = "".join(f"<{self.encoded(line)}> Tj T*\n" for line in lines)
        start = f"BT /{FONT} {_SIZE} Tf {_LEADING} TL {_LEFT} {PAGE_SIZE[1] - _TOP:.2f} Td\n"
        return f"{start}{shown}ET\n".encode("ascii")

    def encoded(self, text: str) -> str:
        """The text as a hexadecimal PDF string."""
        missing = self._glyphs[_UNKNOWN]
        return "".join(f"{self._glyphs.get(letter, missing):04X}" for letter in text)

    def width(self, text: str) -> float:
        """Ems that the text takes."""
        metrics, order = self._font["hmtx"], self._font.getGlyphOrder()
        glyphs = (self._glyphs.get(letter, self._glyphs[_UNKNOWN]) for letter in text)
        return float(sum(metrics[order[glyph]][0] for glyph in glyphs) * self._unit / 1000)

    def embed(self, pdf: pikepdf.Pdf) -> pikepdf.Object:
        """The font as the pages' resources need it."""
        metrics, head, hhea = self._font["hmtx"], self._font["head"], self._font["hhea"]
        widths = [round(metrics[name][0] * self._unit) for name in self._font.getGlyphOrder()]
        descriptor = pikepdf.Dictionary(
            Type=pikepdf.Name.FontDescriptor,
            FontName=self._name,
            Flags=4,  # symbolic: no standard encoding
            FontBBox=[round(value * self._unit) for value in (head.xMin, head.yMin, head.xMax, head.yMax)],
            ItalicAngle=0,
            Ascent=round(hhea.ascent * self._unit),
            Descent=round(hhea.descent * self._unit),
            CapHeight=729,
            StemV=90,
            FontFile2=embedded(pdf, deflated(self._data, Length1=len(self._data))),
        )
        mapping = to_unicode({glyph: letter for letter, glyph in self._glyphs.items()})
        listed = pikepdf.Array([0, pikepdf.Array(widths)])
        return composite_font(pdf, self._name, descriptor, listed, embedded(pdf, deflated(mapping)))
