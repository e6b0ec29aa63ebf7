"""Single sign-on: a real Keycloak vouches for people, and a forger on loopback tries to."""

from __future__ import annotations

import base64
import hmac
import html
import http.cookiejar
import json
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select

import api.oidc
from api.app import create_app
from api.oidc import Asking, OidcSettings, Provider, ProviderAway, TokenRefused
from storage.accounts import Role, account_of_subject, disable_account
from storage.records.models import EventTable
from tests.api.house import House, PaperText
from tests.keycloak import AUDIENCE, CLIENT, PASSWORD, SECRET, Keycloak, keycloak
from tests.services import free_port

HTML = {"accept": "text/html"}
HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def provider() -> Iterator[Keycloak]:
    """A Keycloak for all tests here; it takes half a minute to start."""
    with keycloak() as started:
        yield started


def settings_for(issuer: str) -> OidcSettings:
    return OidcSettings(
        issuer=issuer,
        client_id=CLIENT,
        client_secret=SECRET,
        audience=AUDIENCE,
        roles={"can-bo-so-hoa": Role.CLERK, "lanh-dao": Role.LEADER},
        whole_province="TOAN-TINH",
    )


@contextmanager
def house_with(house: House, issuer: str) -> Iterator[TestClient]:
    door = replace(house.door, settings=replace(house.door.settings, oidc=settings_for(issuer)))
    app = create_app(door, background=False)
    with TestClient(app, base_url=f"http://{HOST}:{free_port()}", follow_redirects=False, headers=HTML) as client:
        yield client


def at_the_provider(where: str, login: str) -> str:
    """Sign in at Keycloak as a browser does; where it sends the browser then."""
    loopback = http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https"))  # as browsers take loopback
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar(loopback))

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    browser = urllib.request.build_opener(jar, Stay())
    page = browser.open(where).read().decode()
    action = html.unescape(re.search(r'action="([^"]+)"', page)[1])
    form = urlencode({"username": login, "password": PASSWORD}).encode()
    try:
        browser.open(action, form)
    except urllib.error.HTTPError as answer:
        return answer.headers["Location"]
    raise AssertionError("Keycloak sent nobody back")


def sign_in(client: TestClient, login: str, next_: str = "/account") -> str:
    """The whole way; where it ends."""
    where = client.get("/login/provider", params={"next": next_}).headers["location"]
    back = urlsplit(at_the_provider(where, login))
    answer = client.get(f"{back.path}?{back.query}")
    assert answer.status_code == 303, (back, answer.text)
    return answer.headers["location"]


def test_the_provinces_provider_signs_a_clerk_in_with_role_and_agency(house: House, provider: Keycloak) -> None:
    """One account for all of a province's systems; who leaves is shut out of all."""
    with house_with(house, provider.issuer) as client:
        assert "/login/provider" in client.get("/login").text
        assert sign_in(client, "hoa") == "/account"
        page = client.get("/account").text
        assert "H23.16" in page
        assert "Hoa Trần" in page
        client.cookies.clear()
        assert sign_in(client, "an") == "/account"
        assert "toàn tỉnh" in client.get("/account").text


@pytest.mark.parametrize("login", ["khach", "mo-coi"])
def test_who_has_no_role_or_no_agency_at_the_provider_stays_outside(
    house: House, provider: Keycloak, login: str
) -> None:
    """Everybody of the province has an account there; no agency must not mean all agencies."""
    with house_with(house, provider.issuer) as client:
        assert sign_in(client, login) == "/login?told=no_role"
        assert client.get("/account").status_code == 303
    with house.door.database.reading() as session:
        assert [row.type for row in session.scalars(select(EventTable))] == ["sign-in failed"]


def test_an_answer_serves_once_and_only_the_browser_that_asked(house: House, provider: Keycloak) -> None:
    """An attacker's own answer in a clerk's browser would have her work in his account; a code leaks in a log."""
    with house_with(house, provider.issuer) as client, house_with(house, provider.issuer) as other:
        where = client.get("/login/provider").headers["location"]
        asked = parse_qs(urlsplit(where).query)
        assert asked["code_challenge_method"] == ["S256"]
        back = urlsplit(at_the_provider(where.replace(str(client.base_url), str(other.base_url)), "hoa"))
        address = f"{back.path}?{back.query}"
        other.get("/login/provider")
        assert other.get(address).headers["location"] == "/login?told=refused"  # another state
        assert other.get(address).headers["location"] == "/login?told=ended"  # and its asking is used up
        forged = re.sub(r"state=[^&]+", "state=x", address)
        assert client.get(forged).headers["location"] == "/login?told=refused"
        assert client.get(address).headers["location"] == "/login?told=ended"
        assert client.get("/account").status_code == 303


