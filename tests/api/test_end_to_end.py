"""The procedures system's day at the door: dossiers told, a scan brought, the notice verified, the PDF fetched."""

from __future__ import annotations

import hashlib
import json
import time
import urllib.request
from pathlib import Path

import pytest

from flows.cli.serve import door_of
from flows.installation import opened
from flows.settings import load_settings
from storage.scopes import Scope
from tests.api.house import AGENCY, DOSSIER, House, house_of
from tests.api.test_webhooks import a_receiver, due_now, telling
from tests.conftest import SERVERS, Pair
from tests.flows.conftest import EPOCH, prefect_api
from tests.flows.papers import decision, save

__all__ = ["prefect_api"]  # a fixture

WAIT_SECONDS = 240.0  # a busy machine may take long to read a page
FULL = {"procedure_code": "1.004199", "owner_name": "Nguyễn Văn A", "received_on": "2023-07-12", "status": 4}


@pytest.mark.parametrize("pair", [SERVERS], indirect=True)
def test_a_day_of_the_procedures_system(
    pair: Pair, tmp_path: Path, prefect_api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every part would work by itself, and a paper would still not arrive."""
    environment = pair.environment(tmp_path) | {
        "SOHOA_PREFECT__API_URL": prefect_api,
        "SOHOA_RUN__MIN_FREE_GIB": "0.05",
        "SOHOA_API__WEBHOOK_NETWORKS": '["127.0.0.0/8"]',
        "SOURCE_DATE_EPOCH": EPOCH,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with opened(load_settings()) as installation, house_of(door_of(installation), tmp_path) as house:
        key = house.key(Scope.READ, Scope.WRITE, Scope.SEARCH, Scope.ADMIN, agency=AGENCY)
        with a_receiver(500, 503) as receiver, telling(house):
            hook = house.client.post("/v1/webhooks", json={"url": receiver.url}, headers=key).json()
            assert house.client.put(f"/v1/dossiers/{DOSSIER}", json=FULL, headers=key).json()["inserted"] == 1
            document = _brought(house, key, save(decision(), tmp_path / "made" / "0001.pdf"))
            while len(receiver.got) < 3:
                due_now(house)
                time.sleep(0.2)
            headers, body = receiver.got[-1]
        _the_notice_is_true(house, headers, body, hook["secret"], document)
        _the_paper_is_found_and_fetched(house, key, document)


def _brought(house: House, key: dict[str, str], scan: Path) -> str:
    """Bring a scan and wait until its batch has ended; the document that it holds."""
    headers = {**key, "Idempotency-Key": "day-0001", "Content-Type": "application/pdf"}
    asked = {"name": scan.name, "dossier": DOSSIER}
    upload = house.client.post("/v1/scans", params=asked, content=scan.read_bytes(), headers=headers).json()
    until = time.monotonic() + WAIT_SECONDS
    while (told := house.client.get(upload["href"], headers=key).json())["state"] not in ("done", "failed"):
        assert time.monotonic() < until, told
        time.sleep(0.2)
    batch = house.client.get(f"/v1/batches/{told['batch_id']}", headers=key).json()
    assert (batch["state"], batch["pages_read"], batch["documents"], batch["failed"]) == ("ended", 1, 1, 0)
    (document,) = house.client.get(f"/v1/dossiers/{DOSSIER}", headers=key).json()["documents"]
    return str(document["id"])


def _the_notice_is_true(house: House, headers: dict[str, str], body: str, secret: str, document: str) -> None:
    from api.telling import verified

    assert verified(headers, body, secret)
    assert json.loads(body)["data"]["document_id"] == document
    assert json.loads(body)["data"]["dossier_code"] == DOSSIER


def _the_paper_is_found_and_fetched(house: House, key: dict[str, str], document: str) -> None:
    found = house.client.get("/v1/search", params={"q": "giay phep moi truong"}, headers=key).json()
    assert [hit["document_id"] for hit in found["hits"]] == [document]
    told = house.client.get(f"/v1/documents/{document}", headers=key).json()
    assert told["agency_code"] == AGENCY
    pdf = next(file for file in told["files"] if file["name"] == "pdf")
    link = house.client.get(pdf["href"], params={"link": "true"}, headers=key, follow_redirects=False)
    with urllib.request.urlopen(link.headers["Location"], timeout=10) as fetched:  # noqa: S310  (ours)
        content = fetched.read()
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == pdf["sha256"]
