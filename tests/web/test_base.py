"""What every page stands on: sessions, the token against forged requests, the policy, the languages."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from storage.accounts import Role, account_by_login, end_session
from storage.records.account_models import SessionTable
from storage.records.models import EventTable
from storage.scopes import Scope
from tests.api.house import House, PaperText
from tests.api.test_access import all_routes
from tests.web.conftest import said, seat
from web.pages import own_path
from web.site import GROUPS


def test_without_a_session_a_browser_is_sent_to_sign_in_and_a_program_is_told(house: House) -> None:
    """A clerk whose session ended at lunch must come back to the same place."""
    page = house.client.get("/?a=1", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2F%3Fa%3D1")
    assert house.client.get("/", follow_redirects=False).json()["code"] == "unauthenticated"


def test_a_session_ends_when_it_is_old_unused_or_taken_back(house: House) -> None:
    """A browser left open at the counter would stay somebody's for ever."""
    now = datetime.now(UTC)
    for change in ({"seen_at": now - timedelta(minutes=61)}, {"expires_at": now - timedelta(seconds=1)}):
        lan = seat(house)
        assert lan.client.get("/", follow_redirects=False).headers.get("location", "").startswith("/login") is False
        with house.door.database.transaction() as session:
            session.execute(update(SessionTable).values(**change))
        assert lan.client.get("/", follow_redirects=False).headers["location"].startswith("/login")
    lan = seat(house)
    with house.door.database.transaction() as session:
        end_session(session, lan.token, agent="test")
    assert lan.client.get("/", follow_redirects=False).headers["location"].startswith("/login")


def test_a_page_runs_no_foreign_or_inline_script_and_is_not_kept(house: House) -> None:
    """Text of a paper that got into a page as markup would run with a clerk's rights."""
    answer = seat(house, "nobody", Role.ADMINISTRATOR).client.get("/nowhere")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert len(answer.headers.get_list("content-security-policy")) == 1
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"


def test_the_language_is_vietnamese_until_a_person_chooses_and_then_stays(house: House) -> None:
    """Browsers are often set to English; clerks read Vietnamese."""
    lan = seat(house)
    assert "Không tìm thấy" in said(lan.client.get("/nowhere", headers={"Accept-Language": "en"}).text)
    lan.client.post("/language", data={"language": "en"}, follow_redirects=False)
    assert "Not found" in said(lan.client.get("/nowhere").text)
    with house.door.database.reading() as session:
        account = account_by_login(session, "lan")
    assert account is not None
    assert account.language == "en"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "x"])
def test_nobody_is_sent_to_another_site(elsewhere: str) -> None:
    """A link to our own sign-in page must not end on a forged one."""
    assert own_path(elsewhere) == "/"


def test_the_api_takes_a_session_from_our_own_pages_only(house: House) -> None:
    """Another site in the same browser could otherwise correct papers with a clerk's session."""
    (document,) = house.publish(PaperText(name="a"))
    lan = seat(house)
    answer = lan.client.get(f"/v1/documents/{document}")
    assert answer.status_code == 200
    change = {"fields": {"number": "1/QĐ"}, "reason": "x"}
    tag = {"If-Match": answer.headers["etag"]}
    forged = lan.client.patch(f"/v1/documents/{document}", json=change, headers=tag)
    foreign = lan.client.patch(
        f"/v1/documents/{document}", json=change, headers=tag | lan.headers | {"Origin": "http://evil.example"}
    )
    assert (forged.status_code, forged.json()["code"]) == (403, "forged")
    assert foreign.json()["code"] == "forged"
    assert (
        lan.client.patch(f"/v1/documents/{document}", json=change, headers=tag | lan.headers).json()["version"] == 2
    )


def test_a_role_opens_no_more_than_its_own(house: House) -> None:
    """A leader's session could otherwise bring scans."""
    answer = seat(house, "chief", Role.LEADER).client.get("/v1/webhooks")
    assert answer.json()["code"] == "missing-scope"


