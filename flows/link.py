"""Binds a paper to a dossier of the procedures system, or says why a person must.

A code that a person gave binds by itself; a code that was read binds where the procedures system knows it. A code
that is not known there is kept, so that the dossier may come later, and held for review. Where there is no code at
all, the dossiers of the paper's owner are weighed (flows.owners).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flows.owners import KEPT, MOST_SURE, Candidate, Said, candidates, said_by, verdict
from ocr.fields.codes import find_dossier_codes
from ocr.papers import Paper
from ocr.rules import Role
from storage.corrections import NO_DOSSIER
from storage.records import DossierRow


class Method(StrEnum):
    """How a dossier code came to a paper."""

    TOLD = "told"  #: command line or manifest
    QR = "qr"
    TEXT = "text"
    RECEIPT = "receipt"  #: the receipt that opened the pile it lies in
    PATH = "path"  #: folder or file name
    OWNER = "owner"  #: no code: owner, procedure and day are those of a dossier in the register
    NONE = "none"


#: How much a code is worth before the register is asked.
WORTH = {
    Method.TOLD: 1.0,
    Method.QR: 0.99,
    Method.RECEIPT: 0.97,
    Method.TEXT: 0.93,
    Method.PATH: 0.9,
    Method.OWNER: MOST_SURE,
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
    role: Role | None = (
        None  #: component of the dossier (hồ sơ) or its result (kết quả); None where its kind is either
    )
    candidates: tuple[Candidate, ...] = ()  #: dossiers that it may belong to where no code was found, best first


def link_entry(linked: Linked) -> dict[str, Any]:
    """A link as the report has it."""
    return {
        "method": str(linked.method),
        "confidence": round(linked.confidence, 3),
        "status": "accepted" if linked.accepted else "review",
        "reason": linked.reason,
        "role": linked.role,
        "candidates": [
            {"dossier_code": one.dossier_code, "score": one.score, "reasons": list(one.reasons)}
            for one in linked.candidates
        ],
    }


def _nobody(_: Said) -> Sequence[DossierRow]:
    return ()


def link(
    paper: Paper,
    source_name: str,
    told: Told,
    known: Callable[[str], bool],
    owned: Callable[[Said], Sequence[DossierRow]] = _nobody,
) -> Linked:
    """Decide a paper's dossier from everything that names one; by its owner where nothing does.

    known: whether the procedures system has a dossier of that code. owned: its dossiers of an owner.
    Evidence in order: told, the paper's own code (QR before text), its pile's receipt, the path. Where two of them
    name different dossiers, the stronger is kept and a person must look.
    """
    evidence = _evidence(paper, source_name, told)
    if not evidence:
        return _by_owner(paper, told, owned)
    method, code = evidence[0]
    others = sorted({other for _, other in evidence[1:]} - {code})
    confidence = WORTH[method]
    if others:
        reason = f"{method} names {code}, other evidence names {', '.join(others)}"
        return Linked(
            dossier_code=code,
            method=method,
            confidence=confidence / 2,
            accepted=False,
            reason=reason,
            role=paper.kind.role,
        )
    if not known(code):
        reason = f"the procedures system has no dossier {code}"
        return Linked(
            dossier_code=code,
            method=method,
            confidence=confidence / 2,
            accepted=False,
            reason=reason,
            role=paper.kind.role,
        )
    return Linked(dossier_code=code, method=method, confidence=confidence, accepted=True, role=paper.kind.role)


def _by_owner(paper: Paper, told: Told, owned: Callable[[Said], Sequence[DossierRow]]) -> Linked:
    """The dossier of the paper's owner, where it is certain; what may be it else. A secret paper is not compared."""
    said = said_by(paper, procedure=told.procedure_code, agency=told.agency_code) if not paper.secret else Said()
    ranked = candidates(said, owned(said)) if said.numbers or said.name else ()
    decided = verdict(said, ranked)
    best = decided.best
    sure = min(best.score, MOST_SURE) if best else 0.0
    return Linked(
        dossier_code=best.dossier_code if best else None,
        method=Method.OWNER if best else Method.NONE,
        confidence=sure if decided.accepted else sure / 2,
        accepted=decided.accepted,
        reason="" if decided.accepted else "; ".join(part for part in (NO_DOSSIER, decided.reason) if part),
        role=paper.kind.role,
        candidates=ranked[:KEPT],
    )


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
