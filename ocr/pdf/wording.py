"""What text a page of a finished paper carries, and how two texts are compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from ocr.page import FailedPage, Page, ReadPage

FORM_FEED = "\f"
_BIDI_AND_JOINERS = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF]
)


def notice(page: FailedPage) -> tuple[str, ...]:
    """What is printed on a page that stands for one that could not even be seen; lines, in Vietnamese and English."""
    return (
        f"Trang {page.number} của bản quét không đọc được.",
        "Xem bản gốc.",
        f"Page {page.number} of the scan could not be read.",
        "See the original.",
    )


def words(text: str) -> list[str]:
    """The words that can be written: NFC, without characters that no reader of PDF gives back.

    Soft hyphens, zero-width and direction marks, control characters and lone surrogates are dropped.
    """
    kept = unicodedata.normalize("NFC", text).translate(_BIDI_AND_JOINERS)
    kept = "".join(
        letter if unicodedata.category(letter) not in ("Cc", "Cs", "Cn", "Zl", "Zp") else " " for letter in kept
    )
    return kept.split()


def folded(text: str) -> str:
    """A text for comparing: written words with single blanks between."""
    return " ".join(words(text))


def page_text(page: Page) -> str:
    """The text that was recognised on a page; nothing for one that could not be read."""
    return page.text if isinstance(page, ReadPage) else ""


def plain_text(pages: Iterable[Page]) -> str:
    """The text of a paper, pages parted by form feeds."""
    return FORM_FEED.join(page_text(page) for page in pages)


def expected_text(page: Page) -> str:
    """What must come back from the page in the finished PDF, folded."""
    if isinstance(page, FailedPage) and page.image is None:
        return folded(" ".join(notice(page)))
    return folded(page_text(page))
