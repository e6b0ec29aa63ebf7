"""`sohoa outbox`: what could not be told to others, and telling it again."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from flows.errors import ExitCode
from flows.settings import load_settings

outbox = typer.Typer(
    name="outbox", help="See what could not be told to other systems, and tell it again.", no_args_is_help=True
)

out = Console(soft_wrap=True, highlight=False, markup=False)


@outbox.command()
def dead() -> None:
    """Show what was given up after a day of tries: topic or webhook, document, tries, error."""
    from flows.installation import opened
    from storage.dead_letters import dead_letters

    with opened(load_settings()) as house, house.database.reading() as session:
        letters = dead_letters(session)
    for letter in letters:
        out.print(f"{letter.to}  {letter.document_id}  {letter.attempts} tries  {letter.error}")
    out.print(f"{len(letters)} dead; `sohoa outbox again` tells them again" if letters else "nothing is dead")
    if letters:
        raise typer.Exit(ExitCode.SOME_FAILED)


@outbox.command()
def again(
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="only this topic or webhook")] = "",
    document: Annotated[str, typer.Option(metavar="ID", help="only this document")] = "",
) -> None:
    """Tell it again, with all its tries; `sohoa serve` sends it."""
    from flows.installation import opened
    from storage.dead_letters import tell_again

    with opened(load_settings()) as house, house.database.transaction() as session:
        count = tell_again(session, to=to or None, document_id=document or None, agent="sohoa outbox")
    out.print(f"{count} to be told again")
    if not count:
        raise typer.Exit(ExitCode.NOTHING_DONE)
