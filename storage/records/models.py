"""The tables. What must never be is forbidden here, by the database, and not only in code."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {  # so that a migration can name what it changes, on both databases
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A time in UTC; SQLite forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012  (SQLAlchemy's)


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


SHARE = "{0} >= 0 AND {0} <= 1"


class AgencyTable(Base):
    """An agency, with the days between which its name and code hold."""

    __tablename__ = "agencies"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(35))
    name: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    __table_args__ = (UniqueConstraint("code", "valid_from"),)


class ProcedureTable(Base):
    """A procedure (thủ tục hành chính)."""

    __tablename__ = "procedures"
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)


class DossierTable(Base):
    """A dossier as the procedures system knows it."""

    __tablename__ = "dossiers"
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    procedure_code: Mapped[str | None] = mapped_column(ForeignKey("procedures.code"), index=True)
    owner_name: Mapped[str | None] = mapped_column(Text)
    owner_id: Mapped[str | None] = mapped_column(String(20), index=True)
    owner_folded: Mapped[str | None] = mapped_column(String(200))  # the owner's name without accents, to find it by
    received_on: Mapped[date | None] = mapped_column(index=True)
    agency_code: Mapped[str | None] = mapped_column(String(35), index=True)
    status: Mapped[int | None]  # TrangThaiHoSo, 1 to 10
    channel: Mapped[int | None]  # KenhThucHien, 1 to 3
    due_on: Mapped[date | None]
    finished_on: Mapped[date | None]
    written_result: Mapped[bool | None]  # a result on paper is due
    reused: Mapped[bool | None]  # a component was used again
    from_store: Mapped[bool | None]  # a component came from the citizen's store
    __table_args__ = (
        CheckConstraint("status BETWEEN 1 AND 10", name="status"),
        CheckConstraint("channel BETWEEN 1 AND 3", name="channel"),
        Index(None, "owner_folded", "received_on"),  # namesakes, those of the nearest days first
    )


class BatchTable(Base):
    """One run over some inputs."""

    __tablename__ = "batches"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)  # the same command has the same key
    state: Mapped[str] = mapped_column(String(10))
    operator: Mapped[str] = mapped_column(Text)
    inputs: Mapped[list[Any]]
    settings: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    pages: Mapped[int] = mapped_column(default=0)
    documents: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime | None]  # its process said last that it is alive
    request: Mapped[dict[str, Any] | None]  # what was asked for, so that another process can finish it
    paused_at: Mapped[datetime | None]  # no further document of it is begun while this says so
    __table_args__ = (
        _one_of("state", "running", "ended"),
        Index(
            "uq_batches_running",
            "key",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index(None, "state", "started_at"),
        Index(None, "started_at"),
    )


class ScanTable(Base):
    """Bytes that came in, once, whatever their names."""

    __tablename__ = "scans"
    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    size: Mapped[int] = mapped_column(BigInteger)
    page_count: Mapped[int]
    object_key: Mapped[str] = mapped_column(Text)
    first_source: Mapped[str] = mapped_column(Text)
    first_batch: Mapped[str] = mapped_column(ForeignKey("batches.id"))
    published_in: Mapped[str | None] = mapped_column(ForeignKey("batches.id"))
    error: Mapped[str | None] = mapped_column(Text)
    registered_at: Mapped[datetime]
    __table_args__ = (
        _one_of("state", "stored", "published", "failed", "disposed"),
        CheckConstraint("page_count > 0 OR state = 'failed'", name="has_pages"),
        Index(None, "first_batch", "registered_at"),
    )


class BatchScanTable(Base):
    """A source of a batch: a scan under the name it came with, or a refusal."""

    __tablename__ = "batch_scans"
    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"), index=True)
    source: Mapped[str] = mapped_column(Text)
    scan_id: Mapped[int | None] = mapped_column(ForeignKey("scans.id"), index=True)
    error: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(String(40))  # which error it was, so that a note can say what to do
    __table_args__ = (
        UniqueConstraint("batch_id", "source"),
        CheckConstraint("scan_id IS NOT NULL OR error IS NOT NULL", name="scan_or_error"),
    )


class PageTable(Base):
    """A page of a scan and how far it is."""

    __tablename__ = "pages"
    scan_id: Mapped[int] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    error: Mapped[str | None] = mapped_column(Text)
    result_sha256: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (
        _one_of("state", "read", "failed"),
        CheckConstraint("number > 0", name="from_one"),
        CheckConstraint("(state = 'failed') = (error IS NOT NULL)", name="failed_has_error"),
        Index(None, "state"),  # counted for whoever watches
    )


class DocumentTable(Base):
    """A paper, as its latest version says."""

    __tablename__ = "documents"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]
    scan_id: Mapped[int] = mapped_column(ForeignKey("scans.id"), index=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"), index=True)
    source: Mapped[str] = mapped_column(Text)
    first_page: Mapped[int]
    pages: Mapped[list[Any]]
    blank_pages: Mapped[list[Any]]
    type: Mapped[str | None] = mapped_column(String(20), index=True)
    title: Mapped[str] = mapped_column(Text)
    issued_on: Mapped[date | None] = mapped_column(index=True)
    dossier_code: Mapped[str | None] = mapped_column(String(60), index=True)
    procedure_code: Mapped[str | None] = mapped_column(String(60), index=True)
    agency_code: Mapped[str | None] = mapped_column(String(35), index=True)  # none: the whole province's eyes only
    confidence: Mapped[float] = mapped_column(Float)
    status: Mapped[str] = mapped_column(String(10), index=True)
    reasons: Mapped[list[Any]]
    report: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("scan_id", "first_page"),
        Index(None, "confidence"),  # summed up for whoever watches
        Index(None, "status", "published_at", "id"),  # the order in which papers wait for review
        Index(None, "status", "agency_code", "published_at", "id"),
        _one_of("status", "published", "review", "held", "disposed"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint(SHARE.format("confidence"), name="confidence"),
    )


class PartTable(Base):
    """A file of a document's version."""

    __tablename__ = "parts"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str] = mapped_column(String(100))


