"""People at the screen: their accounts, and the sessions in which they are signed in."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.agencies import agency_code
from storage.errors import UnknownAccount
from storage.events import record_event
from storage.records.account_models import AccountTable, SessionTable
from storage.roles import SCOPES
from storage.roles import Role as Role
from storage.scopes import Scope

TOKEN_BYTES = 32
ID_BYTES = 6
IDLE = timedelta(minutes=60)  # a browser left alone is signed out
LONGEST = timedelta(hours=12)  # a working day; then one signs in again, however busy
NOTE_EVERY = timedelta(minutes=1)  # that a session was used; each note is a write


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person on record, without what opens the account."""

    id: str
    login: str
    name: str
    roles: frozenset[Role]
    agency_code: str | None  #: this agency and all below it; None: the whole province
    language: str  #: vi or en
    created_at: datetime
    disabled_at: datetime | None

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the person's roles may do together."""
        return frozenset().union(*(SCOPES[role] for role in self.roles))


def add_account(
    session: Session,
    *,
    login: str,
    name: str,
    roles: Collection[Role],
    agency: str | None = None,
    language: str = "vi",
    agent: str,
) -> Account:
    """Make an account that nothing opens yet. Raises WrongAgency; IntegrityError where the login is taken."""
    row = AccountTable(
        id=secrets.token_hex(ID_BYTES),
        login=login,
        name=name,
        roles=sorted(roles),
        agency_code=agency_code(agency) if agency else None,
        language=language,
        created_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    detail = {"roles": sorted(roles), "agency": row.agency_code}
    record_event(session, type="account added", object_kind="account", object_id=row.id, agent=agent, detail=detail)
    return account_of(row)


def find_account(session: Session, account_id: str) -> Account:
    """An account by its id. Raises UnknownAccount."""
    return account_of(_row(session, account_id))


def account_by_login(session: Session, login: str) -> Account | None:
    """An account by what the person types; None where there is none."""
    row = session.scalars(select(AccountTable).where(AccountTable.login == login)).first()
    return None if row is None else account_of(row)


def has_password(session: Session, account_id: str) -> bool:
    """Whether it is a local account; others come through a provider. Raises UnknownAccount."""
    return _row(session, account_id).password_hash is not None


def list_accounts(session: Session) -> list[Account]:
    """All accounts ever made, by login."""
    return [account_of(row) for row in session.scalars(select(AccountTable).order_by(AccountTable.login))]


def disable_account(session: Session, account_id: str, *, agent: str) -> None:
    """Let nobody in by it any more, and end what is signed in. Raises UnknownAccount."""
    row = _row(session, account_id)
    row.disabled_at = row.disabled_at or datetime.now(UTC)
    record_event(session, type="account disabled", object_kind="account", object_id=account_id, agent=agent)
    end_sessions(session, account_id, agent=agent)


def enable_account(session: Session, account_id: str, *, agent: str) -> None:
    """Let it in again. Raises UnknownAccount."""
    _row(session, account_id).disabled_at = None
    record_event(session, type="account enabled", object_kind="account", object_id=account_id, agent=agent)


def change_account(
    session: Session, account_id: str, *, name: str, roles: Collection[Role], agency: str | None, agent: str
) -> Account:
    """Give an account other rights, at once also where it is signed in. Raises UnknownAccount, WrongAgency."""
    row = _row(session, account_id)
    row.name, row.roles, row.agency_code = name, sorted(roles), agency_code(agency) if agency else None
    detail = {"roles": row.roles, "agency": row.agency_code}
    record_event(session, type="account changed", object_kind="account", object_id=row.id, agent=agent, detail=detail)
    return account_of(row)


def account_of_subject(session: Session, issuer: str, subject: str) -> Account | None:
    """The account of somebody whom a provider knows; None where they have not come yet."""
    wanted = select(AccountTable).where(AccountTable.issuer == issuer, AccountTable.subject == subject)
    row = session.scalars(wanted).first()
    return None if row is None else account_of(row)


def account_from_provider(
    session: Session, *, issuer: str, subject: str, name: str, roles: Collection[Role], agency: str | None
) -> Account:
    """Whom a provider vouches for: the account, made or changed to what it says now. Raises WrongAgency."""
    there = account_of_subject(session, issuer, subject)
    if there is None:
        login = f"{hashlib.sha256(f'{issuer} {subject}'.encode()).hexdigest()[:16]}@provider"  # nobody types it
        made = add_account(session, login=login, name=name, roles=roles, agency=agency, agent="provider")
        row = _row(session, made.id)
        row.issuer, row.subject = issuer, subject
        return account_of(row)
    told = agency_code(agency) if agency else None
    if (there.name, there.roles, there.agency_code) == (name, frozenset(roles), told):
        return there
    return change_account(session, there.id, name=name, roles=roles, agency=agency, agent="provider")


def _row(session: Session, account_id: str) -> AccountTable:
    row = session.get(AccountTable, account_id)
    if row is None:
        raise UnknownAccount(f"{account_id}: there is no such account; `sohoa accounts list` shows them")
    return row


def account_of(row: AccountTable) -> Account:
    """The row as a value."""
    return Account(
        id=row.id,
        login=row.login,
        name=row.name,
        roles=frozenset(map(Role, row.roles)),
        agency_code=row.agency_code,
        language=row.language,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
    )


def set_language(session: Session, account_id: str, language: str) -> None:
    """Keep the language that a person chose."""
    session.execute(update(AccountTable).where(AccountTable.id == account_id).values(language=language))


def start_session(session: Session, account_id: str, *, agent: str) -> str:
    """Sign somebody in; what the browser will hold, which nobody can show again."""
    token = base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).rstrip(b"=").decode()
    now = datetime.now(UTC)
    session.add(
        SessionTable(
            sha256=_hash(token), account_id=account_id, created_at=now, seen_at=now, expires_at=now + LONGEST
        )
    )
    record_event(session, type="signed in", object_kind="account", object_id=account_id, agent=agent)
    return token


def find_session(session: Session, token: str) -> tuple[Account, bool] | None:
    """Whose session it is, and whether its use should be noted again; None where it has ended or never was."""
    now = datetime.now(UTC)
    wanted = (
        select(SessionTable, AccountTable)
        .join(AccountTable, AccountTable.id == SessionTable.account_id)
        .where(SessionTable.sha256 == _hash(token), SessionTable.ended_at.is_(None))
        .where(SessionTable.expires_at > now, SessionTable.seen_at > now - IDLE, AccountTable.disabled_at.is_(None))
    )
    found = session.execute(wanted).first()
    if found is None:
        return None
    row, account = found
    return account_of(account), now - row.seen_at > NOTE_EVERY


def note_session(session: Session, token: str) -> None:
    """It was used just now."""
    session.execute(update(SessionTable).where(SessionTable.sha256 == _hash(token)).values(seen_at=datetime.now(UTC)))


def end_session(session: Session, token: str, *, agent: str) -> None:
    """Sign out at once."""
    row = session.get(SessionTable, _hash(token))
    if row is not None and row.ended_at is None:
        row.ended_at = datetime.now(UTC)
        record_event(session, type="signed out", object_kind="account", object_id=row.account_id, agent=agent)


def end_sessions(session: Session, account_id: str, *, agent: str) -> None:
    """Sign an account out everywhere."""
    session.execute(
        update(SessionTable)
        .where(SessionTable.account_id == account_id, SessionTable.ended_at.is_(None))
        .values(ended_at=datetime.now(UTC))
    )
    record_event(session, type="signed out", object_kind="account", object_id=account_id, agent=agent)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
