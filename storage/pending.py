"""Signings-in under way: between the password and the code, or between our page and the provider's and back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from storage.records.account_models import PendingSignInTable

LASTS = timedelta(minutes=10)
MOST_TRIES = 5  # wrong codes; then the password is asked for again
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Somebody on the way in."""

    account_id: str | None  #: whose password was right; None where a provider is asked
    state: Mapping[str, Any]


def begin(session: Session, *, account_id: str | None, state: Mapping[str, Any]) -> str:
    """Remember it; what the browser holds meanwhile."""
    now = datetime.now(UTC)
    session.execute(delete(PendingSignInTable).where(PendingSignInTable.expires_at < now))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = PendingSignInTable(
        sha256=_hash(token), account_id=account_id, state=dict(state), tries=0, expires_at=now + LASTS
    )
    session.add(row)
    return token


def find_pending(session: Session, token: str) -> Pending | None:
    """It, where it has not ended."""
    row = session.get(PendingSignInTable, _hash(token))
    if row is None or row.expires_at < datetime.now(UTC) or row.tries >= MOST_TRIES:
        return None
    return Pending(account_id=row.account_id, state=row.state)


def note_try(session: Session, token: str) -> None:
    """A wrong code was typed."""
    found = PendingSignInTable.sha256 == _hash(token)
    session.execute(update(PendingSignInTable).where(found).values(tries=PendingSignInTable.tries + 1))


def end_pending(session: Session, token: str) -> bool:
    """Take it away; whether it was there, so that it serves one who asks and no second."""
    wanted = delete(PendingSignInTable).where(PendingSignInTable.sha256 == _hash(token))
    return session.execute(wanted.returning(PendingSignInTable.sha256)).first() is not None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
