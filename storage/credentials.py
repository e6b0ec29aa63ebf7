"""API keys: made here, shown once, kept as a hash, checked, replaced and taken back.

A key is 32 random bytes, so that one SHA-256 of it is enough: there is nothing to guess that a slow hash would guard.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select
from sqlalchemy.orm import Session

from storage.agencies import agency_code
from storage.errors import UnknownKey
from storage.events import record_event
from storage.records.service_models import ApiKeyTable
from storage.scopes import MOST_DAYS, Scope

SECRET_BYTES = 32
ID_BYTES = 6
_FOUND = select(ApiKeyTable.__table__).where(  # of columns, made once: every request asks, and an object costs 0.6 ms
    ApiKeyTable.sha256 == bindparam("sha256")
)
PREFIX = "sohoa"  # so that a leaked key is found by scanners of code and logs


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key on record, without the key."""

    id: str
    name: str
    scopes: frozenset[Scope]
    agency_code: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it opens anything at that time."""
        return self.revoked_at is None and at < self.expires_at


def add_key(
    session: Session, *, name: str, scopes: Collection[Scope], agency: str | None, days: int, agent: str
) -> tuple[str, ApiKey]:
    """Make a key; the key itself, which nobody can show again, and its record. Raises WrongAgency."""
    key_id = secrets.token_hex(ID_BYTES)
    secret = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    token = f"{PREFIX}_{key_id}_{secret}"
    now = datetime.now(UTC)
    row = ApiKeyTable(
        id=key_id,
        sha256=_hash(token),
        name=name,
        scopes=sorted(scopes),
        agency_code=agency_code(agency) if agency else None,
        created_at=now,
        expires_at=now + timedelta(days=min(days, MOST_DAYS)),
        revoked_at=None,
    )
    session.add(row)
    session.flush()
    record_event(session, type="key added", object_kind="key", object_id=key_id, agent=agent)
    return token, _key(row)


def find_key(session: Session | Connection, token: str) -> ApiKey | None:
    """The key's record; None for what is no key. Whether it still holds is for the caller to ask."""
    row = session.execute(_FOUND, {"sha256": _hash(token)}).first()
    return None if row is None else _key(row)


def list_keys(session: Session) -> list[ApiKey]:
    """All keys ever made, oldest first."""
    return [_key(row) for row in session.scalars(select(ApiKeyTable).order_by(ApiKeyTable.created_at))]


def revoke_key(session: Session, key_id: str, *, agent: str) -> None:
    """Take a key back at once. Raises UnknownKey."""
    row = _row(session, key_id)
    row.revoked_at = row.revoked_at or datetime.now(UTC)
    record_event(session, type="key revoked", object_kind="key", object_id=key_id, agent=agent)


def rotate_key(session: Session, key_id: str, *, days: int, grace_days: int, agent: str) -> tuple[str, ApiKey]:
    """A new key with the same rights; the old one holds for some days more. Raises UnknownKey."""
    row = _row(session, key_id)
    old = _key(row)
    row.expires_at = min(old.expires_at, datetime.now(UTC) + timedelta(days=grace_days))
    return add_key(session, name=old.name, scopes=old.scopes, agency=old.agency_code, days=days, agent=agent)


def _row(session: Session, key_id: str) -> ApiKeyTable:
    row = session.get(ApiKeyTable, key_id)
    if row is None:
        raise UnknownKey(f"{key_id}: there is no such key; `sohoa keys list` shows all")
    return row


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _key(row: ApiKeyTable | Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        agency_code=row.agency_code,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
