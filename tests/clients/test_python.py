"""The Python client: what the contract says today, and what an integrator does with it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from api.telling import signed
from clients.generate import HERE, NotUnderstood, contract, type_of, written
from sohoa_client import Client, NotModified, Problem, Unreachable, verified
from storage.scopes import Scope
from tests.api.house import DOSSIER, House, PaperText, served
from tests.api.test_pages import ALTO, a_pdf
from tests.services import free_port


@pytest.fixture
def sohoa(house: House) -> Iterator[Client]:
    """A client with every scope, on a real socket."""
    token = house.key(*Scope)["Authorization"].removeprefix("Bearer ")
    with served(house) as base:
        yield Client(base, token, language="en")


def test_the_client_is_that_of_the_contract() -> None:
    """An integrator would not have the new route, or would call one that has changed: run `make client`."""
    made = written(contract())
    assert [name for name, text in made.items() if (HERE / name).read_text(encoding="utf-8") != text] == []
    assert made["operations.py"].count("    def ") > 30


def test_what_the_generator_does_not_know_stops_it() -> None:
    """A part of the contract would silently be missing in the client."""
    assert (
        type_of({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}}) == "list[str | None]"
    )
    for unknown in ({"oneOf": [{"type": "string"}]}, {"type": "tuple"}, {"not": {}}):
        with pytest.raises(NotUnderstood):
            type_of(unknown)


def test_the_client_needs_nothing_but_python() -> None:
    """The other team would have to install our packages beside theirs."""
    code = f"import sys; sys.path.insert(0, {str(HERE.parent)!r}); import sohoa_client; print(sohoa_client.__file__)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).parent == HERE


def test_dossiers_are_told_and_papers_found_corrected_and_fetched(
    house: House, sohoa: Client, tmp_path: Path
) -> None:
    """The types would promise what the door does not answer."""
    assert sohoa.ready().data["status"] == "ok"
    sohoa.put_procedure("1.004199", {"name": "Cấp giấy phép xây dựng"})
    told = sohoa.put_dossiers({"dossiers": [{"code": DOSSIER, "procedure_code": "1.004199", "status": 4}]})
    assert told.data == {"inserted": 1, "updated": 0, "unchanged": 0}
    pdf = a_pdf(1)
    (document_id,) = house.publish(PaperText(name="a", files={"pdf": pdf, "alto": ALTO.encode()}))

    (hit,) = sohoa.search(q="giay phep", type="QĐ", order="newest", limit=5).data["hits"]
    assert hit["document_id"] == document_id
    assert sohoa.get_dossier(DOSSIER).data["documents"][0]["id"] == document_id
    document = sohoa.get_document(document_id)
    with pytest.raises(NotModified):
        sohoa.get_document(document_id, if_none_match=document.etag)
    changed = sohoa.correct_document(
        document_id, {"fields": {"number": "13/QĐ-UBND"}, "reason": "read from the paper"}, if_match=document.etag
    )
    assert changed.data["version"] == 2
    assert [one["version"] for one in sohoa.list_versions(document_id).data] == [1, 2]

    with sohoa.get_file(document_id, "pdf") as file:
        file.save(tmp_path / "a.pdf")
    sha256 = next(part["sha256"] for part in changed.data["files"] if part["name"] == "pdf")
    assert hashlib.sha256((tmp_path / "a.pdf").read_bytes()).hexdigest() == sha256
    with sohoa.get_file(document_id, "pdf", range="bytes=0-3") as file:
        assert (file.status, file.read()) == (206, b"%PDF")
    with sohoa.get_page_image(document_id, 1, width=100) as image:
        assert (image.content_type, image.read(2)) == ("image/jpeg", b"\xff\xd8")


def test_scans_are_streamed_and_followed(sohoa: Client) -> None:
    """A pile of 2 GB would have to fit into the sender's memory; a second try would bring it twice."""
    scan = b"%PDF-1.7" * 100_000
    tries = [
        sohoa.upload_scan(
            BytesIO(scan), "application/pdf", name="a b.pdf", dossier=DOSSIER, idempotency_key="try-0001"
        )
        for _ in range(2)
    ]
    assert [one.status for one in tries] == [202, 200]
    upload = sohoa.get_upload(tries[0].data["id"]).data
    assert (upload["state"], upload["sha256"]) == ("waiting", hashlib.sha256(scan).hexdigest())
    with pytest.raises(Problem) as mismatch:
        sohoa.upload_scan(b"other", "application/pdf", name="a b.pdf", idempotency_key="try-0001")
    assert (mismatch.value.status, mismatch.value.code) == (409, "idempotency-mismatch")


