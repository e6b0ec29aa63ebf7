"""Fonts of the samples, each proved to hold every Vietnamese letter.

A renderer that lacks a letter draws an empty box or takes another font's, and says nothing: the truth would then
name letters that no page shows. So a font is asked before the first line is set.
"""

from __future__ import annotations

import unicodedata
from enum import Enum
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont

#: Debian's fonts-croscore: Tinos is as wide as Times New Roman (NĐ 30/2020, phụ lục I), Arimo as Arial.
FOLDER = Path("/usr/share/fonts/truetype/croscore")

_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")  # level, huyền, sắc, ngã, hỏi, nặng


class Face(Enum):
    """A cut by what it is used for."""

    REGULAR = "Tinos-Regular.ttf"
    BOLD = "Tinos-Bold.ttf"
    ITALIC = "Tinos-Italic.ttf"
    BOLD_ITALIC = "Tinos-BoldItalic.ttf"
    FORM = "Arimo-Regular.ttf"  #: what a counter's software prints
    FORM_BOLD = "Arimo-Bold.ttf"


class FontMissing(Exception):
    """A font is not installed, or lacks letters that the samples need."""


def vietnamese_letters() -> frozenset[str]:
    """The 134 precomposed letters, 67 in each case, that Vietnamese has beyond a to z."""
    small = {unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES} | {"đ"}
    letters = {form for letter in small for form in (letter, letter.upper())}
    return frozenset(letter for letter in letters if not letter.isascii())


def missing_letters(file: Path) -> frozenset[str]:
    """Vietnamese letters that a font file has no glyph for."""
    with TTFont(file, lazy=True) as font:
        return vietnamese_letters() - {chr(code) for code in font.getBestCmap()}


@cache
def font(face: Face, pixels: int) -> ImageFont.FreeTypeFont:
    """A face at a size in pixels.

    Raises FontMissing where the package is not installed or a letter is not in it.
    """
    return ImageFont.truetype(_proved(face), pixels, layout_engine=ImageFont.Layout.BASIC)


@cache
def _proved(face: Face) -> Path:
    file = FOLDER / face.value
    if not file.is_file():
        raise FontMissing(f"{file} is missing; run `make samples`, which installs Debian's fonts-croscore")
    if lacking := missing_letters(file):
        raise FontMissing(f"{file} lacks {''.join(sorted(lacking))}; no page may be set with it")
    return file
