"""A whole installation for a test: its own data directory, one Prefect server for all of them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

from flows.digitise import Request, Summary, digitise
from flows.installation import Installation, opened
from flows.link import Told
from flows.prefect_server import own_server
from flows.settings import Settings, load_settings
from tests.conftest import Pair

START_SECONDS = 240.0  # a busy machine may take long to start Prefect's server
EPOCH = "1711929600"  # stands in every file made, so that two runs give the same bytes


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prefect server that all test processes share."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with own_server(shared / "prefect-of-the-tests", start_seconds=START_SECONDS) as server:
        yield server.address


@dataclass(slots=True)
class House:
    """An installation, used in this process or through the command line."""

    data_dir: Path
    environment: dict[str, str]
    said: io.StringIO = field(default_factory=io.StringIO)  #: what runs in this process printed for people

    def settings(self) -> Settings:
        """As the environment has them."""
        return load_settings()

    def digitise(self, *inputs: Path, told: Told | None = None, one_paper: bool = False) -> Summary:
        """Run a batch in this process."""
        request = Request(inputs=inputs, told=told or Told(), one_paper=one_paper, operator="thử nghiệm")
        return digitise(request, self.settings(), Console(file=self.said, soft_wrap=True))

    def opened(self) -> Iterator[Installation]:
        """Store, records and index."""
        return opened(self.settings())  # type: ignore[return-value]

    def sohoa(self, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=os.environ | self.environment | more,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Begin the command line, to be killed."""
        return subprocess.Popen(
            self.command(*arguments),
            env=os.environ | self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def command(*arguments: str | Path) -> list[str]:
        """`sohoa` of this environment, whatever the PATH says."""
        return [sys.executable, "-c", "from flows.cli import main; main()", *map(str, arguments)]


def _house(data_dir: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> House:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return House(data_dir=data_dir, environment=environment)


def _environment(data_dir: Path, prefect_api: str) -> dict[str, str]:
    return {
        "SOHOA_DATA_DIR": str(data_dir),
        "SOHOA_PREFECT__API_URL": prefect_api,
        "SOHOA_RUN__MIN_FREE_GIB": "0.05",
        "SOHOA_RUN__PATIENCE_SECONDS": "2",
        "SOURCE_DATE_EPOCH": EPOCH,
    }


@pytest.fixture
def house(tmp_path: Path, prefect_api: str, monkeypatch: pytest.MonkeyPatch) -> House:
    """The embedded default: a folder and SQLite."""
    data_dir = tmp_path / "data"
    return _house(data_dir, _environment(data_dir, prefect_api), monkeypatch)


@pytest.fixture
def paired_house(pair: Pair, tmp_path: Path, prefect_api: str, monkeypatch: pytest.MonkeyPatch) -> House:
    """Once on the embedded default, once on MinIO and PostgreSQL."""
    data_dir = tmp_path / "data"
    return _house(data_dir, _environment(data_dir, prefect_api) | pair.environment(data_dir), monkeypatch)
