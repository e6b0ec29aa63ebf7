"""`sohoa audit`: whether events and objects hold, for who must prove it, and the events, for who must read them."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from flows.errors import ExitCode
from flows.settings import load_settings
from storage.event_formats import Format

audit = typer.Typer(name="audit", help="Prove that nothing was changed or lost.", no_args_is_help=True)

out = Console(soft_wrap=True, highlight=False, markup=False)


@audit.command("events")
def events_command(
    export: Annotated[
        Format | None, typer.Option("--export", help="write the events to stdout, one a line, and verify nothing")
    ] = None,
    after: Annotated[int, typer.Option(metavar="ID", min=0, help="with --export: only what came after it")] = 0,
) -> None:
    """Verify the chain of events against itself and its anchors in the store, then anchor it anew."""
    from flows.installation import opened
    from storage.chain import anchor, verify
    from storage.event_export import export as written

    with opened(load_settings()) as house, house.database.reading() as session:
        if export is not None:
            for line in written(session, export, after=after):
                typer.echo(line)
            return
        report = verify(session, house.store)
        for fault in report.faults:
            out.print(fault)
        if report.holds and report.head is not None:
            anchor(session, house.store)
    head = f"; the last is event {report.head.id}, {report.head.sha256}" if report.head else ""
    out.print(
        f"{report.events} events, {report.anchors} anchors: "
        + (f"the chain holds{head}" if report.holds else f"{len(report.faults)} faults; call for an investigation")
    )
    if not report.holds:
        raise typer.Exit(ExitCode.SOME_FAILED)


@audit.command("objects")
def objects_command() -> None:
    """Compare the store's list with the records: what is missing, and what no record knows. Nothing is removed."""
    from flows.installation import opened
    from storage.sweep import compare

    with opened(load_settings()) as house:
        report = compare(house.database, house.store)
    for key in report.missing:
        out.print(f"missing  {key}")
    for key in report.orphans:
        out.print(f"orphan   {key}")
    out.print(
        f"{report.known} objects on record, {len(report.missing)} missing; {len(report.orphans)} in the store "
        "that no record knows (a killed batch leaves some, and takes them up when it goes on)"
    )
    if report.missing:
        raise typer.Exit(ExitCode.SOME_FAILED)
