"""Batches, the scans that came in them, and the state of their pages."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Update, select, update
from sqlalchemy.orm import Session

from storage import events  # the module: it imports this package's tables
from storage.errors import AlreadyDisposed, UnknownBatch
from storage.records.models import BatchScanTable, BatchTable, PageTable, ScanTable
from storage.records.values import Batch, CameIn, Scan, ScanState, SilentBatch

AGENT = "sohoa"
AT_ONCE = 500  # values in one question; SQLite takes some thousand


def start_batch(
    session: Session,
    key: str,
    *,
    operator: str,
    inputs: Sequence[str],
    settings_json: str,
    request: Mapping[str, Any] | None = None,
) -> Batch:
    """Begin a batch, or go on with the one of the same command that has not ended.

    request: what was asked for, as plain values, so that another process can finish it.
    """
    running = session.scalars(select(BatchTable).where(BatchTable.key == key, BatchTable.state == "running")).first()
    if running is not None:
        running.seen_at = datetime.now(UTC)
        events.record_event(
            session, type="batch resumed", object_kind="batch", object_id=running.id, agent=operator or AGENT
        )
        return Batch(id=running.id, key=key, resumed=True, started_at=running.started_at)
    now = datetime.now(UTC)
    batch_id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    session.add(
        BatchTable(
            id=batch_id,
            key=key,
            state="running",
            operator=operator,
            inputs=list(inputs),
            settings=settings_json,
            started_at=now,
            seen_at=now,
            request=dict(request) if request is not None else None,
        )
    )
    events.record_event(
        session, type="batch started", object_kind="batch", object_id=batch_id, agent=operator or AGENT
    )
    return Batch(id=batch_id, key=key, resumed=False, started_at=now)


def note_alive(session: Session, batch_id: str) -> None:
    """Say that a batch's process still works on it."""
    session.execute(update(BatchTable).where(BatchTable.id == batch_id).values(seen_at=datetime.now(UTC)))


def latest_batch(session: Session, key: str) -> tuple[str, str] | None:
    """(id, state) of the newest batch of a command; None where it never began."""
    row = session.execute(
        select(BatchTable.id, BatchTable.state).where(BatchTable.key == key).order_by(BatchTable.id.desc()).limit(1)
    ).first()
    return None if row is None else (row.id, row.state)


def silent_batches(session: Session, before: datetime) -> list[SilentBatch]:
    """Batches that are not at their end and whose process was not heard of since `before`, oldest first."""
    rows = session.scalars(
        select(BatchTable)
        .where(BatchTable.state == "running", BatchTable.paused_at.is_(None))
        .where((BatchTable.seen_at < before) | BatchTable.seen_at.is_(None))
        .order_by(BatchTable.id)
    )
    return [SilentBatch(id=row.id, key=row.key, operator=row.operator, request=row.request) for row in rows]


def is_paused(session: Session, batch_id: str) -> bool:
    """Whether no further document of a batch may be begun."""
    return session.scalar(select(BatchTable.paused_at).where(BatchTable.id == batch_id)) is not None


def pause_batch(session: Session, batch_id: str, *, agent: str) -> bool:
    """Begin no further document of a batch that runs; whether there was something to pause.

    Its process ends what it is on, and itself.
    """
    now = datetime.now(UTC)
    runs = (BatchTable.id == batch_id, BatchTable.state == "running", BatchTable.paused_at.is_(None))
    return _told(session, update(BatchTable).where(*runs).values(paused_at=now), "batch paused", batch_id, agent)


def resume_batch(session: Session, batch_id: str, *, agent: str) -> bool:
    """Let a paused batch go on: uploads at once, others with `sohoa up` or their command; whether it was paused."""
    rests = (BatchTable.id == batch_id, BatchTable.paused_at.is_not(None))
    return _told(session, update(BatchTable).where(*rests).values(paused_at=None), "batch let go on", batch_id, agent)


def _told(session: Session, change: Update, what: str, batch_id: str, agent: str) -> bool:
    changed = bool(cast("CursorResult[Any]", session.execute(change)).rowcount)
    if changed:
        events.record_event(session, type=what, object_kind="batch", object_id=batch_id, agent=agent)
    return changed


def finish_batch(session: Session, batch_id: str, *, pages: int, documents: int, failed: int) -> None:
    """End a batch: the same command begins a new one from now on. Raises UnknownBatch."""
    done = session.execute(
        update(BatchTable)
        .where(BatchTable.id == batch_id)
        .values(state="ended", ended_at=datetime.now(UTC), pages=pages, documents=documents, failed=failed)
    )
    if not cast("CursorResult[Any]", done).rowcount:
        raise UnknownBatch(f"{batch_id}: there is no such batch; `sohoa runs` lists them")
    outcome = "failure" if failed else "success"
    events.record_event(
        session, type="batch ended", object_kind="batch", object_id=batch_id, agent=AGENT, outcome=outcome
    )


