"""Tables of work that nobody watches: what watched folders took, bulk runs, samples, notices, who is alive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.records.models import Base


class IntakeTable(Base):
    """A file, or a folder of page images, that was taken from a watched folder."""

    __tablename__ = "intakes"
    id: Mapped[int] = mapped_column(primary_key=True)
    watch: Mapped[str] = mapped_column(String(40))  # name of the watched folder
    take: Mapped[str] = mapped_column(String(40), index=True)  # what was taken together and is one batch
    path: Mapped[str] = mapped_column(Text)  # within the take
    state: Mapped[str] = mapped_column(String(10))
    size: Mapped[int] = mapped_column(BigInteger)
    agency_code: Mapped[str | None] = mapped_column(String(35), index=True)
    operator: Mapped[str] = mapped_column(Text)
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("batches.id"), index=True)
    reason: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(Text)  # what the clerk is told
    taken_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("take", "path"),
        Index(None, "watch", "state", "ended_at"),
        CheckConstraint("state IN ('taken', 'done', 'failed', 'again')", name="state"),
        CheckConstraint("(state = 'taken') = (ended_at IS NULL)", name="ended"),
    )


class BulkRunTable(Base):
    """An archive that is brought in as a whole."""

    __tablename__ = "bulk_runs"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # the same command has the same key
    state: Mapped[str] = mapped_column(String(10))
    sources: Mapped[list[Any]]
    operator: Mapped[str] = mapped_column(Text)
    agency_code: Mapped[str | None] = mapped_column(String(35))
    procedure_code: Mapped[str | None] = mapped_column(String(60))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('listing', 'running', 'paused', 'stopped', 'ended')", name="state"),
        Index(None, "state", "started_at"),
    )


class BulkChunkTable(Base):
    """Some hundred documents of one agency: what one worker does at a time."""

    __tablename__ = "bulk_chunks"
    run_id: Mapped[str] = mapped_column(ForeignKey("bulk_runs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # in the order of work
    agency_code: Mapped[str | None] = mapped_column(String(35))
    state: Mapped[str] = mapped_column(String(10))
    worker: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    documents: Mapped[int]  # sources listed
    pages: Mapped[int]  # listed
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("batches.id"))
    seconds: Mapped[float | None]  # that the work took
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'working', 'done')", name="state"),
        Index(None, "run_id", "state", "number"),
    )


class BulkItemTable(Base):
    """A line of the intake list."""

    __tablename__ = "bulk_items"
    run_id: Mapped[str] = mapped_column(ForeignKey("bulk_runs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    chunk: Mapped[int | None]  # none: refused while it was listed
    name: Mapped[str] = mapped_column(Text)
    place: Mapped[dict[str, Any]]  # where its files are
    size: Mapped[int] = mapped_column(BigInteger)
    pages: Mapped[int]
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    agency_code: Mapped[str | None] = mapped_column(String(35))
    procedure_code: Mapped[str | None] = mapped_column(String(60))
    dossier_code: Mapped[str | None] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(40))
    error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("run_id", "name"),
        Index(None, "run_id", "chunk"),
        CheckConstraint("state IN ('waiting', 'done', 'known', 'failed')", name="state"),
    )


class SampleTable(Base):
    """Pages of a batch that a second person looks at before the batch is accepted."""

    __tablename__ = "samples"
    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"), index=True)
    round: Mapped[int]  # a batch that was sent back is sampled again
    state: Mapped[str] = mapped_column(String(10), index=True)
    lot: Mapped[int]  # pages of the batch
    most_faults: Mapped[int]  # with which it is still accepted
    operator: Mapped[str] = mapped_column(Text)  # of the batch, who may not inspect it
    agency_code: Mapped[str | None] = mapped_column(String(35))
    drawn_at: Mapped[datetime]
    inspector: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("batch_id", "round"),
        CheckConstraint("state IN ('open', 'accepted', 'sent_back')", name="state"),
        CheckConstraint("inspector <> operator", name="second_person"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'sent_back') = (reason IS NOT NULL)", name="reason"),
    )


class SampleItemTable(Base):
    """A page of a sample and what was found on it."""

    __tablename__ = "sample_items"
    sample_id: Mapped[int] = mapped_column(ForeignKey("samples.id"), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    verdict: Mapped[str | None] = mapped_column(String(10))
    fault: Mapped[str | None] = mapped_column(Text)
    inspector: Mapped[str | None] = mapped_column(Text)
    inspected_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("verdict IN ('good', 'bad')", name="verdict"),
        CheckConstraint("(verdict = 'bad') = (fault IS NOT NULL)", name="fault"),
    )


class NoticeTable(Base):
    """Something that people are told, once."""

    __tablename__ = "notices"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))  # what it is about; with the channel, once
    kind: Mapped[str] = mapped_column(String(40), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("key", "channel", "address"),
        Index(None, "state", "not_before"),
        CheckConstraint("channel IN ('email', 'webhook')", name="channel"),
        CheckConstraint("state IN ('waiting', 'sent', 'dead')", name="state"),
    )


class HeartbeatTable(Base):
    """A process that says that it is alive."""

    __tablename__ = "heartbeats"
    name: Mapped[str] = mapped_column(String(120), primary_key=True)  # part@host:pid
    part: Mapped[str] = mapped_column(String(20))
    host: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    detail: Mapped[dict[str, Any]]
