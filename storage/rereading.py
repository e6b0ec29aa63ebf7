"""Fields read again by newer rules: a new version, in which what people decided stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from storage.corrections import BY_PERSON, copied_fields, is_about, new_version, note_version, versions_of
from storage.mending import APART, ARRANGED, RESCAN
from storage.parts import READING
from storage.records.documents import JOINED
from storage.records.models import DocumentTable, FieldTable, LinkTable, PartTable, ScanTable
from storage.records.values import DocumentRecord, NewField, NewLink, StoredPart

AGENT = "sohoa"
TOLD = ("told", BY_PERSON)  # ways in which a person bound a paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What newer rules make of a paper."""

    type: str | None
    confidence: float  #: of the type
    title: str
    issued_on: date | None
    fields: tuple[NewField, ...]
    entries: Mapping[str, Mapping[str, Any]]  #: the report's words for each field, by its name
    link: NewLink | None
    reasons: tuple[str, ...]  #: for review
    link_entry: Mapping[str, Any] | None  #: the report's words for the link


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value, or how sure it is, that differs now."""

    name: str
    before: str | None
    after: str | None
    held: bool  #: a person must look


def readings_of_scan(session: Session, scan_sha256: str) -> list[StoredPart]:
    """The files that hold the pages of a scan as they were recognised, of all papers that were cut from it."""
    rows = session.scalars(
        select(PartTable)
        .join(DocumentTable, DocumentTable.id == PartTable.document_id)
        .join(ScanTable, ScanTable.id == DocumentTable.scan_id)
        .where(
            ScanTable.sha256 == scan_sha256,
            or_(PartTable.name == READING, PartTable.name.like(f"{JOINED}%.{READING}")),
        )
        .order_by(PartTable.version, PartTable.document_id)
    )
    return [
        StoredPart(
            name=row.name,
            key=row.key,
            sha256=row.sha256,
            size=row.size,
            content_type=row.content_type,
            version=row.version,
        )
        for row in rows
    ]


def was_arranged(session: Session, document_id: str) -> bool:
    """Whether a person turned or ordered its pages: then they are not as they were recognised."""
    return any(one.reason == ARRANGED for one in versions_of(session, document_id))


def decided_by_people(document: DocumentRecord) -> frozenset[str]:
    """Names of fields that a person confirmed or corrected; a decision that was taken back is none."""
    return frozenset(document.report.get("machine") or ())


def changes(document: DocumentRecord, again: Again) -> list[Change]:
    """What differs from the version that stands, without what people decided."""
    before = {field.name: (field.value, field.status == "review") for field in document.fields}
    after = {field.name: (field.value, field.status == "review") for field in again.fields}
    kept = decided_by_people(document)
    found = [
        Change(
            name=name,
            before=before.get(name, (None, False))[0],
            after=after.get(name, (None, False))[0],
            held=after.get(name, (None, False))[1],
        )
        for name in sorted((before.keys() | after.keys()) - kept)
        if before.get(name) != after.get(name)
    ]
    if again.type != document.type:
        found.append(Change(name="type", before=document.type, after=again.type, held=again.type is None))
    if _may_bind(document) and _binding(document) != _new_binding(again.link):
        held = again.link is not None and again.link.status == "review"
        after_code = again.link.dossier_code if again.link else None
        found.append(Change(name="dossier", before=document.dossier_code, after=after_code, held=held))
    return found


def _may_bind(document: DocumentRecord) -> bool:
    """Whether no person said where the paper belongs."""
    return not any(link.method in TOLD for link in document.links)


def _binding(document: DocumentRecord) -> tuple[str, str] | None:
    current = next((link for link in document.links if link.dossier_code == document.dossier_code), None)
    return (current.dossier_code, current.status) if current else None


def _new_binding(link: NewLink | None) -> tuple[str, str] | None:
    return (link.dossier_code, link.status) if link else None


def read_again(session: Session, document: DocumentRecord, again: Again, *, tools: str) -> int:
    """Put what newer rules read on record as a new version; its number.

    document: as it was looked at; another version by now raises DocumentChanged, and nothing is written.
    What people decided stays: their fields, their binding, and that they were done with the paper, unless a value
    that they did not decide is another now.
    """
    found = changes(document, again)
    kept = decided_by_people(document)
    names = [change.name for change in found]
    row = new_version(
        session, document.id, version=document.version, agent=AGENT, reason=f"read again by {tools}", changed=names
    )
    fields = copied_fields(session, document.id, document.version)
    _replace_fields(session, row, fields, again, kept)
    row.type, row.confidence = again.type, again.confidence
    if not kept & {"number", "subject"}:
        row.title = again.title
    if "date" not in kept:
        row.issued_on = again.issued_on
    if "dossier" in names:
        _bind(session, row, again.link)
    row.reasons = list(_reasons(session, document, again, kept, names))
    doubted = any(field.status == "review" for field in again.fields if field.name not in kept)
    settled = document.status == "published" and not row.reasons
    row.status = "published" if settled or not (row.reasons or doubted) else "review"
    row.report = _report(row, again, kept, linked="dossier" in names)
    note_version(session, row, type="reread", agent=AGENT, detail={"fields": names, "tools": tools})
    return row.version


def _replace_fields(
    session: Session, row: DocumentTable, fields: dict[str, FieldTable], again: Again, kept: frozenset[str]
) -> None:
    read = {field.name: field for field in again.fields}
    for name, old in fields.items():
        if name not in read and name not in kept:
            session.expunge(old)
    for name, new in read.items():
        if name in kept:
            continue
        field = fields.get(name)
        if field is None:
            field = FieldTable(document_id=row.id, version=row.version, name=name)
            session.add(field)
        field.value, field.confidence, field.status = new.value, new.confidence, new.status
        field.page, field.box, field.evidence = new.page, list(new.box) if new.box else None, new.evidence


def _bind(session: Session, row: DocumentTable, link: NewLink | None) -> None:
    """The machine's newer binding instead of its older one."""
    session.execute(
        delete(LinkTable).where(LinkTable.document_id == row.id, LinkTable.dossier_code == row.dossier_code)
    )
    row.dossier_code = link.dossier_code if link else None
    if link is not None:
        session.merge(
            LinkTable(
                document_id=row.id,
                dossier_code=link.dossier_code,
                method=link.method,
                confidence=link.confidence,
                status=link.status,
                reason=link.reason,
            )
        )


