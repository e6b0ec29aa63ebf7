"""`sohoa digitise`: from paths to a report, with nothing else running."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console

from flows.beating import beating
from flows.cores import usable_cores
from flows.errors import ExitCode, ServerChanged, WrongUse
from flows.installation import Installation, opened
from flows.link import Told
from flows.logs import log_to_stderr
from flows.manifest import Listed, Manifest, find_manifests, read_manifest, read_sources
from flows.outcome import Outcome, Problem
from flows.pool import Pool
from flows.prefect_server import CLIENT_ENVIRONMENT, own_server
from flows.progress import Terminal
from flows.reading import reading_key, worker_settings
from flows.report import batch_report, write_report
from flows.resident import key_of
from flows.settings import Settings
from flows.work import batch_lock, need_free_disk, only_one, sweep, unpacked_folder
from flows.worker import WorkerSettings, engine
from flows.workshop import Workshop
from ocr.opening import Refused, Skipped, Source, find_listed, find_sources
from ocr.page import Engine
from storage.correlation import correlated, correlation, handed_on
from storage.index.feed import feed
from storage.records import Batch, finish_batch, note_alive, note_refused, start_batch

log = logging.getLogger("sohoa.digitise")

# Addresses and keys say nothing of how pages were read.
NOT_OF_A_BATCH = {"store", "replica", "database", "api", "officer_key", "agency_key"}
SPARE_THREADS = 2  # sources beyond the cores, so that the processes have work while one is being published


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asked for."""

    inputs: tuple[Path, ...]
    told: Told = field(default_factory=Told)
    manifest: Path | None = None
    operator: str = ""
    one_paper: bool = False
    report: Path | None = None
    sources: Path | None = None  #: a list of sources (flows.manifest.read_sources) in place of inputs
    key: str = ""  #: names the batch, where it must be found again from another place than these inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of a batch."""

    batch_id: str
    report: dict[str, Any]
    exit_code: ExitCode
    stopped: str
    flow_run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    sources: tuple[Source, ...]
    refused: tuple[Problem, ...]
    skipped: tuple[dict[str, str], ...]


def digitise(request: Request, settings: Settings, console: Console) -> Summary:
    """Run one batch from its paths to its report.

    Raises FlowError, SetupError, StorageError for what stops everything; whatever concerns one source is in the
    summary. The same request again goes on where a killed one stopped.
    """
    with _for_its_request():
        return _digitise(request, settings, console)


@contextmanager
def _for_its_request() -> Iterator[None]:
    """Where another process works on a request: name it in all that is done, and log as services do."""
    if handed_on():
        log_to_stderr("digitise")
    with correlated(handed_on()):
        yield


def _digitise(request: Request, settings: Settings, console: Console) -> Summary:
    began = time.monotonic()
    listed = read_sources(request.sources) if request.sources else ()
    missing = [str(path) for path in request.inputs if not os.path.lexists(path)]
    if missing:
        raise WrongUse(f"{', '.join(missing)}: there is nothing of that name; check the path")
    manifest = read_manifest(request.manifest) if request.manifest else find_manifests(list(request.inputs))
    manifest = manifest.with_listed(listed)
    data_dir = settings.data_dir.resolve()
    with prefect_client(settings, data_dir), opened(settings) as house:
        need_free_disk(data_dir, settings.run.min_free_gib)
        key = batch_key(request)
        sweep(house.work)
        with only_one(batch_lock(house.work, key), "the same batch"):
            try:
                return _run(request, house, manifest, key, console, began, listed)
            finally:
                shutil.rmtree(unpacked_folder(house.work, key), ignore_errors=True)


