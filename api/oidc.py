"""An OIDC provider (the province's single sign-on): whom it vouches for, on the pages and with tokens at the API.

Authorization code with PKCE (RFC 7636), state and nonce; tokens signed with the provider's published keys, which may
change at any time. Nothing in a token is believed before its signature, issuer, audience and times are checked.
Sources: OpenID Connect Core 3.1, RFC 9700 (best current practice), RFC 9068.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from urllib3.exceptions import HTTPError

from storage.accounts import Role

TIMEOUT = urllib3.Timeout(connect=5.0, read=10.0)
LARGEST_ANSWER = 1 << 20  # bytes
FRESH_SECONDS = 3600.0  # that the provider's description and keys serve
RETRY_SECONDS = 15.0  # between two looks for a key that was not there: a made-up kid costs the provider nothing
LEEWAY_SECONDS = 60  # that clocks may differ
LONGEST_TOKEN = 16_384  # letters
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]  # no HMAC, no none
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class OidcError(Exception):
    """Base of what goes wrong with a provider."""


class ProviderAway(OidcError):
    """The provider does not answer, or answers nonsense; try again later."""


class TokenRefused(OidcError):
    """A token, or an answer of the provider, that must not be believed. The message holds nothing of the token."""


class NoRole(OidcError):
    """The provider knows the person, but gives no role here, or no agency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """What we are to the provider, and how its claims are read."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    audience: str = ""  #: of access tokens at the API; empty: none is taken
    scopes: tuple[str, ...] = ("openid", "profile")
    roles_claim: str = "roles"  #: dots go into objects: realm_access.roles
    roles: Mapping[str, Role] = field(default_factory=lambda: {str(role): role for role in Role})
    agency_claim: str = "agency"
    whole_province: str = ""  #: value of the agency claim that means all agencies; empty: nobody comes so


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Somebody whom the provider vouches for."""

    issuer: str
    subject: str
    name: str
    roles: frozenset[Role]
    agency: str | None  #: None: the whole province


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is remembered while a browser is at the provider."""

    state: str
    nonce: str
    verifier: str


class Provider:
    """The provider, with what it published."""

    def __init__(self, settings: OidcSettings) -> None:
        self.settings = settings
        self._http = urllib3.PoolManager(timeout=TIMEOUT, retries=False)
        self._lock = threading.Lock()
        self._described: Mapping[str, Any] = {}
        self._described_at = self._keys_at = float("-inf")
        self._keys = KeySet([])

    def ask(self, redirect_uri: str) -> tuple[str, Asking]:
        """Where a browser is sent to sign in, and what to remember. Raises ProviderAway."""
        asking = Asking(
            state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48)
        )
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asking.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.settings.scopes),
            "state": asking.state,
            "nonce": asking.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", asking

    def answered(self, asking: Asking, *, state: str, code: str, issuer: str | None, redirect_uri: str) -> Vouched:
        """Whom the provider vouches for, from what the browser brought back.

        issuer: `iss` of the answer, where the provider sends it (RFC 9207).
        Raises TokenRefused, NoRole, ProviderAway.
        """
        if not hmac.compare_digest(state.encode(), asking.state.encode()):
            raise TokenRefused("the state is not the one that was sent")
        if issuer is not None and issuer != self.settings.issuer:
            raise TokenRefused("the answer is another provider's")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": asking.verifier,
            "client_id": self.settings.client_id,
        }
        headers = {}
        if self.settings.client_secret:
            headers = urllib3.make_headers(basic_auth=f"{self.settings.client_id}:{self.settings.client_secret}")
        told = self._json("POST", self._endpoint("token_endpoint"), fields=form, headers=headers)
        token = told.get("id_token")
        if not isinstance(token, str):
            raise TokenRefused("the provider gave no ID token")
        claims = self._claims(token, self.settings.client_id)
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), asking.nonce.encode()):
            raise TokenRefused("the nonce is not the one that was sent")
        if claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise TokenRefused("the ID token was made for another client")
        return self._vouched(claims)

    def bearer(self, token: str) -> Vouched:
        """Whom an access token at the API stands for. Raises TokenRefused, NoRole, ProviderAway."""
        if not self.settings.audience:
            raise TokenRefused("no access tokens are taken")
        claims = self._claims(token, self.settings.audience)
        if "nonce" in claims or claims.get("typ") == "ID":
            raise TokenRefused("an ID token tells who signed in; it opens nothing")
        return self._vouched(claims)

    def _claims(self, token: str, audience: str) -> Mapping[str, Any]:
        """What a token says, once it is believed."""
        if not 0 < len(token) <= LONGEST_TOKEN:
            raise TokenRefused("the token is too long")
        try:
            found = self._decoded(token)
            rules = jwt.JWTClaimsRegistry(
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.settings.issuer},
                sub={"essential": True},
                exp={"essential": True},
                aud={"essential": True},
            )
            rules.validate(found.claims)
        except (JoseError, ValueError) as error:  # its own messages may repeat the token
            raise TokenRefused(f"the token does not hold ({type(error).__name__})") from None
        told = found.claims["aud"]
        if audience not in (told if isinstance(told, list) else [told]):
            raise TokenRefused("the token was made for somebody else")
        return found.claims

    def _decoded(self, token: str) -> jwt.Token:
        """Try the keys that are known, then those that the provider shows now: it may have changed them."""
        try:
            return jwt.decode(token, self._known_keys(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if not self._looked_again():
                raise
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS)

    def _known_keys(self) -> KeySet:
        if time.monotonic() - self._keys_at > FRESH_SECONDS:
            self._look()
        return self._keys

    def _looked_again(self) -> bool:
        with self._lock:
            if time.monotonic() - self._keys_at < RETRY_SECONDS:
                return False
            self._look()
        return True

    def _look(self) -> None:
        told = self._json("GET", self._endpoint("jwks_uri"))
        keys = [key for key in told.get("keys", []) if isinstance(key, dict) and key.get("use", "sig") == "sig"]
        usable = [key for key in keys if key.get("kty") in ("RSA", "EC", "OKP")]  # a secret among them signs nothing
        try:
            self._keys = KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError) as error:
            raise ProviderAway(f"{self.settings.issuer}: its keys cannot be understood") from error
        self._keys_at = time.monotonic()

    def _endpoint(self, name: str) -> str:
        if time.monotonic() - self._described_at > FRESH_SECONDS:
            told = self._json("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            if told.get("issuer") != self.settings.issuer:
                raise ProviderAway(f"{self.settings.issuer}: describes itself as another issuer")
            self._described, self._described_at = told, time.monotonic()
        endpoint = self._described.get(name)
        if not isinstance(endpoint, str):
            raise ProviderAway(f"{self.settings.issuer}: tells no {name}")
        return endpoint

    def _json(
        self,
        method: str,
        url: str,
        *,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        where = urlsplit(url)
        if where.scheme != "https" and where.hostname not in LOOPBACK:
            raise ProviderAway(f"{self.settings.issuer}: {where.scheme}:// is not safe; use https")
        body = urlencode(fields) if fields else None
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
        try:
            answer = self._http.request(
                method, url, body=body, headers={**kind, **(headers or {})}, redirect=False, preload_content=False
            )
            data = answer.read(LARGEST_ANSWER + 1)
            answer.release_conn()
        except HTTPError as error:
            raise ProviderAway(f"{self.settings.issuer}: does not answer") from error
        if 400 <= answer.status < 500 and method == "POST":
            raise TokenRefused("the provider does not take the code")
        if answer.status != 200 or len(data) > LARGEST_ANSWER:
            raise ProviderAway(f"{self.settings.issuer}: answers {answer.status}")
        try:
            told = json.loads(data)
        except ValueError as error:
            raise ProviderAway(f"{self.settings.issuer}: answers nonsense") from error
        if not isinstance(told, dict):
            raise ProviderAway(f"{self.settings.issuer}: answers nonsense")
        return told

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        given = _inner(claims, self.settings.roles_claim)
        names = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        roles = frozenset(
            self.settings.roles[name] for name in names if isinstance(name, str) and name in self.settings.roles
        )
        agency = _inner(claims, self.settings.agency_claim)
        agency = agency[0] if isinstance(agency, list) and len(agency) == 1 else agency
        if not roles or not isinstance(agency, str) or not agency:
            raise NoRole("the provider gives this person no role or no agency here")
        whole = bool(self.settings.whole_province) and agency == self.settings.whole_province
        shown = claims.get("name") or claims.get("preferred_username") or claims["sub"]
        return Vouched(
            issuer=self.settings.issuer,
            subject=str(claims["sub"]),
            name=str(shown)[:200],
            roles=roles,
            agency=None if whole else agency,
        )


def _inner(claims: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401  (whatever a provider says)
    found: Any = claims.get(path)
    if found is None:  # a claim's own name may hold dots
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    return found
