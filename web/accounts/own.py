"""One's own account: password, codes, sessions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.access import TheDoor
from api.door import Door
from api.problems import Code, Problem
from storage.accounts import end_sessions, has_password, start_session
from storage.errors import WeakPassword
from storage.passwords import bucket_of, check_password, note_failure, seconds_to_wait, set_password
from storage.pending import begin, end_pending, find_pending
from storage.second_factor import (
    drop_second_factor,
    enrol,
    has_second_factor,
    new_recovery_codes,
    new_secret,
    recovery_codes_left,
)
from web.accounts.picture import qr_picture
from web.pages import render, say
from web.session import Person, current_person, drop_cookie, keep_cookie

router = APIRouter(prefix="/account")

Someone = Annotated[Person, Depends(current_person)]
Password = Annotated[str, Form(max_length=1024)]


def _page(request: Request, door: Door, person: Person, *, status: int = 200, **told: Any) -> Response:  # noqa: ANN401
    with door.database.reading() as session:
        values = {
            "local": has_password(session, person.id),
            "coded": has_second_factor(session, person.id),
            "left": recovery_codes_left(session, person.id),
            "must": not person.roles.isdisjoint(door.settings.codes_for),
            "trouble": "",
            "good": "",
        }
    return render(request, "accounts/own.html", status=status, **(values | told))


@router.get("")
def account(request: Request, door: TheDoor, person: Someone) -> Response:
    """Who one is here, and what one can change of it."""
    return _page(request, door, person)


def _right(door: Door, person: Person, password: str) -> bool:
    """Whether it is the person at the keyboard, and not who found the browser open."""
    with door.database.transaction() as session:
        bucket = bucket_of(session, f"own {person.id}", None)
        if seconds_to_wait(session, bucket):
            return False
        account = check_password(session, person.login, password)
        if account is None:
            note_failure(session, bucket, account_id=person.id, why="own password")
    return account is not None and account.id == person.id


@router.post("/password")
def password(request: Request, door: TheDoor, person: Someone, now: Password, new: Password) -> Response:
    """Change the password; every other session ends, and this one has a new token."""
    if not _right(door, person, now):
        return _page(request, door, person, status=401, trouble=say(request, "accounts.wrong"))
    try:
        with door.database.transaction() as session:
            set_password(session, person.id, new, agent=person.agent)
            token = start_session(session, person.id, agent=person.agent)
    except WeakPassword:
        return _page(request, door, person, status=422, trouble=say(request, "accounts.own.weak"))
    response = RedirectResponse("/account", status_code=303)
    keep_cookie(response, request, token)
    return response


@router.post("/codes")
def codes(request: Request, door: TheDoor, person: Someone, now: Password) -> Response:
    """Show a new secret; codes are asked for once one of it was typed."""
    if not _right(door, person, now):
        return _page(request, door, person, status=401, trouble=say(request, "accounts.wrong"))
    secret = new_secret()
    with door.database.transaction() as session:
        token = begin(
            session, account_id=person.id, state={"secret": door.seals.seal(secret, of=person.id), "for": "codes"}
        )
    return _enrolment(request, person, secret, token)


def _enrolment(request: Request, person: Person, secret: str, token: str, *, trouble: str = "") -> Response:
    return render(
        request,
        "accounts/code.html",
        status=401 if trouble else 200,
        secret=secret,
        picture=qr_picture(secret, person.login),
        trouble=trouble,
        to="/account/codes/confirm",
        token=token,
    )


@router.post("/codes/confirm")
def confirm(
    request: Request,
    door: TheDoor,
    person: Someone,
    code: Annotated[str, Form(max_length=40)],
    token: Annotated[str, Form(max_length=100)],
) -> Response:
    """Switch codes on."""
    with door.database.transaction() as session:
        pending = find_pending(session, token)
        if pending is None or pending.account_id != person.id or pending.state.get("for") != "codes":
            return RedirectResponse("/account", status_code=303)
        secret = door.seals.open(str(pending.state["secret"]), of=person.id)
        if secret is None:  # the keys were changed this moment
            return RedirectResponse("/account", status_code=303)
        made = enrol(session, person.id, secret, code, seals=door.seals, agent=person.agent)
        if made is not None:
            end_pending(session, token)
    if made is None:
        return _enrolment(request, person, secret, token, trouble=say(request, "accounts.wrong_code"))
    return render(request, "accounts/recovery.html", codes=made, to="/account")


@router.post("/codes/drop")
def drop(request: Request, door: TheDoor, person: Someone, now: Password) -> Response:
    """Ask for no code any more, where the roles allow it."""
    if not person.roles.isdisjoint(door.settings.codes_for):
        raise Problem(Code.MISSING_SCOPE, values={"scope": "code"})
    if not _right(door, person, now):
        return _page(request, door, person, status=401, trouble=say(request, "accounts.wrong"))
    with door.database.transaction() as session:
        drop_second_factor(session, person.id, agent=person.agent)
    return RedirectResponse("/account", status_code=303)


@router.post("/codes/recovery")
def recovery(request: Request, door: TheDoor, person: Someone, now: Password) -> Response:
    """New recovery codes in place of the old."""
    if not _right(door, person, now):
        return _page(request, door, person, status=401, trouble=say(request, "accounts.wrong"))
    with door.database.transaction() as session:
        if not has_second_factor(session, person.id):
            raise Problem(Code.NOT_FOUND)
        made = new_recovery_codes(session, person.id, agent=person.agent)
    return render(request, "accounts/recovery.html", codes=made, to="/account")


@router.post("/sessions/end")
def everywhere(request: Request, door: TheDoor, person: Someone) -> Response:
    """Sign out everywhere, here too."""
    with door.database.transaction() as session:
        end_sessions(session, person.id, agent=person.agent)
    response = RedirectResponse("/login", status_code=303)
    drop_cookie(response, request)
    return response
