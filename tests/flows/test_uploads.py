"""Uploads through the door are digitised by one process, each for itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.errors import ExitCode
from flows.installation import opened
from flows.uploads import UploadDigitiser
from storage.correlation import correlated
from storage.records.models import DocumentTable
from storage.uploads import Upload, UploadState, batch_of
from tests.flows.conftest import House
from tests.flows.watching.drop import tiny_page

PATIENCE = 200.0  # seconds, on a busy machine


@pytest.fixture
def digitiser() -> Iterator[UploadDigitiser]:
    """One that is not left behind."""
    made = UploadDigitiser()
    yield made
    made.stop(20)


def upload(number: int, agency: str | None) -> Upload:
    """An upload as it was claimed."""
    return Upload(
        id=f"{number:032x}",
        key_id="k",
        agent=f"key:{number}",
        idempotency_key=str(number),
        name="a.png",
        sha256="",
        size=1,
        dossier_code=None,
        procedure_code=None,
        agency_code=agency,
        state=UploadState.WORKING,
        attempts=1,
        batch_id=None,
        error=None,
        created_at=datetime.now(UTC),
        ended_at=None,
    )


def digitised(digitiser: UploadDigitiser, given: Upload, spool: Path) -> int:
    """The exit code."""
    folder = spool / given.id
    folder.mkdir(parents=True)
    (folder / "a.png").write_bytes(tiny_page(int(given.id, 16)))
    with correlated(f"request-{given.idempotency_key}"):
        digitiser.begin(given, folder, spool / f"{given.id}.log")
    until = time.monotonic() + PATIENCE
    while (code := digitiser.ended()) is None:
        assert time.monotonic() < until, "the upload did not come to its end"
        time.sleep(0.1)
    return code


def test_two_uploads_are_two_batches_of_one_process(house: House, digitiser: UploadDigitiser, tmp_path: Path) -> None:
    """An upload's papers in another agency's hands, or each upload waiting five seconds for a start."""
    house.data_dir.mkdir()
    one, two = upload(1, "H23.13"), upload(2, None)
    assert digitised(digitiser, one, tmp_path / "spool") == ExitCode.ALL_PUBLISHED
    process = digitiser._resident._process
    assert digitised(digitiser, two, tmp_path / "spool") == ExitCode.ALL_PUBLISHED
    assert digitiser._resident._process is process, "a start for nothing"
    with opened(house.settings()) as inside, inside.database.reading() as session:
        batches = [batch_of(session, given.id) for given in (one, two)]
        owners = {row.agency_code for row in session.query(DocumentTable)}
    assert all(batch is not None and batch[1] == "ended" for batch in batches)
    assert batches[0] != batches[1]
    assert owners == {"H23.13", None}
    for given in (one, two):
        said = (tmp_path / "spool" / f"{given.id}.log").read_text(encoding="utf-8")
        assert f"request-{given.idempotency_key}" in said
        assert f"request-{3 - int(given.idempotency_key)}" not in said
