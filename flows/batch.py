"""A batch as a Prefect flow: a task for each source, or a few of a long batch; pages in the process pool inside it.

A task costs Prefect 20 kB and 15 ms, so pages are no tasks; their state is ours (docs/decisions/0001).
This module imports Prefect, which takes its settings from the environment at import: import it after
`flows.prefect_server.own_server` has told where the server is.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from prefect import flow, get_client, task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Crashed
from prefect.task_runners import ThreadPoolTaskRunner

from flows.link import Told
from flows.outcome import Outcome, Problem
from flows.scan import digitise_source
from flows.workshop import Workshop, paused
from ocr.opening import Source

ARTIFACT_SECONDS = 5.0  # between two updates of the progress artifact, while a batch is young
ARTIFACT_SHARE = 0.02  # of its age later on
MOST_TASKS = 40  # of a batch: more say no more to who looks at it, and would be a twentieth of all its work
ENOUGH_TO_JUDGE = 20  # sources before the share of failures can stop a batch
PAUSED = "an operator paused the batch, and it waits to be let go on"
RECORDS_SECONDS = 30.0  # that the server may take to write the last task's record


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A source and what a person said of it."""

    source: Source
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a batch stops before its end."""

    threads: int  #: sources under way at once
    stop_after_outages: int
    stop_above_failures: float


@dataclass(slots=True)
class _Course:
    """How a batch goes, shared by its tasks."""

    rules: Rules
    done: int = 0
    failed: int = 0
    outages: int = 0  #: in a row
    stopped: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, outcome: Outcome) -> None:
        with self.lock:
            self.done += 1
            self.outages = self.outages + 1 if outcome.put_off else 0
            self.failed += bool(outcome.problems and not outcome.documents)
            if self.outages >= self.rules.stop_after_outages:
                self.stopped = f"the store or the database was away for {self.outages} documents in a row"
            elif self.done >= ENOUGH_TO_JUDGE and self.failed / self.done > self.rules.stop_above_failures:
                self.stopped = f"{self.failed} of {self.done} documents failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a flow run did."""

    outcomes: tuple[Outcome, ...]  #: in the order of the sources
    flow_run: str  #: its id in Prefect
    tasks: int  #: how many it had
    stopped: str  #: why it ended early; empty where it did not


def run_batch(shop: Workshop, works: Sequence[Work], rules: Rules, tell: Callable[[Outcome], None]) -> Result:
    """Run a batch as one flow run.

    Raises what stops everything (SetupError, DiskNearlyFull), after the flow run was recorded as failed.
    """
    course = _Course(rules)

    def digitise(work: Work) -> Outcome:
        if not course.stopped and paused(shop):
            course.stopped = PAUSED
        if course.stopped:
            return _not_tried(work.source, course.stopped)
        outcome = digitise_source(shop, work.source, work.told)
        course.count(outcome)
        tell(outcome)
        return outcome

    @task(name="digitise documents", persist_result=False)
    def digitise_documents(numbers: range) -> list[Outcome]:
        return [digitise(works[number]) for number in numbers]

    runner: Any = ThreadPoolTaskRunner(max_workers=rules.threads)

    @flow(
        name="digitise batch",
        flow_run_name=shop.batch.id,
        task_runner=runner,
        validate_parameters=False,
        persist_result=False,
    )
    def digitise_batch() -> Result:
        futures = [
            digitise_documents.with_options(task_run_name=_task_name(numbers)).submit(numbers)
            for numbers in _shares(len(works))
        ]
        try:
            with _progress(course, len(works)):
                outcomes = tuple(outcome for future in futures for outcome in future.result())
        except BaseException:
            course.stopped = course.stopped or "something that no document could survive came between"
            _settle(futures)
            raise
        _table(outcomes)
        context = FlowRunContext.get()
        flow_run = str(context.flow_run.id) if context and context.flow_run else ""
        return Result(outcomes=outcomes, flow_run=flow_run, tasks=len(futures), stopped=course.stopped)

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):  # it is joined in sleeps of a second
        return digitise_batch()


