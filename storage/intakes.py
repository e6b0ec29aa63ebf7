"""What watched folders took, and what became of it: the records' side of folders that clerks look into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.events import record_event
from storage.records.unattended_models import IntakeTable

AGENT = "sohoa watch"


class IntakeState(StrEnum):
    """How far something taken is."""

    TAKEN = "taken"
    DONE = "done"  #: published, or known already; its file lies among the finished ones
    FAILED = "failed"  #: its file lies among the failed ones, with a note
    AGAIN = "again"  #: was replaced while it was read; what is there now was taken anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A file, or the images of one paper, that was taken from a watched folder."""

    id: int
    watch: str  #: name of the watched folder
    take: str  #: what was taken together
    path: str  #: as the clerk named it, within the watched folder
    state: IntakeState
    size: int  #: bytes
    agency_code: str | None
    operator: str
    batch_id: str | None
    reason: str | None  #: class of the error
    note: str | None  #: what the clerk is told
    taken_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIntake:
    """Something taken, to be noted."""

    path: str
    size: int
    agency_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchCounts:
    """How much of a watched folder is in which state."""

    watch: str
    taken: int
    done: int
    failed: int
    last_taken_at: datetime


def note_taken(session: Session, watch: str, take: str, new: Sequence[NewIntake], *, operator: str) -> int:
    """Note what was taken together; what is noted already stays as it is. How many were new."""
    there = set(session.scalars(select(IntakeTable.path).where(IntakeTable.take == take)))
    now = datetime.now(UTC)
    added = [
        IntakeTable(
            watch=watch,
            take=take,
            path=one.path,
            state=IntakeState.TAKEN,
            size=one.size,
            agency_code=one.agency_code,
            operator=operator,
            taken_at=now,
        )
        for one in new
        if one.path not in there
    ]
    session.add_all(added)
    if added:
        record_event(
            session,
            type="taken",
            object_kind="take",
            object_id=take,
            agent=operator or AGENT,
            detail={"watch": watch, "scans": len(added)},
        )
    return len(added)


def end_intake(
    session: Session,
    take: str,
    path: str,
    state: IntakeState,
    *,
    batch_id: str | None,
    reason: str | None = None,
    note: str | None = None,
) -> bool:
    """Note what became of something taken; whether that was not known yet."""
    row = session.scalars(select(IntakeTable).where(IntakeTable.take == take, IntakeTable.path == path)).one()
    if row.state != IntakeState.TAKEN:
        return False
    row.state, row.batch_id, row.reason, row.note = state, batch_id, reason, note
    row.ended_at = datetime.now(UTC)
    record_event(
        session,
        type="filed",
        object_kind="intake",
        object_id=str(row.id),
        agent=AGENT,
        outcome="failure" if state is IntakeState.FAILED else "success",
        detail={"state": str(state), "batch": batch_id, "reason": reason},
    )
    return True


def intakes_of(session: Session, take: str) -> list[Intake]:
    """What was taken together, by path."""
    rows = session.scalars(select(IntakeTable).where(IntakeTable.take == take).order_by(IntakeTable.path))
    return [_intake(row) for row in rows]


def find_intakes(
    session: Session,
    *,
    watch: str | None = None,
    state: IntakeState | None = None,
    agency: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Intake]:
    """The newest first; `before` is the id after which the last page ended."""
    wanted = select(IntakeTable).order_by(IntakeTable.id.desc()).limit(limit)
    if watch is not None:
        wanted = wanted.where(IntakeTable.watch == watch)
    if state is not None:
        wanted = wanted.where(IntakeTable.state == state)
    if agency is not None:
        wanted = wanted.where(IntakeTable.agency_code == agency)
    if before is not None:
        wanted = wanted.where(IntakeTable.id < before)
    return [_intake(row) for row in session.scalars(wanted)]


def watch_counts(session: Session, *, since: datetime | None = None) -> list[WatchCounts]:
    """How much of each watched folder is in which state, by name; since: taken no earlier."""
    wanted = select(IntakeTable.watch, IntakeTable.state, func.count(), func.max(IntakeTable.taken_at))
    if since is not None:
        wanted = wanted.where(IntakeTable.taken_at >= since)
    counts: dict[str, dict[str, int]] = {}
    last: dict[str, datetime] = {}
    for watch, state, count, newest in session.execute(wanted.group_by(IntakeTable.watch, IntakeTable.state)):
        counts.setdefault(watch, {})[state] = count
        last[watch] = max(newest, last.get(watch, newest))
    return [
        WatchCounts(
            watch=watch,
            taken=of.get(IntakeState.TAKEN, 0),
            done=of.get(IntakeState.DONE, 0),
            failed=of.get(IntakeState.FAILED, 0),
            last_taken_at=last[watch],
        )
        for watch, of in sorted(counts.items())
    ]


def waiting_intakes(session: Session) -> int:
    """How many were taken and have not come to an end."""
    return session.scalar(select(func.count()).where(IntakeTable.state == IntakeState.TAKEN)) or 0


def _intake(row: IntakeTable) -> Intake:
    return Intake(
        id=row.id,
        watch=row.watch,
        take=row.take,
        path=row.path,
        state=IntakeState(row.state),
        size=row.size,
        agency_code=row.agency_code,
        operator=row.operator,
        batch_id=row.batch_id,
        reason=row.reason,
        note=row.note,
        taken_at=row.taken_at,
        ended_at=row.ended_at,
    )
