"""`sohoa bulk SOURCE` and `sohoa bulk-run …`: archives of any size."""

from __future__ import annotations

import hashlib
import json
import signal
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from flows.errors import ExitCode, WrongUse
from flows.settings import load_settings

if TYPE_CHECKING:
    from flows.bulk.worker import Worker
    from flows.installation import Installation
    from storage.bulk import Run, RunProgress

bulk_run = typer.Typer(name="bulk-run", help="Bulk runs: look at them, steer them, join them.", no_args_is_help=True)

out = Console(soft_wrap=True, highlight=False, markup=False)

RunId = Annotated[str, typer.Argument(metavar="RUN", help="id of a bulk run")]
Who = Annotated[str, typer.Option("--operator", metavar="NAME", help="who is responsible, for the event log")]


def bulk(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE…", help="folders, ZIPs, or s3+https://host:port/bucket/prefix")
    ],
    *,
    agency: Annotated[str | None, typer.Option(metavar="CODE", help="whose papers they are")] = None,
    procedure: Annotated[str | None, typer.Option(metavar="CODE", help="procedure that all belongs to")] = None,
    operator: Who = "",
    whenever: Annotated[
        bool, typer.Option("--whenever", help="begin now, outside the hours of bulk.windows too")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would be taken, how long it takes and how much space")
    ] = False,
) -> None:
    """Bring in an archive: an intake list first, then chunk by chunk. Again started, it does what is missing."""
    from flows.beating import alive
    from flows.bulk.listing import given_sources, make_list
    from flows.bulk.worker import Worker
    from flows.installation import opened
    from flows.link import Told
    from flows.logs import log_to_stderr
    from flows.manifest import agency as agency_of
    from flows.work import only_one
    from storage.bulk import RunState, close_list, start_run

    missing = [source for source in sources if "://" not in source and not Path(source).exists()]
    if missing:
        raise WrongUse(f"{', '.join(missing)}: there is nothing of that name; check the path")
    settings = load_settings()
    told = Told(procedure_code=procedure, agency_code=agency_of(agency, "--agency"))
    given = given_sources(sources, told, settings.store)
    log_to_stderr("bulk")
    with opened(settings) as house:
        if dry_run:
            from flows.forecast import forecast, lines_of

            for line in lines_of(forecast(house, given), house, workers=settings.bulk.workers):
                out.print(line)
            return
        what = [source if "://" in source else str(Path(source).resolve()) for source in sources]
        key = hashlib.sha256(json.dumps([what, told.agency_code, procedure]).encode()).hexdigest()
        with house.database.transaction() as session:
            run, new = start_run(
                session, key, sources=what, operator=operator, agency=told.agency_code, procedure=procedure
            )
        out.print(f"{'bulk run' if new else 'going on with bulk run'} {run.id}")
        worker = Worker(house, run.id)
        if run.state is RunState.LISTING:
            worker.doing = "makes the intake list"
            with (
                only_one(house.work / f"bulk-{run.id}.lock", "the intake list of this run"),
                alive(house.database, "bulk", worker.detail),
            ):
                listed = make_list(house, run.id, given)
                with house.database.transaction() as session:
                    chunks = close_list(session, run.id, chunk_documents=settings.bulk.chunk_documents)
            out.print(f"{listed} scans on the intake list, {chunks} chunks")
        _work(house, worker, run.id, whenever=whenever)


@bulk_run.command()
def join(
    run: RunId,
    *,
    whenever: Annotated[bool, typer.Option("--whenever", help="outside the hours of bulk.windows too")] = False,
) -> None:
    """Help with a run from this process or machine; store, database and sources must be the same."""
    from flows.bulk.worker import Worker
    from flows.installation import opened
    from flows.logs import log_to_stderr
    from storage.bulk import RunState, find_run

    log_to_stderr("bulk")
    with opened(load_settings()) as house:
        with house.database.reading() as session:
            found = find_run(session, run)
        if found.state is RunState.LISTING:
            raise WrongUse(f"{run}: its intake list is not ready; wait, or give the `sohoa bulk` again that began it")
        _work(house, Worker(house, run), run, whenever=whenever)


def _work(house: Installation, worker: Worker, run_id: str, *, whenever: bool) -> None:
    from flows.beating import alive
    from storage.bulk import run_progress

    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with alive(house.database, "bulk", worker.detail):
        state = worker.work(stopping, whenever=whenever)
    with house.database.reading() as session:
        progress = run_progress(session, run_id)
    out.print(f"bulk run {run_id} {state}: {_said(progress)}")
    if progress.failed:
        raise typer.Exit(ExitCode.SOME_FAILED)


@bulk_run.command("list")
def list_runs() -> None:
    """Show all runs, the newest first, and how far each is."""
    from flows.installation import opened
    from storage.bulk import run_progress, runs

    with opened(load_settings()) as house, house.database.reading() as session:
        for run in runs(session):
            out.print(f"{run.id}  {run.state:8} {_said(run_progress(session, run.id))}  {', '.join(run.sources)}")


@bulk_run.command()
def pause(run: RunId, operator: Who = "") -> None:
    """Begin no further chunk until the run is resumed; workers end after the one that they are on."""
    _set(run, "paused", operator)


@bulk_run.command()
def resume(run: RunId, operator: Who = "") -> None:
    """Let a paused or stopped run go on; workers are started with `join` or with the same `sohoa bulk`."""
    _set(run, "running", operator)


@bulk_run.command()
def stop(run: RunId, operator: Who = "") -> None:
    """Let workers end after the chunk that they are on; the same `sohoa bulk` goes on."""
    _set(run, "stopped", operator)


@bulk_run.command()
def report(run: RunId) -> None:
    """Write the report as it is now: a page with charts, a workbook, JSON."""
    from flows.bulk.report import write_reports
    from flows.installation import opened

    with opened(load_settings()) as house:
        for file in write_reports(house, run):
            out.print(str(file))


def _set(run_id: str, state: str, operator: str) -> None:
    from flows.installation import opened
    from storage.bulk import RunState, find_run, set_run_state

    with opened(load_settings()) as house, house.database.transaction() as session:
        run: Run = find_run(session, run_id)
        if run.state in (RunState.ENDED, RunState.LISTING):
            raise WrongUse(f"{run_id} is {run.state}; only a run under way can be {state}")
        set_run_state(session, run_id, RunState(state), agent=operator or "sohoa bulk")
    out.print(f"bulk run {run_id} {state}")


def _said(progress: RunProgress) -> str:
    left = progress.seconds_left
    parts = [f"{progress.done} of {progress.documents} scans", f"{progress.failed} failed"]
    if left is not None and progress.done < progress.documents:
        parts.append(f"about {timedelta(seconds=round(left))} left")
    return ", ".join(parts)
