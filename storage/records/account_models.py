"""Tables of people: accounts, their sessions, and who has which paper open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.records.models import Base


class AccountTable(Base):
    """A person who works at the screen: known here by a password, or to a provider by its subject."""

    __tablename__ = "accounts"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(Text)
    roles: Mapped[list[Any]]
    agency_code: Mapped[str | None] = mapped_column(String(35))  # none: the whole province
    language: Mapped[str] = mapped_column(String(2), default="vi")
    password_hash: Mapped[str | None] = mapped_column(Text)  # Argon2; none: comes through a provider only
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_last: Mapped[int | None]  # step of the last code taken: no code opens twice
    issuer: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        CheckConstraint("language IN ('vi', 'en')", name="language"),
        CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="provider"),
    )


class SessionTable(Base):
    """Somebody signed in on a browser; only the hash of what the browser holds is kept."""

    __tablename__ = "sessions"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class OpenPaperTable(Base):
    """Who has a paper open for review, so that two are told of each other."""

    __tablename__ = "open_papers"
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    seen_at: Mapped[datetime]
    __table_args__ = (Index(None, "account_id"),)
