"""Hostile input: clear 4xx answers, nothing leaked, nothing broken."""

from __future__ import annotations

import json
import logging
import socket
from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest

from api.app import DoorSettings
from api.requests import LARGEST_JSON
from storage.objects import open_store
from storage.records import Database, DossierRow
from storage.scopes import Scope
from tests.api.house import DOSSIER, House, PaperText, a_house, served

TRICKS = (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f",
    "%00",
    "a%00b",
    "' OR 1=1 --",
    "%ff%fe",
    "%c3%28",
    "3f2a9c0d51b7e68",  # a beginning of an id is enough at the command line, never here
    "%",
    "*",
    "A" * 3000,
    "🙂",
)


def test_tricks_in_ids_find_nothing(house_of_pair: House) -> None:
    """A path that leaves its folder would open any file of the server."""
    key = house_of_pair.key(*Scope)
    places = ("/v1/documents/{}", "/v1/documents/{}/pdf", "/v1/dossiers/{}", "/v1/batches/{}", "/v1/scans/{}")
    for address, trick in product(places, TRICKS):
        answer = house_of_pair.client.get(address.format(trick), headers=key)
        assert answer.status_code in (404, 405, 422), (address, trick)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "root:" not in answer.text


@pytest.mark.parametrize("part", ["pdf/..", "..", "source", "pdf%00", "PDF", "original.bak"])
def test_only_the_files_of_a_document_have_addresses(house: House, part: str) -> None:
    """The name of a part would become the name of an object."""
    (document,) = house.publish(PaperText(name="a"))
    answer = house.client.get(f"/v1/documents/{document}/{part}", headers=house.key(*Scope))
    assert answer.status_code in (200, 404, 422)  # `..` is taken away by the client before it is sent
    assert b"%PDF" not in answer.content


@pytest.mark.parametrize(
    "query",
    [
        "\x00",
        '"',
        '"""',
        "AND OR NOT",
        "(((((",
        "a:b:c",
        "số:",
        "-",
        "*" * 900,
        "\ud7ff",
        "🙂" * 500,
        "a" * 1000,
        "[a TO",
    ],
)
def test_nothing_typed_into_search_breaks_it(house: House, query: str) -> None:
    """A clerk's slip, or a tester's string, would take search down."""
    house.publish(PaperText(name="a"))
    answer = house.client.get("/v1/search", params={"q": query}, headers=house.key(Scope.SEARCH))
    assert answer.status_code == 200


@pytest.mark.parametrize("query", ["q=%ff%fe", "q=%c3%28", "q=%ed%a0%80", "q=a%00b", "limit=%ff", "cursor=%ff"])
def test_bytes_that_are_no_text_are_no_fault_in_a_query(house: House, query: str) -> None:
    """A truncated letter in a link would be a server's fault, with a trace of it in the log."""
    answer = house.client.get(f"/v1/search?{query}", headers=house.key(Scope.SEARCH))
    assert answer.status_code in (200, 422)
    assert answer.headers["Content-Type"] in ("application/json", "application/problem+json")


