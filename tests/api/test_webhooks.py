"""Webhooks: who is told what, how it is signed, and what happens when nobody answers."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest
from sqlalchemy import update

from api.addresses import WrongAddress, checked
from api.background import Background
from api.telling import WINDOW_SECONDS, signed, tell, verified
from storage.records.service_models import DeliveryTable
from storage.scopes import Scope
from storage.webhooks import Delivery, Webhook
from tests.api.house import AGENCY, LOOPBACK, OTHER_DOSSIER, House, PaperText

WAIT_SECONDS = 30.0  # that a busy machine may take for what needs some tenths of a second


@dataclass(slots=True)
class Receiver:
    """Another system that is told."""

    url: str
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  #: statuses to answer with, 200 when they are used up


@contextmanager
def a_receiver(*answers: int, location: str = "") -> Iterator[Receiver]:
    """A real server on loopback."""
    told = Receiver(url="", answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(told.answers.pop(0) if told.answers else 200)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/sohoa"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def telling(house: House) -> Iterator[None]:
    """The loops beside the door."""
    background = Background(house.door)
    background.start()
    try:
        yield
    finally:
        background.stop()


def wait_for(done: object) -> None:
    """Wait until something is so."""
    until = time.monotonic() + WAIT_SECONDS
    while not done():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.02)


def due_now(house: House) -> None:
    """Let all pauses be over."""
    with house.door.database.transaction() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(DeliveryTable).where(DeliveryTable.state == "waiting").values(not_before=past))


def test_a_ready_document_is_told_signed_and_once(house_of_pair: House) -> None:
    """The procedures system would not know of a paper, or could not tell us from anybody else."""
    house = house_of_pair
    key = house.key(Scope.ADMIN)
    with a_receiver() as receiver, telling(house):
        hook = house.client.post("/v1/webhooks", json={"url": receiver.url}, headers=key)
        assert hook.status_code == 201
        secret = hook.json()["secret"]
        (document,) = house.publish(PaperText(name="a"))
        wait_for(lambda: receiver.got)
        deliveries = f"/v1/webhooks/{hook.json()['id']}/deliveries"
        wait_for(lambda: house.client.get(deliveries, headers=key).json()[0]["state"] == "done")
    ((headers, body),) = receiver.got
    told = json.loads(body)
    assert (told["type"], told["data"]["document_id"]) == ("document.ready", document)
    assert told["id"] == headers["webhook-id"]
    assert verified(headers, body, secret)
    assert secret not in house.client.get("/v1/webhooks", headers=key).text


def test_a_receiver_that_is_down_is_told_again_later(house_of_pair: House) -> None:
    """A restart of the other system would lose papers."""
    house = house_of_pair
    key = house.key(Scope.ADMIN)
    with a_receiver(500, 503) as receiver, telling(house):
        hook = house.client.post("/v1/webhooks", json={"url": receiver.url}, headers=key).json()
        house.publish(PaperText(name="a"))
        address = f"/v1/webhooks/{hook['id']}/deliveries"

        def last() -> dict[str, object]:
            found: dict[str, object] = house.client.get(address, headers=key).json()[0]
            return found

        for tries in (1, 2):
            wait_for(lambda tries=tries: receiver.got and last()["tried_at"] and last()["attempts"] == tries)
            wait_for(lambda: last()["http_status"] in (500, 503))
            assert last()["state"] == "waiting"
            due_now(house)
        wait_for(lambda: last()["state"] == "done")
    assert len({body for _, body in receiver.got}) == 1, "every try says the same"
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


def test_after_a_day_a_delivery_is_dead_and_can_be_sent_again(house: House) -> None:
    """What was given up would be lost without a way back."""
    key = house.key(Scope.ADMIN)
    with a_receiver(*[500] * 2) as receiver, telling(house):
        hook = house.client.post("/v1/webhooks", json={"url": receiver.url}, headers=key).json()
        house.publish(PaperText(name="a"))
        address = f"/v1/webhooks/{hook['id']}/deliveries"
        wait_for(lambda: [one for one in house.client.get(address, headers=key).json() if one["tried_at"]])
        with house.door.database.transaction() as session:
            yesterday = datetime.now(UTC) - timedelta(hours=25)
            session.execute(update(DeliveryTable).values(created_at=yesterday))
        due_now(house)
        wait_for(lambda: house.client.get(address, params={"state": "dead"}, headers=key).json())
        (dead,) = house.client.get(address, params={"state": "dead"}, headers=key).json()
        assert dead["next_try"] is None
        again = house.client.post(f"{address}/{dead['id']}/again", headers=key)
        assert again.status_code == 202
        wait_for(lambda: house.client.get(address, params={"state": "done"}, headers=key).json())


def test_an_address_hears_only_of_what_its_key_may_see(house: House) -> None:
    """Another department would learn of a case by being told of it."""
    with a_receiver() as receiver, telling(house):
        house.client.post("/v1/webhooks", json={"url": receiver.url}, headers=house.key(Scope.ADMIN, agency=AGENCY))
        house.publish(PaperText(name="theirs", dossier=OTHER_DOSSIER), scan=b"1")
        house.publish(PaperText(name="held", status="held"), scan=b"2")
        (ours,) = house.publish(PaperText(name="ours"), scan=b"3")
        wait_for(lambda: receiver.got)
    assert [json.loads(body)["data"]["document_id"] for _, body in receiver.got] == [ours]


def test_a_new_secret_is_taken_into_use_without_a_gap(house: House) -> None:
    """Between two secrets a receiver would refuse what is true."""
    key = house.key(Scope.ADMIN)
    with a_receiver() as receiver, telling(house):
        first = house.client.post("/v1/webhooks", json={"url": receiver.url}, headers=key).json()
        second = house.client.post(f"/v1/webhooks/{first['id']}/secret", headers=key).json()
        house.publish(PaperText(name="a"))
        wait_for(lambda: receiver.got)
    ((headers, body),) = receiver.got
    assert first["secret"] != second["secret"]
    assert verified(headers, body, first["secret"])
    assert verified(headers, body, second["secret"])


def test_a_removed_address_hears_nothing_more(house: House) -> None:
    """A system that was switched off would go on being told where papers are."""
    key = house.key(Scope.ADMIN)
    with a_receiver() as receiver, telling(house):
        hook = house.client.post("/v1/webhooks", json={"url": receiver.url}, headers=key).json()
        assert house.client.delete(f"/v1/webhooks/{hook['id']}", headers=key).status_code == 204
        other = house.client.post("/v1/webhooks", json={"url": f"{receiver.url}?2"}, headers=key).json()
        house.publish(PaperText(name="a"))
        address = f"/v1/webhooks/{other['id']}/deliveries"
        wait_for(lambda: [one for one in house.client.get(address, headers=key).json() if one["state"] == "done"])
    assert len(receiver.got) == 1
    assert house.client.get(f"/v1/webhooks/{hook['id']}/deliveries", headers=key).status_code == 404


def test_an_address_of_another_agency_is_not_there(house: House) -> None:
    """One department could read another's deliveries or turn them off."""
    with a_receiver() as receiver:
        new = {"url": receiver.url}
        hook = house.client.post("/v1/webhooks", json=new, headers=house.key(Scope.ADMIN)).json()
    ours = house.key(Scope.ADMIN, agency=AGENCY)
    assert house.client.get("/v1/webhooks", headers=ours).json() == []
    assert house.client.get(f"/v1/webhooks/{hook['id']}/deliveries", headers=ours).status_code == 404
    assert house.client.delete(f"/v1/webhooks/{hook['id']}", headers=ours).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://224.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "http://93.184.215.14/",
        "ftp://93.184.215.14/",
        "file:///etc/passwd",
        "https://user:pass@93.184.215.14/",
        "https://93.184.215.14/#x",
        "https://93.184.215.14:0/",
        "https://93.184.215.14:99999/",
        "https://exa mple.org/",
        "https://example.org/\r\nX: y",
        "https:///x",
        "https://" + "a" * 3000,
    ],
)
def test_internal_and_crooked_addresses_are_refused(url: str) -> None:
    """A webhook would be a way into the province's inner network."""
    with pytest.raises(WrongAddress):
        checked(url, ())


