"""Who may ask: every route against every kind of key, made from the routes so that none can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.access import FAILURES_PER_MINUTE
from api.app import DoorSettings
from storage.credentials import add_key, find_key, list_keys, revoke_key, rotate_key
from storage.objects import open_store
from storage.records import Database
from storage.records.service_models import ApiKeyTable
from storage.scopes import Scope
from tests.api.house import AGENCY, ALL, House, PaperText, a_house

OPEN = {"/health", "/ready"}  # the only routes without a key
#: What stands for each parameter of a path; none of it exists, so that whoever is let in gets 404 or 422 at most.
EXAMPLES = {
    "document_id": "0" * 16,
    "dossier_code": "H23.99-230712-9999",
    "procedure_code": "9.999999",
    "batch_id": "20200101-000000-000000",
    "upload_id": "0" * 32,
    "webhook_id": "0" * 16,
    "delivery_id": "0" * 32,
    "part": "pdf",
    "page": "1",
}


def scopes_of(dependant: Dependant) -> set[Scope]:
    """The scopes that a route names, wherever in its dependencies."""
    found = {Scope(scope) for scope in dependant.own_oauth_scopes or ()}
    for inner in dependant.dependencies:
        found |= scopes_of(inner)
    return found


def routes(house: House) -> Iterator[tuple[str, str, set[Scope]]]:
    """(method, address, scopes) of every route."""
    for route in all_routes(house.client):
        if route.endpoint.__module__.startswith("web."):
            continue  # pages, which a session opens (tests/web)
        for method in sorted(route.methods or ()):
            yield method, route.path.format(**EXAMPLES), scopes_of(route.dependant)


def all_routes(client: TestClient) -> list[APIRoute]:
    """Every route of the application."""
    from starlette.routing import BaseRoute

    def walk(listed: list[BaseRoute]) -> Iterator[APIRoute]:
        for route in listed:
            if isinstance(route, APIRoute):
                yield route
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            if inner is not None:
                yield from walk(inner.routes)

    return list(walk(client.app.routes))  # type: ignore[attr-defined]


def test_every_route_is_closed_but_for_health(house: House) -> None:
    """A new route without a scope would be open to the whole network."""
    found = list(routes(house))
    assert len(found) > 20
    for method, address, scopes in found:
        answer = house.client.request(method, address)
        if address in OPEN:
            assert answer.status_code == 200, address
            continue
        assert len(scopes) == 1, f"{method} {address} must name one scope"
        assert answer.status_code == 401, f"{method} {address}"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("address", ["/v1/new", "/v1/new/{thing}"])
def test_a_new_route_that_nobody_closed_is_found(house: House, address: str) -> None:
    """The matrix would pass over what was added after it."""

    def new() -> None:
        """Answer whoever asks."""

    house.client.app.add_api_route(address, new, methods=["GET"])  # type: ignore[attr-defined]
    with pytest.raises((AssertionError, KeyError)):  # open, or with a parameter that has no example yet
        test_every_route_is_closed_but_for_health(house)


def test_every_route_asks_for_its_scope_and_for_no_other(house: House) -> None:
    """A key for search would write, or a key with its scope would be turned away."""
    keys = {scope: (house.key(scope), house.key(*(other for other in ALL if other != scope))) for scope in ALL}
    for method, address, scopes in routes(house):
        for scope in scopes:
            only, all_but = keys[scope]
            without = house.client.request(method, address, headers=all_but)
            assert without.status_code == 403, f"{method} {address} without {scope}"
            if method != "HEAD":
                assert without.json()["code"] == "missing-scope"
            assert house.client.request(method, address, headers=only).status_code not in (401, 403), address


def test_keys_that_ended_were_revoked_or_never_were_open_nothing(house: House) -> None:
    """A clerk who left would still read papers."""
    ended, revoked = house.key(*ALL), house.key(*ALL)
    with house.door.database.transaction() as session:
        first, second = list_keys(session)
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(ApiKeyTable).where(ApiKeyTable.id == first.id).values(expires_at=past))
        revoke_key(session, second.id, agent="test")
    unknown = {"Authorization": f"{ended['Authorization']}x"}
    for headers, code in (
        (ended, "key-expired"),
        (revoked, "key-expired"),
        (unknown, "unauthenticated"),
        ({"Authorization": "Basic c29ob2E6c29ob2E="}, "unauthenticated"),
        ({"Authorization": "Bearer "}, "unauthenticated"),
        ({"Authorization": "Bearer " + "x" * 5000}, "unauthenticated"),
    ):
        answer = house.client.get("/v1/search", params={"q": "a"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_only_the_hash_of_a_key_is_kept(records: Database) -> None:
    """Who steals the database would have every key."""
    with records.transaction() as session:
        token, key = add_key(session, name="a", scopes=[Scope.READ], agency="000.00.16.H23", days=1, agent="test")
        assert find_key(session, token) == key
        assert key.agency_code == AGENCY
        row = session.get_one(ApiKeyTable, key.id)
        kept = {column.name: str(getattr(row, column.name)) for column in row.__table__.columns}
    assert not any(token in value or token.rsplit("_", 1)[1] in value for value in kept.values())


def test_a_rotated_key_leaves_the_old_one_some_days(records: Database) -> None:
    """A system would stand still between the new key's making and its taking into use."""
    with records.transaction() as session:
        old, first = add_key(session, name="a", scopes=[Scope.READ], agency=None, days=300, agent="test")
        new, second = rotate_key(session, first.id, days=300, grace_days=7, agent="test")
        found = find_key(session, old)
        assert found is not None
        assert timedelta(days=6) < found.expires_at - datetime.now(UTC) <= timedelta(days=7)
        assert second.scopes == first.scopes
        assert new != old


