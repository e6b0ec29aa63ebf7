"""What else a doubtful field could be: what the register, the dossier's other papers and the same pile say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access import Caller
from storage.records import DocumentRecord, DossierRow, documents_of_dossier, find_dossier
from storage.records.models import DocumentTable, DossierTable, ScanTable
from storage.records.sight import visible, visible_dossier

MOST = 6  # for one field; more is a list nobody reads
MOST_PAPERS = 20  # of a dossier or a pile that are asked
ALIKE = ("issuer", "place", "signer", "signer_title", "applicant", "citizen_id", "business_code", "procedure_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A value that a field could have, and who says so."""

    value: str
    source: str  #: register, dossier, pile or machine; with words in the catalogue


def candidates(session: Session, caller: Caller, document: DocumentRecord) -> dict[str, list[Candidate]]:
    """For each field of the paper, best first. Only what the caller may see says anything."""
    dossier = find_dossier(session, document.dossier_code) if document.dossier_code else None
    if dossier is not None and not caller.sight.covers(dossier.agency_code):
        dossier = None
    found: dict[str, list[Candidate]] = {}
    said = (
        *(_of_register(dossier) if dossier else ()),
        *_of_papers(session, caller, document),
        *_of_dossiers(session, caller, document),
    )
    values = {field.name: field.value for field in document.fields if field.status != "review"}
    for name, candidate in said:
        listed = found.setdefault(name, [])
        new = candidate.value not in (values.get(name), *(one.value for one in listed))
        if new and len(listed) < MOST:
            listed.append(candidate)
    return found


def _of_register(dossier: DossierRow) -> Iterator[tuple[str, Candidate]]:
    told = {
        "applicant": dossier.owner_name,
        "citizen_id": dossier.owner_id,
        "procedure_code": dossier.procedure_code,
    }
    for name, value in told.items():
        if value:
            yield name, Candidate(value=value, source="register")


def _of_papers(session: Session, caller: Caller, document: DocumentRecord) -> Iterator[tuple[str, Candidate]]:
    """What papers of the same dossier say, where nobody doubts it."""
    if document.dossier_code is None:
        return
    for paper in documents_of_dossier(session, document.dossier_code)[:MOST_PAPERS]:
        if paper.id == document.id or not caller.sight.sees(paper):
            continue
        for field in paper.fields:
            if field.name in ALIKE and field.value and field.status == "accepted":
                yield field.name, Candidate(value=field.value, source="dossier")


def _of_dossiers(session: Session, caller: Caller, document: DocumentRecord) -> Iterator[tuple[str, Candidate]]:
    """Dossiers that the paper could belong to: those it was bound to, those of its pile, those of its applicant."""
    for link in document.links:
        yield "dossier_code", Candidate(value=link.dossier_code, source="machine")
    weighed = [one["dossier_code"] for one in (document.report.get("link") or {}).get("candidates") or ()]
    seen = select(DossierTable.code).where(DossierTable.code.in_(weighed), visible_dossier(caller.sight))
    for known in sorted(session.scalars(seen), key=weighed.index) if weighed else ():
        yield "dossier_code", Candidate(value=known, source="register")
    scan = select(ScanTable.id).where(ScanTable.sha256 == document.scan_sha256).scalar_subquery()
    pile = (
        select(DocumentTable.dossier_code)
        .where(DocumentTable.scan_id == scan, DocumentTable.dossier_code.is_not(None), visible(caller.sight))
        .distinct()
        .limit(MOST)
    )
    for code in session.scalars(pile):
        if code:
            yield "dossier_code", Candidate(value=code, source="pile")
    owner = next((field.value for field in document.fields if field.name == "citizen_id"), None)
    if owner:  # not by name: many people share one
        owned = select(DossierTable.code).where(DossierTable.owner_id == owner, visible_dossier(caller.sight))
        for code in session.scalars(owned.limit(MOST)):
            yield "dossier_code", Candidate(value=code, source="register")
