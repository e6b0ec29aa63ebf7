"""Checks a written PDF before anybody may have it: is it PDF/A-2b, and is its text what was recognised?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pypdfium2
from pikepdf import pdfa

from ocr.errors import PdfInvalid, TextLayerDiffers
from ocr.page import FailedPage, Page
from ocr.pdf.assembly import FLAVOUR
from ocr.pdf.wording import expected_text, folded, nearly_in_order, order_is_free, same_letters

_KEPT_BYTES = 64 * 1024**2  # of the file that pdfium may hold in memory at a time
_HYPHEN_AT_END = "\ufffe"  # pdfium's word for a hyphen that ends a line; the file itself holds the hyphen
_AROUND = 20  # letters shown around the first difference
_MEND = "nothing was published; keep the file's working folder and report this as a fault of Sohoa"


def check(pdf: Path, pages: Sequence[Page]) -> None:
    """Check the bytes of a finished PDF against the pages that it was made of.

    Raises PdfInvalid where it is not PDF/A-2b by pikepdf's validator or lacks pages; TextLayerDiffers where a page's
    text, extracted by pdfium in the file's own order, is not what was recognised (NFC, white space folded). No letter
    may be lost or changed; a few may come in another order where specks and seals lie between words.
    """
    report = pdfa.validate_written(pdf, FLAVOUR)
    if not report.passed:
        first = "; ".join(str(finding) for finding in report.findings[:3])
        raise PdfInvalid(pdf.name, f"is not PDF/A-{FLAVOUR}: {first}", mend=_MEND)
    _check_text(pdf, pages)


def _check_text(pdf: Path, pages: Sequence[Page]) -> None:
    """Compare page by page, to the last: a file is made again once, for all its pages."""
    differing = list(_differing(pdf, pages))
    if differing:
        numbers = tuple(number for number, _ in differing)
        raise TextLayerDiffers(pdf.name, differing[0][1], mend=_MEND, pages=numbers)


def _differing(pdf: Path, pages: Sequence[Page]) -> Iterator[tuple[int, str]]:
    """Numbers of the pages whose text is another, and how.

    pdfium keeps the images of pages that it has read, so it is begun anew now and then.
    """
    count = len(pages)
    step = max(int(_KEPT_BYTES * count / (pdf.stat().st_size + 1)), 1)
    every_page = enumerate(pages)
    for _ in range(0, max(count, 1), step):
        with opened_by_pdfium(pdf) as document:
            if len(document) != count:
                raise PdfInvalid(pdf.name, f"has {len(document)} pages instead of {count}", mend=_MEND)
            for index, page in islice(every_page, step):
                wanted, found = expected_text(page), extracted_text(document, index)
                if wanted != found and not (
                    same_letters(wanted, found) and (order_is_free(page) or nearly_in_order(wanted, found))
                ):
                    yield _number(page), _difference(_number(page), wanted, found)


def opened_by_pdfium(pdf: Path) -> pypdfium2.PdfDocument:
    """The file as pdfium has it. Raises PdfInvalid."""
    try:
        return pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise PdfInvalid(pdf.name, f"does not open in pdfium ({error})", mend=_MEND) from error


def extracted_text(document: pypdfium2.PdfDocument, index: int) -> str:
    """A page's text as pdfium gives it, folded."""
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            return folded(text_page.get_text_range().replace(_HYPHEN_AT_END, "- "))
        finally:
            text_page.close()
    finally:
        page.close()


def _number(page: Page) -> int:
    return page.number if isinstance(page, FailedPage) else page.facts.number


def _difference(number: int, wanted: str, found: str) -> str:
    at = next(
        (i for i, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b), min(len(wanted), len(found))
    )
    start = max(at - _AROUND, 0)
    return (
        f"page {number} gives back another text than was recognised: "
        f"“{found[start : at + _AROUND]}” instead of “{wanted[start : at + _AROUND]}”"
    )
