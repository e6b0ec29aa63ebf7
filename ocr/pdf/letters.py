"""How wide letters are and how far they reach above and below the baseline, whatever the font.

The scan's font is not known; what is needed is where a word's baseline lies when only the edges of its ink are
known, and where its letters lie within it. Both follow from the kind of letter.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

# Advance widths of Times, thousandths of an em, for U+0020 to U+007E (Adobe Core 35 metrics): most administrative
# paper is set in Times New Roman (NĐ 30/2020, appendix I).
_TIMES = (
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500,
    500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889,
    722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500,
    444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480,
    200, 480, 541,
)  # fmt: skip
_OTHER, _WIDE, _MARK = 500, 1000, 200  # a letter of no known width, an ideograph, a mark that stands alone
_WITHOUT_DECOMPOSITION = {"đ": "d", "Đ": "D", "–": "n", "—": "m", "…": "m"}

# Heights over the baseline in ems, of Times; its relatives differ by a few hundredths.
X_HEIGHT, DOTTED, TALL = 0.45, 0.66, 0.67
ONE_MARK, TWO_MARKS = 0.68, 0.84  # on a small letter
CAPITAL_ONE_MARK, CAPITAL_TWO_MARKS = 0.86, 0.97
# Depths under it.
TAIL, DOT_BELOW, COMMA = 0.21, 0.18, 0.14
_SMALL = frozenset("acemnorsuvwxz")
_TAILED = frozenset("gjpqy()[]{}/|@$Q")
# Marks that fill only a part of the height: ink from so far below (negative: above) to so far above the baseline.
_MARKS = dict.fromkeys(".…", (0.0, 0.1)) | dict.fromkeys("-–—", (-0.19, 0.26)) | dict.fromkeys("=+~<>", (0.0, 0.5))
_MARKS |= dict.fromkeys("'\"`´‘’“”*^°", (-0.42, TALL)) | dict.fromkeys("•·", (-0.1, 0.4))
_MARKS |= {",": (COMMA, 0.1), ";": (COMMA, X_HEIGHT), ":": (0.0, X_HEIGHT), "_": (0.12, -0.07)}
_WORDS = 10_000  # that are remembered: each is asked for three times a page, the commonest on every page
_HORN, _BELOW = "\u031b", "\u0323"
_ABOVE = 214  # combining classes from here on stand over the letter or to its upper right


@cache
def advance(letter: str) -> int:
    """Width of a letter in thousandths of an em, at least 1."""
    base = unicodedata.normalize("NFD", letter)[0]
    base = _WITHOUT_DECOMPOSITION.get(base, base)
    if " " <= base <= "~":
        return _TIMES[ord(base) - 0x20]
    if unicodedata.east_asian_width(base) in "WF":
        return _WIDE
    return _MARK if unicodedata.combining(base) else _OTHER


@cache
def reach(letter: str) -> tuple[float, float]:
    """How far a letter's ink goes (below, above) the baseline, in ems."""
    if letter in _MARKS:
        return _MARKS[letter]
    decomposed = unicodedata.normalize("NFD", letter)
    base, marks = decomposed[0], decomposed[1:]
    base = _WITHOUT_DECOMPOSITION.get(base, base)
    above = sum(1 for mark in marks if mark not in (_HORN, _BELOW) and unicodedata.combining(mark) >= _ABOVE)
    below = TAIL if base in _TAILED else DOT_BELOW if _BELOW in marks else 0.0
    if base.isupper():
        return below, (TALL, CAPITAL_ONE_MARK, CAPITAL_TWO_MARKS)[min(above, 2)]
    if above:
        return below, TWO_MARKS if above > 1 else ONE_MARK
    if base in _SMALL or base in "gpqy":
        return below, X_HEIGHT
    return below, DOTTED if base in "ijt" else TALL


@lru_cache(maxsize=_WORDS)
def extent(text: str) -> tuple[float, float]:
    """How far a text's ink goes (below, above) the baseline, in ems; the text must not be empty."""
    below, above = zip(*map(reach, text), strict=True)
    return max(below), max(above)


@lru_cache(maxsize=_WORDS)
def natural_width(text: str) -> float:
    """Width of a text in ems."""
    return sum(map(advance, text)) / 1000
