"""Tables of what is served to others: keys, uploads, versions that people made, webhooks and their deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.records.models import Base


class ApiKeyTable(Base):
    """A key of another system or a person; only its hash is kept."""

    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[list[Any]]
    agency_code: Mapped[str | None] = mapped_column(String(35))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class VersionTable(Base):
    """A version of a document that a person made, with who and why; the first is the machine's and not here."""

    __tablename__ = "document_versions"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    agent: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    changed: Mapped[list[Any]]  # names of fields
    __table_args__ = (CheckConstraint("version > 1", name="after_the_first"),)


class UploadTable(Base):
    """A scan that came over HTTP, and what became of it."""

    __tablename__ = "uploads"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(16))  # of a key, or of a person's account
    agent: Mapped[str | None] = mapped_column(String(40))  # as events name who brought it
    idempotency_key: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    dossier_code: Mapped[str | None] = mapped_column(String(60))
    procedure_code: Mapped[str | None] = mapped_column(String(60))
    agency_code: Mapped[str | None] = mapped_column(String(35))
    state: Mapped[str] = mapped_column(String(10), index=True)
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    batch_id: Mapped[str | None] = mapped_column(String(40), index=True)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("key_id", "idempotency_key"),
        CheckConstraint("state IN ('waiting', 'working', 'done', 'failed')", name="state"),
        Index(None, "created_at", "id"),
    )


class WebhookTable(Base):
    """An address that wants to be told."""

    __tablename__ = "webhooks"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    agency_code: Mapped[str | None] = mapped_column(String(35))
    key_id: Mapped[str] = mapped_column(String(16))  # of a key, or of a person's account
    secret: Mapped[str] = mapped_column(Text)
    old_secret: Mapped[str | None] = mapped_column(Text)
    old_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class DeliveryTable(Base):
    """One thing told to one address."""

    __tablename__ = "deliveries"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id"))
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    topic: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    created_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    http_status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'dead')", name="state"),
        Index(None, "state", "not_before"),
        Index(None, "webhook_id", "document_id", "state"),
    )
