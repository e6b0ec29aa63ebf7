"""Who asks, and what that may see: one dependency that every route names with the scope it needs."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.door import Door
from api.oidc import NoRole, Provider, ProviderAway, TokenRefused, Vouched
from api.problems import Code, Problem
from storage.accounts import Account, account_from_provider, account_of_subject
from storage.credentials import ApiKey, find_key
from storage.errors import WrongAgency
from storage.records.sight import Sight
from storage.scopes import Scope

FAILURES_PER_MINUTE = 30  # wrong keys from one address
MOST_BUCKETS = 10_000  # askers remembered by a limiter; the longest silent is forgotten
LONGEST_TOKEN = 200  # letters; ours have 62

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="A key from `sohoa keys add`, in `Authorization: Bearer …`; its scopes are listed with each route.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks."""

    key: ApiKey
    sight: Sight
    kind: str = "key"  #: or account: a person at the screen

    @property
    def agent(self) -> str:
        """As events name it."""
        return f"{self.kind} {self.key.id}"

    def may(self, scope: Scope) -> bool:
        """Whether the key has a scope."""
        return scope in self.key.scopes

    @property
    def personal(self) -> bool:
        """Whether personal numbers are shown whole."""
        return self.may(Scope.PERSONAL)


class Limiter:
    """Token buckets by name: so many a minute, a minute's worth at once. Of this process only."""

    def __init__(self, per_minute: int) -> None:
        self._per_second = per_minute / 60
        self._most = float(per_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # name → tokens, when
        self._lock = threading.Lock()

    def take(self, name: str) -> float:
        """Take a token; 0, or the seconds until there is one."""
        now = time.monotonic()
        with self._lock:
            tokens, then = self._buckets.pop(name, (self._most, now))
            tokens = min(self._most, tokens + (now - then) * self._per_second)
            wait = 0.0 if tokens >= 1 else (1 - tokens) / self._per_second
            self._buckets[name] = (tokens if wait else tokens - 1, now)
            if len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
        return wait


def door_of(request: Request) -> Door:
    """The installation behind this application."""
    door: Door = request.app.state.door
    return door


async def _door(request: Request) -> Door:  # a plain function would wait for a thread of the pool at every request
    return door_of(request)


TheDoor = Annotated[Door, Depends(_door)]


def authenticate(
    request: Request,
    scopes: SecurityScopes,
    door: TheDoor,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """The caller, where its key holds and has every scope that the route names.

    Raises Problem: unauthenticated, key-expired, too-many-requests, missing-scope.
    """
    if credentials is None and (person := _at_the_screen(request)) is not None:
        return _with_scopes(request, person, scopes)
    if credentials is not None and (person := _by_provider(request, door, credentials.credentials)) is not None:
        _not_too_many(request.app.state.requests.take(person.key.id))
        return _with_scopes(request, person, scopes)
    key = _key(door, credentials)
    if key is None or not key.holds(datetime.now(UTC)):
        failures: Limiter = request.app.state.failures  # of wrong keys only: many callers come from one proxy
        _not_too_many(failures.take(request.client.host if request.client else "unknown"))
        code = Code.UNAUTHENTICATED if key is None else Code.KEY_EXPIRED
        raise Problem(code, headers={"WWW-Authenticate": 'Bearer realm="sohoa"'})
    requests: Limiter = request.app.state.requests
    _not_too_many(requests.take(key.id))
    hidden = () if Scope.CONFIDENTIAL in key.scopes else door.settings.confidential_types
    return _with_scopes(request, Caller(key=key, sight=Sight(agency=key.agency_code, hidden_types=hidden)), scopes)


def _by_provider(request: Request, door: Door, token: str) -> Caller | None:
    """Whom an access token of the OIDC provider stands for; None for what is no token of one, or is not believed.

    Raises Problem: unavailable where the provider must be asked and is away.
    """
    provider: Provider | None = request.app.state.provider
    if provider is None or token.count(".") != 2:
        return None
    try:
        account = vouched_account(door, provider.bearer(token))
    except (TokenRefused, NoRole, WrongAgency):
        return None
    except ProviderAway as error:
        raise Problem(Code.UNAVAILABLE, headers={"Retry-After": "30"}) from error
    return None if account.disabled_at else caller_of_account(door, account)


def vouched_account(door: Door, told: Vouched) -> Account:
    """The account of somebody whom the provider vouches for, as it says now. Raises WrongAgency."""
    with door.database.reading() as session:
        there = account_of_subject(session, told.issuer, told.subject)
    if there is not None and (there.name, there.roles, there.agency_code) == (told.name, told.roles, told.agency):
        return there
    with door.database.transaction() as session:
        return account_from_provider(
            session,
            issuer=told.issuer,
            subject=told.subject,
            name=told.name,
            roles=told.roles,
            agency=told.agency,
        )


def caller_of_account(door: Door, account: Account) -> Caller:
    """A person as the routes know who asks: with the rights that a key of the same scopes would have."""
    key = ApiKey(
        id=account.id,
        name=account.name,
        scopes=account.scopes,
        agency_code=account.agency_code,
        created_at=account.created_at,
        expires_at=account.created_at,
        revoked_at=None,
    )
    hidden = () if Scope.CONFIDENTIAL in account.scopes else door.settings.confidential_types
    return Caller(key=key, sight=Sight(agency=account.agency_code, hidden_types=hidden), kind="account")


def _at_the_screen(request: Request) -> Caller | None:
    """A person whose own page asks, by the cookie of a session. Raises Problem: forged."""
    signed_in: Callable[[Request], Caller | None] | None = getattr(request.app.state, "signed_in", None)
    return signed_in(request) if signed_in else None


def _with_scopes(request: Request, caller: Caller, scopes: SecurityScopes) -> Caller:
    request.state.caller = caller
    for scope in scopes.scopes:
        if not caller.may(Scope(scope)):
            raise Problem(Code.MISSING_SCOPE, values={"scope": scope})
    return caller


def _key(door: Door, credentials: HTTPAuthorizationCredentials | None) -> ApiKey | None:
    if credentials is None or not 0 < len(credentials.credentials) <= LONGEST_TOKEN:
        return None
    with door.database.asking() as connection:
        return find_key(connection, credentials.credentials)


def _not_too_many(wait: float) -> None:
    if wait:
        seconds = int(wait) + 1
        raise Problem(Code.TOO_MANY, values={"seconds": seconds}, headers={"Retry-After": str(seconds)})


Searcher = Annotated[Caller, Security(authenticate, scopes=[Scope.SEARCH])]
Reader = Annotated[Caller, Security(authenticate, scopes=[Scope.READ])]
Writer = Annotated[Caller, Security(authenticate, scopes=[Scope.WRITE])]
Reviewer = Annotated[Caller, Security(authenticate, scopes=[Scope.REVIEW])]
Counter = Annotated[Caller, Security(authenticate, scopes=[Scope.FIGURES])]
Administrator = Annotated[Caller, Security(authenticate, scopes=[Scope.ADMIN])]
