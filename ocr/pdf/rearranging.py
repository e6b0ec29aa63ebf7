"""A finished paper's pages in another order, turned, taken apart or put together: a new PDF/A of the same pages."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pikepdf import pdfa

from ocr.errors import PdfInvalid, TextLayerDiffers
from ocr.pdf.assembly import FLAVOUR, finish, into_place
from ocr.pdf.checking import extracted_text, opened_by_pdfium
from ocr.pdf.metadata import PaperMetadata

_MEND = "nothing was changed; report this as a fault of Sohoa"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A page of a finished PDF."""

    file: Path
    place: int  #: within the file, from 0
    number: int  #: within the source, from 1
    turn: int = 0  #: degrees clockwise: 0, 90, 180 or 270


def rearrange(leaves: Sequence[Leaf], metadata: PaperMetadata, to: Path) -> None:
    """Write the leaves as a PDF/A-2b of their own, whole or not at all; the files they come from stay as they are.

    Images and text go over untouched: nothing is drawn or recognised again, a turn is the page's own `/Rotate`.
    Raises PdfInvalid where the result is not PDF/A-2b, TextLayerDiffers where a page's text is not what it was.
    """
    with tempfile.TemporaryDirectory(prefix=".pdf-", dir=to.parent) as folder, ExitStack() as stack:
        finished = Path(folder) / "finished.pdf"
        sources = {
            file: stack.enter_context(pikepdf.open(file)) for file in dict.fromkeys(leaf.file for leaf in leaves)
        }
        with pikepdf.Pdf.new() as pdf:
            for leaf in leaves:
                pdf.pages.append(sources[leaf.file].pages[leaf.place])
                _unsign(pdf.pages[-1])
                if leaf.turn:
                    pdf.pages[-1].rotate(leaf.turn, relative=True)
            finish(pdf, [leaf.number for leaf in leaves], metadata)
            pdf.save(finished, **pdfa.resolve_save_kwargs(FLAVOUR, deterministic_id=True, force_version="1.7"))
        _check(finished, leaves)
        into_place(finished, to)


def _unsign(page: pikepdf.Page) -> None:
    """Take the stamps of signatures off a page: what they signed was another file, which is kept as it is."""
    notes = page.obj.get("/Annots")
    if isinstance(notes, pikepdf.Array):
        kept = [one for one in notes if one.get("/FT") != pikepdf.Name.Sig]
        del page.obj["/Annots"]
        if kept:
            page.obj["/Annots"] = pikepdf.Array(kept)


def _check(pdf: Path, leaves: Sequence[Leaf]) -> None:
    report = pdfa.validate_written(pdf, FLAVOUR)
    if not report.passed:
        raise PdfInvalid(pdf.name, f"is not PDF/A-{FLAVOUR}: {report.findings[0]}", mend=_MEND)
    with opened_by_pdfium(pdf) as made:
        for index, leaf in enumerate(leaves):
            with opened_by_pdfium(leaf.file) as source:
                before, after = extracted_text(source, leaf.place), extracted_text(made, index)
            if sorted(before) != sorted(after):  # a turned page is read in another order
                raise TextLayerDiffers(pdf.name, f"page {leaf.number} lost text when it was moved", mend=_MEND)
