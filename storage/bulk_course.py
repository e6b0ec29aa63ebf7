"""Whether bulk runs get on: the chunks that somebody holds or has let fall, and when a batch last got on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.bulk_values import RunState
from storage.records.models import BatchTable, DocumentTable, ScanTable
from storage.records.unattended_models import BulkChunkTable, BulkRunTable


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChunk:
    """A chunk that a worker claimed and that has not come to its end."""

    run_id: str
    number: int
    documents: int
    attempts: int
    worker: str
    lease_until: datetime  #: in the past: the worker fell silent, or gave it back


def held_chunks(session: Session) -> list[HeldChunk]:
    """Chunks of running runs that were begun and not ended, in their order."""
    rows = session.scalars(
        select(BulkChunkTable)
        .join(BulkRunTable, BulkRunTable.id == BulkChunkTable.run_id)
        .where(BulkRunTable.state == RunState.RUNNING, BulkChunkTable.state == "working")
        .order_by(BulkChunkTable.run_id, BulkChunkTable.number)
    )
    return [
        HeldChunk(
            run_id=row.run_id,
            number=row.number,
            documents=row.documents,
            attempts=row.attempts,
            worker=row.worker or "",
            lease_until=row.lease_until,
        )
        for row in rows
        if row.lease_until is not None
    ]


def last_step(session: Session, batch_id: str) -> datetime | None:
    """When a batch last took a scan in or published a paper, or else began; None where there is no such batch."""
    return _latest(
        session.scalar(select(func.max(DocumentTable.published_at)).where(DocumentTable.batch_id == batch_id)),
        session.scalar(select(func.max(ScanTable.registered_at)).where(ScanTable.first_batch == batch_id)),
        session.scalar(select(BatchTable.started_at).where(BatchTable.id == batch_id)),
    )


def last_sign(session: Session, run_id: str) -> datetime | None:
    """When a worker of a run was last known to hold or end a chunk, or else the run began; None for no such run."""
    return _latest(
        session.scalar(select(func.max(BulkChunkTable.lease_until)).where(BulkChunkTable.run_id == run_id)),
        session.scalar(select(func.max(BulkChunkTable.ended_at)).where(BulkChunkTable.run_id == run_id)),
        session.scalar(select(BulkRunTable.started_at).where(BulkRunTable.id == run_id)),
    )


def _latest(*moments: datetime | None) -> datetime | None:
    return max((at for at in moments if at is not None), default=None)
