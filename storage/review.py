"""Review: which papers wait for a person, and what the person decides, field by field.

Each decision is a version beside the others, so that it can be seen, told and undone one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from storage.corrections import FieldName, copied_fields, correct_fields, is_unbound, new_version, note_version
from storage.errors import WrongCorrection
from storage.mending import RESCAN
from storage.records.account_models import AccountTable, OpenPaperTable
from storage.records.models import DocumentTable, FieldTable, LinkTable
from storage.records.sight import Sight, visible

DOSSIER, OTHER = "dossier", "other"  # reasons beside the names of fields
OPEN_FOR = timedelta(seconds=45)  # that a paper counts as open after its page was last heard of; it speaks every 15 s
MOST = 200  # papers or fields of one page of the queue


class Verdict(StrEnum):
    """What a person says of a field; stands as the reason of the version."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    ABSENT = "not on the paper"
    UNREADABLE = "unreadable"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which waiting papers are wanted."""

    agency: str | None = None  #: this agency and those below it
    reason: str | None = None  #: name of a doubtful field, `dossier`, or `other`
    dossier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A paper in the queue."""

    id: str
    version: int
    title: str
    type: str | None
    agency_code: str | None
    dossier_code: str | None
    published_at: datetime
    pages: int
    doubtful: tuple[str, ...]  #: names of fields
    reasons: tuple[str, ...]


Place = tuple[datetime, str]  # where in the queue: when published, id


def waiting(session: Session, sight: Sight, wanted: Filter, *, after: Place | None, limit: int) -> list[Waiting]:
    """The papers that wait, oldest first, from a place on. Goes by an index, however many wait."""
    rows = list(session.scalars(_queue(sight, wanted, after).limit(min(limit, MOST))))
    names = _doubtful(session, rows)
    return [
        Waiting(
            id=row.id,
            version=row.version,
            title=row.title,
            type=row.type,
            agency_code=row.agency_code,
            dossier_code=row.dossier_code,
            published_at=row.published_at,
            pages=len(row.pages),
            doubtful=tuple(names.get(row.id, ())),
            reasons=tuple(row.reasons),
        )
        for row in rows
    ]


def next_waiting(
    session: Session, sight: Sight, wanted: Filter, *, after: Place | None, account_id: str, limit: int = 1
) -> list[str]:
    """Ids of the next papers that nobody else has open."""
    open_elsewhere = (
        select(OpenPaperTable.document_id)
        .where(OpenPaperTable.document_id == DocumentTable.id, OpenPaperTable.account_id != account_id)
        .where(OpenPaperTable.seen_at > datetime.now(UTC) - OPEN_FOR)
        .exists()
    )
    wanted_rows = _queue(sight, wanted, after).where(~open_elsewhere).limit(limit)
    return [row.id for row in session.scalars(wanted_rows)]


def _queue(sight: Sight, wanted: Filter, after: Place | None) -> Select[tuple[DocumentTable]]:
    conditions = [DocumentTable.status == "review", visible(sight), *_asked(wanted)]
    if after is not None:
        conditions.append(_behind(after))
    return select(DocumentTable).where(*conditions).order_by(DocumentTable.published_at, DocumentTable.id)


def _behind(after: Place) -> ColumnElement[bool]:
    """Later in the queue; the first half alone lets an index begin there."""
    at, document_id = after
    later = or_(DocumentTable.published_at > at, DocumentTable.id > document_id)
    return and_(DocumentTable.published_at >= at, later)


