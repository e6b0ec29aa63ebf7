"""Houses: one on a folder and SQLite, one for each pair."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.objects import open_store
from storage.records import Database
from tests.api.house import House, a_house
from tests.conftest import Pair


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


@pytest.fixture
def house_of_pair(pair: Pair, tmp_path: Path) -> Iterator[House]:
    """An empty installation on each pair of store and database."""
    with a_house(pair.database, pair.store, tmp_path) as opened:
        yield opened
