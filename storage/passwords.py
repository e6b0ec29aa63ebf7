"""Passwords of local accounts: Argon2id, never shown, never logged; and the throttle on guessing them.

Ten wrong ones in a row make a stranger wait, longer each time. A browser in which the person has signed in before has
a count of its own, so that whoever guesses from elsewhere does not lock the person out.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import unicodedata
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.accounts import Account, account_of
from storage.errors import WeakPassword
from storage.events import record_event
from storage.records.account_models import AccountTable, KnownBrowserTable, SessionTable, SignInFailureTable

SHORTEST = 12  # letters; length is what counts (NIST SP 800-63B 5.1.1)
LONGEST = 256  # letters; hashing more is work for who attacks
FREE_TRIES = 10  # wrong ones in a row before anybody waits
FIRST_WAIT = timedelta(seconds=30)  # doubles with each further failure
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)  # without a failure
BROWSER_DAYS = 180  # that a browser is known without being used
TOKEN_BYTES = 32

AT_ONCE = 2  # passwords checked at a time: each takes 64 MiB, and a flood of them must not take all memory

_TURNS = threading.BoundedSemaphore(AT_ONCE)
_HASHER = PasswordHasher()  # RFC 9106's second choice: 64 MiB, three passes, some 50 ms
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))  # checked where there is no account, so that it takes as long


def set_password(session: Session, account_id: str, password: str, *, agent: str) -> None:
    """Give an account a password, and sign it out everywhere. Raises WeakPassword."""
    row = session.get_one(AccountTable, account_id)
    refuse_weak(password, row.login)
    row.password_hash = _HASHER.hash(_composed(password))
    session.execute(delete(SessionTable).where(SessionTable.account_id == account_id))
    session.execute(delete(KnownBrowserTable).where(KnownBrowserTable.account_id == account_id))
    record_event(session, type="password set", object_kind="account", object_id=account_id, agent=agent)


def refuse_weak(password: str, login: str) -> None:
    """Raise WeakPassword for what is guessed first."""
    text = _composed(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise WeakPassword(f"a password has {SHORTEST} to {LONGEST} letters")
    if login.lower() in text.lower():
        raise WeakPassword("a password does not hold the login")
    if len(set(text)) < SHORTEST // 2:
        raise WeakPassword("a password does not repeat the same few letters")


def check_password(session: Session, login: str, password: str) -> Account | None:
    """The account that both open; None for a wrong password, a disabled account or none, after as long a time."""
    row = session.scalars(select(AccountTable).where(AccountTable.login == login)).first()
    known = row.password_hash if row is not None and row.disabled_at is None else None
    right = _matches(known or _NOBODY, password) and known is not None
    if row is None or not right:
        return None
    if _HASHER.check_needs_rehash(known or ""):
        row.password_hash = _HASHER.hash(_composed(password))
    return account_of(row)


def _matches(known: str, password: str) -> bool:
    if len(password) > LONGEST:
        return False
    try:
        with _TURNS:
            return _HASHER.verify(known, _composed(password))
    except (VerificationError, InvalidHashError):
        return False


def _composed(password: str) -> str:
    """Vietnamese input methods differ in how they put accents together."""
    return unicodedata.normalize("NFC", password)


def know_browser(session: Session, account_id: str, token: str | None) -> str:
    """Remember a browser in which somebody has signed in; what it holds."""
    row = session.get(KnownBrowserTable, _hash(token)) if token else None
    if row is None or row.account_id != account_id:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        row = KnownBrowserTable(sha256=_hash(token), account_id=account_id)
        session.add(row)
    row.seen_at = datetime.now(UTC)
    return token or ""


def bucket_of(session: Session, login: str, browser: str | None) -> str:
    """Where failures are counted: of a browser known to the account, else of the login from anywhere."""
    if browser:
        wanted = (
            select(KnownBrowserTable.sha256)
            .join(AccountTable, AccountTable.id == KnownBrowserTable.account_id)
            .where(KnownBrowserTable.sha256 == _hash(browser), AccountTable.login == login)
            .where(KnownBrowserTable.seen_at > datetime.now(UTC) - timedelta(days=BROWSER_DAYS))
        )
        if found := session.scalars(wanted).first():
            return found
    return _hash(f"login {login}")


def seconds_to_wait(session: Session, bucket: str) -> int:
    """How long nothing is looked at; 0 where one may try."""
    row = session.get(SignInFailureTable, bucket)
    now = datetime.now(UTC)
    if row is None or row.failures < FREE_TRIES or now - row.last_at > FORGOTTEN_AFTER:
        return 0
    doublings = min(row.failures - FREE_TRIES, 10)
    left = row.last_at + min(FIRST_WAIT * 2**doublings, LONGEST_WAIT) - now
    return max(0, int(left.total_seconds()) + 1) if left > timedelta(0) else 0


def note_failure(session: Session, bucket: str, *, account_id: str | None, why: str) -> None:
    """Count a failure; an event, without what was typed: people type passwords into the wrong line."""
    now = datetime.now(UTC)
    row = session.get(SignInFailureTable, bucket)
    if row is None:
        session.execute(delete(SignInFailureTable).where(SignInFailureTable.last_at < now - FORGOTTEN_AFTER))
        row = SignInFailureTable(bucket=bucket, failures=0, last_at=now)
        session.add(row)
    row.failures = 1 if now - row.last_at > FORGOTTEN_AFTER else row.failures + 1
    row.last_at = now
    record_event(
        session,
        type="sign-in failed",
        object_kind="account",
        object_id=account_id or "unknown",
        agent="nobody",
        outcome="failure",
        detail={"why": why, "failures": row.failures},
    )


def forget_failures(session: Session, bucket: str) -> None:
    """After a signing-in that went well."""
    session.execute(delete(SignInFailureTable).where(SignInFailureTable.bucket == bucket))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
