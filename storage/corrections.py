"""Corrections by people: a new version beside the old one, with who and why.

Values stand in the records, never in events: an event cannot be taken away, a person's number must be able to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from storage.agencies import agency_of_dossier
from storage.errors import DocumentChanged, UnknownDocument, WrongCorrection
from storage.events import record_event
from storage.outbox import DOCUMENT_READY, INDEX, tell
from storage.records.models import DocumentTable, FieldTable, LinkTable
from storage.records.register import find_dossier
from storage.records.service_models import VersionTable


class FieldName(StrEnum):
    """What a paper can say (the report's contract)."""

    NUMBER = "number"
    DATE = "date"
    ISSUER = "issuer"
    PLACE = "place"
    SUBJECT = "subject"
    SIGNER = "signer"
    SIGNER_TITLE = "signer_title"
    URGENCY = "urgency"
    APPLICANT = "applicant"
    CITIZEN_ID = "citizen_id"
    BUSINESS_CODE = "business_code"
    DOSSIER_CODE = "dossier_code"
    PROCEDURE_CODE = "procedure_code"


BY_PERSON = "person"  # how a link came about
NO_DOSSIER = "no dossier code was found"  # how the reason for review begins that a paper without a code has


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version that a person made."""

    version: int
    at: datetime
    agent: str
    reason: str
    changed: tuple[str, ...]  #: names of fields


def correct_fields(
    session: Session,
    document_id: str,
    *,
    version: int,
    values: Mapping[str, str | None],
    agent: str,
    reason: str,
    confidence: float = 1.0,
) -> int:
    """Set fields to what a person read, in a new version; its number.

    version: what the person saw; another one raises DocumentChanged, and nothing is written.
    values: by field name; None says that the paper has no such thing, or with confidence 0 that nobody can read it.
    Raises UnknownDocument, DocumentChanged, WrongCorrection.
    """
    _check(values)
    row = new_version(session, document_id, version=version, agent=agent, reason=reason, changed=sorted(values))
    fields = copied_fields(session, document_id, version)
    for name, value in values.items():
        _retitle(row, fields.get(name), value)
        _set(session, document_id, version + 1, fields, name, value, confidence)
    settled = {reason for reason in row.reasons for name in values if is_about(reason, name)}
    if "dossier_code" in values:
        settled |= _bind(session, row, values["dossier_code"], agent=agent)
    _follow(row, fields, values, settled)
    note_version(session, row, type="corrected", agent=agent, detail={"fields": sorted(values)})
    return version + 1


def new_version(
    session: Session, document_id: str, *, version: int, agent: str, reason: str, changed: Collection[str]
) -> DocumentTable:
    """Move a document from the version that somebody saw to the next one. Raises UnknownDocument, DocumentChanged."""
    moved = session.execute(
        update(DocumentTable)
        .where(DocumentTable.id == document_id, DocumentTable.version == version)
        .values(version=version + 1)
    )
    row = session.get(DocumentTable, document_id, populate_existing=True)
    if row is None:
        raise UnknownDocument(f"{document_id}: there is no such document; `sohoa search` shows ids")
    if not cast("CursorResult[Any]", moved).rowcount:
        raise DocumentChanged(f"{document_id}: is version {row.version} by now, not {version}; look again")
    session.add(
        VersionTable(
            document_id=document_id,
            version=version + 1,
            at=datetime.now(UTC),
            agent=agent,
            reason=reason,
            changed=list(changed),
        )
    )
    return row


def note_version(session: Session, row: DocumentTable, *, type: str, agent: str, detail: Mapping[str, Any]) -> None:  # noqa: A002  (as events have it)
    """Put a new version on the log, and tell the index and whoever waits for papers."""
    record_event(
        session,
        type=type,
        object_kind="document",
        object_id=row.id,
        agent=agent,
        detail={"version": row.version, **detail},
    )
    tell(session, INDEX, row.id)
    tell(session, DOCUMENT_READY, row.id)


def is_about(reason: str, name: str) -> bool:
    """Whether a reason for review is a doubt in that field."""
    return reason == f"{name} needs a look" or reason.startswith(f"{name}: ")


def is_unbound(reason: str) -> bool:
    """Whether a reason for review says that no dossier code was found, and perhaps how near others came."""
    return reason == NO_DOSSIER or reason.startswith(f"{NO_DOSSIER}; ")


def _retitle(row: DocumentTable, before: FieldTable | None, value: str | None) -> None:
    """A title that was made of the old value follows the new one."""
    if before is not None and before.value and before.value in row.title:
        row.title = " ".join(row.title.replace(before.value, value or "", 1).split()) or row.title


def _check(values: Mapping[str, str | None]) -> None:
    unknown = sorted(set(values) - set(FieldName))
    if unknown or not values:
        raise WrongCorrection(f"{', '.join(unknown) or 'nothing'}: no fields; there are {', '.join(FieldName)}")
    if values.get("date"):
        _day(str(values["date"]))


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise WrongCorrection(f"date: {value[:20]!r} is no day; write it like 2026-11-24") from error


def copied_fields(session: Session, document_id: str, version: int) -> dict[str, FieldTable]:
    """The fields of a version, written again under the next one, by name."""
    rows = session.scalars(
        select(FieldTable).where(FieldTable.document_id == document_id, FieldTable.version == version)
    )
    copies = {
        row.name: FieldTable(
            document_id=document_id,
            version=version + 1,
            name=row.name,
            value=row.value,
            confidence=row.confidence,
            status=row.status,
            page=row.page,
            box=row.box,
            evidence=row.evidence,
        )
        for row in rows
    }
    session.add_all(copies.values())
    return copies


def _set(
    session: Session,
    document_id: str,
    version: int,
    fields: dict[str, FieldTable],
    name: str,
    value: str | None,
    confidence: float,
) -> None:
    field = fields.get(name)
    if field is None:
        field = FieldTable(document_id=document_id, version=version, name=name, page=None, box=None, evidence="")
        session.add(field)
        fields[name] = field
    field.value, field.confidence, field.status = value, confidence, "accepted"


def _bind(session: Session, row: DocumentTable, dossier_code: str | None, *, agent: str) -> set[str]:
    """Bind to the dossier that the person named; the machine's doubtful bindings go, and the event says so.

    The reasons for review that this settles.
    """
    wrong = (LinkTable.status == "review") | (LinkTable.dossier_code == row.dossier_code)
    doubted = list(session.scalars(select(LinkTable).where(LinkTable.document_id == row.id, wrong)))
    settled = {*(reason for reason in row.reasons if is_unbound(reason)), *(link.reason for link in doubted)}
    _keep_links(row, doubted)
    session.execute(delete(LinkTable).where(LinkTable.document_id == row.id, wrong))
    before, row.dossier_code = row.dossier_code, dossier_code
    agency = None
    if dossier_code:
        dossier = find_dossier(session, dossier_code)
        agency = (dossier.agency_code if dossier else None) or agency_of_dossier(dossier_code)
        session.merge(
            LinkTable(
                document_id=row.id,
                dossier_code=dossier_code,
                method=BY_PERSON,
                confidence=1.0,
                status="accepted",
                reason="",
            )
        )
    row.agency_code = agency or row.agency_code
    detail = {"dossier": dossier_code, "before": before, "method": BY_PERSON}
    record_event(session, type="linked", object_kind="document", object_id=row.id, agent=agent, detail=detail)
    return settled


def _keep_links(row: DocumentTable, links: Sequence[LinkTable]) -> None:
    """What a person's binding replaces for the first time stands in the report, so that it can be undone."""
    if "machine_links" not in row.report:
        kept = [
            {name: getattr(one, name) for name in ("dossier_code", "method", "confidence", "status", "reason")}
            for one in links
        ]
        told = {"links": kept, "agency_code": row.agency_code, "link": row.report.get("link")}
        row.report = row.report | {"machine_links": told}


def _follow(
    row: DocumentTable, fields: Mapping[str, FieldTable], values: Mapping[str, str | None], settled: Collection[str]
) -> None:
    """What a document says beside its fields follows them: date, procedure, status, reasons, report."""
    if "date" in values:
        row.issued_on = _day(values["date"]) if values["date"] else None
    if "procedure_code" in values:
        row.procedure_code = values["procedure_code"]
    _keep_machine(row, values, settled)
    row.reasons = [reason for reason in row.reasons if reason not in settled]
    doubtful = any(field.status == "review" for field in fields.values())
    if row.status == "review" and not row.reasons and not doubtful:
        row.status = "published"
    row.report = _report(row, fields, values)


def _keep_machine(row: DocumentTable, values: Collection[str], settled: Collection[str]) -> None:
    """What the machine read and doubted stands in the report beside what people made of it."""
    read: dict[str, Any] = dict(row.report.get("machine") or {})
    listed = row.report.get("fields") or {}
    for name in values:
        if name not in read:
            gone = [reason for reason in row.reasons if reason in settled and _belongs(reason, name)]
            read[name] = {"field": listed.get(name), "reasons": gone}
    row.report = row.report | {"machine": read}


def _belongs(reason: str, name: str) -> bool:
    """Whether a reason that a correction settled is this field's; a binding's reasons name no field."""
    other = any(is_about(reason, field) for field in FieldName if field != name)
    return is_about(reason, name) or (name == FieldName.DOSSIER_CODE and not other)


def _report(row: DocumentTable, fields: Mapping[str, FieldTable], values: Mapping[str, str | None]) -> dict[str, Any]:
    told = dict(row.report)
    listed: dict[str, Any] = dict(told.get("fields") or {})
    for name in values:
        field = fields[name]
        listed[name] = {
            "value": field.value,
            "confidence": field.confidence,
            "status": field.status,
            "page": field.page,
            "box": field.box,
            "evidence": field.evidence,
        }
    changed: dict[str, Any] = {"fields": listed, "status": row.status, "reasons": row.reasons}
    if "dossier_code" in values:
        role = (told.get("link") or {}).get("role")
        by_person = {"method": BY_PERSON, "confidence": 1.0, "status": "accepted", "role": role}
        link = by_person if row.dossier_code else None
        changed |= {"dossier_code": row.dossier_code, "link": link}
    return told | changed


def versions_of(session: Session, document_id: str) -> Sequence[Version]:
    """The versions that people made, oldest first."""
    rows = session.scalars(
        select(VersionTable).where(VersionTable.document_id == document_id).order_by(VersionTable.version)
    )
    return [
        Version(version=row.version, at=row.at, agent=row.agent, reason=row.reason, changed=tuple(row.changed))
        for row in rows
    ]
