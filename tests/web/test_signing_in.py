"""Signing in by the pages: what opens the house, and what an attacker tries on the way."""

from __future__ import annotations

import re

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.app import create_app
from api.door import DoorSettings
from storage.accounts import Role, account_from_provider, add_account, disable_account
from storage.passwords import set_password
from storage.records.account_models import AccountTable
from storage.records.models import EventTable
from tests.api.house import House

PASSWORD = "cổng làng có ba cây đa"
HTML = {"accept": "text/html"}
OURS = {"origin": "http://testserver", **HTML}


def somebody(house: House, login: str = "hoa", *, role: Role = Role.LEADER, agency: str | None = None) -> str:
    with house.door.database.transaction() as session:
        made = add_account(session, login=login, name="Trần Hoa", roles=[role], agency=agency, agent="test")
        set_password(session, made.id, PASSWORD, agent="test")
    return made.id


def browser(house: House) -> TestClient:
    return TestClient(house.client.app, follow_redirects=False, headers=HTML)


def sign_in(client: TestClient, login: str = "hoa", password: str = PASSWORD, **more: str):
    return client.post("/login", data={"login": login, "password": password, **more}, headers=OURS)


def csrf(page: str) -> str:
    return re.search(r'name="csrf" content="([0-9a-f]+)"', page)[1]


def signed_in(client: TestClient) -> bool:
    return client.get("/account").status_code == 200