def _asked(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.agency:
        below = DocumentTable.agency_code.startswith(f"{wanted.agency}.", autoescape=True)
        conditions.append(or_(DocumentTable.agency_code == wanted.agency, below))
    if wanted.dossier:
        conditions.append(DocumentTable.dossier_code == wanted.dossier)
    if wanted.reason == DOSSIER:
        conditions.append(_unsure_of_dossier())
    elif wanted.reason == OTHER:
        conditions += [~_has_doubt(None), ~_unsure_of_dossier()]
    elif wanted.reason:
        conditions.append(_has_doubt(wanted.reason))
    return conditions


def _has_doubt(name: str | None) -> ColumnElement[bool]:
    found = select(FieldTable.name).where(_of_version(), FieldTable.status == "review")
    return (found.where(FieldTable.name == name) if name else found).exists()


def _of_version() -> ColumnElement[bool]:
    return and_(FieldTable.document_id == DocumentTable.id, FieldTable.version == DocumentTable.version)


def _unsure_of_dossier() -> ColumnElement[bool]:
    doubted = select(LinkTable.document_id).where(
        LinkTable.document_id == DocumentTable.id, LinkTable.status == "review"
    )
    return or_(DocumentTable.dossier_code.is_(None), doubted.exists())


def _doubtful(session: Session, rows: Sequence[DocumentTable]) -> dict[str, list[str]]:
    wanted = (
        select(FieldTable.document_id, FieldTable.name)
        .join(DocumentTable, _of_version())
        .where(FieldTable.document_id.in_([row.id for row in rows]), FieldTable.status == "review")
        .order_by(FieldTable.document_id, FieldTable.page, FieldTable.name)
    )
    names: dict[str, list[str]] = {}
    for document_id, name in session.execute(wanted):
        names.setdefault(document_id, []).append(name)
    return names


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCounts:
    """How many papers wait, in all, by agency and by reason."""

    total: int
    by_agency: tuple[tuple[str | None, int], ...]
    by_reason: tuple[tuple[str, int], ...]  #: names of fields, then `dossier`
    oldest: datetime | None


def count_waiting(session: Session, sight: Sight) -> QueueCounts:
    """The queue in numbers."""
    ours = and_(DocumentTable.status == "review", visible(sight))
    total, oldest = session.execute(select(func.count(), func.min(DocumentTable.published_at)).where(ours)).one()
    agencies = session.execute(
        select(DocumentTable.agency_code, func.count()).where(ours).group_by(DocumentTable.agency_code)
    )
    doubts = session.execute(
        select(FieldTable.name, func.count())
        .join(DocumentTable, _of_version())
        .where(ours, FieldTable.status == "review")
        .group_by(FieldTable.name)
    )
    unsure = session.scalar(select(func.count()).select_from(DocumentTable).where(ours, _unsure_of_dossier())) or 0
    by_reason = sorted(((name, count) for name, count in doubts), key=lambda pair: -pair[1])
    return QueueCounts(
        total=total,
        by_agency=tuple(sorted(((code, count) for code, count in agencies), key=lambda pair: pair[0] or "")),
        by_reason=(*by_reason, *(((DOSSIER, unsure),) if unsure else ())),
        oldest=oldest,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtfulField:
    """A doubtful field among others of its name, for a sheet."""

    document_id: str
    version: int
    title: str
    published_at: datetime
    name: str
    value: str | None
    confidence: float
    page: int | None
    box: tuple[float, ...] | None
    reasons: tuple[str, ...]


def fields_alike(
    session: Session, sight: Sight, name: str, *, agency: str | None, after: Place | None, limit: int
) -> list[DoubtfulField]:
    """Doubtful fields of one name, over all waiting papers, oldest first."""
    conditions = [DocumentTable.status == "review", visible(sight), *_asked(Filter(agency=agency))]
    if after is not None:
        conditions.append(_behind(after))
    wanted = (
        select(DocumentTable, FieldTable)
        .join(FieldTable, _of_version())
        .where(*conditions, FieldTable.name == name, FieldTable.status == "review")
        .order_by(DocumentTable.published_at, DocumentTable.id)
        .limit(min(limit, MOST))
    )
    return [
        DoubtfulField(
            document_id=row.id,
            version=row.version,
            title=row.title,
            published_at=row.published_at,
            name=name,
            value=field.value,
            confidence=field.confidence,
            page=field.page,
            box=tuple(field.box) if field.box else None,
            reasons=tuple(reason for reason in row.reasons if reason.startswith(f"{name}: ")),
        )
        for row, field in session.execute(wanted)
    ]


def decide(
    session: Session,
    document_id: str,
    *,
    version: int,
    name: FieldName,
    verdict: Verdict,
    value: str | None,
    agent: str,
) -> int:
    """What a person says of one field, as a new version; its number.

    value: kept for confirmed and corrected fields only.
    Raises UnknownDocument, DocumentChanged, WrongCorrection.
    """
    if verdict in (Verdict.CONFIRMED, Verdict.CORRECTED):
        if not value:
            raise WrongCorrection(f"{name}: {verdict}, and no value; say that it is not on the paper, or unreadable")
    elif verdict in (Verdict.ABSENT, Verdict.UNREADABLE):
        value = None
    else:
        raise WrongCorrection(f"{verdict}: restore_field does that")
    confidence = 0.0 if verdict is Verdict.UNREADABLE else 1.0
    return correct_fields(
        session,
        document_id,
        version=version,
        values={str(name): value},
        agent=agent,
        reason=str(verdict),
        confidence=confidence,
    )


def settle_paper(session: Session, document_id: str, *, version: int, type: str | None, agent: str) -> int:  # noqa: A002  (the record's word)
    """A person has looked at the paper as a whole and says what kind it is: its own reasons for review go.

    Raises UnknownDocument, DocumentChanged.
    """
    row = new_version(
        session, document_id, version=version, agent=agent, reason=str(Verdict.CONFIRMED), changed=["type"]
    )
    fields = copied_fields(session, document_id, version)
    ours = paper_reasons(session, row)
    row.type = type
    row.report = row.report | {"type": type, "machine_reasons": [*row.report.get("machine_reasons", ()), *ours]}
    row.reasons = [reason for reason in row.reasons if reason not in ours]
    publish_if_settled(row, list(fields.values()))
    note_version(session, row, type="corrected", agent=agent, detail={"fields": ["type"]})
    return version + 1


def paper_reasons(session: Session, row: DocumentTable) -> list[str]:
    """Reasons for review that are neither a field's nor the binding's."""
    bound = set(session.scalars(select(LinkTable.reason).where(LinkTable.document_id == row.id)))
    return [
        reason
        for reason in row.reasons
        if reason not in bound
        and not is_unbound(reason)
        and not reason.startswith(RESCAN)
        and not any(reason.startswith((f"{name}: ", f"{name} needs")) for name in FieldName)
    ]


def publish_if_settled(row: DocumentTable, fields: Sequence[FieldTable]) -> None:
    """A paper that nothing is doubted of any more waits no longer."""
    doubtful = any(field.status == "review" for field in fields)
    if row.status == "review" and not row.reasons and not doubtful:
        row.status = "published"
    row.report = row.report | {"status": row.status, "reasons": row.reasons}


def restore_field(
    session: Session, document_id: str, *, version: int, name: FieldName, from_version: int, agent: str
) -> int:
    """Undo: the field as it was in an earlier version, with its doubts, as a new version; its number.

    Raises UnknownDocument, DocumentChanged.
    """
    row = new_version(
        session, document_id, version=version, agent=agent, reason=str(Verdict.UNDONE), changed=[str(name)]
    )
    before = session.get(FieldTable, (document_id, from_version, str(name)))
    fields = copied_fields(session, document_id, version)
    now = fields.get(str(name))
    if now is not None and before is not None:
        if now.value and before.value and now.value in row.title:
            row.title = row.title.replace(now.value, before.value, 1)
        now.value, now.confidence, now.status = before.value, before.confidence, before.status
    elif now is not None:
        session.expunge(now)
        fields.pop(str(name))
    machine: dict[str, Any] = (row.report.get("machine") or {}).get(str(name)) or {}
    if before is None or before.status == "review" or name is FieldName.DOSSIER_CODE:
        row.reasons = list(dict.fromkeys([*row.reasons, *machine.get("reasons", ())]))
    if name is FieldName.DOSSIER_CODE:
        _restore_links(session, row)
    if machine.get("field"):
        row.report = row.report | {"fields": (row.report.get("fields") or {}) | {str(name): machine["field"]}}
    if row.reasons or any(field.status == "review" for field in fields.values()):
        row.status = "review"
    publish_if_settled(row, list(fields.values()))
    note_version(session, row, type="corrected", agent=agent, detail={"fields": [str(name)], "undone": True})
    return version + 1


def _restore_links(session: Session, row: DocumentTable) -> None:
    """The machine's bindings in place of the person's."""
    kept = row.report.get("machine_links")
    if kept is None:
        return
    session.execute(delete(LinkTable).where(LinkTable.document_id == row.id, LinkTable.method == "person"))
    for link in kept["links"]:
        session.merge(LinkTable(document_id=row.id, **link))
    row.dossier_code = kept["links"][0]["dossier_code"] if kept["links"] else None
    row.agency_code = kept["agency_code"]
    if "link" in kept:  # since it may hold candidates
        row.report = row.report | {"link": kept["link"], "dossier_code": row.dossier_code}


def kinds_of_papers(session: Session) -> list[str]:
    """Codes of all kinds that there are: one step in the index for each, however many papers."""
    found: list[str] = []
    while len(found) < MOST:
        after = found[-1] if found else ""
        following = session.scalar(select(func.min(DocumentTable.type)).where(DocumentTable.type > after))
        if following is None:
            break
        found.append(following)
    return found


def open_paper(session: Session, document_id: str, account_id: str) -> list[str]:
    """Note that somebody has a paper open; the names of the others who have."""
    now = datetime.now(UTC)
    session.merge(OpenPaperTable(document_id=document_id, account_id=account_id, seen_at=now))
    others = (
        select(AccountTable.name)
        .join(OpenPaperTable, OpenPaperTable.account_id == AccountTable.id)
        .where(OpenPaperTable.document_id == document_id, OpenPaperTable.account_id != account_id)
        .where(OpenPaperTable.seen_at > now - OPEN_FOR)
        .order_by(AccountTable.name)
    )
    return list(session.scalars(others))


def close_paper(session: Session, document_id: str, account_id: str) -> None:
    """Note that somebody went on to another paper."""
    session.execute(
        delete(OpenPaperTable).where(
            OpenPaperTable.document_id == document_id, OpenPaperTable.account_id == account_id
        )
    )
