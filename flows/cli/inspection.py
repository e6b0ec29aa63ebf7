"""Prints what a PDF meets, one fact a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from flows.errors import WrongUse
from ocr.errors import ScanError
from ocr.opening import Limits
from ocr.page import Colour, TextLayer
from ocr.pdf.inspection import PdfFacts, inspect_pdf
from ocr.signatures import Signature, Trust


def print_facts(file: Path, limits: Limits, out: Console, *, roots: Sequence[Path] = ()) -> bool:
    """Look through a file and say what was found; whether it meets the legal profile and no signature is broken.

    Raises WrongUse where it cannot be opened.
    """
    try:
        facts = inspect_pdf(file, limits=limits, roots=roots)
    except ScanError as error:
        raise WrongUse(str(error)) from error
    except OSError as error:
        raise WrongUse(f"{file}: {error.strerror or error}") from error
    for name, value in _lines(facts):
        out.print(f"{name:<14} {value}")
    return not facts.shortcomings and not facts.broken_signatures


def _lines(facts: PdfFacts) -> Iterator[tuple[str, str]]:
    yield "PDF", f"{facts.version}, {facts.pages} pages, at least {facts.least_dpi:.0f} dpi"
    yield "colour", _counted(facts.colours)
    claim = f"claims PDF/A-{facts.pdfa_claim}: " if facts.pdfa_claim else "no claim: "
    yield "PDF/A", f"{claim}{facts.pdfa}{f' ({facts.pdfa_finding})' if facts.pdfa_finding else ''}"
    yield "text layer", _counted(facts.text_layers)
    yield "legal profile", "met" if not facts.shortcomings else "; ".join(facts.shortcomings)
    if not facts.signatures:
        yield "signatures", "none"
    for one in facts.signatures:
        yield f"signature {one.field}", _signature(one)


def _counted(pages: Mapping[Colour, int] | Mapping[TextLayer, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in sorted(pages.items())) or "no page can be opened"


def _signature(one: Signature) -> str:
    who = one.signer or "unknown"
    when = f"{one.signed_at:%Y-%m-%d %H:%M}" if one.signed_at else "at an unknown time"
    scope = "" if one.covers_file else ", something was added after it"
    trust = "" if one.trust is Trust.NOT_CHECKED else f", chain {one.trust}"
    return f"{who}, {when}, {one.sub_filter}: {one.integrity}{scope}{trust}{f' ({one.note})' if one.note else ''}"