def test_long_queries_and_addresses_are_refused_early(house: House) -> None:
    """A megabyte of query would be parsed by everything behind the door."""
    key = house.key(Scope.SEARCH)
    longer = house.client.get("/v1/search", params={"q": "a" * 1001}, headers=key)
    assert (longer.status_code, longer.json()["code"]) == (422, "invalid")
    huge = house.client.get("/v1/search", params={"q": "a" * 60_000}, headers=key)
    assert (huge.status_code, huge.json()["code"]) == (414, "address-too-long")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"owner_name": "\xff"}', 400),
        (b'{"owner_name": "\\ud800"}', 422),
        (b'{"owner_name": "\\u0000"}', 422),
        (b'{"received_on": "0000-00-00"}', 422),
        (b'{"received_on": "99999999999-01-01"}', 422),
        (b'{"status": 1e400}', 422),
        (b'{"status": NaN}', 422),
        (b'{"unknown": 1}', 422),
        (b'{"owner_name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"owner_name": "' + b"a" * 300 + b'"}', 422),
        (b'{"status": ' + b"9" * 5000 + b"}", 400),
    ],
)
def test_bodies_that_are_wrong_are_told_so(house: House, body: bytes, status: int) -> None:
    """A parser's depth, a lone surrogate or a NUL would end in a server's fault."""
    headers = {**house.key(Scope.WRITE), "Content-Type": "application/json"}
    answer = house.client.put(f"/v1/dossiers/{DOSSIER}", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_larger_than_any_batch_is_refused(house: House) -> None:
    """One sender would fill the memory."""
    headers = {**house.key(Scope.WRITE), "Content-Type": "application/json"}

    def endless() -> object:
        for _ in range(LARGEST_JSON // 65536 + 2):
            yield b" " * 65536

    told = house.client.put("/v1/dossiers", content=b" " * (LARGEST_JSON + 1), headers=headers)
    chunked = house.client.put("/v1/dossiers", content=endless(), headers=headers)  # type: ignore[arg-type]
    for answer in (told, chunked):
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_what_was_sent_is_not_sent_back_in_errors(house: House) -> None:
    """An error page with somebody's number in it ends in logs and tickets."""
    headers = house.key(Scope.WRITE)
    answer = house.client.put(
        f"/v1/dossiers/{DOSSIER}", json={"owner_id": "001085012345 x!", "no": "1"}, headers=headers
    )
    assert answer.status_code == 422
    assert "001085012345" not in answer.text


def test_header_tricks_change_nothing(house: House) -> None:
    """A header from outside would end in the log, in an answer, or decide who asks."""
    (document,) = house.publish(PaperText(name="a"))
    key = house.key(Scope.READ)
    for name, value in (
        ("X-Correlation-Id", "a\tb <script>"),
        ("X-Correlation-Id", "short"),
        ("X-Correlation-Id", "x" * 500),
    ):
        answer = house.client.get("/health", headers={name: value})
        assert answer.headers["X-Correlation-Id"] != value
    given = house.client.get("/health", headers={"X-Correlation-Id": "ho-so-0001.lan-2"})
    assert given.headers["X-Correlation-Id"] == "ho-so-0001.lan-2"
    for name, value in (
        ("Host", "evil.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Original-URL", "/metrics"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("Accept-Language", "en;q=" + "9" * 400),
        ("Accept-Language", "x" * 10_000),
        ("If-None-Match", '"' * 5000),
    ):
        answer = house.client.get(f"/v1/documents/{document}", headers={**key, name: value})
        assert answer.status_code == 200, name
        assert "evil.example" not in answer.text + str(answer.headers)


def test_script_in_texts_and_names_stays_text(house: House) -> None:
    """A paper whose text is markup would run in the browser of whoever finds it."""
    script = "<script>alert(1)</script> giấy phép"
    (document,) = house.publish(PaperText(name=script.replace("/", ""), text=script))
    key = house.key(*Scope)
    found = house.client.get("/v1/search", params={"q": "giấy phép"}, headers=key)
    assert found.headers["Content-Type"] == "application/json"
    assert found.json()["hits"][0]["snippet"] == script
    for answer in (found, house.client.get(f"/v1/documents/{document}/text", headers=key)):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "html" not in answer.headers["Content-Type"]


def test_a_sender_that_falls_silent_is_let_go(records: Database, tmp_path: Path) -> None:
    """A hundred slow bodies would hold all workers for ever."""
    settings = DoorSettings(body_seconds=0.3)
    with a_house(records, open_store(f"folder://{tmp_path / 'objects'}"), tmp_path, settings) as house:
        token = house.key(Scope.WRITE)["Authorization"]
        with served(house) as base, connected(base) as slow:
            head = f"PUT /v1/dossiers/{DOSSIER} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
            slow.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
            answer = slow.recv(65536)
    assert b" 408 " in answer.split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /v1/search?q=" + b"a" * (1 << 20) + b" HTTP/1.1", b"400"),
        (b"GET /v1/search?q=" + b"a" * 20_000 + b" HTTP/1.1", b"414"),
        (b"GET /v1/documents/\xff\xfe HTTP/1.1", b"400"),
        (b"GET /health HTTP/1.1\r\nX-A: " + b"a" * (1 << 20), b"400"),
        (b"GET /health HTTP/1.1\r\nContent-Length: -1", b"400"),
        (b"GET /health HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2", b"400"),
        (b"POST /v1/scans HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: gzip", b"400"),
        (b"GET http://evil.example/v1/search HTTP/1.1", b"404"),
        (b"\x16\x03\x01\x02\x00", b"400"),
    ],
)
def test_crooked_requests_on_the_wire_are_refused(house: House, line: bytes, status: bytes) -> None:
    """What no client library sends is what an attacker sends first."""
    with served(house) as base, connected(base) as wire:
        with suppress(OSError):  # the server may hang up before it has heard everything
            wire.sendall(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = wire.recv(65536)
    assert answer.split(b" ")[1] == status, answer[:200]


def connected(base: str) -> socket.socket:
    """A plain connection to a served house."""
    return socket.create_connection(("127.0.0.1", int(base.rsplit(":", 1)[1])), timeout=30)


def test_logs_and_answers_of_a_fault_name_no_person(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log goes to the province's security centre and to support."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Nguyễn Văn A 001085012345")

    monkeypatch.setattr("api.dossiers.import_dossiers", broken)
    caplog.set_level(logging.INFO, logger="sohoa.api")
    answer = house.client.put(
        f"/v1/dossiers/{DOSSIER}", json={"owner_name": "Nguyễn Văn A"}, headers=house.key(*Scope)
    )
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["X-Correlation-Id"] == answer.json()["correlation_id"]
    from api.requests import JsonLines

    lines = [JsonLines().format(record) for record in caplog.records if record.name == "sohoa.api"]
    assert any(json.loads(line)["route"] == "/v1/dossiers/{dossier_code}" for line in lines)
    assert not any("001085012345" in line or "Nguy" in line for line in [*lines, answer.text])


def test_problems_speak_both_languages(house: House) -> None:
    """A clerk would get English, an integrator Vietnamese, and programs would parse either."""
    house.register(DossierRow(code=DOSSIER))
    for accept, chosen, title in (
        ("", "vi", "Không tìm thấy"),
        ("en", "en", "Not found"),
        ("vi,en;q=0.8", "vi", "Không tìm thấy"),
        ("fr, en-GB;q=0.7, vi;q=0.3", "en", "Not found"),
        ("fr", "vi", "Không tìm thấy"),
    ):
        answer = house.client.get("/v1/nowhere", headers={"Accept-Language": accept})
        assert (answer.headers["Content-Language"], answer.json()["title"]) == (chosen, title), accept
        assert answer.json()["code"] == "not-found"
