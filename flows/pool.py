"""The reading processes: as many as there are cores, mended when one dies.

A hostile or broken image can kill the process that decodes it, and then every job of the pool is lost with it. The
lost ones are tried again one at a time in a process of their own; the one that kills that too is the culprit, and
only it fails.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Generic, Self, TypeVar

from flows.worker import WorkerSettings, begin

#: A page's pixels come in large pages of memory: decoding takes a quarter less CPU, with the same peak.
HUGE_PAGES = "glibc.malloc.hugetlb=1"

Job = TypeVar("Job")
Result = TypeVar("Result")


class WorkerDied(Exception):
    """The process that did this job was killed twice over it: by the system for its memory, or by the file."""


class Pool:
    """Runs jobs in processes; safe to use from many threads."""

    def __init__(self, settings: WorkerSettings, workers: int) -> None:
        self._settings = settings
        self._workers = workers
        self._lock = threading.Lock()
        self._alone = threading.Lock()
        self._executor = self._start(workers)

    def _start(self, workers: int) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("forkserver")  # the parent has threads: plain fork could deadlock
        context.set_forkserver_preload(["flows.worker"])
        os.environ.setdefault("GLIBC_TUNABLES", HUGE_PAGES)
        return ProcessPoolExecutor(workers, context, initializer=begin, initargs=(self._settings, os.getpid()))

    def submit(self, work: Callable[[Job], Result], job: Job) -> Promise[Job, Result]:
        """Start a job when a process is free."""
        with self._lock:
            executor = self._executor
            try:
                future = executor.submit(work, job)
            except BrokenProcessPool:
                self._executor = executor = self._start(self._workers)
                future = executor.submit(work, job)
        return Promise(self, work, job, future)

    def run(self, work: Callable[[Job], Result], job: Job) -> Result:
        """Do a job and wait for it; raises what it raises, or WorkerDied."""
        return self.submit(work, job).result()

    def again_alone(self, work: Callable[[Job], Result], job: Job) -> Result:
        """Do a job whose process died in a process of its own."""
        with self._alone, self._start(1) as executor:
            try:
                return executor.submit(work, job).result()
            except BrokenProcessPool as error:
                raise WorkerDied("the process that worked on it was killed, twice") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=kind is None, cancel_futures=True)


class Promise(Generic[Job, Result]):
    """A job under way."""

    def __init__(self, pool: Pool, work: Callable[[Job], Result], job: Job, future: Future[Result]) -> None:
        self._pool, self._work, self._job, self._future = pool, work, job, future

    def result(self) -> Result:
        """Wait for the job; raises what it raised, or WorkerDied."""
        try:
            return self._future.result()
        except BrokenProcessPool:
            return self._pool.again_alone(self._work, self._job)

    def cancel(self) -> None:
        """Do not begin it, where it has not begun."""
        self._future.cancel()

    def settle(self) -> None:
        """Wait until it has ended, however it did."""
        wait([self._future])