def _reasons(
    session: Session, document: DocumentRecord, again: Again, kept: frozenset[str], changed: Sequence[str]
) -> list[str]:
    """Why a person must look: what people asked for stays, what they settled is not asked again."""
    asked = [reason for reason in document.reasons if reason == APART or reason.startswith(RESCAN)]
    if document.dossier_code and not _may_bind(document):
        about_binding = {link.reason for link in document.links} | {again.link.reason if again.link else ""}
    else:
        about_binding = set()
    doubts = [
        reason
        for reason in again.reasons
        if reason not in about_binding and not any(is_about(reason, name) for name in kept)
    ]
    if document.status == "published" and any(one.agent != AGENT for one in versions_of(session, document.id)):
        doubts = [reason for reason in doubts if any(is_about(reason, name) for name in changed)]
    return [*asked, *doubts]


def _report(row: DocumentTable, again: Again, kept: frozenset[str], *, linked: bool) -> dict[str, Any]:
    told = dict(row.report)
    listed = {name: entry for name, entry in (told.get("fields") or {}).items() if name in kept}
    listed |= {name: dict(entry) for name, entry in again.entries.items() if name not in kept}
    changed: dict[str, Any] = {
        "fields": dict(sorted(listed.items())),
        "type": row.type,
        "type_confidence": round(row.confidence, 3),
        "status": row.status,
        "reasons": row.reasons,
    }
    if linked:
        changed["dossier_code"] = row.dossier_code
        changed["link"] = dict(again.link_entry) if again.link_entry else None
    return told | changed