def test_an_administrators_token_manages_webhooks(house: House, provider: Keycloak) -> None:
    """The province's administrators would need keys beside their single sign-on."""
    settings = replace(settings_for(provider.issuer), roles={"lanh-dao": Role.ADMINISTRATOR})
    door = replace(house.door, settings=replace(house.door.settings, oidc=settings))
    key = {"Authorization": f"Bearer {provider.tokens('an')['access_token']}"}
    with TestClient(create_app(door, background=False)) as client:
        hook = client.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/x"}, headers=key)
        assert (hook.status_code, hook.json()["agency_code"]) == (201, None)
        assert client.delete(f"/v1/webhooks/{hook.json()['id']}", headers=key).status_code == 204


def test_its_access_token_opens_the_api_within_the_agency(house: House, provider: Keycloak) -> None:
    """Another department's portal calls with the person's token: it must see what the person may see."""
    ours, theirs = house.publish(
        PaperText(name="a", agency="H23.16"), PaperText(name="b", agency="H23.17", dossier=None)
    )
    tokens = provider.tokens("hoa")
    key = {"Authorization": f"Bearer {tokens['access_token']}"}
    with house_with(house, provider.issuer) as client:
        assert client.get(f"/v1/documents/{ours}", headers=key).status_code == 200
        assert client.get(f"/v1/documents/{theirs}", headers=key).status_code == 404
        assert client.get("/v1/webhooks", headers=key).status_code == 403
        assert client.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/x"}, headers=key).status_code == 403
        for wrong in (tokens["id_token"], tokens["access_token"][:-4] + "AAAA", "a.b.c", "x" * 9000):
            refused = client.get(f"/v1/documents/{ours}", headers={"Authorization": f"Bearer {wrong}"})
            assert refused.status_code == 401
        with house.door.database.transaction() as session:
            subject = json.loads(_part(tokens["access_token"]))["sub"]
            account = account_of_subject(session, provider.issuer, subject)
            assert account is not None
            disable_account(session, account.id, agent="test")
        assert client.get(f"/v1/documents/{ours}", headers=key).status_code == 401
        events = house.door.database
        with events.reading() as session:
            agents = {row.agent for row in session.scalars(select(EventTable)) if row.type == "viewed"}
        assert agents == {f"account {account.id}"}


def _part(token: str) -> bytes:
    body = token.split(".")[1]
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))


def test_keys_that_the_provider_changes_are_found(
    house: House, provider: Keycloak, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider changes its keys every few months, on a Sunday; on Monday nobody could sign in."""
    monkeypatch.setattr(api.oidc, "RETRY_SECONDS", 0.0)
    ours = Provider(settings_for(provider.issuer))
    before = provider.tokens("hoa")["access_token"]
    assert ours.bearer(before).agency == "H23.16"
    provider.change_keys()
    after = provider.tokens("hoa")["access_token"]
    assert _kid(before) != _kid(after)
    assert ours.bearer(after).roles == {Role.CLERK}
    assert ours.bearer(before).name == "Hoa Trần"


def _kid(token: str) -> str:
    head = token.split(".")[0]
    kid: str = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
    return kid


class Forge:
    """A provider on loopback that signs what it is told: for tokens that Keycloak would never make."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self.server = ThreadingHTTPServer((HOST, 0), self._handler())
        self.issuer = f"http://{HOST}:{self.server.server_port}"
        self.claims: dict[str, Any] = {}
        self.answer: dict[str, Any] | None = None
        self.asked = 0
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _handler(forge) -> type[BaseHTTPRequestHandler]:  # noqa: N805  (the handler has a self of its own)
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/keys":
                    forge.asked += 1
                    self._tell({"keys": [forge.key.as_dict(private=False)]})
                else:
                    base = forge.issuer
                    self._tell(
                        {
                            "issuer": base,
                            "jwks_uri": f"{base}/keys",
                            "token_endpoint": f"{base}/token",
                            "authorization_endpoint": f"{base}/ask",
                        }
                    )

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self._tell(forge.answer or {"id_token": forge.token(**forge.claims)})

            def _tell(self, told: dict[str, Any]) -> None:
                data = json.dumps(told).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def told(self, **claims: Any) -> dict[str, Any]:
        now = int(time.time())
        usual = {"iss": self.issuer, "sub": "17", "aud": AUDIENCE, "iat": now, "exp": now + 300, "name": "Hoa"}
        return usual | {"roles": ["can-bo-so-hoa"], "agency": "H23.16"} | claims

    def token(self, *, head: dict[str, Any] | None = None, key: Any = None, **claims: Any) -> str:
        body = {name: value for name, value in self.told(**claims).items() if value is not None}
        head = {"alg": "RS256", "kid": "1"} | (head or {})
        return jwt.encode(head, body, key or self.key, algorithms=[head["alg"]])


@pytest.fixture(scope="module")
def forge() -> Iterator[Forge]:
    """A forger."""
    made = Forge()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 600},
        {"exp": None},
        {"nbf": int(time.time()) + 6000},
        {"aud": "another"},
        {"aud": ["another", CLIENT]},
        {"aud": None},
        {"iss": "https://other.example"},
        {"iss": None},
        {"sub": None},
        {"typ": "ID"},
        {"nonce": "an ID token"},
    ],
)
def test_a_token_that_is_old_or_for_others_opens_nothing(forge: Forge, claims: dict[str, Any]) -> None:
    """Another system's token, or last year's from a backup, is signed by the very same provider."""
    ours = Provider(settings_for(forge.issuer))
    assert ours.bearer(forge.token()).subject == "17"
    with pytest.raises(TokenRefused) as refused:
        ours.bearer(forge.token(**claims))
    assert "H23.16" not in str(refused.value)


