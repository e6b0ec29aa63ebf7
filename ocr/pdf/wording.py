"""What text a page of a finished paper carries, and how two texts are compared."""

from __future__ import annotations

import unicodedata

from rapidfuzz.distance import Levenshtein

from ocr.geometry import Box
from ocr.page import FailedPage, Page, ReadPage

FORM_FEED = "\f"  # parts the pages of a paper in its plain text
_NEVER_SEEN = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF])
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}  # ﬀ to ﬆ
_NOT_TEXT = ("Cc", "Cs", "Cn", "Zl", "Zp")  # Unicode categories: controls, lone surrogates, unassigned, separators
_RIGHT_TO_LEFT = ("R", "AL", "AN")  # Unicode bidirectional classes
_OVER_ONE_ANOTHER = 0.25  # shared part of the smaller of two words; neighbours' boxes touch by less
_STRAYS = 0.01  # share of a page's letters that may have changed places
_FEW = 12  # letters that may have done so on a page of a few words
_BESIDE = 0.5  # shared part of the lower word's height; from there readers take two words for one line's


def notice(number: int) -> tuple[str, ...]:
    """What is printed on a page that stands for one that could not even be seen; lines, in Vietnamese and English."""
    return (
        f"Trang {number} của bản quét không đọc được.",
        "Xem bản gốc.",
        f"Page {number} of the scan could not be read.",
        "See the original.",
    )


def folded(text: str) -> str:
    """A text as it is written and compared: NFC, single blanks, nothing that readers of PDF do not give back.

    Dropped are soft hyphens, zero-width and direction marks, controls and lone surrogates; ligatures come apart.
    """
    kept = unicodedata.normalize("NFC", text).translate(_NEVER_SEEN).translate(_LIGATURES)
    return " ".join("".join(" " if unicodedata.category(letter) in _NOT_TEXT else letter for letter in kept).split())


def order_is_free(page: Page) -> bool:
    """Whether readers may give a page's letters back in an order of their own.

    They do so with right-to-left scripts, whole lines at a time; where lines were recognised over one another; and
    where a line stands left of an earlier one, as the shreds of a seal do.
    """
    if isinstance(page, FailedPage):
        return False
    if any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in page.text):
        return True
    boxes = [(number, word.box) for number, line in enumerate(page.lines) for word in line.words]
    boxes.sort(key=lambda numbered: numbered[1].y0)
    for index, (number, box) in enumerate(boxes):
        for other, lower in boxes[index + 1 :]:
            if lower.y0 >= box.y1:
                break
            if number != other and (_over_one_another(box, lower) or _backwards(number, box, other, lower)):
                return True
    return False


def _over_one_another(one: Box, other: Box) -> bool:
    smaller = min(one.width * one.height, other.width * other.height)
    return one.overlap(other) > _OVER_ONE_ANOTHER * smaller


def _backwards(number: int, box: Box, other: int, lower: Box) -> bool:
    """Two words of different lines at one height, the later one on the left."""
    if min(box.y1, lower.y1) - max(box.y0, lower.y0) < _BESIDE * min(box.height, lower.height):
        return False
    earlier, later = (box, lower) if number < other else (lower, box)
    return later.x1 <= earlier.x0


def same_letters(wanted: str, found: str) -> bool:
    """Whether two texts hold the same letters in whatever order."""
    return sorted(wanted.replace(" ", "")) == sorted(found.replace(" ", ""))


def nearly_in_order(wanted: str, found: str) -> bool:
    """Whether two texts differ by so little that only specks between words changed places."""
    most = round(_STRAYS * len(wanted)) + _FEW
    return Levenshtein.distance(wanted, found, score_cutoff=most) <= most


def page_text(page: Page) -> str:
    """The text that was recognised on a page; nothing for one that could not be read."""
    return page.text if isinstance(page, ReadPage) else ""


def expected_text(page: Page) -> str:
    """What must come back from the page in the finished PDF, folded."""
    if isinstance(page, FailedPage) and page.image is None:
        return folded(" ".join(notice(page.number)))
    return folded(page_text(page))
