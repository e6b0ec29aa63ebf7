"""`sohoa sign`: put the officer's and the agency's electronic signatures on papers."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer
from rich.console import Console

from flows.errors import ExitCode
from flows.settings import load_settings

out = Console(soft_wrap=True, highlight=False, markup=False)


def sign(
    documents: Annotated[list[str], typer.Argument(metavar="DOCUMENT…", help="ids of documents, or how they begin")],
    role: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="ROLE", help="officer or agency; without it, all whose keys are set"),
    ] = None,
    operator: Annotated[
        str, typer.Option(metavar="NAME", help="who does it, for the event log; by default, the login")
    ] = "",
) -> None:
    """Sign papers (PAdES): officer top left of page 1, agency top right; keys come from the settings."""
    from flows.errors import WrongUse
    from flows.installation import opened
    from flows.signing import Role, pens_of, sign_documents
    from storage.index.feed import feed

    unknown = sorted(set(role or ()) - set(Role))
    if unknown:
        raise WrongUse(f"--as {unknown[0]}: there are {' and '.join(Role)}")
    settings = load_settings()
    with pens_of(settings, [Role(one) for one in role or ()]) as pens, opened(settings) as house:
        failed = sign_documents(house, documents, pens, agent=operator or getpass.getuser(), tell=out.print)
        feed(house.database, house.index)
    if failed:
        raise typer.Exit(ExitCode.SOME_FAILED)