def register_scan(
    session: Session,
    batch_id: str,
    *,
    source: str,
    sha256: str,
    kind: str,
    size: int,
    page_count: int,
    object_key: str,
    error: str | None = None,
    reason: str | None = None,
) -> Scan:
    """Note a scan whose original is stored, under the name that it came with in this batch.

    The same bytes are one scan, however often and under whatever names they come. A failed one may be tried again.
    Raises AlreadyDisposed.
    error: why it cannot be opened (then it has no pages and is failed); one that is published stays published.
    reason: which error that was.
    """
    row = session.scalars(select(ScanTable).where(ScanTable.sha256 == sha256)).first()
    if row is None:
        row = ScanTable(
            sha256=sha256,
            state=ScanState.FAILED if error else ScanState.STORED,
            error=error,
            kind=kind,
            size=size,
            page_count=page_count,
            object_key=object_key,
            first_source=source,
            first_batch=batch_id,
            registered_at=datetime.now(UTC),
        )
        session.add(row)
        session.flush()
        events.record_event(
            session,
            type="ingested",
            object_kind="scan",
            object_id=sha256,
            agent=AGENT,
            detail={"size": size, "pages": page_count, "kind": kind},
        )
    elif row.state == ScanState.DISPOSED:
        raise AlreadyDisposed(
            f"{source}: its papers were destroyed when their time was over; if they must come back, ask who keeps "
            f"the archive (`sohoa audit events --export jsonl` has {sha256:.12})"
        )
    elif row.state == ScanState.FAILED:
        row.state = ScanState.FAILED if error else ScanState.STORED
        row.error, row.page_count = error, page_count
    if _came_as(session, batch_id, source, scan_id=row.id, error=error, reason=reason) and error:
        _record_refusal(session, batch_id)
    mine = row.published_in == batch_id and row.first_source == source
    known = row.state == ScanState.PUBLISHED and not mine
    return Scan(
        id=row.id,
        sha256=sha256,
        state=ScanState(row.state),
        page_count=row.page_count,
        known=known,
        registered_at=row.registered_at,
    )


def _came_as(
    session: Session,
    batch_id: str,
    source: str,
    *,
    scan_id: int | None = None,
    error: str | None = None,
    reason: str | None = None,
) -> bool:
    """Note it once for a batch; whether that says anything new."""
    row = session.scalars(
        select(BatchScanTable).where(BatchScanTable.batch_id == batch_id, BatchScanTable.source == source)
    ).first()
    if row is None:
        session.add(BatchScanTable(batch_id=batch_id, source=source, scan_id=scan_id, error=error, reason=reason))
        return True
    said = row.scan_id, row.error
    row.scan_id, row.error, row.reason = scan_id or row.scan_id, error, reason
    return said != (row.scan_id, row.error)


def note_refused(session: Session, batch_id: str, *, source: str, error: str, reason: str | None = None) -> None:
    """Note a source that could not be taken, so that it does not vanish; again in a resumed batch is no news."""
    if _came_as(session, batch_id, source, error=error, reason=reason):
        _record_refusal(session, batch_id)


def _record_refusal(session: Session, batch_id: str) -> None:
    events.record_event(
        session, type="refused", object_kind="batch", object_id=batch_id, agent=AGENT, outcome="failure"
    )


def fail_scan(session: Session, scan_id: int, *, error: str) -> None:
    """Note that a scan could not be read. Its original stays; the next run tries again."""
    row = session.get_one(ScanTable, scan_id)
    row.state, row.error = ScanState.FAILED, error
    events.record_event(
        session, type="failed", object_kind="scan", object_id=row.sha256, agent=AGENT, outcome="failure"
    )


def sources_of_batch(session: Session, batch_id: str) -> list[CameIn]:
    """Everything that came in a batch and what became of it, in the order in which it was noted."""
    rows = session.execute(
        select(BatchScanTable, ScanTable)
        .outerjoin(ScanTable, ScanTable.id == BatchScanTable.scan_id)
        .where(BatchScanTable.batch_id == batch_id)
        .order_by(BatchScanTable.id)
    ).all()
    scans = [scan.id for _, scan in rows if scan is not None]
    bad: dict[int, list[int]] = {}
    for first in range(0, len(scans), AT_ONCE):
        failed = select(PageTable.scan_id, PageTable.number).where(
            PageTable.scan_id.in_(scans[first : first + AT_ONCE]), PageTable.state == "failed"
        )
        for scan_id, number in session.execute(failed.order_by(PageTable.number)):
            bad.setdefault(scan_id, []).append(number)
    return [
        CameIn(
            source=row.source,
            error=row.error or (scan.error if scan is not None and scan.state == ScanState.FAILED else None),
            reason=row.reason,
            sha256=scan.sha256 if scan is not None else None,
            state=ScanState(scan.state) if scan is not None else None,
            known=scan is not None and scan.state == ScanState.PUBLISHED and scan.published_in != batch_id,
            pages=scan.page_count if scan is not None else 0,
            failed_pages=tuple(bad.get(scan.id, ())) if scan is not None else (),
        )
        for row, scan in rows
    ]


def save_page(
    session: Session, scan_id: int, number: int, *, state: str, error: str | None, result_sha256: str | None
) -> None:
    """Note how far a page is."""
    session.merge(PageTable(scan_id=scan_id, number=number, state=state, error=error, result_sha256=result_sha256))


def pages_of(session: Session, scan_id: int) -> list[tuple[int, str, str | None]]:
    """(number, state, error) of a scan's pages that were tried, in order."""
    rows = session.scalars(select(PageTable).where(PageTable.scan_id == scan_id).order_by(PageTable.number))
    return [(row.number, row.state, row.error) for row in rows]
