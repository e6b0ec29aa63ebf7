"""Tables of people: accounts, how they sign in, their sessions, and who has which paper open."""

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
    totp_secret: Mapped[str | None] = mapped_column(Text)  # sealed (storage.sealing)
    totp_last: Mapped[int | None]  # step of the last code taken: no code opens twice
    issuer: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
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


class RecoveryCodeTable(Base):
    """A code that opens once, in place of a lost telephone; gone when it was used."""

    __tablename__ = "recovery_codes"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)


class KnownBrowserTable(Base):
    """A browser in which somebody has signed in before: what strangers do does not shut it out."""

    __tablename__ = "known_browsers"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    seen_at: Mapped[datetime]


class SignInFailureTable(Base):
    """Wrong passwords and codes in a row: of a login from browsers unknown, or of one known browser."""

    __tablename__ = "sign_in_failures"
    bucket: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    __table_args__ = (Index(None, "last_at"),)


class PendingSignInTable(Base):
    """A signing-in under way: the password was right and a code is missing, or a provider was asked."""

    __tablename__ = "pending_sign_ins"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    state: Mapped[dict[str, Any]]
    tries: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime]
    __table_args__ = (Index(None, "expires_at"),)
