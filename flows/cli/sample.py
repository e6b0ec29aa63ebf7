"""`sohoa sample`: a second person's look at a part of each batch."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from flows.errors import ExitCode, WrongUse
from flows.settings import load_settings

sample = typer.Typer(name="sample", help="Quality samples: draw, look, judge, decide.", no_args_is_help=True)

out = Console(soft_wrap=True, highlight=False, markup=False)

Number = Annotated[int, typer.Argument(metavar="SAMPLE", help="number of a sample")]
Inspector = Annotated[str, typer.Option("--inspector", metavar="NAME", help="who looks; never who scanned it")]


@sample.command()
def draw(
    batch: Annotated[
        str | None, typer.Argument(metavar="BATCH", help="id of a batch; without it, all that lack one")
    ] = None,
    operator: Annotated[str, typer.Option(metavar="NAME", help="who draws, for the event log")] = "sohoa sample",
) -> None:
    """Draw a random sample of an ended batch, or of every one that has none."""
    from flows.installation import opened
    from flows.sampling import draw as draw_one
    from flows.sampling import draw_missing

    with opened(load_settings()) as house:
        if batch is None:
            out.print(f"{draw_missing(house, agent=operator)} samples drawn")
            return
        drawn = draw_one(house, batch, agent=operator)
    if drawn is None:
        out.print(f"{batch} has no pages to look at")
        raise typer.Exit(ExitCode.NOTHING_DONE)
    out.print(f"sample {drawn.id}: {drawn.size} of {drawn.lot} pages, {drawn.state}")


@sample.command("list")
def list_samples(*, all_: Annotated[bool, typer.Option("--all", help="decided ones too")] = False) -> None:
    """Show samples that wait for a second person."""
    from flows.installation import opened
    from storage.sampling import SampleState, samples

    with opened(load_settings()) as house, house.database.reading() as session:
        for one in samples(session, state=None if all_ else SampleState.OPEN):
            out.print(
                f"{one.id}  {one.state:9} batch {one.batch_id}  {one.judged} of {one.size} pages judged, "
                f"{one.bad} bad ({one.most_faults} allowed)" + (f"  {one.reason}" if one.reason else "")
            )


@sample.command()
def show(number: Number) -> None:
    """Show the pages of a sample."""
    from flows.installation import opened
    from storage.sampling import sample_pages

    with opened(load_settings()) as house, house.database.reading() as session:
        for page in sample_pages(session, number):
            out.print(f"{page.document_id}  page {page.page}  {page.verdict or '–'}  {page.fault or ''}".rstrip())


@sample.command()
def judge(
    number: Number,
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="id of the paper")],
    page: Annotated[int, typer.Argument(metavar="PAGE", help="number of the page")],
    inspector: Inspector,
    *,
    good: Annotated[bool, typer.Option("--good", help="nothing is wrong with it")] = False,
    bad: Annotated[str | None, typer.Option("--bad", metavar="FAULT", help="what is wrong with it")] = None,
) -> None:
    """Say what was found on a page."""
    from flows.installation import opened
    from storage.sampling import judge_page

    if good == (bad is not None):
        raise WrongUse("sample judge: say --good, or --bad FAULT, one of the two")
    with opened(load_settings()) as house, house.database.transaction() as session:
        now = judge_page(session, number, document, page, inspector=inspector, fault=bad)
    out.print(f"sample {number}: {now.judged} of {now.size} pages judged, {now.bad} bad")


@sample.command()
def decide(
    number: Number,
    inspector: Inspector,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="why it is sent back, in your words")] = None,
) -> None:
    """Accept the batch or send it back, by the count of bad pages."""
    from flows.installation import opened
    from flows.sampling import decide as decide_one
    from storage.sampling import SampleState

    with opened(load_settings()) as house:
        decided = decide_one(house, number, inspector=inspector, reason=reason)
    out.print(
        f"batch {decided.batch_id} {decided.state.replace('_', ' ')}: {decided.bad} bad pages of {decided.size}, "
        f"{decided.most_faults} allowed" + (f"; {decided.reason}" if decided.reason else "")
    )
    if decided.state is SampleState.SENT_BACK:
        raise typer.Exit(ExitCode.SOME_FAILED)
