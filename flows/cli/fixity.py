"""`sohoa fixity`: reading objects again before somebody asks for them."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from rich.console import Console

from flows.errors import ExitCode, WrongUse
from flows.settings import load_settings

fixity = typer.Typer(name="fixity", help="Read every object again on a rolling schedule.", no_args_is_help=True)

out = Console(soft_wrap=True, highlight=False, markup=False)

_BUDGET = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@fixity.command()
def run(
    budget: Annotated[str, typer.Option(metavar="SIZE", help="bytes to read, such as 50G; a day's share")] = "50G",
) -> None:
    """Read objects, those unread for longest first, and mend bad ones from the replica where one is set."""
    from flows.cli.store import named_store
    from flows.installation import opened
    from flows.notices.telling import tell_of_fixity
    from storage.fixity import check, enrol

    settings = load_settings()
    size = in_bytes(budget)
    replica = named_store("replica", settings) if settings.replica.url else None
    with opened(settings) as house:
        enrol(house.database, house.store)
        report = check(house.database, house.store, budget=size, replica=replica)
        if report.alarm:
            tell_of_fixity(house, report)
    for word, keys in (("mended", report.mended), ("damaged", report.damaged), ("missing", report.missing)):
        for key in keys:
            out.print(f"{word:8}{key}")
    since = f"none unread since before {report.oldest:%Y-%m-%d}" if report.oldest else "some not read yet"
    out.print(
        f"{report.read} of {report.total} objects read ({report.bytes / 1e6:.1f} MB), {len(report.mended)} mended, "
        f"{len(report.damaged)} damaged, {len(report.missing)} missing; {since}"
    )
    if report.alarm:
        raise typer.Exit(ExitCode.SOME_FAILED)


@fixity.command()
def status() -> None:
    """Show the objects whose last reading was an alarm."""
    from flows.installation import opened
    from storage.fixity import bad_objects

    with opened(load_settings()) as house, house.database.reading() as session:
        bad = bad_objects(session)
    for key, outcome in bad:
        out.print(f"{outcome:8}{key}")
    out.print(f"{len(bad)} objects are damaged or missing")
    if bad:
        raise typer.Exit(ExitCode.SOME_FAILED)


def in_bytes(text: str) -> int:
    """A size such as 50G, 512 MB or 1000 in bytes. Raises WrongUse."""
    match = _BUDGET.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise WrongUse(f"--budget: {text!r} is no size; write it like 50G or 512M")
    return int(float(match[1]) * UNITS[match[2].upper()])