@pytest.fixture
def slow_house(records: Database, tmp_path: object) -> Iterator[House]:
    """A house where a key may ask five times a minute."""
    from pathlib import Path

    folder = Path(str(tmp_path))
    with a_house(
        records, open_store(f"folder://{folder / 'objects'}"), folder, DoorSettings(requests_per_minute=5)
    ) as h:
        yield h


def test_a_key_that_asks_too_often_waits_and_others_do_not(slow_house: House) -> None:
    """One system in a loop would keep every clerk waiting."""
    greedy, other = slow_house.key(Scope.SEARCH), slow_house.key(Scope.SEARCH)
    codes = [slow_house.client.get("/v1/search", headers=greedy).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
    answer = slow_house.client.get("/v1/search", headers=greedy)
    assert 1 <= int(answer.headers["Retry-After"]) <= 13
    assert slow_house.client.get("/v1/search", headers=other).status_code == 200


def test_who_tries_keys_is_stopped(house: House) -> None:
    """Somebody could try keys as fast as the line goes."""
    wrong = {"Authorization": "Bearer sohoa_guess"}
    codes = [house.client.get("/v1/search", headers=wrong).status_code for _ in range(FAILURES_PER_MINUTE + 1)]
    assert set(codes[:-1]) == {401}
    assert codes[-1] == 429
    right = house.client.get("/v1/search", headers=house.key(Scope.SEARCH))
    assert right.status_code == 200, "others behind the same proxy are let in"


def test_every_access_is_an_event_without_what_was_asked(house: House) -> None:
    """Who looked at a citizen's paper could not be told afterwards; or the log itself would tell of citizens."""
    from sqlalchemy import select

    from storage.records.models import EventTable

    (document,) = house.publish(PaperText(name="a"))
    key = house.key(*ALL)
    house.client.get("/v1/search", params={"q": "001085012345"}, headers=key)
    house.client.get(f"/v1/documents/{document}", headers=key)
    house.client.get(f"/v1/documents/{document}/pdf", headers=key)
    house.client.get("/v1/documents/" + "0" * 16, headers=key)
    with house.door.database.transaction() as session:
        rows = [
            row for row in session.scalars(select(EventTable).order_by(EventTable.id)) if row.agent.startswith("key ")
        ]
        told = [(row.type, row.object_kind, row.object_id, row.outcome) for row in rows]
        details = [str(row.detail) for row in rows]
    assert told == [
        ("searched", "route", "/v1/search", "success"),
        ("viewed", "document", document, "success"),
        ("downloaded", "document", document, "success"),
        ("viewed", "document", "0" * 16, "failure"),
    ]
    assert not any("001085012345" in detail for detail in details)


def test_nothing_is_handed_out_that_cannot_be_recorded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the event log is away, papers would be read without a trace."""
    from storage.errors import RecordsUnreachable

    (document,) = house.publish(PaperText(name="a"))
    key = house.key(*ALL)

    def away(*_: object, **__: object) -> None:
        raise RecordsUnreachable("away")

    monkeypatch.setattr("api.audit.record_event", away)
    answer = house.client.get(f"/v1/documents/{document}", headers=key)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert document not in answer.text
