"""Tables of keeping: when objects were last read, how long papers are kept, what holds them, what was disposed of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.records.models import Base


class FixityTable(Base):
    """An object that must be in the store, and what its last reading found."""

    __tablename__ = "fixity"
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    checked_at: Mapped[datetime | None] = mapped_column(index=True)
    size: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str | None] = mapped_column(String(10))
    __table_args__ = (
        CheckConstraint("outcome IN ('good', 'damaged', 'missing', 'mended')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (checked_at IS NULL)", name="checked"),
        Index(None, "outcome"),
    )


class RetentionClassTable(Base):
    """A period for which papers are kept (thời hạn bảo quản)."""

    __tablename__ = "retention_classes"
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    years: Mapped[int | None]  # none: for ever (vĩnh viễn)
    __table_args__ = (CheckConstraint("years > 0", name="years"),)


class RetentionTable(Base):
    """How long a document is kept, and from when."""

    __tablename__ = "retention"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("retention_classes.code"), index=True)
    counted_from: Mapped[date]
    keep_until: Mapped[date | None] = mapped_column(index=True)  # none: for ever


class HoldTable(Base):
    """A legal hold: while it stands nothing of the document is disposed of, whatever its period."""

    __tablename__ = "holds"
    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    placed_by: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(Text)
    lifted_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name="lifted"),)


class DisposalTable(Base):
    """A list of documents whose time is over, which a second person approves before anything goes."""

    __tablename__ = "disposals"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'approved', 'refused', 'done')", name="state"),
        CheckConstraint("decided_by <> proposed_by", name="second_person"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
    )


class DisposalItemTable(Base):
    """A document of a list; once disposed of, its tombstone."""

    __tablename__ = "disposal_items"
    disposal_id: Mapped[int] = mapped_column(ForeignKey("disposals.id"), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    class_code: Mapped[str] = mapped_column(String(20))
    keep_until: Mapped[date]
    disposed_at: Mapped[datetime | None]
    tombstone: Mapped[dict[str, Any] | None]
    __table_args__ = (Index(None, "document_id"),)
