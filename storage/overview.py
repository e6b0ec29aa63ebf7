"""What an operator sees of the whole installation, and what is tried again at a key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CursorResult, case, func, or_, select, update
from sqlalchemy.orm import Session

from storage.events import record_event
from storage.records.keeping_models import FixityTable
from storage.records.models import (
    BatchScanTable,
    BatchTable,
    DocumentPageTable,
    DocumentTable,
    OutboxTable,
    PageTable,
    ScanTable,
)
from storage.records.service_models import DeliveryTable, UploadTable
from storage.records.unattended_models import IntakeTable
from storage.uploads import Progress, UploadState, progress_of

LOOKED_BACK = timedelta(days=14)  # for failures; what is older was seen to, or will not be
HOURS = 24  # of the chart of pages
WEEKS = 12  # of the charts of shares
UNNAMED = "unknown"  # a failure of before its reason was kept
ALL_PAGES = "no page of a scan"  # could be read, so that nothing of it was published
SOME_PAGES = "a page within a paper"  # which was published without it, and waits for review


class FailureKind(StrEnum):
    """What did not go well."""

    UPLOAD = "upload"  #: no batch could be made of it
    SCAN = "scan"  #: a file that could not be opened or read
    PAGE = "page"  #: a page within a scan that went on without it
    OUTBOX = "outbox"  #: the index, or who was to be told, could not be told
    DELIVERY = "delivery"  #: a webhook's address did not answer for a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Failures of one kind and reason."""

    kind: FailureKind
    reason: str  #: name of the error's class, a topic, which pages, or `unknown`
    count: int
    example: str  #: what one of them said
    latest: datetime | None
    uploads: tuple[str, ...] = ()  #: that can be worked on once more


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Papers of a week, by the day of their publication."""

    first: datetime
    papers: int
    looked_at: int  #: waits for a person, or was changed by one
    confidence: float | None  #: mean of the kinds of papers; None without papers


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits, and since when."""

    uploads: int
    oldest_upload: datetime | None
    review: int
    oldest_review: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixity:
    """Objects by what their last reading found."""

    by_outcome: dict[str, int]
    never_read: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A batch in a list."""

    progress: Progress
    operator: str
    inputs: tuple[str, ...]
    steered: bool  #: can be paused by itself: archives are paused as a whole


def latest_batches(session: Session, *, limit: int = 20) -> list[BatchRow]:
    """Batches, those that run first, then the latest."""
    newest = select(BatchTable).order_by(BatchTable.started_at.desc()).limit(limit)
    running = session.scalars(newest.where(BatchTable.state == "running")).all()
    rows = [*running, *session.scalars(newest.where(BatchTable.state != "running"))][:limit]
    keys = [key for row in rows if row.request and (key := row.request.get("key"))]
    watched = set(session.scalars(select(IntakeTable.take).where(IntakeTable.take.in_(keys))))
    found = []
    for row in rows:
        progress = progress_of(session, row.id)
        if progress is not None:
            key = row.request.get("key") if row.request is not None else None
            steered = row.state == "running" and row.request is not None and (not key or key in watched)
            inputs = tuple(map(str, row.inputs))
            found.append(BatchRow(progress=progress, operator=row.operator, inputs=inputs, steered=steered))
    return found


def failures(session: Session, *, now: datetime | None = None) -> list[Failure]:
    """What failed lately and was not made good since, most first."""
    since = (now or datetime.now(UTC)) - LOOKED_BACK
    found = [*_uploads(session), *_scans(session, since), *_pages(session, since), *_outbox(session)]
    found += _deliveries(session)
    return sorted(found, key=lambda failure: -failure.count)


def _uploads(session: Session) -> Iterable[Failure]:
    rows = list(
        session.scalars(
            select(UploadTable).where(UploadTable.state == UploadState.FAILED).order_by(UploadTable.ended_at.desc())
        )
    )
    reasons = Counter(row.error or UNNAMED for row in rows)
    for reason, count in reasons.items():
        of = [row for row in rows if (row.error or UNNAMED) == reason]
        ids = tuple(row.id for row in of)
        yield Failure(
            kind=FailureKind.UPLOAD,
            reason=reason,
            count=count,
            example=of[0].name,
            latest=of[0].ended_at,
            uploads=ids,
        )


def _scans(session: Session, since: datetime) -> Iterable[Failure]:
    """Sources that were refused or failed, and whose bytes were not published since."""
    good = or_(ScanTable.id.is_(None), ScanTable.state == "failed")
    wanted = (
        select(BatchScanTable, BatchTable.started_at, UploadTable.id)
        .join(BatchTable, BatchTable.id == BatchScanTable.batch_id)
        .outerjoin(ScanTable, ScanTable.id == BatchScanTable.scan_id)
        .outerjoin(UploadTable, UploadTable.batch_id == BatchTable.id)
        .where(BatchTable.started_at > since, BatchScanTable.error.is_not(None), good)
        .order_by(BatchTable.started_at.desc())
    )
    by_reason: dict[str, list[tuple[BatchScanTable, datetime, str | None]]] = {}
    for row, at, upload in session.execute(wanted).tuples():
        by_reason.setdefault(row.reason or UNNAMED, []).append((row, at, upload))
    for reason, rows in by_reason.items():
        newest, at, came = rows[0]
        source = newest.source.removeprefix(f"{came}/")  # as whoever brought it knows it
        uploads = tuple(dict.fromkeys(upload for _, _, upload in rows if upload))
        yield Failure(
            kind=FailureKind.SCAN,
            reason=reason,
            count=len(rows),
            example=f"{source}: {newest.error}",
            latest=at,
            uploads=uploads,
        )


def _pages(session: Session, since: datetime) -> Iterable[Failure]:
    """Pages that could not be read: of scans of which nothing could, which are tried again, and within papers."""
    wanted = (
        select(func.count(), func.min(PageTable.error), func.max(ScanTable.registered_at))
        .join(ScanTable, ScanTable.id == PageTable.scan_id)
        .where(PageTable.state == "failed", ScanTable.registered_at > since)
    )
    came = (
        select(UploadTable.id)
        .distinct()
        .join(BatchScanTable, BatchScanTable.batch_id == UploadTable.batch_id)
        .join(ScanTable, ScanTable.id == BatchScanTable.scan_id)
        .join(PageTable, PageTable.scan_id == ScanTable.id)
        .where(PageTable.state == "failed", ScanTable.state == "failed", ScanTable.registered_at > since)
    )
    for reason, of in ((ALL_PAGES, ScanTable.state == "failed"), (SOME_PAGES, ScanTable.state != "failed")):
        count, example, latest = session.execute(wanted.where(of)).one()
        if count:
            uploads = tuple(session.scalars(came)) if reason == ALL_PAGES else ()
            yield Failure(
                kind=FailureKind.PAGE, reason=reason, count=count, example=example, latest=latest, uploads=uploads
            )


def _outbox(session: Session) -> Iterable[Failure]:
    wanted = (
        select(OutboxTable.topic, func.count(), func.min(OutboxTable.error), func.max(OutboxTable.not_before))
        .where(OutboxTable.state == "dead")
        .group_by(OutboxTable.topic)
    )
    for topic, count, example, latest in session.execute(wanted).tuples():
        yield Failure(kind=FailureKind.OUTBOX, reason=topic, count=count, example=example or "", latest=latest)


def _deliveries(session: Session) -> Iterable[Failure]:
    wanted = (
        select(
            DeliveryTable.webhook_id, func.count(), func.min(DeliveryTable.error), func.max(DeliveryTable.tried_at)
        )
        .where(DeliveryTable.state == "dead")
        .group_by(DeliveryTable.webhook_id)
    )
    for webhook, count, example, latest in session.execute(wanted).tuples():
        yield Failure(kind=FailureKind.DELIVERY, reason=webhook, count=count, example=example or "", latest=latest)


def try_again(session: Session, failure: Failure, *, agent: str) -> int:
    """Let everything of a failure be tried once more; how much of it can be.

    Pages are tried with their scan where nothing of it was published; within a paper they are scanned again, which
    its review asks for. Scans of the command line are tried by the same command.
    """
    now = datetime.now(UTC)
    fresh = {"state": "waiting", "attempts": 0, "not_before": now}
    again = {
        FailureKind.OUTBOX: update(OutboxTable)
        .where(OutboxTable.state == "dead", OutboxTable.topic == failure.reason)
        .values(**fresh, error=None),
        FailureKind.DELIVERY: update(DeliveryTable)
        .where(DeliveryTable.state == "dead", DeliveryTable.webhook_id == failure.reason)
        .values(**fresh, created_at=now),
        FailureKind.UPLOAD: update(UploadTable)
        .where(UploadTable.id.in_(failure.uploads), UploadTable.state.in_(("failed", "done")))
        .values(**fresh, error=None, ended_at=None, batch_id=None),
    }
    again[FailureKind.SCAN] = again[FailureKind.PAGE] = again[FailureKind.UPLOAD]
    done = cast("CursorResult[Any]", session.execute(again[failure.kind])).rowcount
    if done:
        detail = {"kind": str(failure.kind), "count": done}
        record_event(
            session, type="tried again", object_kind="failures", object_id=failure.kind, agent=agent, detail=detail
        )
    return done


def pages_by_hour(session: Session, *, now: datetime | None = None) -> list[tuple[datetime, int]]:
    """Pages of papers published in each of the last hours, oldest first."""
    last = (now or datetime.now(UTC)).replace(minute=0, second=0, microsecond=0)
    hours = [last - timedelta(hours=ago) for ago in reversed(range(HOURS))]
    wanted = (
        select(DocumentTable.published_at, func.count(DocumentPageTable.page))
        .join(DocumentPageTable, DocumentPageTable.document_id == DocumentTable.id)
        .where(DocumentTable.published_at >= hours[0])
        .group_by(DocumentTable.id, DocumentTable.published_at)
    )
    counts: Counter[datetime] = Counter()
    for at, pages in session.execute(wanted).tuples():
        counts[at.replace(minute=0, second=0, microsecond=0)] += pages
    return [(hour, counts[hour]) for hour in hours]


def weeks(session: Session, *, now: datetime | None = None) -> list[Week]:
    """The last weeks, oldest first, each from Monday."""
    today = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    looked_at = case((or_(DocumentTable.status == "review", DocumentTable.version > 1), 1), else_=0)
    wanted = select(func.count(), func.coalesce(func.sum(looked_at), 0), func.avg(DocumentTable.confidence))
    found = []
    for ago in reversed(range(WEEKS)):
        first = monday - timedelta(weeks=ago)
        within = (DocumentTable.published_at >= first, DocumentTable.published_at < first + timedelta(weeks=1))
        papers, looked, confidence = session.execute(wanted.where(*within)).one()
        found.append(Week(first=first, papers=papers, looked_at=looked, confidence=confidence))
    return found


def waiting(session: Session) -> Waiting:
    """What waits to be read, and to be looked at."""
    unread = UploadTable.state.in_((UploadState.WAITING, UploadState.WORKING))
    uploads, oldest = session.execute(select(func.count(), func.min(UploadTable.created_at)).where(unread)).one()
    review = select(func.count(), func.min(DocumentTable.published_at)).where(DocumentTable.status == "review")
    papers, since = session.execute(review).one()
    return Waiting(uploads=uploads, oldest_upload=oldest, review=papers, oldest_review=since)


def fixity(session: Session) -> Fixity:
    """What the last readings of all objects found."""
    rows = session.execute(select(FixityTable.outcome, func.count()).group_by(FixityTable.outcome)).tuples().all()
    by_outcome = {str(outcome): count for outcome, count in rows if outcome is not None}
    never = sum(count for outcome, count in rows if outcome is None)
    return Fixity(
        by_outcome=by_outcome, never_read=never, oldest=session.scalar(select(func.min(FixityTable.checked_at)))
    )


def same_failure(found: Sequence[Failure], kind: str, reason: str) -> Failure | None:
    """The failure of a kind and reason, where it is still there."""
    return next((one for one in found if one.kind == kind and one.reason == reason), None)
