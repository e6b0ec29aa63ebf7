"""What can go wrong in reading scans.

    OcrError
    ├── ScanError            one source cannot be opened; the batch goes on (exit code family 10)
    │   ├── EmptyFile, UnknownKind, DamagedFile, PasswordNeeded, NoPages, NotAllowed, UnsafeArchive, TooLarge
    ├── PageError            one page cannot be read; the document goes on (20)
    │   ├── PageDamaged, PageTooLarge, PageTooSmall, EngineFailed, EngineTimeout, PageBroken
    ├── SetupError           nothing can be read until a person mends the machine (3)
    │   └── ProgramMissing, LanguageMissing
    └── PdfError             a finished PDF is not what it must be and is not published (30)
        └── PdfInvalid, TextLayerDiffers

Each message names the file, says what happened and what to do next.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


class OcrError(Exception):
    """Base of everything that `ocr` raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross process borders: carry message and attributes, not constructor arguments."""
        return _rebuild, (type(self), self.args, self.__dict__.copy())


def _rebuild(kind: type[OcrError], args: tuple[Any, ...], attributes: dict[str, Any]) -> OcrError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(attributes)
    return error


class ScanError(OcrError):
    """A source that cannot be opened."""

    def __init__(self, source: Path | str, what: str, *, mend: str) -> None:
        super().__init__(f"{source}: {what}; {mend}")
        self.source = str(source)
        self.what = what
        self.mend = mend


class EmptyFile(ScanError):
    """Zero bytes."""


class UnknownKind(ScanError):
    """No kind of scan that is known, whatever its name says."""


class DamagedFile(ScanError):
    """Begins like a known kind and cannot be opened as such."""


class PasswordNeeded(ScanError):
    """Encrypted with a password."""


class NoPages(ScanError):
    """Opens and holds nothing."""


class NotAllowed(ScanError):
    """The file system does not let us read it."""


class UnsafeArchive(ScanError):
    """A ZIP, or a member of one, that tries to break out or to fill the disk."""


class TooLarge(ScanError):
    """More pages or bytes than the limits allow."""


class PageError(OcrError):
    """A page that cannot be read."""

    def __init__(self, source: Path | str, page: int, what: str, *, mend: str) -> None:
        super().__init__(f"{source}, page {page}: {what}; {mend}")
        self.source = str(source)
        self.page = page
        self.what = what
        self.mend = mend


class PageDamaged(PageError):
    """The page's image does not decode."""


class PageTooLarge(PageError):
    """More pixels than the limit: a decompression bomb or a mistake."""


class PageTooSmall(PageError):
    """Too small to hold text."""


class EngineFailed(PageError):
    """The recogniser ended with an error or was killed."""


class EngineTimeout(PageError):
    """The recogniser did not end within its time."""


class PageBroken(PageError):
    """Something that nobody foresaw happened on this page; the log has its traceback."""


class SetupError(OcrError):
    """The machine lacks something that every page needs."""

    def __init__(self, what: str, *, mend: str) -> None:
        super().__init__(f"{what}; {mend}")
        self.what = what
        self.mend = mend


class ProgramMissing(SetupError):
    """An outside program is not installed or does not start."""


class EngineMissing(SetupError):
    """No installed package brings the recogniser that the settings ask for."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(
            f"reading.engine {name}: {what}",
            mend="set reading.engine to an engine that is installed, or install the package that brings it",
        )


class LanguageMissing(SetupError):
    """The recogniser lacks the language that the settings ask for."""


class PdfError(OcrError):
    """A finished PDF that must not be published."""

    def __init__(self, source: Path | str, what: str, *, mend: str) -> None:
        super().__init__(f"{source}: {what}; {mend}")
        self.source = str(source)
        self.what = what
        self.mend = mend


class PdfInvalid(PdfError):
    """Not valid PDF/A-2b."""


class TextLayerDiffers(PdfError):
    """The text extracted from the written file is not the text that was recognised."""

    def __init__(self, source: Path | str, what: str, *, mend: str, pages: tuple[int, ...] = ()) -> None:
        super().__init__(source, what, mend=mend)
        self.pages = pages  #: numbers within the source of all pages that differ
