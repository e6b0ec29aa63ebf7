"""Opens PDF files with qpdf, mending what it can mend; the file that was opened last stays open.

Nothing of a page is read before that page is asked for: page 1,900 of 2,000 costs as much as page 1.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, replace
from decimal import InvalidOperation
from pathlib import Path
from typing import BinaryIO

import pikepdf

from ocr.errors import DamagedFile, NoPages, PasswordNeeded, TooLarge
from ocr.opening.kinds import unreadable
from ocr.opening.pdfsalvage import Lengthened, new_ends
from ocr.opening.raw import Limits

_INFLATED = 64 * 1024**2  # bytes that one stream of structure or drawing may unpack to; a real one has some 100 kB
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=_INFLATED,
    run_length_max_memory=_INFLATED,
    png_max_memory=_INFLATED,
    tiff_max_memory=_INFLATED,
    parser_max_container_size=2_000_000,
)

# What pikepdf raises for objects that are not what the standard says they are.
BROKEN = (
    pikepdf.PdfError,
    pikepdf.DataDecodingError,
    pikepdf.DeletedObjectError,
    ArithmeticError,
    AttributeError,
    InvalidOperation,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)
_MENDED = "reconstruct"  # a word of qpdf's warning when it rebuilds the list of objects
_RECOVERED = "recovered stream length"  # words of the one when it looks for the end of an image or drawing
REPAIRED = "repaired: "  # how every note of a repair begins
PAGES_LOST = "pages may be missing"  # how it ends where that is so
_LIST_REPAIRED = f"{REPAIRED}the file's list of objects was damaged; {PAGES_LOST}"
_CUT_OFF = f"{REPAIRED}the file was cut off at its end; {PAGES_LOST}"
_PART_REPAIRED = f"{REPAIRED}a part of this page had a wrong length"


@dataclass(frozen=True, slots=True)
class PdfFile:
    """An open PDF with at least one page."""

    pdf: pikepdf.Pdf
    pages: int
    note: str | None  #: for people, where the file had to be mended


class _Last(threading.local):
    """The PDF that this thread opened last: batches count the pages of several sources at a time."""

    file: PdfFile | None = None
    key: tuple[Path, int, int] | None = None


_last = _Last()


def open_pdf(path: Path, name: str, *, limits: Limits) -> PdfFile:
    """The PDF at `path`, from the last call where that was the same unchanged file; do not close or change it.

    name: what error messages call it.
    Raises DamagedFile, PasswordNeeded, NoPages, TooLarge, NotAllowed.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise unreadable(name, error) from error
    key = (path, status.st_size, status.st_mtime_ns)
    if _last.file is None or _last.key != key:
        close_pdf()
        _last.file, _last.key = _open(path, name, limits), key
    return _last.file


def repairs_since(file: PdfFile) -> tuple[str, ...]:
    """Notes of what qpdf mended in a file since this was asked last."""
    mended = any(_RECOVERED in str(warning) for warning in file.pdf.get_warnings())
    return (_PART_REPAIRED,) if mended else ()


def close_pdf() -> None:
    """Let go of the file that this thread opened last, so that whoever deletes it gets its room back."""
    if _last.file is not None:
        _last.file.pdf.close()
    _last.file = _last.key = None


def _open(path: Path, name: str, limits: Limits) -> PdfFile:
    try:
        return _read(path, name, limits)
    except BROKEN as error:
        if "encrypt" in str(error):  # locked with a certificate, or in a way of its maker's own
            raise _locked(name) from error
        if (salvaged := _salvage(path, name, limits)) is not None:
            return salvaged
        raise _damaged(name) from error


def _salvage(path: Path, name: str, limits: Limits) -> PdfFile | None:
    """The pages of a file that has lost its end; None where it has none whole."""
    try:
        for end in new_ends(path):
            try:
                file = _read(io.BufferedReader(Lengthened(path, end)), name, limits)
            except (*BROKEN, NoPages):
                continue
            return replace(file, note=_CUT_OFF)
    except OSError as error:
        raise unreadable(name, error) from error
    return None


def _read(given: Path | BinaryIO, name: str, limits: Limits) -> PdfFile:
    """Raises what `BROKEN` lists, and PasswordNeeded, NoPages, TooLarge, NotAllowed."""
    try:
        pdf = pikepdf.open(given, inherit_page_attributes=False)
    except pikepdf.PasswordError as error:
        raise _locked(name) from error
    except OSError as error:
        raise unreadable(name, error) from error
    try:
        pages = _count(pdf, name, limits)
    except (*BROKEN, NoPages, TooLarge):
        pdf.close()
        raise
    mended = any(_MENDED in str(warning) for warning in pdf.get_warnings())
    return PdfFile(pdf, pages, _LIST_REPAIRED if mended else None)


def _count(pdf: pikepdf.Pdf, name: str, limits: Limits) -> int:
    claimed = pdf.Root.Pages.get("/Count", 0)  # looked at first: counting walks, and keeps, every page
    count = claimed if isinstance(claimed, int) else 0
    if count <= limits.max_pages:
        count = len(pdf.pages)
    if count > limits.max_pages:
        raise TooLarge(name, f"has more than {limits.max_pages:,} pages", mend="cut it into several files")
    if count == 0:
        raise NoPages(name, "is a PDF without a page", mend="scan it again")
    return count


def _locked(name: str) -> PasswordNeeded:
    return PasswordNeeded(name, "is locked with a password", mend="save it without a password, then give it again")


def _damaged(name: str) -> DamagedFile:
    return DamagedFile(
        name, "is cut off or damaged and could not be repaired", mend="copy it anew, or scan the paper again"
    )
