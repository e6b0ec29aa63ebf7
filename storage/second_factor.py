"""The second factor: time-based codes (RFC 6238), each taken once, and recovery codes for a lost telephone.

Secrets of codes are sealed in the records (storage.sealing), recovery codes are kept as hashes.
"""

from __future__ import annotations

import hashlib
import secrets
import time

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from storage.events import record_event
from storage.records.account_models import AccountTable, RecoveryCodeTable
from storage.sealing import Seals, is_sealed

STEP_SECONDS = 30
DRIFT_STEPS = 1  # that a telephone's clock may be off, each way
RECOVERY_CODES = 10
RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look like each other
RECOVERY_LENGTH = 16  # 79 bits: a plain hash is enough
ISSUER = "Sohoa"
AGENT = "sohoa"


def new_secret() -> str:
    """A secret for an authenticator, base32."""
    return pyotp.random_base32()


def address_of(secret: str, login: str) -> str:
    """What an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def has_second_factor(session: Session, account_id: str) -> bool:
    """Whether a code is asked for after the password."""
    return session.get_one(AccountTable, account_id).totp_secret is not None


def code_step(secret: str, code: str) -> int | None:
    """The step of time that a code is of; None for a wrong or an old one."""
    typed = "".join(code.split())
    now = int(time.time()) // STEP_SECONDS
    made = pyotp.TOTP(secret)
    steps = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
    return next((step for step in steps if pyotp.utils.strings_equal(made.generate_otp(step), typed)), None)


def enrol(session: Session, account_id: str, secret: str, code: str, *, seals: Seals, agent: str) -> list[str] | None:
    """Begin to ask for codes of a secret; recovery codes, shown once. None where the code is not of the secret."""
    step = code_step(secret, code)
    if step is None:
        return None
    row = session.get_one(AccountTable, account_id)
    row.totp_secret, row.totp_last = seals.seal(secret, of=account_id), step
    record_event(session, type="codes switched on", object_kind="account", object_id=account_id, agent=agent)
    return new_recovery_codes(session, account_id, agent=agent)


def drop_second_factor(session: Session, account_id: str, *, agent: str) -> None:
    """Ask for no code any more."""
    row = session.get_one(AccountTable, account_id)
    row.totp_secret, row.totp_last = None, None
    session.execute(delete(RecoveryCodeTable).where(RecoveryCodeTable.account_id == account_id))
    record_event(session, type="codes switched off", object_kind="account", object_id=account_id, agent=agent)


def take_code(session: Session, account_id: str, code: str, *, seals: Seals) -> bool:
    """Whether a code opens the account, now and never again: time-based, or of recovery.

    Where the key to its secret is lost, recovery codes alone open it. The step is moved by the database, so that two
    who hold the same code at the same moment are not both let in.
    """
    kept = session.get_one(AccountTable, account_id).totp_secret
    if kept is None:
        return False
    secret = _opened(kept, account_id, seals)
    step = code_step(secret, code) if secret is not None else None
    if step is None:
        return _take_recovery(session, account_id, code)
    moved = session.execute(
        update(AccountTable)
        .where(AccountTable.id == account_id, func.coalesce(AccountTable.totp_last, 0) < step)
        .values(totp_last=step)
        .returning(AccountTable.id)
    )
    return moved.first() is not None


def _opened(kept: str, account_id: str, seals: Seals) -> str | None:
    return seals.open(kept, of=account_id) if is_sealed(kept) else kept


def seal_anew(session: Session, seals: Seals) -> tuple[int, int]:
    """Seal every secret with the newest key: those of older keys, and those from before there were seals.

    How many were sealed anew, and how many no key of ours opens; these accounts need their codes taken away.
    """
    sealed, lost = 0, 0
    for row in session.scalars(select(AccountTable).where(AccountTable.totp_secret.is_not(None))):
        kept = row.totp_secret or ""
        if is_sealed(kept) and seals.is_newest(kept):
            continue
        secret = _opened(kept, row.id, seals)
        if secret is None:
            lost += 1
            continue
        row.totp_secret, sealed = seals.seal(secret, of=row.id), sealed + 1
    if sealed:
        done = {"count": sealed}
        record_event(session, type="codes sealed", object_kind="accounts", object_id="all", agent=AGENT, detail=done)
    return sealed, lost


def _take_recovery(session: Session, account_id: str, code: str) -> bool:
    wanted = delete(RecoveryCodeTable).where(
        RecoveryCodeTable.sha256 == _hash(account_id, code), RecoveryCodeTable.account_id == account_id
    )
    if session.execute(wanted.returning(RecoveryCodeTable.sha256)).first() is None:
        return False
    agent = f"account {account_id}"
    record_event(session, type="recovery code used", object_kind="account", object_id=account_id, agent=agent)
    return True


def new_recovery_codes(session: Session, account_id: str, *, agent: str) -> list[str]:
    """Codes in place of those there were; nobody can show them again."""
    session.execute(delete(RecoveryCodeTable).where(RecoveryCodeTable.account_id == account_id))
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCodeTable(sha256=_hash(account_id, code), account_id=account_id) for code in codes)
    record_event(session, type="recovery codes made", object_kind="account", object_id=account_id, agent=agent)
    return codes


def recovery_codes_left(session: Session, account_id: str) -> int:
    """How many were not used yet."""
    wanted = select(func.count()).where(RecoveryCodeTable.account_id == account_id)
    return session.scalar(wanted) or 0


def _recovery_code() -> str:
    letters = "".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH))
    return "-".join(letters[place : place + 4] for place in range(0, RECOVERY_LENGTH, 4))


def _hash(account_id: str, code: str) -> str:
    typed = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(f"{account_id} {typed}".encode("utf-8", "surrogatepass")).hexdigest()
