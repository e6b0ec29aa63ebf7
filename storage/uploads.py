"""Scans that came over HTTP: noted once for each idempotency key, worked on one after the other, never lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import String, case, cast, func, or_, select, tuple_
from sqlalchemy.orm import Session

from storage.events import record_event
from storage.records.models import BatchScanTable, BatchTable, DocumentTable, EventTable, PageTable, ScanTable
from storage.records.service_models import UploadTable
from storage.records.sight import Sight, of_agency

LEASE = timedelta(seconds=90)  # that a claimed upload is left to its worker, who renews it
MOST_ATTEMPTS = 5
PAUSE = timedelta(seconds=30)  # before another try; doubles


class UploadState(StrEnum):
    """How far an upload is."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"  #: its batch has ended; the batch says what failed in it
    FAILED = "failed"  #: no batch could be made of it, however often it was tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload on record."""

    id: str
    key_id: str
    agent: str  #: who brought it, as events name them
    idempotency_key: str
    name: str
    sha256: str
    size: int  #: bytes
    dossier_code: str | None
    procedure_code: str | None
    agency_code: str | None
    state: UploadState
    attempts: int
    batch_id: str | None
    error: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a batch is."""

    batch_id: str
    state: str  #: running, paused or ended
    started_at: datetime
    ended_at: datetime | None
    scans: int
    refused: int
    pages: int
    pages_read: int
    pages_failed: int
    documents: int
    failed: int  #: problems, of files and pages, when the batch has ended


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """An upload to be noted; its file is on disk already."""

    id: str
    key_id: str  #: of a key, or of a person's account
    agent: str
    idempotency_key: str
    name: str
    sha256: str
    size: int
    dossier_code: str | None
    procedure_code: str | None
    agency_code: str | None


def note_upload(session: Session, new: NewUpload, *, correlation_id: str) -> tuple[Upload, bool]:
    """Note an upload, or find the one of the same idempotency key; and whether it is new."""
    there = find_by_idempotency(session, new.key_id, new.idempotency_key)
    if there is not None:
        return there, False
    now = datetime.now(UTC)
    row = UploadTable(
        id=new.id,
        key_id=new.key_id,
        agent=new.agent,
        idempotency_key=new.idempotency_key,
        name=new.name,
        sha256=new.sha256,
        size=new.size,
        dossier_code=new.dossier_code,
        procedure_code=new.procedure_code,
        agency_code=new.agency_code,
        state=UploadState.WAITING,
        attempts=0,
        not_before=now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record_event(
        session,
        type="uploaded",
        object_kind="upload",
        object_id=new.id,
        agent=new.agent,
        detail={"sha256": new.sha256, "size": new.size, "correlation": correlation_id},
    )
    return _upload(row), True


def find_by_idempotency(session: Session, key_id: str, idempotency_key: str) -> Upload | None:
    """The upload that a key made under an idempotency key."""
    row = session.scalars(
        select(UploadTable).where(UploadTable.key_id == key_id, UploadTable.idempotency_key == idempotency_key)
    ).first()
    return None if row is None else _upload(row)


def find_upload(session: Session, upload_id: str) -> Upload | None:
    """An upload by its id."""
    row = session.get(UploadTable, upload_id)
    return None if row is None else _upload(row)


def request_of(session: Session, upload_id: str) -> str:
    """The correlation id of the request that brought an upload; empty where it is not known."""
    brought = (EventTable.object_kind == "upload", EventTable.object_id == upload_id, EventTable.type == "uploaded")
    detail = session.scalars(select(EventTable.detail).where(*brought).limit(1)).first() or {}
    return str(detail.get("correlation", ""))


def uploads_seen(
    session: Session, sight: Sight, *, key_id: str, limit: int, before: str | None = None
) -> list[Upload]:
    """Uploads that somebody made, and those of agencies in sight, the newest first; before: the last one's id."""
    seen = or_(UploadTable.key_id == key_id, of_agency(UploadTable.agency_code, sight))
    wanted = select(UploadTable).where(seen)
    last = session.get(UploadTable, before) if before else None
    if last is not None:
        wanted = wanted.where(tuple_(UploadTable.created_at, UploadTable.id) < (last.created_at, last.id))
    wanted = wanted.order_by(UploadTable.created_at.desc(), UploadTable.id.desc()).limit(limit)
    return [_upload(row) for row in session.scalars(wanted)]


def papers_of_batch(session: Session, batch_id: str) -> dict[str, int]:
    """How many papers of a batch are in which state; those known before too."""
    scans = select(BatchScanTable.scan_id).where(BatchScanTable.batch_id == batch_id)
    wanted = select(DocumentTable.status, func.count()).where(DocumentTable.scan_id.in_(scans))
    return dict(session.execute(wanted.group_by(DocumentTable.status)).tuples().all())


def refusals_of_batch(session: Session, batch_id: str) -> list[tuple[str, str]]:
    """(name, why) of each file of a batch that could not be read or opened."""
    refused = select(BatchScanTable.source, BatchScanTable.error).where(
        BatchScanTable.batch_id == batch_id, BatchScanTable.error.is_not(None)
    )
    failed = (
        select(BatchScanTable.source, ScanTable.error)
        .join(ScanTable, ScanTable.id == BatchScanTable.scan_id)
        .where(BatchScanTable.batch_id == batch_id, ScanTable.state == "failed", BatchScanTable.error.is_(None))
    )
    rows = [*session.execute(refused).tuples(), *session.execute(failed).tuples()]
    return [(as_brought(session, batch_id, source), error or "") for source, error in rows]


