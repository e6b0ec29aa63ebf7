"""Counts over the records: what the figures of QĐ 766/QĐ-TTg are made of, and what an operator watches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, extract, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.records.models import (
    BatchTable,
    DocumentTable,
    DossierTable,
    FieldTable,
    LinkTable,
    OutboxTable,
    PageTable,
    ScanTable,
)
from storage.records.service_models import DeliveryTable, UploadTable
from storage.records.sight import Sight, visible_dossier
from storage.records.values import DocumentStatus

#: TrangThaiHoSo that count as received, and as finished, in the provinces' own reports.
RECEIVED = (2, 4, 5, 6, 7, 8, 9, 10)
FINISHED = (7, 9, 10)


class By(StrEnum):
    """What figures are grouped by."""

    AGENCY = "agency"
    PROCEDURE = "procedure"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierCounts:
    """Dossiers of one group, counted."""

    agency: str | None
    procedure: str | None
    month: str | None  #: YYYY-MM
    dossiers: int
    written_due: int  #: a result on paper is due, or it is not known whether
    written_unknown: int  #: of those, not known
    with_result: int  #: of those due, a result paper is bound
    digitised: int  #: a component is bound, and a result where one is due
    reused: int
    reused_unknown: int
    shared: int  #: a component came from the citizen's store, or a result paper is bound
    received: int  #: by TrangThaiHoSo
    received_digitised: int  #: of those, a component is bound
    finished: int
    finished_digitised: int  #: of those, a result paper is bound


def count_dossiers(
    session: Session, sight: Sight, *, first: date, last: date, by: Sequence[By]
) -> list[DossierCounts]:
    """Dossiers received from `first` to `last`, both days too, in groups; an empty period gives none."""
    kinds = {By.AGENCY: DossierTable.agency_code, By.PROCEDURE: DossierTable.procedure_code, By.MONTH: _month()}
    keys = [(kinds[kind] if kind in by else literal(None)).label(kind) for kind in By]
    one = _dossier_facts(sight, first, last, keys)
    groups = [one.c[kind] for kind in By]
    wanted = select(*groups, *(func.sum(one.c[name]).label(name) for name in _FACTS), func.count().label("dossiers"))
    rows = session.execute(wanted.group_by(*groups).order_by(*groups)).mappings()
    return [DossierCounts(**{**row, "month": _written(row["month"])}) for row in rows]


def _month() -> ColumnElement[Any]:
    """The month as one number; text would need another function on each database."""
    year = cast(extract("year", DossierTable.received_on), Integer)
    return year * 100 + cast(extract("month", DossierTable.received_on), Integer)


def _written(month: int | None) -> str | None:
    return None if month is None else f"{month // 100:04}-{month % 100:02}"


_FACTS = (
    "written_due",
    "written_unknown",
    "with_result",
    "digitised",
    "reused",
    "reused_unknown",
    "shared",
    "received",
    "received_digitised",
    "finished",
    "finished_digitised",
)


def _dossier_facts(sight: Sight, first: date, last: date, keys: Sequence[ColumnElement[Any]]) -> Any:  # noqa: ANN401
    """A row for each dossier, each fact 0 or 1."""
    due = func.coalesce(DossierTable.written_result, literal(value=True)).is_(True)
    component, result = _has_paper(is_result=False), _has_paper(is_result=True)
    received, finished = DossierTable.status.in_(RECEIVED), DossierTable.status.in_(FINISHED)
    facts = {
        "written_due": due,
        "written_unknown": DossierTable.written_result.is_(None),
        "with_result": and_(due, result),
        "digitised": and_(component, or_(~due, result)),
        "reused": DossierTable.reused.is_(True),
        "reused_unknown": DossierTable.reused.is_(None),
        "shared": or_(DossierTable.from_store.is_(True), result),
        "received": received,
        "received_digitised": and_(received, component),
        "finished": finished,
        "finished_digitised": and_(finished, result),
    }
    columns = [case((condition, 1), else_=0).label(name) for name, condition in facts.items()]
    period = DossierTable.received_on.between(first, last)
    return select(*keys, *columns).where(period, visible_dossier(sight)).subquery()


def _has_paper(*, is_result: bool) -> ColumnElement[bool]:
    """Whether a dossier has a bound paper of one of the two roles.

    A result has a number of its own and is dated on the day of receipt or later; every other paper is a component.
    """
    numbered = (
        select(FieldTable.document_id)
        .where(
            FieldTable.document_id == DocumentTable.id,
            FieldTable.version == DocumentTable.version,
            FieldTable.name == "number",
            FieldTable.value.is_not(None),
        )
        .exists()
    )
    later = DocumentTable.issued_on >= DossierTable.received_on
    role = and_(numbered, func.coalesce(later, literal(value=False)).is_(True))
    return (
        select(LinkTable.document_id)
        .join(DocumentTable, DocumentTable.id == LinkTable.document_id)
        .where(
            LinkTable.dossier_code == DossierTable.code,
            LinkTable.status == "accepted",
            DocumentTable.status != DocumentStatus.HELD,
            role if is_result else ~role,
        )
        .exists()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """What an operator watches; each by state."""

    documents: dict[str, int]
    scans: dict[str, int]
    pages: dict[str, int]
    batches: dict[str, int]
    fields: dict[str, int]
    uploads: dict[str, int]
    deliveries: dict[str, int]
    outbox: dict[tuple[str, str], int]  #: (topic, state)
    outbox_age_seconds: dict[str, float]  #: by topic, of the item that has waited longest beyond its time
    confidence_sum: float  #: of all documents, for a mean
    documents_of_last_hour: int


def gauges(session: Session) -> Gauges:
    """Count everything that is watched; some tenths of a second where there are millions of pages."""
    now = datetime.now(UTC)
    waiting = select(OutboxTable.topic, func.min(OutboxTable.not_before)).where(OutboxTable.state == "waiting")
    ages = {
        topic: max(0.0, (now - since).total_seconds())
        for topic, since in session.execute(waiting.group_by(OutboxTable.topic)).tuples()
    }
    boxes = session.execute(
        select(OutboxTable.topic, OutboxTable.state, func.count()).group_by(OutboxTable.topic, OutboxTable.state)
    )
    hour_ago = datetime.fromtimestamp(now.timestamp() - 3600, UTC)
    recent = select(func.count()).where(DocumentTable.published_at > hour_ago)
    return Gauges(
        documents=_by_state(session, DocumentTable.status),
        scans=_by_state(session, ScanTable.state),
        pages=_by_state(session, PageTable.state),
        batches=_by_state(session, BatchTable.state),
        fields=_by_state(session, FieldTable.status),
        uploads=_by_state(session, UploadTable.state),
        deliveries=_by_state(session, DeliveryTable.state),
        outbox={(topic, state): count for topic, state, count in boxes.tuples()},
        outbox_age_seconds=ages,
        confidence_sum=float(session.scalar(select(func.coalesce(func.sum(DocumentTable.confidence), 0.0))) or 0.0),
        documents_of_last_hour=session.scalar(recent) or 0,
    )


def _by_state(session: Session, column: InstrumentedAttribute[str]) -> dict[str, int]:
    return dict(session.execute(select(column, func.count()).group_by(column)).tuples().all())