def test_an_administrator_adds_addresses_as_a_key_of_that_scope_does(house: House) -> None:
    """The person who is answerable for notices would need a key to see or stop them."""
    chief, lan = seat(house, "chief", Role.ADMINISTRATOR), seat(house, "lan", Role.CLERK)
    new = {"url": "http://127.0.0.1:9/x"}
    assert lan.client.post("/v1/webhooks", json=new, headers=lan.headers).json()["code"] == "missing-scope"
    assert chief.client.post("/v1/webhooks", json=new).json()["code"] == "forged"
    hook = chief.client.post("/v1/webhooks", json=new, headers=chief.headers).json()
    assert hook["secret"].startswith("whsec_")
    address = f"/v1/webhooks/{hook['id']}"
    assert chief.client.post(f"{address}/secret", headers=chief.headers).json()["secret"] != hook["secret"]
    assert [one["id"] for one in house.client.get("/v1/webhooks", headers=house.key(*Scope)).json()] == [hook["id"]]
    assert chief.client.delete(address, headers=chief.headers).status_code == 204
    with house.door.database.reading() as session:
        events = select(EventTable).where(EventTable.object_kind == "webhook", EventTable.type != "requested")
        told = [(event.type, event.agent.split()[0]) for event in session.scalars(events)]
    assert told == [("webhook added", "account"), ("secret rotated", "account"), ("webhook removed", "account")]


def test_files_are_served_from_their_folders_only(house: House) -> None:
    """A path that climbs out would hand the settings to anybody."""
    for path in ("base/..%2f..%2fsite.py", "base/../../site.py", "nothing/base.css", "vendor/", "base/words.py"):
        assert house.client.get(f"/static/{path}").status_code in (404, 303)


def test_a_file_is_kept_only_under_the_address_of_its_bytes(house: House) -> None:
    """After an update half of the scripts would be yesterday's, for a year."""
    address = house.client.app.state.site.asset("base/base.js")  # type: ignore[attr-defined]
    named, plain = house.client.get(address), house.client.get("/static/base/base.js")
    assert "immutable" in named.headers["cache-control"]
    assert plain.headers["cache-control"] == "no-cache"
    again = house.client.get("/static/base/base.js", headers={"If-None-Match": plain.headers["etag"]})
    assert again.status_code == 304
    assert named.headers["content-encoding"] == "gzip"


def test_every_word_is_there_in_both_languages_and_every_key_has_words() -> None:
    """A key without words is an error page for whoever opens it."""
    known = {key: told for group in GROUPS for key, told in group.words.items()}
    assert all(vi.strip() and en.strip() for vi, en in known.values())
    for group in GROUPS:
        for template in (group.folder / "templates").glob("*.html"):
            _keys_are_known(template, known)


def _keys_are_known(template: Path, known: dict[str, tuple[str, str]]) -> None:
    import re

    for key in re.findall(r"""\bt\(["']([a-z0-9_.]+)["']\s*[,)]""", template.read_text(encoding="utf-8")):
        assert key in known, f"{template.name}: {key}"


OPEN = {"/login", "/language", "/static/{group}/{path:path}", "/favicon.ico"}  # before anybody has signed in


def test_no_page_opens_without_a_session_or_a_key(house: House) -> None:
    """A new page that forgot to ask who is there would show papers to the whole network."""
    pages = [route for route in all_routes(house.client) if route.endpoint.__module__.startswith("web.")]
    assert len(pages) > 3
    for route in pages:
        if route.path in OPEN or route.path.startswith("/login/"):
            continue
        address = route.path.replace(":path}", "}").format_map(defaultdict(lambda: "0" * 16, page="1", number="1"))
        for method in sorted((route.methods or set()) - {"OPTIONS"}):  # tells what may be sent, and shows nothing
            answer = house.client.request(method, address, follow_redirects=False)
            assert answer.status_code == 401, f"{method} {address}"
