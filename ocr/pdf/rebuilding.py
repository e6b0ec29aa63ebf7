"""Makes a paper's PDF and checks it; one that fails is made again by a plainer way, and checked again.

A paper is not withheld for what only the finer way could not do: layers, the scanner's own bytes, a place for each
word. What the plainer way gives passes the same check, so nothing false is published for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from ocr.errors import PdfError, PdfInvalid, TextLayerDiffers
from ocr.page import Page
from ocr.pdf.assembly import Plainly, Seen, assemble
from ocr.pdf.checking import check
from ocr.pdf.metadata import PaperMetadata
from ocr.pdf.profiles import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """Why a PDF was made a second time, and what was done more plainly."""

    error: str  #: class of what the last one failed with
    images: bool  #: were encoded anew
    pages: tuple[int, ...]  #: whose lines are in one piece each

    @property
    def notes(self) -> tuple[str, ...]:
        """For people; nothing of the text, which may be personal."""
        listed = ", ".join(map(str, self.pages))
        images = "its first PDF was not valid: the page images were encoded anew"
        text = f"the text of page {listed} came back changed: it is placed by lines, not by words"
        return (*([images] if self.images else []), *([text] if self.pages else []))


def assemble_checked(
    pages: Sequence[Page],
    metadata: PaperMetadata,
    to: Path,
    *,
    profile: Profile = Profile.ARCHIVE,
    beside: Callable[[], AbstractContextManager[Seen | None]] = nullcontext,
) -> Rebuilt | None:
    """Write a paper as `assemble` does, and check it; None where the first one passed.

    beside: takes the pages as they go by, anew each time that the paper is made.
    Raises what the plainest one failed with: PdfInvalid, TextLayerDiffers. Then the paper must not be published, and
    there is no file.
    """
    plainly, failure = Plainly(), ""
    while True:
        try:
            with beside() as seen:
                assemble(pages, metadata, to, profile=profile, plainly=plainly, seen=seen)
            check(to, pages)
        except PdfError as error:
            plainer = _plainer(plainly, error)
            if plainer == plainly:
                to.unlink(missing_ok=True)
                raise
            plainly, failure = plainer, type(error).__name__
        else:
            break
    if not failure:
        return None
    return Rebuilt(error=failure, images=plainly.images, pages=tuple(sorted(plainly.text_of)))


def _plainer(plainly: Plainly, error: PdfError) -> Plainly:
    """What may help against an error; the same where all was tried."""
    match error:
        case TextLayerDiffers():
            return replace(plainly, text_of=plainly.text_of | frozenset(error.pages))
        case PdfInvalid():
            return replace(plainly, images=True)
        case _:
            return plainly
