"""Signing in: by password and code, or by the province's provider; signing out.

Nothing is told of whether a login exists. A session begins only when every step was right, with a token of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from api.access import Limiter, TheDoor, vouched_account
from api.door import Door
from api.oidc import Asking, NoRole, OidcError, Provider, ProviderAway, TokenRefused
from api.problems import Code, Problem
from storage.accounts import Account, account_by_login, end_session, find_account, start_session
from storage.errors import WrongAgency
from storage.passwords import (
    bucket_of,
    check_password,
    forget_failures,
    know_browser,
    note_failure,
    seconds_to_wait,
)
from storage.pending import LASTS, Pending, begin, end_pending, find_pending, note_try
from storage.second_factor import enrol, has_second_factor, new_secret, take_code
from web.accounts.picture import qr_picture
from web.pages import address_of, own_path, render, say
from web.session import (
    COOKIE,
    Person,
    current_person,
    drop_cookie,
    find_person,
    is_secure,
    keep_cookie,
    refuse_foreign,
)

router = APIRouter()

PENDING_COOKIE = "sohoa_pending"
BROWSER_COOKIE = "sohoa_browser"
BROWSER_SECONDS = 180 * 24 * 3600
BACK = "/login/back"  # where the provider sends the browser; registered there
Next = Annotated[str, Query(max_length=2000)]


def provider_of(request: Request) -> Provider | None:
    """The OIDC provider, where there is one."""
    provider: Provider | None = request.app.state.provider
    return provider


@router.get("/login")
def login_page(
    request: Request,
    next: Next = "/",  # noqa: A002
    told: Annotated[str, Query(pattern="^[a-z_]{0,20}$")] = "",
) -> Response:
    """Where people sign in; who is signed in already goes on."""
    if find_person(request) is not None:
        return RedirectResponse(own_path(next), status_code=303)
    return _login(request, next, trouble=_trouble(request, told))


def _trouble(request: Request, told: str) -> str:
    return say(request, f"accounts.{told}") if told in ("ended", "refused", "no_role", "away") else ""


def _login(request: Request, next: str, *, trouble: str = "", login: str = "", status: int = 200) -> Response:  # noqa: A002
    settings = request.app.state.door.settings
    return render(
        request,
        "accounts/login.html",
        status=status,
        next=own_path(next),
        trouble=trouble,
        login=login,
        local=settings.local_accounts,
        provider=provider_of(request) is not None,
    )


@router.post("/login")
def login(
    request: Request,
    door: TheDoor,
    login: Annotated[str, Form(max_length=80)],
    password: Annotated[str, Form(max_length=1024)],
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002
) -> Response:
    """Check a password; then a code is asked for, or the session begins."""
    refuse_foreign(request)
    if not door.settings.local_accounts:
        raise Problem(Code.NOT_FOUND)
    _one_at_a_time(request)
    browser = request.cookies.get(BROWSER_COOKIE)
    with door.database.reading() as session:
        bucket = bucket_of(session, login, browser)
        wait = seconds_to_wait(session, bucket)
    if wait:
        trouble = say(request, "accounts.wait", seconds=wait)
        return _login(request, next, trouble=trouble, login=login, status=429)
    with door.database.transaction() as session:
        account = check_password(session, login, password)
        if account is None:
            there = account_by_login(session, login)
            note_failure(session, bucket, account_id=there.id if there else None, why="password")
    if account is None:
        return _login(request, next, trouble=say(request, "accounts.wrong"), login=login, status=401)
    return _after_password(request, door, account, bucket, own_path(next))


def _one_at_a_time(request: Request) -> None:
    """Raise Problem: too-many-requests where one address tries without end."""
    failures: Limiter = request.app.state.failures
    wait = failures.take(f"sign-in {request.client.host if request.client else 'unknown'}")
    if wait:
        raise Problem(Code.TOO_MANY, values={"seconds": int(wait) + 1}, headers={"Retry-After": str(int(wait) + 1)})


def _after_password(request: Request, door: Door, account: Account, bucket: str, next: str) -> Response:  # noqa: A002
    with door.database.transaction() as session:
        coded = has_second_factor(session, account.id)
        if not coded and account.roles.isdisjoint(door.settings.codes_for):
            forget_failures(session, bucket)
            return _signed_in(request, session, account, next)
        state: dict[str, Any] = {"next": next, "bucket": bucket}
        if not coded:
            state["secret"] = door.seals.seal(new_secret(), of=account.id)
        return _pending(request, begin(session, account_id=account.id, state=state), "/login/code")


def _signed_in(request: Request, session: Session, account: Account, next: str) -> Response:  # noqa: A002
    agent = f"account {account.id}"
    response = RedirectResponse(own_path(next), status_code=303)
    keep_cookie(response, request, start_session(session, account.id, agent=agent))
    browser = know_browser(session, account.id, request.cookies.get(BROWSER_COOKIE))
    _cookie(response, request, BROWSER_COOKIE, browser, seconds=BROWSER_SECONDS, path="/login")
    response.delete_cookie(PENDING_COOKIE, path="/login")
    return response


def _pending(request: Request, token: str, to: str) -> Response:
    response = RedirectResponse(to, status_code=303)
    _cookie(response, request, PENDING_COOKIE, token, seconds=int(LASTS.total_seconds()), path="/login")
    return response


def _cookie(response: Response, request: Request, name: str, value: str, *, seconds: int, path: str) -> None:
    secure = is_secure(request)
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path=path)


@router.get("/login/code")
def code_page(request: Request, door: TheDoor) -> Response:
    """Where the code is typed, or codes are switched on by who must have them."""
    pending = _found(request, door)
    return _ended() if pending is None else _code(request, door, pending)


def _found(request: Request, door: Door) -> Pending | None:
    with door.database.reading() as session:
        pending = find_pending(session, request.cookies.get(PENDING_COOKIE, ""))
    return pending if pending is not None and pending.account_id is not None else None


def _ended(told: str = "ended") -> Response:
    return RedirectResponse(address_of("/login", told=told), status_code=303)


def _code(request: Request, door: Door, pending: Pending, *, trouble: str = "", status: int = 200) -> Response:
    secret = _secret(door, pending)
    picture = ""
    if secret:
        with door.database.reading() as session:
            picture = qr_picture(secret, find_account(session, str(pending.account_id)).login)
    return render(
        request,
        "accounts/code.html",
        status=status,
        trouble=trouble,
        secret=secret,
        picture=picture,
        to="/login/code",
    )


def _secret(door: Door, pending: Pending) -> str | None:
    """The secret that is being enrolled; None where codes are on already."""
    sealed = pending.state.get("secret")
    return door.seals.open(str(sealed), of=str(pending.account_id)) if sealed else None


@router.post("/login/code")
def code(request: Request, door: TheDoor, code: Annotated[str, Form(max_length=40)]) -> Response:
    """Check a code; then the session begins."""
    refuse_foreign(request)
    _one_at_a_time(request)
    pending = _found(request, door)
    if pending is None:
        return _ended()
    with door.database.reading() as session:
        wait = seconds_to_wait(session, pending.state["bucket"])
    if wait:
        return _code(request, door, pending, trouble=say(request, "accounts.wait", seconds=wait), status=429)
    return _check_code(request, door, pending, code)


def _check_code(request: Request, door: Door, pending: Pending, code: str) -> Response:
    token, account_id = request.cookies.get(PENDING_COOKIE, ""), str(pending.account_id)
    with door.database.transaction() as session:
        account = find_account(session, account_id)
        recovery = None
        if secret := _secret(door, pending):
            agent = f"account {account_id}"
            recovery = enrol(session, account_id, secret, code, seals=door.seals, agent=agent)
            right = recovery is not None
        else:
            right = take_code(session, account_id, code, seals=door.seals)
        if right and account.disabled_at is None and end_pending(session, token):
            forget_failures(session, pending.state["bucket"])
            response = _signed_in(request, session, account, pending.state["next"])
            return response if recovery is None else _recovery(request, response, recovery, pending.state["next"])
        note_try(session, token)
        note_failure(session, pending.state["bucket"], account_id=account_id, why="code")
    return _code(request, door, pending, trouble=say(request, "accounts.wrong_code"), status=401)


def _recovery(request: Request, signed_in: Response, codes: list[str], next: str) -> Response:  # noqa: A002
    """The recovery codes, with the cookies of the session that has begun."""
    shown = render(request, "accounts/recovery.html", codes=codes, to=next)
    for name, value in signed_in.raw_headers:
        if name == b"set-cookie":
            shown.raw_headers.append((name, value))
    return shown


@router.get("/login/provider")
def to_provider(request: Request, door: TheDoor, next: Next = "/") -> Response:  # noqa: A002
    """Send the browser to the provider."""
    provider = provider_of(request)
    if provider is None:
        raise Problem(Code.NOT_FOUND)
    try:
        where, asking = provider.ask(_redirect_uri(request, door))
    except ProviderAway:
        return _ended("away")
    state = {"state": asking.state, "nonce": asking.nonce, "verifier": asking.verifier, "next": own_path(next)}
    with door.database.transaction() as session:
        return _pending(request, begin(session, account_id=None, state=state), where)


def _redirect_uri(request: Request, door: Door) -> str:
    ours = door.settings.public_url.rstrip("/") or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return ours + BACK


@router.get(BACK)
def from_provider(
    request: Request,
    door: TheDoor,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    iss: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The browser comes back: ask the provider whom it vouches for, once for each asking."""
    provider, token = provider_of(request), request.cookies.get(PENDING_COOKIE, "")
    if provider is None:
        raise Problem(Code.NOT_FOUND)
    with door.database.transaction() as session:
        pending = find_pending(session, token)
        there = end_pending(session, token)
    if pending is None or not there or "verifier" not in pending.state:
        return _ended()
    if not code:
        return _ended("refused")
    asking = Asking(**{name: pending.state[name] for name in ("state", "nonce", "verifier")})
    try:
        uri = _redirect_uri(request, door)
        told = provider.answered(asking, state=state, code=code, issuer=iss, redirect_uri=uri)
        account = vouched_account(door, told)
    except (OidcError, WrongAgency) as error:
        return _not_vouched(door, error)
    if account.disabled_at is not None:
        return _ended("no_role")
    with door.database.transaction() as session:
        return _signed_in(request, session, account, pending.state["next"])


def _not_vouched(door: Door, error: OidcError | WrongAgency) -> Response:
    told: Mapping[type[Exception], str] = {ProviderAway: "away", TokenRefused: "refused"}
    why = "no role" if isinstance(error, (NoRole, WrongAgency)) else told.get(type(error), "refused")
    with door.database.transaction() as session:
        note_failure(session, "provider", account_id=None, why=f"provider: {why}")
    return _ended("no_role" if why == "no role" else why)


@router.post("/logout")
def logout(request: Request, door: TheDoor, person: Annotated[Person, Depends(current_person)]) -> Response:
    """End this session."""
    with door.database.transaction() as session:
        end_session(session, request.cookies.get(COOKIE, ""), agent=person.agent)
    response = RedirectResponse("/login", status_code=303)
    drop_cookie(response, request)
    return response
