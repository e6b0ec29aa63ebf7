"""Bulk runs on record: the intake list, the chunks that workers claim, and how far a run is."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.bulk_values import Chunk, Item, Run, RunProgress, RunState
from storage.errors import UnknownRun
from storage.events import record_event
from storage.records.models import ScanTable
from storage.records.unattended_models import BulkChunkTable, BulkItemTable, BulkRunTable
from storage.records.values import ScanState

AT_ONCE = 500  # values in one question
AGENT = "sohoa bulk"

__all__ = ["Chunk", "Item", "Run", "RunProgress", "RunState"]


def start_run(
    session: Session,
    key: str,
    *,
    sources: Sequence[str],
    operator: str,
    agency: str | None,
    procedure: str | None,
) -> tuple[Run, bool]:
    """Begin a run, or find the one of the same command that has not ended; and whether it is new."""
    row = session.scalars(select(BulkRunTable).where(BulkRunTable.key == key)).first()
    if row is not None:
        if row.state == RunState.STOPPED:
            row.state = RunState.RUNNING
        return _run(row), False
    now = datetime.now(UTC)
    row = BulkRunTable(
        id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        key=key,
        state=RunState.LISTING,
        sources=list(sources),
        operator=operator,
        agency_code=agency,
        procedure_code=procedure,
        started_at=now,
    )
    session.add(row)
    session.flush()
    _event(session, row.id, "bulk run started", operator or AGENT)
    return _run(row), True


def find_run(session: Session, run_id: str) -> Run:
    """A run by its id. Raises UnknownRun."""
    return _run(_row(session, run_id))


def runs(session: Session, *, open_only: bool = False) -> list[Run]:
    """Runs, the newest first."""
    wanted = select(BulkRunTable).order_by(BulkRunTable.started_at.desc(), BulkRunTable.id.desc())
    if open_only:
        wanted = wanted.where(BulkRunTable.state != RunState.ENDED)
    return [_run(row) for row in session.scalars(wanted)]


def set_run_state(session: Session, run_id: str, state: RunState, *, agent: str) -> None:
    """Pause, resume, stop or end a run. Raises UnknownRun."""
    row = _row(session, run_id)
    if row.state == state or row.state == RunState.ENDED:
        return
    row.state = state
    if state is RunState.ENDED:
        row.ended_at, row.key = datetime.now(UTC), row.id  # the same command begins a new one from now on
    _event(session, run_id, f"bulk run {state}", agent)


def listed_names(session: Session, run_id: str) -> set[str]:
    """Names that are on the intake list already."""
    return set(session.scalars(select(BulkItemTable.name).where(BulkItemTable.run_id == run_id)))


def add_items(session: Session, run_id: str, items: Iterable[Item]) -> None:
    """Put lines on the intake list."""
    session.add_all(
        BulkItemTable(
            run_id=run_id,
            number=item.number,
            name=item.name,
            place=dict(item.place),
            size=item.size,
            pages=item.pages,
            sha256=item.sha256,
            agency_code=item.agency_code,
            procedure_code=item.procedure_code,
            dossier_code=item.dossier_code,
            state=item.state,
            reason=item.reason,
            error=item.error,
        )
        for item in items
    )


def close_list(session: Session, run_id: str, *, chunk_documents: int) -> int:
    """Cut the list into chunks of one agency each, the agencies in turn; how many chunks.

    What the archive holds already is known by its bytes and is in no chunk.
    """
    waiting = session.execute(
        select(BulkItemTable.number, BulkItemTable.agency_code, BulkItemTable.pages, BulkItemTable.sha256)
        .where(BulkItemTable.run_id == run_id, BulkItemTable.state == "waiting")
        .order_by(BulkItemTable.number)
    ).all()
    known = published_hashes(session, {row.sha256 for row in waiting if row.sha256})
    by_agency: dict[str | None, list[list[tuple[int, int]]]] = {}
    for row in waiting:
        if row.sha256 in known:
            _set_item(session, run_id, row.number, state="known")
            continue
        chunks = by_agency.setdefault(row.agency_code, [[]])
        if len(chunks[-1]) >= chunk_documents:
            chunks.append([])
        chunks[-1].append((row.number, row.pages))
    ordered = sorted(
        (
            (turn, str(agency), agency, chunk)
            for agency, chunks in by_agency.items()
            for turn, chunk in enumerate(chunks)
        ),
        key=lambda one: one[:2],
    )
    for number, (_, _, agency, chunk) in enumerate(ordered, 1):
        session.add(
            BulkChunkTable(
                run_id=run_id,
                number=number,
                agency_code=agency,
                state="waiting",
                attempts=0,
                documents=len(chunk),
                pages=sum(pages for _, pages in chunk),
            )
        )
        numbers = [item for item, _ in chunk]
        for first in range(0, len(numbers), AT_ONCE):
            session.execute(
                update(BulkItemTable)
                .where(BulkItemTable.run_id == run_id, BulkItemTable.number.in_(numbers[first : first + AT_ONCE]))
                .values(chunk=number)
            )
    _row(session, run_id).state = RunState.RUNNING
    detail = {"documents": len(waiting), "known": sum(row.sha256 in known for row in waiting), "chunks": len(ordered)}
    _event(session, run_id, "bulk run listed", AGENT, detail)
    return len(ordered)


def published_hashes(session: Session, hashes: set[str]) -> set[str]:
    """Which of these bytes the archive holds as published scans."""
    found: set[str] = set()
    listed = sorted(hashes)
    for first in range(0, len(listed), AT_ONCE):
        part = listed[first : first + AT_ONCE]
        wanted = select(ScanTable.sha256).where(ScanTable.sha256.in_(part), ScanTable.state == ScanState.PUBLISHED)
        found |= set(session.scalars(wanted))
    return found


def claim_chunk(session: Session, run_id: str, worker: str, *, lease: timedelta) -> Chunk | None:
    """Take the next chunk that waits, or whose worker is silent; None where there is none now.

    lease: how long it is left to the worker, who renews it.
    Two workers never hold one chunk: PostgreSQL skips locked rows, SQLite lets one writer in.
    """
    now = datetime.now(UTC)
    row = session.scalars(
        select(BulkChunkTable)
        .where(
            BulkChunkTable.run_id == run_id,
            (BulkChunkTable.state == "waiting")
            | ((BulkChunkTable.state == "working") & (BulkChunkTable.lease_until < now)),
        )
        .order_by(BulkChunkTable.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    row.state, row.worker, row.lease_until, row.attempts = "working", worker, now + lease, row.attempts + 1
    return Chunk(run_id=run_id, number=row.number, attempts=row.attempts, documents=row.documents, pages=row.pages)


def renew_chunk(session: Session, chunk: Chunk, worker: str, *, lease: timedelta) -> bool:
    """Say that a chunk is still worked on; whether it is still ours."""
    row = session.get_one(BulkChunkTable, (chunk.run_id, chunk.number))
    if row.worker != worker or row.state != "working":
        return False
    row.lease_until = datetime.now(UTC) + lease
    return True


def release_chunk(session: Session, chunk: Chunk, worker: str, *, after: timedelta = timedelta()) -> None:
    """Give a chunk back that did not come to its end; it is claimed again no earlier than `after`."""
    row = session.get_one(BulkChunkTable, (chunk.run_id, chunk.number))
    if row.worker == worker and row.state == "working":
        row.lease_until = datetime.now(UTC) + after


def end_chunk(
    session: Session,
    chunk: Chunk,
    *,
    batch_id: str,
    seconds: float,
    results: Mapping[str, tuple[str, str | None, str | None]],
) -> None:
    """Note that a chunk is done, and (state, reason, error) of each item by name."""
    row = session.get_one(BulkChunkTable, (chunk.run_id, chunk.number))
    if row.state == "done":
        return
    row.state, row.batch_id, row.seconds, row.ended_at = "done", batch_id, seconds, datetime.now(UTC)
    items = session.scalars(
        select(BulkItemTable).where(BulkItemTable.run_id == chunk.run_id, BulkItemTable.chunk == chunk.number)
    )
    for item in items:
        item.state, item.reason, item.error = results.get(
            item.name, ("failed", "Unexplained", f"{item.name}: came to no end; run it again")
        )


def chunk_items(session: Session, chunk: Chunk) -> list[Item]:
    """The lines of a chunk."""
    rows = session.scalars(
        select(BulkItemTable)
        .where(BulkItemTable.run_id == chunk.run_id, BulkItemTable.chunk == chunk.number)
        .order_by(BulkItemTable.number)
    )
    return [_item(row) for row in rows]


def run_items(session: Session, run_id: str) -> list[Item]:
    """The whole intake list."""
    rows = session.scalars(select(BulkItemTable).where(BulkItemTable.run_id == run_id).order_by(BulkItemTable.number))
    return [_item(row) for row in rows]


def run_batches(session: Session, run_id: str) -> list[tuple[str, float, datetime]]:
    """(batch, seconds, end) of the finished chunks, in the order in which they ended."""
    rows = session.execute(
        select(BulkChunkTable.batch_id, BulkChunkTable.seconds, BulkChunkTable.ended_at)
        .where(BulkChunkTable.run_id == run_id, BulkChunkTable.batch_id.is_not(None))
        .order_by(BulkChunkTable.ended_at)
    ).all()
    return [(row[0], row[1] or 0.0, row[2]) for row in rows]


def run_progress(session: Session, run_id: str) -> RunProgress:
    """How far a run is."""
    items = session.execute(
        select(BulkItemTable.state, func.count(), func.coalesce(func.sum(BulkItemTable.pages), 0))
        .where(BulkItemTable.run_id == run_id)
        .group_by(BulkItemTable.state)
    ).all()
    chunks = session.execute(
        select(
            BulkChunkTable.state,
            func.count(),
            func.coalesce(func.sum(BulkChunkTable.seconds), 0.0),
            func.coalesce(func.sum(BulkChunkTable.pages), 0),
        )
        .where(BulkChunkTable.run_id == run_id)
        .group_by(BulkChunkTable.state)
    ).all()
    counts = {state: (count, pages) for state, count, pages in items}
    by_state = {state: (count, seconds, pages) for state, count, seconds, pages in chunks}
    workers = session.scalar(
        select(func.count(BulkChunkTable.worker.distinct())).where(
            BulkChunkTable.run_id == run_id,
            BulkChunkTable.state == "working",
            BulkChunkTable.lease_until >= datetime.now(UTC),
        )
    )
    return RunProgress(
        documents=sum(count for count, _ in counts.values()),
        pages=sum(pages for _, _, pages in by_state.values()),
        done=sum(count for state, (count, _) in counts.items() if state != "waiting"),
        done_pages=by_state.get("done", (0, 0.0, 0))[2],
        failed=counts.get("failed", (0, 0))[0],
        working=by_state.get("working", (0, 0.0, 0))[0],
        seconds=by_state.get("done", (0, 0.0, 0))[1],
        workers=workers or 0,
    )


def _set_item(session: Session, run_id: str, number: int, *, state: str) -> None:
    session.execute(
        update(BulkItemTable)
        .where(BulkItemTable.run_id == run_id, BulkItemTable.number == number)
        .values(state=state)
    )


def _row(session: Session, run_id: str) -> BulkRunTable:
    row = session.get(BulkRunTable, run_id)
    if row is None:
        raise UnknownRun(f"{run_id}: there is no such bulk run; `sohoa bulk-run list` lists them")
    return row


def _event(session: Session, run_id: str, type_: str, agent: str, detail: Mapping[str, Any] | None = None) -> None:
    record_event(session, type=type_, object_kind="bulk run", object_id=run_id, agent=agent, detail=detail)


def _run(row: BulkRunTable) -> Run:
    return Run(
        id=row.id,
        state=RunState(row.state),
        sources=tuple(row.sources),
        operator=row.operator,
        agency_code=row.agency_code,
        procedure_code=row.procedure_code,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _item(row: BulkItemTable) -> Item:
    return Item(
        number=row.number,
        name=row.name,
        place=row.place,
        size=row.size,
        pages=row.pages,
        sha256=row.sha256,
        agency_code=row.agency_code,
        procedure_code=row.procedure_code,
        dossier_code=row.dossier_code,
        state=row.state,
        reason=row.reason,
        error=row.error,
        chunk=row.chunk,
    )
