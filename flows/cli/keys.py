"""`sohoa keys`: who may ask over HTTP."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from flows.errors import WrongUse
from flows.settings import load_settings
from storage.errors import WrongAgency
from storage.scopes import MOST_DAYS, Scope

if TYPE_CHECKING:
    from storage.credentials import ApiKey

keys = typer.Typer(name="keys", help="Keys of other systems and people for the HTTP door.", no_args_is_help=True)

out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

Days = Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="days until it ends")]


@keys.command()
def add(
    name: Annotated[str, typer.Argument(help="whose it is")],
    scope: Annotated[list[Scope], typer.Option(help="what it may do; once for each")],
    agency: Annotated[
        str | None, typer.Option(metavar="CODE", help="papers of this agency and below only; without it, all")
    ] = None,
    days: Days = 365,
) -> None:
    """Make a key. It is printed now and can never be shown again."""
    from flows.installation import opened
    from storage.credentials import add_key

    if not 1 <= len(name) <= 80:
        raise WrongUse("keys add: a name has 1 to 80 letters")
    try:
        with opened(load_settings()) as house, house.database.transaction() as session:
            token, key = add_key(session, name=name, scopes=scope, agency=agency, days=days, agent=_agent())
    except WrongAgency as error:
        raise WrongUse(f"--agency: {error}") from error
    _show(token, key)


@keys.command("list")
def list_command() -> None:
    """Show all keys, without the keys themselves."""
    from flows.installation import opened
    from storage.credentials import list_keys

    with opened(load_settings()) as house, house.database.reading() as session:
        found = list_keys(session)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("id", "name", "scopes", "agency", "ends", "state"):
        table.add_column(heading, overflow="fold")
    for key in found:
        state = "revoked" if key.revoked_at else "holds" if key.holds(datetime.now(UTC)) else "ended"
        scopes = " ".join(sorted(key.scopes))
        table.add_row(key.id, key.name, scopes, key.agency_code or "all", f"{key.expires_at:%Y-%m-%d}", state)
    out.print(table)


@keys.command()
def revoke(key: Annotated[str, typer.Argument(metavar="ID", help="as `keys list` shows it")]) -> None:
    """Take a key back at once."""
    from flows.installation import opened
    from storage.credentials import revoke_key

    with opened(load_settings()) as house, house.database.transaction() as session:
        revoke_key(session, key, agent=_agent())
    out.print(f"{key} opens nothing any more")


@keys.command()
def rotate(
    key: Annotated[str, typer.Argument(metavar="ID", help="as `keys list` shows it")],
    days: Days = 365,
    grace: Annotated[int, typer.Option(min=0, max=90, help="days that the old one still holds")] = 7,
) -> None:
    """Make a new key with the same rights; the old one ends after some days."""
    from flows.installation import opened
    from storage.credentials import rotate_key

    with opened(load_settings()) as house, house.database.transaction() as session:
        token, made = rotate_key(session, key, days=days, grace_days=grace, agent=_agent())
    _show(token, made)


def _agent() -> str:
    return f"sohoa keys ({getpass.getuser()})"


def _show(token: str, key: ApiKey) -> None:
    out.print(token)
    err.print(f"key {key.id} of {key.name}, until {key.expires_at:%Y-%m-%d}; keep it now, it is not shown again")
