"""People at the screen for the tests: a house with accounts, signed in by a session's cookie."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from storage.accounts import Role, account_by_login, add_account, start_session
from storage.objects import open_store
from storage.records import Database
from tests.api.house import House, a_house, served
from web.session import COOKIE, csrf_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Somebody signed in, in a browser without scripts."""

    client: TestClient
    token: str

    @property
    def csrf(self) -> str:
        """What our own pages send back."""
        return csrf_of(self.token)

    @property
    def headers(self) -> dict[str, str]:
        """Of a request that a page's script makes."""
        return {"X-CSRF-Token": self.csrf, "Sec-Fetch-Site": "same-origin"}


def session_of(
    house: House, login: str, *roles: Role, agency: str | None = None, name: str = "Nguyễn Thị Lan"
) -> str:
    """The token of a new session; the account is made where there is none."""
    with house.door.database.transaction() as session:
        account = account_by_login(session, login) or add_account(
            session, login=login, name=name, roles=roles, agency=agency, agent="test"
        )
        return start_session(session, account.id, agent="test")


def seat(house: House, login: str = "lan", *roles: Role, agency: str | None = None) -> Seat:
    """A client of its own, signed in; a clerk unless told otherwise."""
    token = session_of(house, login, *(roles or (Role.CLERK,)), agency=agency)
    client = TestClient(house.client.app, cookies={COOKIE: token}, raise_server_exceptions=False)
    client.headers["Accept"] = "text/html,*/*"
    return Seat(client=client, token=token)


def said(html: str) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture
def records(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A fresh, migrated SQLite database."""
    shutil.copy(sqlite_template, tmp_path / "records.db")
    database = Database(f"sqlite:///{tmp_path / 'records.db'}")
    yield database
    database.dispose()


@pytest.fixture
def house(records: Database, tmp_path: Path) -> Iterator[House]:
    """An empty installation on a folder and SQLite."""
    with a_house(records, open_store(f"folder://{tmp_path / 'objects'}"), tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one for all tests of this process."""
    from tests.web.browser import chromium

    with chromium() as opened:
        yield opened


@pytest.fixture
def base(house: House) -> Iterator[str]:
    """The house on a real socket."""
    with served(house) as address:
        yield address
