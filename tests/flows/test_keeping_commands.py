"""The commands that keep and prove: what an operator types, on both pairs, with its exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli.app import app
from storage.errors import WrongDisposal
from storage.outbox import DOCUMENT_READY, MOST_ATTEMPTS, claim, mark_failed
from storage.publication import publish_scan
from tests.conftest import Pair
from tests.storage.papers import a_batch, a_document, a_scan, put_original

Run = Callable[..., Result]


@pytest.fixture
def run(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`sohoa` on a pair with one published paper of 1990."""
    for name, value in pair.environment(tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    batch = a_batch(pair.database)
    put_original(pair.store, tmp_path, b"scan")
    paper = a_document(tmp_path / "made", batch, issued_on=date(1990, 1, 1))
    publish_scan(pair.database, pair.store, a_scan(pair.database, batch).id, [paper])

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    return call


def test_events_are_verified_and_exported(run: Run) -> None:
    """An inspector asks for the proof, a security centre for the lines."""
    proved = run("audit", "events")
    assert (proved.exit_code, "the chain holds" in proved.stdout) == (0, True)
    for form, said in (("jsonl", '"eventType":"published"'), ("ecs", '"action":"published"'), ("cef", "|published|")):
        lines = run("audit", "events", "--export", form).stdout.splitlines()
        assert len(lines) == 3
        assert said in lines[-1]


def test_objects_are_compared_and_read_again(run: Run, pair: Pair) -> None:
    """A missing object makes the nightly job fail, so that somebody looks."""
    assert run("audit", "objects").exit_code == 0
    read = run("fixity", "run", "--budget", "1G")
    assert (read.exit_code, "3 of 3 objects read" in read.stdout) == (0, True)
    pair.store.remove(next(one.key for one in pair.store.list("originals/")))
    assert run("audit", "objects").exit_code == 1
    assert run("fixity", "run", "--budget", "1G").exit_code == 1
    assert "missing" in run("fixity", "status").stdout


def test_what_could_not_be_told_is_shown_and_told_again(run: Run, pair: Pair) -> None:
    """A portal that was away for two days must get its papers without anybody writing SQL."""
    assert (run("outbox", "dead").exit_code, run("outbox", "again").exit_code) == (0, 4)
    with pair.database.transaction() as session:
        [item] = claim(session, DOCUMENT_READY)
        mark_failed(session, replace(item, attempts=MOST_ATTEMPTS), "no route to host")
    shown = run("outbox", "dead")
    assert (shown.exit_code, item.document_id in shown.stdout, "no route to host" in shown.stdout) == (1, True, True)
    assert "1 to be told again" in run("outbox", "again", "--to", DOCUMENT_READY).stdout
    assert run("outbox", "dead").exit_code == 0


def test_a_store_is_set_up_and_copied(run: Run, tmp_path: Path) -> None:
    """Both may be typed again."""
    assert run("store", "init").exit_code == 0
    assert "3 objects copied" in run("store", "copy", "store", str(tmp_path / "copy")).stdout
    assert "3 were there" in run("store", "copy", "store", str(tmp_path / "copy")).stdout


def test_a_backup_is_restored_into_an_empty_place(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day after the fire: one command, and the paper is found."""
    assert run("backup", str(tmp_path / "backup")).exit_code == 0
    monkeypatch.setenv("SOHOA_DATA_DIR", str(tmp_path / "new"))
    monkeypatch.setenv("SOHOA_STORE__URL", "")
    monkeypatch.setenv("SOHOA_DATABASE__URL", "")
    restored = run("restore", str(tmp_path / "backup"))
    assert (restored.exit_code, "everything is as it was" in restored.stdout) == (0, True)
    assert "1 found" in run("search", "giấy phép").stdout


def test_a_paper_whose_time_is_over_goes_by_two_persons(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing goes by the table as delivered; with a period it goes by four eyes."""
    assert run("retention", "propose").exit_code == 4
    configs = tmp_path / "configs"
    configs.mkdir()
    (configs / "retention.yaml").write_text(
        "classes: [{code: N5, name: 5 năm, years: 5}]\nkinds: {}\notherwise: N5\n", encoding="utf-8"
    )
    monkeypatch.setenv("SOHOA_CONFIG_DIR", str(configs))
    assert "1 papers" in run("retention", "apply").stdout
    assert "list 1" in run("retention", "propose", "--operator", "An").stdout
    assert isinstance(run("retention", "approve", "1", "--operator", "An").exception, WrongDisposal)
    assert run("retention", "approve", "1", "--operator", "Bình").exit_code == 0
    assert "1 papers destroyed" in run("retention", "dispose", "1", "--operator", "Bình").stdout
    assert run("search", "giấy phép").exit_code == 4
