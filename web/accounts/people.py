"""The people of the house, for administrators: who may sign in, as what, for which agency.

An administrator of one agency sees and makes accounts of that agency and below only.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import IntegrityError

from api.access import TheDoor
from api.door import Door
from api.problems import Code, Problem
from storage.accounts import (
    Account,
    Role,
    add_account,
    disable_account,
    enable_account,
    find_account,
    has_password,
    list_accounts,
)
from storage.agencies import agency_code, within
from storage.errors import WeakPassword, WrongAgency
from storage.passwords import set_password
from storage.second_factor import has_second_factor
from web.pages import address_of, render, say
from web.session import Person, needs

router = APIRouter(prefix="/people")

Administrator = Annotated[Person, Depends(needs(Role.ADMINISTRATOR))]


def _page(request: Request, door: Door, person: Person, *, status: int = 200, **told: Any) -> Response:  # noqa: ANN401
    with door.database.reading() as session:
        shown = [
            (account, has_second_factor(session, account.id), has_password(session, account.id))
            for account in list_accounts(session)
            if within(account.agency_code, person.agency)
        ]
    blank = {"login": "", "name": "", "agency": person.agency or "", "role": []}
    values = {"trouble": "", "good": "", "given": blank} | told
    return render(request, "accounts/people.html", status=status, accounts=shown, roles=list(Role), **values)


@router.get("")
def people(request: Request, door: TheDoor, person: Administrator, added: str = "") -> Response:
    """All accounts that the administrator may see."""
    good = say(request, "accounts.people.added", login=added[:80]) if added else ""
    return _page(request, door, person, good=good)


@router.post("")
def add(
    request: Request,
    door: TheDoor,
    person: Administrator,
    login: Annotated[str, Form(min_length=1, max_length=80, pattern=r"^\S+$")],
    name: Annotated[str, Form(min_length=1, max_length=200)],
    password: Annotated[str, Form(max_length=1024)],
    agency: Annotated[str, Form(max_length=40)] = "",
    role: Annotated[list[Role], Form()] = [],  # noqa: B006
) -> Response:
    """Make an account."""
    given = {"login": login, "name": name, "agency": agency, "role": role}
    trouble = "" if role else "accounts.people.role_missing"
    try:
        whose = _agency(person, agency)
        if not trouble:
            with door.database.transaction() as session:
                made = add_account(session, login=login, name=name, roles=role, agency=whose, agent=person.agent)
                set_password(session, made.id, password, agent=person.agent)
    except WrongAgency:
        trouble = "accounts.people.agency_wrong"
    except WeakPassword:
        trouble = "accounts.own.weak"
    except IntegrityError:
        trouble = "accounts.people.taken"
    if trouble:
        return _page(request, door, person, status=422, trouble=say(request, trouble), given=given)
    return RedirectResponse(address_of("/people", added=login), status_code=303)


def _agency(person: Person, typed: str) -> str | None:
    """The agency of a new account. Raises WrongAgency for none, and for one that is not the administrator's."""
    whose = agency_code(typed) if typed.strip() else None
    if not within(whose, person.agency):
        raise WrongAgency("outside the administrator's own")
    return whose


def _in_sight(door: Door, person: Person, account_id: str) -> Account:
    with door.database.reading() as session:
        account = find_account(session, account_id)
    if not within(account.agency_code, person.agency):
        raise Problem(Code.NOT_FOUND)
    return account


@router.post("/{account_id}/disable")
def disable(door: TheDoor, person: Administrator, account_id: str) -> Response:
    """Let nobody in by it any more; nobody locks themselves out."""
    account = _in_sight(door, person, account_id)
    if account.id == person.id:
        raise Problem(Code.CONFLICT)
    with door.database.transaction() as session:
        disable_account(session, account.id, agent=person.agent)
    return RedirectResponse("/people", status_code=303)


@router.post("/{account_id}/enable")
def enable(door: TheDoor, person: Administrator, account_id: str) -> Response:
    """Let it in again."""
    account = _in_sight(door, person, account_id)
    with door.database.transaction() as session:
        enable_account(session, account.id, agent=person.agent)
    return RedirectResponse("/people", status_code=303)