def test_a_password_opens_a_session_and_signing_out_ends_it(house: House) -> None:
    """The first and the last thing that everybody does in a day."""
    somebody(house)
    client = browser(house)
    assert client.get("/account").headers["location"] == "/login?next=%2Faccount"
    answer = sign_in(client, next="/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    page = client.get("/account").text
    assert "Trần Hoa" in page
    kept = client.cookies["sohoa_session"]
    assert client.post("/logout", data={"csrf": csrf(page)}, headers=OURS).headers["location"] == "/login"
    client.cookies.set("sohoa_session", kept)
    assert not signed_in(client)


def test_wrong_and_unknown_look_the_same(house: House) -> None:
    """Who may learn logins tries the same password on all of them."""
    somebody(house)
    client = browser(house)
    wrong, unknown = sign_in(client, password="x" * 12), sign_in(client, login="lan")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace('value="hoa"', "") == unknown.text.replace('value="lan"', "")
    assert not signed_in(client)


def test_guessing_waits_while_the_clerks_own_browser_goes_in(house: House) -> None:
    """Somebody who hates a clerk types nonsense at her login all morning."""
    somebody(house)
    clerk, stranger = browser(house), browser(house)
    assert sign_in(clerk).status_code == 303
    for _ in range(10):
        assert sign_in(stranger, password="x" * 12).status_code == 401
    assert sign_in(stranger).status_code == 429
    clerk.cookies.delete("sohoa_session")
    assert sign_in(clerk).status_code == 303


def test_every_try_is_an_event_without_what_was_typed(house: House) -> None:
    """People type passwords into the wrong line; the log is read by others."""
    account = somebody(house)
    client = browser(house)
    sign_in(client, login=PASSWORD)
    sign_in(client)
    with house.door.database.reading() as session:
        rows = [
            (row.type, row.object_id, row.outcome, str(row.detail)) for row in session.scalars(select(EventTable))
        ]
    assert [row[:3] for row in rows][-2:] == [
        ("sign-in failed", "unknown", "failure"),
        ("signed in", account, "success"),
    ]
    assert not any("cổng" in text for row in rows for text in row)


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
def test_another_site_signs_nobody_in(house: House, headers: dict[str, str]) -> None:
    """Signed in as the attacker, a clerk would bring her papers to him."""
    somebody(house)
    client = browser(house)
    answer = client.post("/login", data={"login": "hoa", "password": PASSWORD}, headers=HTML | headers)
    assert answer.status_code == 403
    assert not signed_in(client)


@pytest.mark.parametrize(
    "next_", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_site(house: House, next_: str) -> None:
    """A link in a letter to our own login page must not end at somebody else's."""
    somebody(house)
    assert sign_in(browser(house), next=next_).headers["location"] == "/"


def test_what_was_typed_is_never_markup(house: House) -> None:
    """The login comes back into the page for who mistyped a password."""
    page = sign_in(browser(house), login='"><script>alert(1)</script>').text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_every_change_of_an_account_needs_the_sessions_token(house: House) -> None:
    """Another site's form must not change a password or sign a clerk out."""
    somebody(house, role=Role.ADMINISTRATOR)
    client = browser(house)
    sign_in(client)
    for path in ("password", "codes", "codes/confirm", "codes/drop", "codes/recovery", "sessions/end"):
        data = {"now": PASSWORD, "new": "x" * 20, "code": "1", "token": "1"}
        assert client.post(f"/account/{path}", data=data, headers=OURS).status_code == 403
    for path in ("/people", "/people/1/disable", "/people/1/enable", "/logout"):
        assert client.post(path, data={"csrf": "0" * 64}, headers=OURS).status_code == 403
    assert signed_in(client)


def test_a_role_that_needs_codes_has_no_session_without(house: House) -> None:
    """An administrator's stolen password must not be enough, nor put off for later."""
    account = somebody(house, role=Role.ADMINISTRATOR)
    settings = DoorSettings(codes_for=frozenset({Role.ADMINISTRATOR}))
    app = create_app(_with(house, settings), background=False)
    with TestClient(app, follow_redirects=False, headers=HTML) as client:
        assert sign_in(client).headers["location"] == "/login/code"
        assert not signed_in(client)
        page = client.get("/login/code").text
        secret = re.search(r'class="key">([A-Z2-7]+)<', page)[1]
        assert client.post("/login/code", data={"code": "000000"}, headers=OURS).status_code == 401
        shown = client.post("/login/code", data={"code": pyotp.TOTP(secret).now()}, headers=OURS)
        codes = re.findall(r"<code>([a-z0-9-]{19})</code>", shown.text)
        assert len(codes) == 10
        assert signed_in(client)
        client.cookies.clear()
        sign_in(client)
        assert client.post("/login/code", data={"code": pyotp.TOTP(secret).now()}, headers=OURS).status_code == 401
        with house.door.database.transaction() as session:
            session.execute(update(AccountTable).where(AccountTable.id == account).values(totp_last=0))
        assert client.post("/login/code", data={"code": pyotp.TOTP(secret).now()}, headers=OURS).status_code == 303
        client.cookies.clear()
        sign_in(client)
        assert client.post("/login/code", data={"code": codes[0]}, headers=OURS).status_code == 303
        assert signed_in(client)


def _with(house: House, settings: DoorSettings):
    from dataclasses import replace

    return replace(house.door, settings=settings)


def test_an_account_changes_its_password_and_signs_out_everywhere(house: House) -> None:
    """The other browser is the one at home, or the thief's."""
    somebody(house)
    here, there = browser(house), browser(house)
    sign_in(here)
    sign_in(there)
    token = csrf(here.get("/account").text)
    wrong = here.post("/account/password", data={"csrf": token, "now": "no", "new": PASSWORD * 2}, headers=OURS)
    assert wrong.status_code == 401
    done = here.post(
        "/account/password", data={"csrf": token, "now": PASSWORD, "new": "một hai ba bốn"}, headers=OURS
    )
    assert done.status_code == 303
    assert signed_in(here)
    assert not signed_in(there)
    assert sign_in(there).status_code == 401
    assert sign_in(there, password="một hai ba bốn").status_code == 303
    token = csrf(here.get("/account").text)
    here.post("/account/sessions/end", data={"csrf": token}, headers=OURS)
    assert not signed_in(here)
    assert not signed_in(there)


def test_an_administrator_of_one_agency_sees_and_makes_its_people_only(house: House) -> None:
    """A district's administrator must not make himself eyes for the whole province."""
    somebody(house, role=Role.ADMINISTRATOR, agency="H23.16")
    other = somebody(house, "lan", agency="H23.17")
    client = browser(house)
    sign_in(client)
    page = client.get("/people").text
    token = csrf(page)
    assert "hoa" in page
    assert re.search(r">hoa</td>", page)
    assert not re.search(r">lan</td>", page)
    new = {"csrf": token, "login": "minh", "name": "Minh", "password": PASSWORD, "role": "clerk"}
    for agency, status in (("", 422), ("H23.17", 422), ("<b>", 422), ("H23.16.02", 303)):
        assert client.post("/people", data=new | {"agency": agency}, headers=OURS).status_code == status
    assert client.post(f"/people/{other}/disable", data={"csrf": token}, headers=OURS).status_code == 404
    assert sign_in(browser(house), "minh").status_code == 303


def test_people_of_the_provider_are_told_apart(house: House) -> None:
    """Two of one name in one office: the wrong one would be shut out, and look like the other in every list."""
    made = []
    with house.door.database.transaction() as session:
        for subject in ("1", "2"):
            account = account_from_provider(
                session,
                issuer="https://sso.example",
                subject=subject,
                name="Nguyễn Thị Lan",
                roles=[Role.CLERK],
                agency=None,
            )
            made.append(account)
    somebody(house, role=Role.ADMINISTRATOR)
    client = browser(house)
    sign_in(client)
    page = client.get("/people").text
    for account in made:
        row = page[: page.index(f"/people/{account.id}/disable")].rpartition("<tr>")[2]
        assert account.login in row
        assert f"Nguyễn Thị Lan, {account.login}" in page


def test_only_an_administrator_sees_the_people(house: House) -> None:
    """A list of logins and roles is the first thing that an intruder wants."""
    somebody(house)
    client = browser(house)
    sign_in(client)
    assert client.get("/people").status_code == 403
    assert 'href="/people"' not in client.get("/account").text


def test_a_disabled_person_is_out_at_once(house: House) -> None:
    """Somebody is dismissed at ten o'clock."""
    account = somebody(house)
    client = browser(house)
    sign_in(client)
    assert signed_in(client)
    with house.door.database.transaction() as session:
        disable_account(session, account, agent="test")
    assert not signed_in(client)
    assert sign_in(client).status_code == 401