def test_an_outside_address_over_tls_is_taken() -> None:
    """Every real receiver would be refused."""
    target = checked("https://93.184.215.14:8443/a?b=c", ())
    assert (str(target.address), target.port, target.tls, target.path) == ("93.184.215.14", 8443, True, "/a?b=c")


def test_an_internal_network_that_the_settings_name_is_taken() -> None:
    """The procedures system stands in the same building."""
    assert checked("http://10.1.2.3/x", (ip_network("10.1.0.0/16"),)).tls is False
    with pytest.raises(WrongAddress):
        checked("http://10.2.2.3/x", (ip_network("10.1.0.0/16"),))


def test_the_address_is_checked_again_at_each_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that turned to an inner address after it was added would be followed there."""
    answers = iter(["93.184.215.14", "127.0.0.1"])

    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 443))]

    monkeypatch.setattr("api.addresses.socket.getaddrinfo", resolve)
    checked("https://turns.example/", ())
    outcome = tell(a_hook("https://turns.example/"), a_delivery(), ())
    assert (outcome.http_status, outcome.error) == (
        None,
        "it points into an internal network that the settings do not name",
    )


def a_hook(url: str) -> Webhook:
    """A webhook that is on no record."""
    secret = "whsec_" + "QUJD" * 11
    return Webhook(id="0" * 16, url=url, agency_code=None, secrets=(secret,), created_at=datetime.now(UTC))


def a_delivery() -> Delivery:
    """A delivery that is on no record."""
    now = datetime.now(UTC)
    return Delivery(
        id="1" * 32,
        webhook_id="0" * 16,
        document_id="2" * 16,
        topic="document.ready",
        body="{}",
        state="waiting",
        attempts=1,
        not_before=now,
        created_at=now,
        tried_at=None,
        http_status=None,
        error=None,
    )


def test_redirects_are_failures() -> None:
    """An open redirect at the receiver would lead past the check of addresses."""
    with a_receiver() as inner, a_receiver(302, location=inner.url) as receiver:
        outcome = tell(a_hook(receiver.url), a_delivery(), LOOPBACK)
    assert outcome.http_status == 302
    assert outcome.error == "redirects are not followed (302)"
    assert not inner.got


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n"])
def test_a_receiver_that_never_ends_its_answer_counts_as_failed(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that drips would hold all deliveries for ever, or be taken for one that has understood."""
    monkeypatch.setattr("api.telling.TOTAL_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(said)
                while connection.recv(65536):
                    pass

        thread = threading.Thread(target=drip)
        thread.start()
        outcome = tell(a_hook(f"http://127.0.0.1:{server.getsockname()[1]}/"), a_delivery(), LOOPBACK)
        thread.join()
    assert (outcome.http_status, outcome.error) == (None, "no answer in time")


def test_nobody_listening_is_a_failure_with_a_reason() -> None:
    """The delivery log would be empty where help is needed."""
    from tests.services import free_port

    outcome = tell(a_hook(f"http://127.0.0.1:{free_port()}/"), a_delivery(), LOOPBACK)
    assert outcome.error == "no answer (ConnectionRefusedError)"


def test_signatures_are_those_of_standard_webhooks() -> None:
    """A receiver with the standard's library would refuse everything."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = '{"test": 2432232314}'
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, [secret])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_replayed_or_changed_message_does_not_verify() -> None:
    """Who recorded one message could send it for ever, or say something else in our name."""
    secret = a_hook("").secrets[0]
    headers = signed("a", 1000, "{}", [secret])
    assert verified(headers, "{}", secret, now=1000 + WINDOW_SECONDS)
    assert not verified(headers, "{}", secret, now=1001 + WINDOW_SECONDS)
    assert not verified(headers, "{ }", secret, now=1000)
    assert not verified({**headers, "webhook-timestamp": "1001"}, "{}", secret, now=1001)
    assert not verified({}, "{}", secret, now=1000)