def test_addresses_are_managed_and_figures_pulled(sohoa: Client) -> None:
    """What an operator's script does daily would need other tools."""
    hook = sohoa.add_webhook({"url": "http://127.0.0.1:9/x"}).data
    assert [one["id"] for one in sohoa.list_webhooks().data] == [hook["id"]]
    assert sohoa.rotate_secret(hook["id"], grace_hours=1).data["secret"] != hook["secret"]
    assert sohoa.list_deliveries(hook["id"], state="dead").data == []
    sohoa.remove_webhook(hook["id"])
    assert sohoa.list_webhooks().data == []
    report = sohoa.kpi_report(first="2023-07-01", last="2023-07-31", by=["agency", "month"]).data
    assert report["by"] == ["agency", "month"]
    with sohoa.kpi_report_file(first="2023-07-01", last="2023-07-31", format="csv") as file:
        assert file.content_type.startswith("text/csv")
    with sohoa.metrics() as file:
        assert b"sohoa_" in file.read()
    with sohoa.pull_events(after=0, format="ecs") as file:
        assert int(file.headers["Sohoa-After"]) > 0


def test_errors_say_what_to_do(house: House, sohoa: Client) -> None:
    """A caller would have to parse texts."""
    with pytest.raises(Problem) as missing:
        sohoa.get_document("0" * 16)
    problem = missing.value
    assert (problem.status, problem.code, problem.title) == (404, "not-found", "Not found")
    assert problem.correlation_id in str(problem)
    with pytest.raises(Problem) as wrong:
        sohoa.get_dossier("../../etc/passwd")
    assert wrong.value.status in (404, 422)
    with pytest.raises(Unreachable):
        Client(f"http://127.0.0.1:{free_port()}", "x").health()
    with pytest.raises(ValueError, match="https"):
        Client("file:///etc/passwd", "x")


def test_a_link_into_the_store_is_followed_without_the_key(
    house: House, sohoa: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key would be told to another server, and the store refuses a link that comes with one."""
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    got: list[str | None] = []

    class Store(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            got.append(self.headers["Authorization"])
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"%PDF")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    (document_id,) = house.publish(PaperText(name="a"))
    with HTTPServer(("127.0.0.1", 0), Store) as store:
        thread = Thread(target=store.handle_request)
        thread.start()
        link = f"http://127.0.0.1:{store.server_port}/a"
        monkeypatch.setattr(type(house.door.store), "presign", lambda *_: link)
        with sohoa.get_file(document_id, "pdf", link=True) as file:
            assert file.read() == b"%PDF"
        thread.join()
    assert got == [None]


def test_a_notice_is_believed_only_when_it_is_real_and_fresh() -> None:
    """Somebody else could tell the procedures system of papers."""
    secret, now, body = "whsec_bm90IGEgc2VjcmV0", int(time.time()), '{"type": "document.ready"}'
    headers = signed("m1", now, body, [secret])
    assert verified({name.title(): value for name, value in headers.items()}, body.encode(), secret)
    assert not verified(headers, body.encode() + b" ", secret)
    assert not verified(headers, body.encode(), "whsec_b3RoZXI=")
    assert not verified(headers, body.encode(), secret, now=now + 301)
    assert not verified({}, body.encode(), secret)