@contextmanager
def prefect_client(settings: Settings, data_dir: Path) -> Iterator[None]:
    """Point Prefect's client at a server, for as long as this lasts; before the first one it must not be imported.

    Raises ServerDidNotStart; ServerChanged where the client was told of another server before.
    """
    if settings.prefect.api_url:
        os.environ.update(CLIENT_ENVIRONMENT | {"PREFECT_API_URL": settings.prefect.api_url})
        yield
        return

    def import_client(address: str) -> None:
        if "flows.batch" in sys.modules and os.environ.get("PREFECT_API_URL") != address:
            raise ServerChanged("Prefect's server was started anew meanwhile; start this process again")
        os.environ.update(
            CLIENT_ENVIRONMENT | {"PREFECT_API_URL": address, "PREFECT_HOME": str(data_dir / "prefect")}
        )
        import flows.batch  # noqa: F401  (takes seconds, while the server starts)

    start_seconds = settings.prefect.start_seconds
    with own_server(data_dir, start_seconds=start_seconds, meanwhile=import_client) as server:
        if server.started_now:
            from flows.batch import end_crashed_runs

            end_crashed_runs()
        yield


def batch_key(request: Request) -> str:
    """The same command gives the same key, so that a killed batch is found again."""
    if request.key:
        return key_of(request.key)
    what = [
        [str(path.resolve()) for path in request.inputs],
        request.told.dossier_code,
        request.told.procedure_code,
        request.told.agency_code,
        str(request.manifest.resolve()) if request.manifest else None,
        request.one_paper,
        *([str(request.sources.resolve())] if request.sources else []),
    ]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _told(request: Request) -> dict[str, Any]:
    """What was asked for, as the records keep it (flows.recover begins it again)."""
    return {
        "host": socket.gethostname(),
        "inputs": [str(path.resolve()) for path in request.inputs],
        "told": asdict(request.told),
        "manifest": str(request.manifest.resolve()) if request.manifest else None,
        "one_paper": request.one_paper,
        "report": str(request.report.absolute()) if request.report else None,
        "sources": str(request.sources.absolute()) if request.sources else None,
        "key": request.key,
    }


def _run(
    request: Request,
    house: Installation,
    manifest: Manifest,
    key: str,
    console: Console,
    began: float,
    listed: Sequence[Listed],
) -> Summary:
    settings = house.settings
    worker = worker_settings(settings)
    workers = settings.run.workers or usable_cores()
    with house.database.transaction() as session:
        batch = start_batch(
            session,
            key,
            operator=request.operator,
            inputs=[path.name for path in request.inputs],
            settings_json=settings.model_dump_json(exclude=NOT_OF_A_BATCH),
            request=_told(request),
        )
    if batch.resumed:
        console.print(f"going on with batch {batch.id}", markup=False)
    _log("batch begun", batch.id, resumed=batch.resumed)
    with beating(house.database, partial(note_alive, batch_id=batch.id)), Pool(worker, workers) as pool:
        reader = pool.run(engine, None)
        taken = _take(request, house, worker, batch, listed)
        shop = _workshop(request, house, worker, reader, pool, batch)
        from flows.batch import Rules, Work, run_batch, settle_records

        works = [Work(source=source, told=manifest.of(source.name, request.told)) for source in taken.sources]
        rules = Rules(
            threads=workers + SPARE_THREADS,
            stop_after_outages=settings.run.stop_after_outages,
            stop_above_failures=settings.run.stop_above_failures,
        )
        with Terminal(console, len(works)) as terminal, _tagged():
            for problem in taken.refused:
                terminal.tell(problem)
            result = run_batch(shop, works, rules, partial(_done, terminal, batch.id))
        feed(house.database, house.index)
        settle_records(result.flow_run, result.tasks)
    return _close(request, house, batch, taken, result.outcomes, result.stopped, result.flow_run, began)


@contextmanager
def _tagged() -> Iterator[None]:
    """Let the flow run and its tasks be found in Prefect by the request that they go back to."""
    from prefect import tags

    with tags(*([f"request:{correlation()}"] if correlation() else [])):
        yield


