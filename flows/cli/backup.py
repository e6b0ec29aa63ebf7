"""`sohoa backup` and `sohoa restore`: everything into a folder, and from there into an empty place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows.errors import ExitCode
from flows.settings import load_settings

out = Console(soft_wrap=True, highlight=False, markup=False)


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="another disk; used again it takes what is new")],
) -> None:
    """Copy records and objects into a folder; earlier backups in it stay."""
    from flows.installation import opened
    from storage.backup import back_up

    with opened(load_settings()) as house:
        generation, copied = back_up(house.database, house.store, folder.absolute())
    for fault in copied.faults:
        out.print(fault)
    out.print(
        f"{generation.name}: {generation.rows} rows of {len(generation.tables)} tables, {copied.copied} objects "
        f"copied ({copied.bytes / 1e6:.1f} MB), {copied.there} were there, {len(copied.faults)} could not be copied"
    )
    if copied.faults:
        raise typer.Exit(ExitCode.SOME_FAILED)


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="what `sohoa backup` wrote to")],
    generation: Annotated[str | None, typer.Option(metavar="NAME", help="not the newest, but this one")] = None,
) -> None:
    """Fill an empty installation from a backup, prove that everything is as it was, and build the index."""
    from flows.installation import opened
    from storage.backup import restore as run
    from storage.index.feed import rebuild

    with opened(load_settings()) as house:
        report = run(folder.absolute(), house.database, house.store, generation=generation)
        indexed = rebuild(house.database, house.index)
    for fault in (*report.objects.faults, *(f"missing  {key}" for key in report.missing), *report.chain.faults):
        out.print(fault)
    objects = report.objects.copied + report.objects.there
    out.print(
        f"{report.generation.name}: {report.generation.rows} rows, {objects} objects, {indexed} documents indexed; "
        f"{report.chain.events} events, the chain {'holds' if report.chain.holds else 'does not hold'}; "
        + ("everything is as it was" if report.whole else "not everything is as it was")
    )
    if not report.whole:
        raise typer.Exit(ExitCode.SOME_FAILED)
