"""Binds a paper to a dossier of the procedures system, or says why a person must.

A code that a person gave binds by itself; a code that was read binds where the procedures system knows it. A code
that is not known there is kept, so that the dossier may come later, and held for review.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ocr.fields.codes import find_dossier_codes
from ocr.papers import Paper


class Method(StrEnum):
    """How a dossier code came to a paper."""

    TOLD = "told"  #: command line or manifest
    QR = "qr"
    TEXT = "text"
    RECEIPT = "receipt"  #: the receipt that opened the pile it lies in
    PATH = "path"  #: folder or file name
    NONE = "none"


#: How much a code is worth before the register is asked.
WORTH = {
    Method.TOLD: 1.0,
    Method.QR: 0.99,
    Method.RECEIPT: 0.97,
    Method.TEXT: 0.93,
    Method.PATH: 0.9,
    Method.NONE: 0.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a person said of a source."""

    dossier_code: str | None = None
    procedure_code: str | None = None
    agency_code: str | None = None  #: whose paper it is; without it the accepted dossier's


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A paper's dossier and how sure that is."""

    dossier_code: str | None
    method: Method
    confidence: float  #: 0 to 1
    accepted: bool
    reason: str = ""  #: why a person must look; empty where accepted


def link(paper: Paper, source_name: str, told: Told, known: Callable[[str], bool]) -> Linked:
    """Decide a paper's dossier from everything that names one.

    known: whether the procedures system has a dossier of that code.
    Evidence in order: told, the paper's own code (QR before text), its pile's receipt, the path. Where two of them
    name different dossiers, the stronger is kept and a person must look.
    """
    evidence = _evidence(paper, source_name, told)
    if not evidence:
        return Linked(
            dossier_code=None, method=Method.NONE, confidence=0.0, accepted=False, reason="no dossier code was found"
        )
    method, code = evidence[0]
    others = sorted({other for _, other in evidence[1:]} - {code})
    confidence = WORTH[method]
    if others:
        reason = f"{method} names {code}, other evidence names {', '.join(others)}"
        return Linked(dossier_code=code, method=method, confidence=confidence / 2, accepted=False, reason=reason)
    if not known(code):
        reason = f"the procedures system has no dossier {code}"
        return Linked(dossier_code=code, method=method, confidence=confidence / 2, accepted=False, reason=reason)
    return Linked(dossier_code=code, method=method, confidence=confidence, accepted=True)


def _evidence(paper: Paper, source_name: str, told: Told) -> list[tuple[Method, str]]:
    found: list[tuple[Method, str]] = []
    if told.dossier_code:
        found.append((Method.TOLD, told.dossier_code))
    if paper.dossier_code and paper.dossier_code_from:
        found.append((Method(paper.dossier_code_from), paper.dossier_code))
    in_path = code_in_path(source_name)
    if in_path:
        found.append((Method.PATH, in_path))
    return found


def code_in_path(source_name: str) -> str | None:
    """The one dossier code that a path names; None where it names none or several."""
    codes = find_dossier_codes(source_name)
    return codes[0] if len(codes) == 1 else None