def upload_of_batch(session: Session, batch_id: str) -> Upload | None:
    """The upload that a batch came from; None for one from the command line."""
    row = session.scalars(select(UploadTable).where(UploadTable.batch_id == batch_id)).first()
    return None if row is None else _upload(row)


def as_brought(session: Session, batch_id: str, source: str) -> str:
    """A source as whoever brought it knows it: its file's name, without the folder that we made for its upload."""
    folder = source.partition("/")[0]
    ours = select(UploadTable.id).where(UploadTable.batch_id == batch_id, UploadTable.id == folder)
    return source.removeprefix(f"{folder}/") if session.scalar(ours) else source


def claim_upload(session: Session) -> Upload | None:
    """Take the oldest upload that waits, or whose worker has died; none while another one is worked on.

    One whose batch an operator has paused is left where it is, and keeps no other waiting.
    """
    now = datetime.now(UTC)
    busy = select(UploadTable.id).where(UploadTable.state == UploadState.WORKING, UploadTable.not_before > now)
    if session.scalars(busy.limit(1)).first() is not None:
        return None
    rests = select(BatchTable.id).where(BatchTable.paused_at.is_not(None), BatchTable.state == "running")
    free = or_(UploadTable.batch_id.is_(None), UploadTable.batch_id.not_in(rests))
    row = session.scalars(
        select(UploadTable)
        .where(UploadTable.state.in_([UploadState.WAITING, UploadState.WORKING]), UploadTable.not_before <= now, free)
        .order_by(UploadTable.created_at, UploadTable.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    row.state, row.not_before, row.attempts = UploadState.WORKING, now + LEASE, row.attempts + 1
    return _upload(row)


def renew_upload(session: Session, upload_id: str) -> None:
    """Say that it is still worked on, and which batch it became, as soon as that is known."""
    row = session.get_one(UploadTable, upload_id)
    row.not_before = datetime.now(UTC) + LEASE
    row.batch_id = row.batch_id or _batch_of(session, upload_id)


def _batch_of(session: Session, upload_id: str) -> str | None:
    """The batch whose input is the upload's folder, which is named by its id."""
    return session.scalars(
        select(BatchTable.id)
        .where(cast(BatchTable.inputs, String).contains(upload_id))
        .order_by(BatchTable.id.desc())
    ).first()


def end_upload(session: Session, upload_id: str, *, error: str | None) -> UploadState:
    """Note how the work ended: with a batch, or with an error, after which it is tried again some times."""
    row = session.get_one(UploadTable, upload_id)
    row.batch_id = row.batch_id or _batch_of(session, upload_id)
    row.error, now = error, datetime.now(UTC)
    if error is None:
        row.state, row.ended_at = UploadState.DONE, now
    elif row.attempts >= MOST_ATTEMPTS:
        row.state, row.ended_at = UploadState.FAILED, now
    else:
        row.state, row.not_before = UploadState.WAITING, now + PAUSE * 2**row.attempts
    return UploadState(row.state)


def batch_of(session: Session, upload_id: str) -> tuple[str, str] | None:
    """(id, state) of the batch that an upload became; the state is running, paused or ended."""
    batch_id = _batch_of(session, upload_id)
    batch = session.get(BatchTable, batch_id) if batch_id else None
    return None if batch is None else (batch.id, _state(batch))


def _state(batch: BatchTable) -> str:
    return "paused" if batch.state == "running" and batch.paused_at is not None else batch.state


def let_go(session: Session, upload_id: str) -> None:
    """Give a claimed upload back, as a server does that stops; it does not count as a try."""
    row = session.get_one(UploadTable, upload_id)
    row.state, row.not_before, row.attempts = UploadState.WAITING, datetime.now(UTC), max(0, row.attempts - 1)
    row.batch_id = row.batch_id or _batch_of(session, upload_id)


def progress_of(session: Session, batch_id: str) -> Progress | None:
    """How far a batch is; None where there is none of that id."""
    batch = session.get(BatchTable, batch_id)
    if batch is None:
        return None
    came = select(BatchScanTable.scan_id).where(BatchScanTable.batch_id == batch_id)
    scans, pages = session.execute(
        select(func.count(), func.coalesce(func.sum(ScanTable.page_count), 0)).where(ScanTable.id.in_(came))
    ).one()
    read, failed = session.execute(
        select(
            func.coalesce(func.sum(case((PageTable.state == "read", 1), else_=0)), 0),
            func.coalesce(func.sum(case((PageTable.state == "failed", 1), else_=0)), 0),
        ).where(PageTable.scan_id.in_(came))
    ).one()
    refused = select(func.count()).where(BatchScanTable.batch_id == batch_id, BatchScanTable.scan_id.is_(None))
    return Progress(
        batch_id=batch_id,
        state=_state(batch),
        started_at=batch.started_at,
        ended_at=batch.ended_at,
        scans=scans,
        refused=session.scalar(refused) or 0,
        pages=pages,
        pages_read=read,
        pages_failed=failed,
        documents=batch.documents,
        failed=batch.failed,
    )


def _upload(row: UploadTable) -> Upload:
    return Upload(
        id=row.id,
        key_id=row.key_id,
        agent=row.agent or f"key {row.key_id}",
        idempotency_key=row.idempotency_key,
        name=row.name,
        sha256=row.sha256,
        size=row.size,
        dossier_code=row.dossier_code,
        procedure_code=row.procedure_code,
        agency_code=row.agency_code,
        state=UploadState(row.state),
        attempts=row.attempts,
        batch_id=row.batch_id,
        error=row.error,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