class DocumentPageTable(Base):
    """The text of a page, from which the index can be built again."""

    __tablename__ = "document_pages"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class FieldTable(Base):
    """A value that was read, with its proof."""

    __tablename__ = "fields"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float] = mapped_column(Float)
    status: Mapped[str] = mapped_column(String(10), index=True)
    page: Mapped[int | None]
    box: Mapped[list[Any] | None]
    evidence: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        _one_of("status", "accepted", "review"),
        CheckConstraint(SHARE.format("confidence"), name="confidence"),
    )


class LinkTable(Base):
    """A document bound to a dossier. The dossier may be unknown yet: then a person must look."""

    __tablename__ = "links"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    dossier_code: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)
    method: Mapped[str] = mapped_column(String(20))
    confidence: Mapped[float] = mapped_column(Float)
    status: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        _one_of("status", "accepted", "review"),
        CheckConstraint(SHARE.format("confidence"), name="confidence"),
    )


class EventTable(Base):
    """Something that happened.

    Triggers forbid changing or deleting a row; a chain of hashes shows it (storage.chain). Two events cannot follow
    the same one: that is what makes it a chain.
    """

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    type: Mapped[str] = mapped_column(String(40), index=True)
    agent: Mapped[str] = mapped_column(Text)
    object_kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(80))
    outcome: Mapped[str] = mapped_column(String(20))
    detail: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    __table_args__ = (
        Index(None, "object_kind", "object_id"),
        Index("uq_events_previous", "previous", unique=True),
        {"sqlite_autoincrement": True},
    )


class OutboxTable(Base):
    """What others must be told, written in the transaction that it tells of."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        _one_of("state", "waiting", "done", "dead"),
        Index(None, "topic", "state", "id"),
        Index(None, "topic", "document_id", "state"),
        Index(  # those that wait or were given up: a few of all that was ever told
            "ix_outbox_open",
            "state",
            "id",
            postgresql_where=text("state IN ('waiting', 'dead')"),
            sqlite_where=text("state IN ('waiting', 'dead')"),
        ),
        {"sqlite_autoincrement": True},
    )
