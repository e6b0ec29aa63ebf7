"""Who sits at the screen: a session's cookie is a person, with the rights that a key of the same scopes would have.

Whatever changes something must prove that our own page sent it: the session's token in `X-CSRF-Token` or in the form
field `csrf`, and no foreign origin.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.access import Caller, caller_of_account, door_of
from api.door import Door
from api.problems import Code, Problem
from storage.accounts import LONGEST, Account, Role, find_session, note_session
from storage.records.sight import Sight

COOKIE = "sohoa_session"
LANGUAGE_COOKIE = "sohoa_language"
HEADER = "x-csrf-token"
FIELD = "csrf"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
YEAR_SECONDS = int(timedelta(days=365).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody signed in."""

    id: str  #: of the account
    login: str
    name: str
    roles: frozenset[Role]
    agency: str | None  #: this agency and all below it; None: the whole province
    language: str
    csrf: str  #: what a page of this session sends back
    caller: Caller  #: the same person as the routes of the API know it

    @property
    def agent(self) -> str:
        """As events name the person."""
        return self.caller.agent

    @property
    def sight(self) -> Sight:
        """What the person may see."""
        return self.caller.sight

    def is_(self, *roles: Role) -> bool:
        """Whether the person has one of the roles."""
        return not self.roles.isdisjoint(roles)


def find_person(request: Request) -> Person | None:
    """Whose session the request's cookie is; None without one that holds. Asks the database."""
    token = request.cookies.get(COOKIE, "")
    if not 20 <= len(token) <= 100:
        return None
    door = door_of(request)
    with door.database.reading() as session:
        found = find_session(session, token)
    if found is None:
        return None
    account, stale = found
    if stale:
        with door.database.transaction() as session:
            note_session(session, token)
    return _person(door, account, token)


def _person(door: Door, account: Account, token: str) -> Person:
    return Person(
        id=account.id,
        login=account.login,
        name=account.name,
        roles=account.roles,
        agency=account.agency_code,
        language=account.language,
        csrf=csrf_of(token),
        caller=caller_of_account(door, account),
    )


def csrf_of(token: str) -> str:
    """What pages of a session send back; tells nothing of the session's own token."""
    return hmac.digest(token.encode(), b"sohoa csrf", hashlib.sha256).hex()


async def current_person(request: Request) -> Person:
    """The person of a request, who also meant it.

    Raises Problem: unauthenticated (pages are sent to sign in), missing-scope for a forged request.
    """
    person = await run_in_threadpool(find_person, request)
    if person is None:
        raise Problem(Code.UNAUTHENTICATED)
    request.state.caller = person.caller
    request.state.person = person
    if request.method not in SAFE_METHODS:
        await meant(request, person.csrf)
    return person


def needs(*roles: Role) -> Callable[[Request], Awaitable[Person]]:
    """A dependency: the person, where it has one of the roles. Raises Problem: unauthenticated, missing-scope."""

    async def somebody(request: Request) -> Person:
        person = await current_person(request)
        if not person.is_(*roles):
            raise Problem(Code.MISSING_SCOPE, values={"scope": ", ".join(roles)})
        return person

    return somebody


async def meant(request: Request, csrf: str) -> None:
    """Raise Problem unless the request came from our own page and holds the token."""
    refuse_foreign(request)
    given = request.headers.get(HEADER, "")
    if not given and request.headers.get("content-type", "").partition(";")[0].strip().lower() in FORMS:
        field = (await request.form()).get(FIELD, "")
        given = "" if isinstance(field, UploadFile) else field
    if not hmac.compare_digest(given.encode(), csrf.encode()):
        raise Problem(Code.FORGED)


def refuse_foreign(request: Request) -> None:
    """Raise Problem where the browser says that another site sent this."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    ours = {request.headers.get("host", ""), urlsplit(door_of(request).settings.public_url).netloc} - {""}
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc not in ours):
        raise Problem(Code.FORGED)


def caller_of(request: Request) -> Caller | None:
    """The caller of a request to the API that came from our own page with a session in place of a key.

    Raises Problem: forged.
    """
    person = find_person(request)
    if person is None:
        return None
    if request.method not in SAFE_METHODS:
        refuse_foreign(request)
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), person.csrf.encode()):
            raise Problem(Code.FORGED)
    return person.caller


def language_of(request: Request) -> str:
    """What the person chose, else Vietnamese."""
    person: Person | None = getattr(request.state, "person", None)
    chosen = request.cookies.get(LANGUAGE_COOKIE) or (person.language if person else "vi")
    return "en" if chosen == "en" else "vi"


def keep_cookie(response: Response, request: Request, token: str) -> None:
    """Hand a session to the browser."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
        path="/",
    )


def drop_cookie(response: Response, request: Request) -> None:
    """Take it back."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=is_secure(request), path="/")


def is_secure(request: Request) -> bool:
    """Whether the browser reaches us by TLS, itself or to the proxy before us."""
    return request.url.scheme == "https" or door_of(request).settings.public_url.startswith("https://")
