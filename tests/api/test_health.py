"""Health, readiness, stopping, and the feed of events."""

from __future__ import annotations

import json
from pathlib import Path

from api.background import Background
from storage.objects import open_store
from storage.records import Database
from storage.scopes import Scope
from tests.api.house import AGENCY, House, PaperText, a_house, house_of


def test_a_house_in_order_is_ready(house_of_pair: House) -> None:
    """A load balancer would send nobody, or send everybody into a wall."""
    assert house_of_pair.client.get("/health").json()["status"] == "ok"
    ready = house_of_pair.client.get("/ready")
    assert (ready.status_code, set(ready.json()["checks"].values())) == (200, {"ok"})


def test_a_house_without_its_records_or_store_lives_and_is_not_ready(records: Database, tmp_path: Path) -> None:
    """A restart loop would begin where waiting for the database is right."""
    (tmp_path / "objects").write_text("a file where a folder should be")
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with a_house(records, open_store(f"folder://{tmp_path / 'objects'}"), tmp_path) as house:
        object.__setattr__(house.door, "database", away)
        ready = house.client.get("/ready")
        assert house.client.get("/health").status_code == 200
        answer = house.client.get("/v1/search", headers={"Authorization": "Bearer sohoa_x"})
    assert (ready.status_code, ready.json()["checks"]["records"]) == (503, "unavailable")
    assert ready.json()["checks"]["store"] == "unavailable"
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "30"


def test_a_server_that_stops_says_so_first(house: House) -> None:
    """Requests would be sent to a server that is about to go."""
    house.client.app.state.stopping.set()  # type: ignore[attr-defined]
    assert house.client.get("/ready").status_code == 503


def test_a_loop_that_died_beside_the_door_shows(house: House) -> None:
    """Webhooks would be silent for days behind a green light."""
    background = Background(house.door)  # never started, as if its threads had ended
    house.client.app.state.background = background  # type: ignore[attr-defined]
    ready = house.client.get("/ready")
    house.client.app.state.background = None  # type: ignore[attr-defined]
    assert (ready.status_code, ready.json()["checks"]["beside"]) == (503, "unavailable")


def test_events_are_pulled_line_by_line_without_a_gap(house_of_pair: House) -> None:
    """The security centre would miss what happened between two pulls."""
    house = house_of_pair
    house.publish(PaperText(name="a"))
    key = house.key(Scope.ADMIN)
    seen: list[int] = []
    after = "0"
    for _ in range(20):
        pulled = house.client.get("/v1/feeds/events", params={"after": after, "limit": 2}, headers=key)
        lines = [json.loads(line) for line in pulled.text.splitlines()]
        seen += [int(line["event"]["id"]) for line in lines]
        after = pulled.headers["Sohoa-After"]
        if len(lines) < 2 or seen[-1] > 6:
            break
    assert seen == sorted(set(seen))
    assert len(seen) >= 4
    cef = house.client.get("/v1/feeds/events", params={"format": "cef"}, headers=key)
    assert cef.text.startswith("CEF:0|Sohoa|sohoa|")


def test_a_key_of_one_agency_pulls_no_events(house: House) -> None:
    """The log tells of every agency's papers."""
    answer = house.client.get("/v1/feeds/events", headers=house.key(*Scope, agency=AGENCY))
    assert (answer.status_code, answer.json()["code"]) == (403, "outside-agency")


def test_two_doors_on_one_installation_answer_alike(house: House) -> None:
    """A second process behind the same load balancer would know nothing of the first one's keys and papers."""
    (document,) = house.publish(PaperText(name="a"))
    key = house.key(Scope.READ)
    with house_of(house.door, house.folder) as second:
        assert second.client.get(f"/v1/documents/{document}", headers=key).status_code == 200
