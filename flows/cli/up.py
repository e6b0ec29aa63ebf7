"""`sohoa up`, `status`, `tend`, `recover` and `figures`: running an installation."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Annotated

import typer
from rich.console import Console

from flows.errors import ExitCode, WrongUse
from flows.settings import config_dir, load_settings

out = Console(soft_wrap=True, highlight=False, markup=False)


def up(
    *,
    schedules: Annotated[
        bool, typer.Option("--schedules/--no-schedules", help="carry out configs/deployments.yaml")
    ] = True,
) -> None:
    """Start everything that one machine needs, and stop it all with one Ctrl-C or SIGTERM."""
    from flows.beating import alive
    from flows.installation import opened
    from flows.logs import log_to_stderr
    from flows.prefect_server import CLIENT_ENVIRONMENT, Server, own_server
    from flows.scheduled import load_deployments, register
    from flows.supervising import Supervisor, parts_of

    log_to_stderr("up")
    settings = load_settings()
    deployments = load_deployments(config_dir()) if schedules else None
    stopping = _stop_on_signals()
    data_dir = settings.data_dir.resolve()

    @contextmanager
    def prefect() -> Iterator[Server]:
        if settings.prefect.api_url:
            yield Server(address=settings.prefect.api_url, started_now=False)
            return
        with own_server(data_dir, start_seconds=settings.prefect.start_seconds, schedules=True) as server:
            yield server

    if not settings.prefect.api_url:
        out.print("starting Prefect's server, which may take a minute; Ctrl-C stops everything")
    with opened(settings) as house, prefect() as server:
        address = server.address
        told = CLIENT_ENVIRONMENT | {"PREFECT_API_URL": address, "SOHOA_PREFECT__API_URL": address}
        told["SOHOA_DATA_DIR"] = str(data_dir)  # a worker's runs begin in another folder
        told["PREFECT_HOME"] = str(data_dir / "prefect")  # a service has no home to write to
        os.environ.update(told)
        if server.started_now:
            from flows.batch import end_crashed_runs

            end_crashed_runs()
        if deployments is not None:
            out.print(f"{register(deployments)} schedules registered")
        pool = deployments.pool if deployments else None
        supervisor = Supervisor(parts_of(settings, pool=pool), os.environ.copy())
        out.print(f"Prefect: {address.removesuffix('/api')}, door: http://{settings.api.host}:{settings.api.port}")
        with alive(house.database, "up", supervisor.detail):
            supervisor.run(stopping)


def status() -> None:
    """Show on one screen what runs, what waits, what failed, disk and lag."""
    from flows.installation import opened
    from flows.status import lines_of, status_of

    with opened(load_settings()) as house:
        now = status_of(house)
    for line in lines_of(now):
        out.print(line)
    if now.disk_low or now.bad_objects or now.batches_silent:
        raise typer.Exit(ExitCode.SOME_FAILED)


def tend(*, once: Annotated[bool, typer.Option("--once", help="do what waits, and end")] = False) -> None:
    """Feed the index, send notices, look at the disk, finish batches whose process is gone."""
    from flows.beating import alive
    from flows.installation import opened
    from flows.logs import log_to_stderr
    from flows.tending import tend as run
    from flows.tending import tend_once

    log_to_stderr("tend")
    with opened(load_settings()) as house:
        if once:
            done = tend_once(house)
            out.print(", ".join(f"{count} {what}" for what, count in done.items()))
            return
        stopping = _stop_on_signals()
        with alive(house.database, "tend", dict):
            run(house, stopping)


def recover() -> None:
    """Finish batches that were begun by hand on this machine and whose process is gone."""
    from flows.installation import opened
    from flows.recover import recover as run

    with opened(load_settings()) as house:
        ended = run(house)
    for batch, code in ended:
        out.print(f"{batch} ended with {code}")
    if not ended:
        out.print("nothing was left behind")
        raise typer.Exit(ExitCode.NOTHING_DONE)


def figures(
    first: Annotated[
        str | None, typer.Argument(metavar="FROM", help="day, as 2026-11-01; default: last month")
    ] = None,
    last: Annotated[str | None, typer.Argument(metavar="TO", help="day, as 2026-11-30; default: last month")] = None,
) -> None:
    """Write the counts behind the digitisation figures by agency and procedure, as a workbook."""
    from dataclasses import asdict

    from flows.installation import opened
    from storage.figures import By, count_dossiers
    from storage.records.sight import Sight
    from storage.spreadsheet import Sheet, as_xlsx

    begin, end = _days(first, last)
    with opened(load_settings()) as house:
        with house.database.reading() as session:
            counted = count_dossiers(session, Sight(), first=begin, last=end, by=[By.AGENCY, By.PROCEDURE])
        rows = [asdict(one) for one in counted]
        heads = list(rows[0]) if rows else ["agency", "procedure", "dossiers"]
        folder = house.data_dir / "reports"
        folder.mkdir(exist_ok=True)
        file = folder / f"figures-{begin}-{end}.xlsx"
        file.write_bytes(as_xlsx([Sheet(name="Figures", rows=[heads, *(list(row.values()) for row in rows)])]))
    out.print(str(file))


def _days(first: str | None, last: str | None) -> tuple[date, date]:
    end = date.today().replace(day=1) - timedelta(days=1)  # noqa: DTZ011  (the operator's own day)
    try:
        begin = date.fromisoformat(first) if first else end.replace(day=1)
        return begin, date.fromisoformat(last) if last else end
    except ValueError as error:
        raise WrongUse(f"figures: {error}; write days like 2026-11-24") from error


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def commands() -> dict[str, Callable[..., None]]:
    """Each by its name."""
    return {"up": up, "status": status, "tend": tend, "recover": recover, "figures": figures}
