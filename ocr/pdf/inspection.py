"""Says of any PDF, ours or not, what it meets: the legal profile, PDF/A, a real text layer, intact signatures.

The legal profile is that of NĐ 30/2020 and TT 02/2019/TT-BNV for digitised papers: PDF 1.4 or later, in colour, 200
dots an inch or more at full size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pikepdf
from pikepdf import pdfa

from ocr.errors import DamagedFile, PageError, PasswordNeeded
from ocr.opening import Kind, Limits, Source, open_page
from ocr.page import Colour, TextLayer
from ocr.signatures import Integrity, Signature, find_signatures

MIN_VERSION = (1, 4)
MIN_DPI = 200.0
_SLACK_DPI = 1.0  # scanners round their page sizes
_RASTER_DPI = 300
_PDFA_SPACE = "{http://www.aiim.org/pdfa/ns/id/}"


class Verdict(StrEnum):
    """Outcome of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfFacts:
    """What was found in a PDF."""

    version: str
    pages: int
    unreadable: tuple[int, ...]  #: numbers of pages that cannot be opened
    least_dpi: float  #: of all pages that can; 0 where there is none
    colours: dict[Colour, int] = field(default_factory=dict)  #: pages of each
    text_layers: dict[TextLayer, int] = field(default_factory=dict)  #: pages of each
    pdfa_claim: str  #: part and level that the file claims, as 2b; "" for none
    pdfa: Verdict  #: whether it keeps what it claims, on level b
    pdfa_finding: str  #: the first reason against it
    signatures: tuple[Signature, ...]

    @property
    def shortcomings(self) -> tuple[str, ...]:
        """What keeps the file from the legal profile, for people; nothing for a file that meets it."""
        return tuple(self._shortcomings())

    def _shortcomings(self) -> Iterator[str]:
        if tuple(map(int, self.version.split("."))) < MIN_VERSION:
            yield f"PDF {self.version} is older than 1.4"
        if self.unreadable:
            yield f"pages that cannot be opened: {', '.join(map(str, self.unreadable))}"
        if self.least_dpi < MIN_DPI - _SLACK_DPI:
            yield f"{self.least_dpi:.0f} dpi is below {MIN_DPI:.0f}"
        pale = sum(count for colour, count in self.colours.items() if colour is not Colour.COLOUR)
        if pale:
            yield f"{pale} of {self.pages} pages are not in colour"

    @property
    def broken_signatures(self) -> tuple[Signature, ...]:
        """Signatures whose bytes were changed."""
        return tuple(one for one in self.signatures if one.integrity is Integrity.BROKEN)


def inspect_pdf(pdf: Path, *, limits: Limits, roots: Sequence[Path] = ()) -> PdfFacts:
    """Look through a PDF, page by page; memory does not grow with them.

    roots: certificates that signatures are trusted by.
    Raises DamagedFile, PasswordNeeded, OSError.
    """
    try:
        with pikepdf.open(pdf, suppress_warnings=True) as opened:
            version, pages, claim = opened.pdf_version, len(opened.pages), _claim(opened)
    except pikepdf.PasswordError as error:
        raise PasswordNeeded(pdf, "is locked with a password", mend="ask for an open copy") from error
    except pikepdf.PdfError as error:
        raise DamagedFile(pdf, "does not open as a PDF", mend="ask for another copy") from error
    verdict, finding = _validated(pdf, claim)
    colours: Counter[Colour] = Counter()
    layers: Counter[TextLayer] = Counter()
    dpis, unreadable = [], []
    source = Source(name=pdf.name, files=(pdf,), kind=Kind.PDF)
    for number in range(1, pages + 1):
        try:
            page = open_page(source, number, limits=limits, raster_dpi=_RASTER_DPI)
        except PageError:
            unreadable.append(number)
            continue
        colours[page.colour] += 1
        layers[page.text_layer] += 1
        dpis.append(page.dpi)
    return PdfFacts(
        version=version,
        pages=pages,
        unreadable=tuple(unreadable),
        least_dpi=min(dpis, default=0.0),
        colours=dict(colours),
        text_layers=dict(layers),
        pdfa_claim=claim,
        pdfa=verdict,
        pdfa_finding=finding,
        signatures=find_signatures(pdf, roots=roots),
    )


def _claim(pdf: pikepdf.Pdf) -> str:
    try:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
            return f"{xmp.get(_PDFA_SPACE + 'part', '')}{xmp.get(_PDFA_SPACE + 'conformance', '')}".lower()
    except (ValueError, TypeError, pikepdf.PdfError):  # XMP that is no XML
        return ""


def _validated(pdf: Path, claim: str) -> tuple[Verdict, str]:
    """Verdict by pikepdf's validator, which knows level b; a and u hold all that b demands, and more."""
    flavour = f"{claim[:1]}b"
    if flavour not in ("1b", "2b", "3b"):
        return Verdict.NOT_CHECKED, "" if not claim else f"PDF/A-{claim} is not known here"
    report = pdfa.validate_written(pdf, flavour)
    finding = str(report.findings[0]) if report.findings else ""
    verdicts = {"pass": Verdict.PASSED, "fail": Verdict.FAILED}
    return verdicts.get(report.verdict, Verdict.NOT_CHECKED), finding