def _log(event: str, batch_id: str, **fields: object) -> None:
    log.info(event, extra={"fields": {"batch": batch_id, **fields}})


def _done(terminal: Terminal, batch_id: str, outcome: Outcome) -> None:
    """Tell of a finished source; the log has ids only, for names of files may be names of people."""
    ids = [document["id"] for document in outcome.documents]
    _log("source done", batch_id, documents=ids, problems=len(outcome.problems))
    terminal.done(outcome)


def _take(
    request: Request, house: Installation, worker: WorkerSettings, batch: Batch, listed: Sequence[Listed]
) -> _Taken:
    """Everything that the inputs hold, by what is to be done with it."""
    sources: list[Source] = []
    refused: list[tuple[Problem, str]] = []
    skipped: list[dict[str, str]] = []
    unpack_to = unpacked_folder(house.work, batch.key)
    found_there = find_sources(request.inputs, unpack_to=unpack_to, limits=worker.limits)
    names = ((one.name, one.files) for one in listed)
    for found in chain(found_there, find_listed(names, unpack_to=unpack_to, limits=worker.limits)):
        match found:
            case Source():
                sources.append(found)
            case Refused():
                problem = Problem(source=found.name, page=None, error=str(found.error))
                refused.append((problem, type(found.error).__name__))
            case Skipped():
                skipped.append({"source": found.name, "reason": found.reason})
    if refused:
        with house.database.transaction() as session:
            for problem, reason in refused:
                note_refused(session, batch.id, source=problem.source, error=problem.error, reason=reason)
    return _Taken(sources=tuple(sources), refused=tuple(problem for problem, _ in refused), skipped=tuple(skipped))


def _workshop(
    request: Request, house: Installation, worker: WorkerSettings, reader: Engine, pool: Pool, batch: Batch
) -> Workshop:
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    return Workshop(
        database=house.database,
        store=house.store,
        pool=pool,
        engine=reader,
        limits=worker.limits,
        work=house.work,
        settings_key=reading_key(worker, reader),
        tools=(f"sohoa {version('sohoa')}", f"{reader.name} {reader.version} {reader.settings}"),
        batch=batch,
        patience_s=house.settings.run.patience_seconds,
        one_paper=request.one_paper,
        made_at=datetime.fromtimestamp(int(fixed), UTC) if fixed.isdigit() else None,
    )


def _close(
    request: Request,
    house: Installation,
    batch: Batch,
    taken: _Taken,
    outcomes: Sequence[Outcome],
    stopped: str,
    flow_run: str,
    began: float,
) -> Summary:
    documents = _distinct(outcomes)
    problems = [*taken.refused, *(problem for outcome in outcomes for problem in outcome.problems)]
    known = [outcome.source for outcome in outcomes if outcome.known]
    report = batch_report(
        batch.id,
        seconds=time.monotonic() - began,
        documents=documents,
        failed=[problem.entry() for problem in problems],
        skipped=taken.skipped,
        known=known,
    )
    if not any(outcome.put_off for outcome in outcomes):
        with house.database.transaction() as session:
            finish_batch(
                session, batch.id, pages=report["pages"], documents=len(documents), failed=len(report["failed"])
            )
    if request.report:
        write_report(report, request.report)
    _log("batch done", batch.id, flow_run=flow_run, documents=len(documents), problems=len(problems))
    new = any(outcome.documents and not outcome.known for outcome in outcomes)
    code = ExitCode.SOME_FAILED if problems else ExitCode.ALL_PUBLISHED if new else ExitCode.NOTHING_DONE
    return Summary(batch_id=batch.id, report=report, exit_code=code, stopped=stopped, flow_run=flow_run)


def _distinct(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Each document once: a duplicate within the batch names the same documents again."""
    entries: dict[str, dict[str, Any]] = {}
    for outcome in outcomes:
        for entry in outcome.documents:
            entries.setdefault(entry["id"], entry)
    return list(entries.values())
