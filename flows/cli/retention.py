"""`sohoa retention`: how long papers are kept, what holds them, and destroying what is over with four eyes."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from flows.errors import ExitCode
from flows.settings import config_dir, load_settings

retention = typer.Typer(name="retention", help="Periods, legal holds and disposal.", no_args_is_help=True)

out = Console(soft_wrap=True, highlight=False, markup=False)

Operator = Annotated[str, typer.Option(metavar="NAME", help="who does it, for the event log; by default, the login")]
Document = Annotated[str, typer.Argument(help="id of a document, or how it begins")]
Number = Annotated[int, typer.Argument(metavar="LIST", help="number of a list of disposal")]


@retention.command("apply")
def apply_command() -> None:
    """Give every paper that has none its period, by its kind (configs/retention.yaml)."""
    from flows.installation import opened
    from flows.retention import load_retention
    from storage.retention import classify

    rules = load_retention(config_dir())
    with opened(load_settings()) as house, house.database.transaction() as session:
        done = classify(session, rules)
    out.print(f"{done} papers were given their period")


@retention.command("change")
def change_command(
    document: Document, class_code: Annotated[str, typer.Argument(metavar="CLASS")], operator: Operator = ""
) -> None:
    """Give one paper another period."""
    from flows.installation import opened
    from flows.retention import load_retention
    from storage.records import get_document
    from storage.retention import reclassify

    rules = load_retention(config_dir())
    with opened(load_settings()) as house, house.database.transaction() as session:
        found = get_document(session, document)
        reclassify(session, found.id, class_code, rules, by=_by(operator))
    out.print(f"{found.id} is of class {class_code}")


@retention.command()
def hold(
    document: Document,
    reason: Annotated[str, typer.Option(help="why, such as the number of a case; no person's name")],
    operator: Operator = "",
) -> None:
    """Keep a paper whatever its period, until the hold is lifted."""
    from flows.installation import opened
    from storage.records import get_document
    from storage.retention import place_hold

    with opened(load_settings()) as house, house.database.transaction() as session:
        found = get_document(session, document)
        in_store = place_hold(session, house.store, found.id, reason=reason, by=_by(operator))
    out.print(f"{found.id} is held" + ("" if in_store else " by the records; the store has no object lock"))


@retention.command()
def lift(document: Document, operator: Operator = "") -> None:
    """Lift every hold on a paper."""
    from flows.installation import opened
    from storage.records import get_document
    from storage.retention import lift_hold

    with opened(load_settings()) as house, house.database.transaction() as session:
        found = get_document(session, document)
        count = lift_hold(session, house.store, found.id, by=_by(operator))
    out.print(f"{count} holds on {found.id} were lifted")


@retention.command()
def propose(operator: Operator = "") -> None:
    """Make a list of the papers whose time is over and that nothing holds."""
    from flows.installation import opened
    from storage.disposal import propose as run

    with opened(load_settings()) as house, house.database.transaction() as session:
        made = run(session, by=_by(operator), on=datetime.now(UTC).date())
    if made is None:
        out.print("no paper's time is over")
        raise typer.Exit(ExitCode.NOTHING_DONE)
    for document in made.documents:
        out.print(document)
    out.print(f"list {made.id}: {len(made.documents)} papers; another person approves it")


@retention.command("list")
def list_command() -> None:
    """Show the lists that wait for a decision or for being carried out."""
    from flows.installation import opened
    from storage.disposal import open_disposals

    with opened(load_settings()) as house, house.database.reading() as session:
        for one in open_disposals(session):
            by = f"by {one.decided_by}" if one.decided_by else f"proposed by {one.proposed_by}"
            out.print(f"list {one.id}: {one.state} {by}, {len(one.documents)} papers")


@retention.command()
def approve(number: Number, operator: Operator = "") -> None:
    """Approve a list that another person proposed."""
    _decide(number, operator, approve=True)


@retention.command()
def refuse(number: Number, operator: Operator = "") -> None:
    """Refuse a list that another person proposed; its papers stay."""
    _decide(number, operator, approve=False)


def _decide(number: int, operator: str, *, approve: bool) -> None:
    from flows.installation import opened
    from storage.disposal import decide

    with opened(load_settings()) as house, house.database.transaction() as session:
        decide(session, number, by=_by(operator), approve=approve)
    out.print(f"list {number} is {'approved' if approve else 'refused'}")


@retention.command()
def dispose(number: Number, operator: Operator = "") -> None:
    """Destroy what an approved list names, in the store and its replica; a tombstone stays. Backups are yours."""
    from flows.cli.store import named_store
    from flows.installation import opened
    from storage.disposal import carry_out
    from storage.index.feed import feed

    settings = load_settings()
    copies = [named_store("replica", settings)] if settings.replica.url else []
    with opened(settings) as house:
        report = carry_out(house.database, house.store, number, by=_by(operator), copies=copies)
        feed(house.database, house.index)
    for document in report.held:
        out.print(f"held     {document}")
    out.print(f"list {number}: {report.disposed} papers destroyed, {len(report.held)} held back")


def _by(operator: str) -> str:
    return operator or getpass.getuser()
