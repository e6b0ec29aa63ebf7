"""The procedures system's day at the door: dossiers told, a scan brought, the notice verified, the PDF fetched."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from api.requests import JsonLines
from flows.cli.serve import door_of
from flows.installation import Installation, opened
from flows.settings import load_settings
from sohoa_client import Client, verified
from sohoa_client.models import Dossier
from storage.records import get_document
from storage.records.models import EventTable
from storage.scopes import Scope
from tests.api.house import AGENCY, DOSSIER, house_of, served
from tests.api.test_webhooks import a_receiver, due_now, telling
from tests.conftest import SERVERS, Pair
from tests.flows.conftest import EPOCH, prefect_api
from tests.flows.papers import decision, save

__all__ = ["prefect_api"]  # a fixture

WAIT_SECONDS = 240.0  # a busy machine may take long to read a page
FULL: Dossier = {"procedure_code": "1.004199", "owner_name": "Nguyễn Văn A", "received_on": "2023-07-12", "status": 4}


@pytest.mark.parametrize("pair", [SERVERS], indirect=True)
def test_a_day_of_the_procedures_system(
    pair: Pair,
    tmp_path: Path,
    prefect_api: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Every part would work by itself, and a paper would still not arrive."""
    environment = pair.environment(tmp_path) | {
        "SOHOA_PREFECT__API_URL": prefect_api,
        "SOHOA_RUN__MIN_FREE_GIB": "0.05",
        "SOHOA_API__WEBHOOK_NETWORKS": '["127.0.0.0/8"]',
        "SOURCE_DATE_EPOCH": EPOCH,
    }
    caplog.set_level(logging.INFO, logger="sohoa.api")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with opened(load_settings()) as installation, house_of(door_of(installation), tmp_path) as house:
        key = house.key(Scope.READ, Scope.WRITE, Scope.SEARCH, Scope.ADMIN, agency=AGENCY)
        with a_receiver(500, 503) as receiver, telling(house), served(house) as base:
            sohoa = Client(base, key["Authorization"].removeprefix("Bearer "))
            hook = sohoa.add_webhook({"url": receiver.url}).data
            assert sohoa.put_dossier(DOSSIER, FULL).data["inserted"] == 1
            document, request = _brought(sohoa, save(decision(), tmp_path / "made" / "0001.pdf"))
            while len(receiver.got) < 3:
                due_now(house)
                time.sleep(0.2)
            _the_notice_is_true(*receiver.got[-1], hook["secret"], document)
            _the_paper_is_found_and_fetched(sohoa, document)
        _everything_names_the_request(installation, request, document, caplog)


def _brought(sohoa: Client, scan: Path) -> tuple[str, str]:
    """Bring a scan and wait until its batch has ended; the document that it holds, and the request's id."""
    with scan.open("rb") as content:
        answer = sohoa.upload_scan(
            content, "application/pdf", name=scan.name, dossier=DOSSIER, idempotency_key="day-0001"
        )
    upload = answer.data
    until = time.monotonic() + WAIT_SECONDS
    while (told := sohoa.get_upload(upload["id"]).data)["state"] not in ("done", "failed"):
        assert time.monotonic() < until, told
        time.sleep(0.2)
    assert told["batch_id"] is not None
    batch = sohoa.get_batch(told["batch_id"]).data
    assert (batch["state"], batch["pages_read"], batch["documents"], batch["failed"]) == ("ended", 1, 1, 0)
    (document,) = sohoa.get_dossier(DOSSIER).data["documents"]
    return document["id"], answer.headers["X-Correlation-Id"]


def _the_notice_is_true(headers: dict[str, str], body: str, secret: str, document: str) -> None:
    assert verified(headers, body.encode(), secret)
    assert json.loads(body)["data"]["document_id"] == document
    assert json.loads(body)["data"]["dossier_code"] == DOSSIER


def _the_paper_is_found_and_fetched(sohoa: Client, document: str) -> None:
    found = sohoa.search(q="giay phep moi truong").data
    assert [hit["document_id"] for hit in found["hits"]] == [document]
    told = sohoa.get_document(document).data
    assert told["agency_code"] == AGENCY
    pdf = next(file for file in told["files"] if file["name"] == "pdf")
    with sohoa.get_file(document, "pdf", link=True) as file:
        assert file.headers["Server"] == "MinIO", "the link leads to the store itself"
        content = file.read()
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == pdf["sha256"]


def _everything_names_the_request(
    installation: Installation, request: str, document: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Log lines, events and objects, from the request that brought the scan to its paper; and nobody's name."""
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records if record.name == "sohoa.api"]
    ours = [line for line in lines if line.get("correlation_id") == request]
    assert [line["event"] for line in ours] == ["request", "upload begun", "upload ended"]
    assert not any(FULL["owner_name"] in str(line) for line in lines)
    with installation.database.reading() as session:
        rows = session.scalars(select(EventTable))
        named = {row.type for row in rows if row.detail.get("correlation") == request}
        parts = get_document(session, document).parts
    assert {"requested", "uploaded", "batch started", "ingested", "published", "batch ended"} <= named
    keys = [part.key for part in parts]
    assert [installation.store.tags(key)["request"] for key in keys] == [request] * len(keys)