def _shares(count: int) -> list[range]:
    """The numbers of the sources of each task."""
    size = max(1, -(-count // MOST_TASKS))
    return [range(first, min(first + size, count)) for first in range(0, count, size)]


def _task_name(numbers: range) -> str:
    """By number: file names may name people and stay out of Prefect's records."""
    return f"document {numbers[0] + 1}" if len(numbers) == 1 else f"documents {numbers[0] + 1} to {numbers[-1] + 1}"


def _settle(futures: Sequence[PrefectFuture[list[Outcome]]]) -> None:
    """Let what is under way end, so that no thread works on behind a batch that has failed."""
    for future in futures:
        future.wait()


def _not_tried(source: Source, why: str) -> Outcome:
    problem = Problem(
        source=source.name, page=None, error=f"{source.name}: not tried, {why}; run the same command again"
    )
    return Outcome(source=source.name, problems=(problem,), put_off=True)


@contextmanager
def _progress(course: _Course, total: int) -> Iterator[None]:
    """Keep a progress artifact true while tasks run."""
    # Prefect types it for callers with an event loop of their own; in a flow's thread it is the id.
    artifact = cast("UUID", create_progress_artifact(progress=0.0, key="documents", description=f"0 of {total}"))
    ended = threading.Event()

    def update() -> None:
        shown, began = 0, time.monotonic()
        while True:
            last = ended.wait(max(ARTIFACT_SECONDS, ARTIFACT_SHARE * (time.monotonic() - began)))
            if course.done != shown:
                shown = course.done
                _show(artifact, shown, total, course.failed)
            if last:
                return

    updater = threading.Thread(target=contextvars.copy_context().run, args=(update,), daemon=True)
    updater.start()
    try:
        yield
    finally:
        ended.set()
        updater.join()


def _show(artifact: UUID, done: int, total: int, failed: int) -> None:
    update_progress_artifact(
        artifact_id=artifact,
        progress=100.0 * done / max(1, total),
        description=f"{done} of {total} documents, {failed} failed",
    )


def _table(outcomes: Sequence[Outcome]) -> None:
    """Results by number and id: file names may name people and stay out of Prefect's records."""
    rows = [
        {
            "document": number,
            "ids": " ".join(entry["id"] for entry in outcome.documents),
            "pages": sum(len(entry["pages"]) for entry in outcome.documents),
            "known": outcome.known,
            "problems": len(outcome.problems),
        }
        for number, outcome in enumerate(outcomes, 1)
    ]
    create_table_artifact(key="documents-of-the-batch", table=rows or [{"document": "none"}])


def settle_records(flow_run: str, tasks: int) -> int:
    """Wait until the server has every task's end on record; how many it has.

    Task states travel as events, after the flow itself has ended.
    """
    from prefect.client.schemas.filters import (
        FlowRunFilterId,
        TaskRunFilter,
        TaskRunFilterState,
        TaskRunFilterStateType,
    )

    until = time.monotonic() + RECORDS_SECONDS
    ended = 0
    with get_client(sync_client=True) as client:
        while time.monotonic() < until:
            response = client.request(
                "POST",
                "/task_runs/count",
                json={
                    "flow_runs": FlowRunFilter(id=FlowRunFilterId(any_=[UUID(flow_run)])).model_dump(mode="json"),
                    "task_runs": TaskRunFilter(
                        state=TaskRunFilterState(
                            type=TaskRunFilterStateType(
                                any_=[StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED]
                            )
                        )
                    ).model_dump(mode="json"),
                },
            )
            ended = int(response.json())
            if ended >= tasks:
                break
            time.sleep(0.2)
    return ended


def end_crashed_runs() -> int:
    """Mark flow runs that a kill left `Running` as crashed; only for a server that nobody else uses."""
    running = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING])))
    with get_client(sync_client=True) as client:
        left = client.read_flow_runs(flow_run_filter=running)
        for run in left:
            client.set_flow_run_state(run.id, Crashed(message="its process ended without a word"), force=True)
    return len(left)
