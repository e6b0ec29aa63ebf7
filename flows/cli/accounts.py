"""`sohoa accounts`: who works at the screen. Passwords come by stdin, never by an argument that others can list."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from flows.errors import WrongUse
from flows.settings import load_settings
from storage.roles import Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from storage.accounts import Account

accounts = typer.Typer(name="accounts", help="People who work at the screen.", no_args_is_help=True)

out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

Login = Annotated[str, typer.Argument(help="what the person types to sign in")]
LONGEST_LOGIN = 80


@accounts.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="the person's name")],
    role: Annotated[list[Role], typer.Option(help="what the person is here for; once for each")],
    agency: Annotated[
        str | None, typer.Option(metavar="CODE", help="papers of this agency and below only; without it, all")
    ] = None,
    language: Annotated[str, typer.Option(help="vi or en")] = "vi",
) -> None:
    """Make an account; its password is the first line of stdin, or asked for."""
    from sqlalchemy.exc import IntegrityError

    from flows.installation import opened
    from storage.accounts import add_account
    from storage.errors import WeakPassword, WrongAgency
    from storage.passwords import set_password

    if not 1 <= len(login) <= LONGEST_LOGIN or not login.isprintable() or language not in ("vi", "en"):
        raise WrongUse("accounts add: a login has 1 to 80 printable letters, a language is vi or en")
    password = _password()
    try:
        with opened(load_settings()) as house, house.database.transaction() as session:
            made = add_account(
                session, login=login, name=name, roles=role, agency=agency, language=language, agent=_agent()
            )
            set_password(session, made.id, password, agent=_agent())
    except WrongAgency as error:
        raise WrongUse(f"--agency: {error}") from error
    except WeakPassword as error:
        raise WrongUse(f"accounts add: {error}") from error
    except IntegrityError as error:
        raise WrongUse(f"accounts add: there is an account {login} already") from error
    out.print(f"{login} may sign in as {', '.join(sorted(role))}")


@accounts.command("list")
def list_command() -> None:
    """Show all accounts."""
    from flows.installation import opened
    from storage.accounts import list_accounts
    from storage.second_factor import has_second_factor

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("login", "name", "roles", "agency", "codes", "state"):
        table.add_column(heading, overflow="fold")
    with opened(load_settings()) as house, house.database.reading() as session:
        for account in list_accounts(session):
            codes = "yes" if has_second_factor(session, account.id) else "no"
            state = "disabled" if account.disabled_at else "open"
            roles = " ".join(sorted(account.roles))
            table.add_row(account.login, account.name, roles, account.agency_code or "all", codes, state)
    out.print(table)


@accounts.command()
def disable(login: Login) -> None:
    """Let nobody in by it any more, and sign it out everywhere."""
    from flows.installation import opened
    from storage.accounts import disable_account

    with opened(load_settings()) as house, house.database.transaction() as session:
        disable_account(session, _known(session, login).id, agent=_agent())
    out.print(f"{login} is let in no more")


@accounts.command()
def enable(login: Login) -> None:
    """Let a disabled account in again."""
    from flows.installation import opened
    from storage.accounts import enable_account

    with opened(load_settings()) as house, house.database.transaction() as session:
        enable_account(session, _known(session, login).id, agent=_agent())
    out.print(f"{login} may sign in again")


@accounts.command()
def reset(
    login: Login,
    codes: Annotated[  # noqa: FBT002  (typer passes it by name)
        bool, typer.Option("--codes", help="ask for no code any more: the telephone is lost")
    ] = False,
) -> None:
    """Give a new password, from stdin or asked for; everybody signed in by it is signed out."""
    from flows.installation import opened
    from storage.errors import WeakPassword
    from storage.passwords import bucket_of, forget_failures, set_password
    from storage.second_factor import drop_second_factor

    password = _password()
    try:
        with opened(load_settings()) as house, house.database.transaction() as session:
            account = _known(session, login)
            set_password(session, account.id, password, agent=_agent())
            forget_failures(session, bucket_of(session, login, None))
            if codes:
                drop_second_factor(session, account.id, agent=_agent())
    except WeakPassword as error:
        raise WrongUse(f"accounts reset: {error}") from error
    out.print(f"{login} has a new password" + (" and needs no code" if codes else ""))


def _known(session: Session, login: str) -> Account:
    from storage.accounts import account_by_login

    account = account_by_login(session, login)
    if account is None:
        raise WrongUse(f"{login}: there is no such account; `sohoa accounts list` shows them")
    return account


def _password() -> str:
    """The first line of stdin; asked for twice where somebody sits there."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("password: ")
    if getpass.getpass("once more: ") != password:
        raise WrongUse("the two are not the same; nothing was changed")
    return password


def _agent() -> str:
    return f"sohoa accounts ({getpass.getuser()})"
