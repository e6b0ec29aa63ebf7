"""Work that another process began is found by its request: in events, objects, Prefect and the log."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from storage.correlation import VARIABLE, correlated, correlation
from storage.records.models import BatchTable, EventTable
from tests.flows.conftest import House
from tests.flows.papers import form, save

REQUEST = "mot-cua-2024.lan-1"
NAME, NUMBER = "Nguyễn Văn An", "001085012345"


def test_only_an_id_is_taken_for_one() -> None:
    """Whatever a caller sends would stand in events that can never be taken away."""
    with correlated("Nguyễn Văn An"):
        assert correlation() == ""
    with correlated(REQUEST):
        assert correlation() == REQUEST
    assert correlation() == ""


def test_all_that_is_done_names_the_request_and_the_log_nobody(
    house: House, tmp_path: Path, prefect_api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could tell which paper a caller's complaint is about; or the log would tell of citizens."""
    scan = save(form(name=NAME, number=NUMBER), tmp_path / "in" / f"{NAME} {NUMBER}.pdf")
    monkeypatch.setenv(VARIABLE, REQUEST)
    done = house.sohoa("digitise", str(scan))
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines] == ["batch begun", "source done", "batch done"]
    assert {line["correlation_id"] for line in lines} == {REQUEST}
    assert not any(word in json.dumps(line, ensure_ascii=False) for line in lines for word in (NAME, NUMBER))

    with house.opened() as opened:  # type: ignore[attr-defined]
        with opened.database.reading() as session:
            events = [(event.type, event.detail) for event in session.scalars(select(EventTable))]
            batch = session.scalars(select(BatchTable.id)).one()
        tags = [opened.store.tags(info.key) for info in opened.store.list()]
    assert {detail.get("correlation") for _, detail in events} == {REQUEST}
    assert {line["batch"] for line in lines} == {batch}
    assert not any(word in str(detail) for _, detail in events for word in (NAME, NUMBER))
    assert {tag.get("request") for tag in tags} == {REQUEST}
    assert f"request:{REQUEST}" in _tags_of(UUID(lines[-1]["flow_run"]), prefect_api)


def _tags_of(flow_run: UUID, address: str) -> list[str]:
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: address}), get_client(sync_client=True) as client:
        return list(client.read_flow_run(flow_run).tags)