def test_a_token_that_the_provider_did_not_sign_opens_nothing(forge: Forge) -> None:
    """The oldest tricks: no signature, the public key as a secret, a key that the token brings along."""
    ours = Provider(settings_for(forge.issuer))
    public = forge.key.as_pem(private=False)
    stranger = RSAKey.generate_key(2048, {"kid": "1"})
    head, body, _ = forge.token().split(".")
    none, secret = (_encoded(f'{{"alg":"{alg}","kid":"1"}}'.encode()) for alg in ("none", "HS256"))
    brought = {"jwk": stranger.as_dict(private=False)}
    for token in (
        f"{none}.{body}.",
        f"{head}.{body}.",
        f"{secret}.{body}.{_encoded(hmac.digest(public, f'{secret}.{body}'.encode(), 'sha256'))}",
        forge.token(key=stranger),
        forge.token(key=stranger, head=brought),
        forge.token(key=stranger, head={"kid": "2"}),
        "..",
        "é.é.é",
    ):
        with pytest.raises(TokenRefused):
            ours.bearer(token)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_made_up_keys_do_not_send_us_to_the_provider_each_time(forge: Forge) -> None:
    """Anybody could have us hammer the province's sign-in with our own requests."""
    ours = Provider(settings_for(forge.issuer))
    stranger = RSAKey.generate_key(2048, {"kid": "9"})
    before = forge.asked
    for number in range(20):
        with pytest.raises(TokenRefused):
            ours.bearer(forge.token(key=stranger, head={"kid": str(number)}))
    assert forge.asked - before <= 1


@pytest.mark.parametrize("claims", [{"nonce": "other"}, {"nonce": None}, {"aud": AUDIENCE}, {"azp": "other"}])
def test_an_id_token_of_another_asking_signs_nobody_in(forge: Forge, claims: dict[str, Any]) -> None:
    """A token that was stolen elsewhere is played into our answer."""
    ours = Provider(settings_for(forge.issuer))
    asking = Asking(state="s", nonce="n", verifier="v")
    about = {"state": "s", "code": "c", "issuer": None, "redirect_uri": "http://x"}
    forge.claims = {"aud": CLIENT, "nonce": "n", "azp": CLIENT}
    assert ours.answered(asking, **about).subject == "17"
    with pytest.raises(TokenRefused):
        ours.answered(asking, **about | {"issuer": "https://other.example"})
    forge.claims |= claims
    with pytest.raises(TokenRefused):
        ours.answered(asking, **about)


def test_a_provider_that_is_away_is_told_as_such(house: House) -> None:
    """A clerk must read that the province's sign-in is down, and not that her password is wrong."""
    issuer = f"http://{HOST}:{free_port()}"
    with house_with(house, issuer) as client:
        assert client.get("/login/provider").headers["location"] == "/login?told=away"
        assert "không trả lời" in client.get("/login?told=away").text
        answer = client.get("/v1/search?q=a", headers={"Authorization": "Bearer a.b.c", "accept": "*/*"})
        assert answer.status_code == 503
    with pytest.raises(ProviderAway):
        Provider(settings_for("http://sso.example")).bearer("a.b.c")  # not without TLS
