"""Works on a bulk run: claims a chunk, has it digitised at low priority, notes what became of each line."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from flows.beating import process_name
from flows.bulk.care import chunk_key
from flows.bulk.report import write_reports
from flows.bulk.staging import Staging
from flows.bulk.windows import is_open, opens_next, windows
from flows.cores import usable_cores
from flows.installation import Installation
from flows.limits import limits_of
from flows.manifest import write_sources
from flows.notices.telling import tell, tell_of_many
from flows.notices.words import Kind
from flows.resident import ENDED, Order, Resident, key_of
from storage.bulk import (
    Chunk,
    Item,
    RunState,
    chunk_items,
    claim_chunk,
    end_chunk,
    find_run,
    release_chunk,
    renew_chunk,
    run_items,
    run_progress,
    set_run_state,
)
from storage.intakes import waiting_intakes
from storage.records import CameIn, ScanState, latest_batch, sources_of_batch
from storage.records.service_models import UploadTable
from storage.uploads import UploadState

log = logging.getLogger("sohoa.bulk")

LOOK_SECONDS = 0.5  # between two looks at the batch under way
RENEWALS = 4  # of a claim within its lease
WAIT_SECONDS = 5.0  # between two looks at whether work may begin
STOP_SECONDS = 60.0  # that a batch may take to stop when it is asked to
AGAIN = timedelta(minutes=1)  # before a chunk is claimed anew that did not come to its end
GIB_OF_ONE = 1.0  # memory of one reading process


class Worker:
    """One process's part in a bulk run."""

    def __init__(self, house: Installation, run_id: str) -> None:
        self._house = house
        self._run_id = run_id
        self._name = process_name("bulk")
        self._windows = windows(house.settings.bulk.windows)
        self._staging = Staging(
            house.work / f"bulk-{run_id}-{os.getpid()}", limits_of(house.settings), house.settings.store
        )
        self._resident = Resident(prefix=("nice", "-n", str(house.settings.bulk.nice)))
        self._lease = timedelta(seconds=house.settings.bulk.lease_seconds)
        self.doing = "begins"

    def detail(self) -> dict[str, str]:
        """What it does now, for its heartbeat."""
        return {"run": self._run_id, "doing": self.doing}

    def work(self, stopping: threading.Event, *, whenever: bool = False) -> RunState:
        """Work until the run has ended, is paused or stopped, or until this process is asked to stop.

        whenever: outside the hours of the settings too.
        Raises StorageError where records or store are away.
        """
        try:
            while not stopping.is_set():
                with self._house.database.reading() as session:
                    state = find_run(session, self._run_id).state
                if state in (RunState.PAUSED, RunState.STOPPED, RunState.ENDED):
                    return state
                if not whenever and not is_open(self._windows, datetime.now(UTC)):
                    opens = opens_next(self._windows, datetime.now(UTC))
                    self.doing = f"waits until {opens:%a %H:%M}" if opens else "waits for hours that never come"
                elif self._clerks_wait():
                    self.doing = "lets clerks' work go first"
                elif self._one_chunk(stopping):
                    continue
                elif self._end_if_done():
                    return RunState.ENDED
                stopping.wait(WAIT_SECONDS)
            return RunState.RUNNING
        finally:
            self._resident.stop(STOP_SECONDS)
            self._staging.close()

    def _clerks_wait(self) -> bool:
        with self._house.database.reading() as session:
            uploads = select(func.count()).where(UploadTable.state.in_([UploadState.WAITING, UploadState.WORKING]))
            return bool(waiting_intakes(session) or session.scalar(uploads))

    def _one_chunk(self, stopping: threading.Event) -> bool:
        """Claim a chunk and see it through; whether there was one."""
        with self._house.database.transaction() as session:
            chunk = claim_chunk(session, self._run_id, self._name, lease=self._lease)
        if chunk is None:
            self.doing = "waits for the other workers"
            return False
        self.doing = f"chunk {chunk.number}"
        began = time.monotonic()
        with self._house.database.reading() as session:
            items = chunk_items(session, chunk)
        sources = self._house.work / f"bulk-{chunk.run_id}-{chunk.number}-{os.getpid()}.jsonl"
        write_sources(self._staging.stage(items), sources)
        try:
            code = self._digitise(chunk, sources, stopping)
            pause = timedelta() if stopping.is_set() else AGAIN * chunk.attempts
            self._note(chunk, items, code, time.monotonic() - began, pause)
        finally:
            sources.unlink(missing_ok=True)
            self._staging.clear()
        return True

    def _digitise(self, chunk: Chunk, sources: Path, stopping: threading.Event) -> int:
        with self._house.database.reading() as session:
            operator = find_run(session, chunk.run_id).operator
        log_file = self._house.data_dir / "bulk" / f"{chunk.run_id}.log"
        log_file.parent.mkdir(exist_ok=True)
        order = Order(
            sources=str(sources),
            key=chunk_key(chunk.run_id, chunk.number),
            operator=operator,
            log=str(log_file),
            environment=self._environment(),
        )
        self._resident.begin(order)
        log.info("chunk begun", extra={"fields": {"run": chunk.run_id, "chunk": chunk.number}})
        renewed = time.monotonic()
        while (code := self._resident.ended()) is None:
            lost = False
            if time.monotonic() - renewed > self._house.settings.bulk.lease_seconds / RENEWALS:
                with self._house.database.transaction() as session:
                    lost = not renew_chunk(session, chunk, self._name, lease=self._lease)
                renewed = time.monotonic()
            if stopping.wait(LOOK_SECONDS) or lost:
                return self._resident.stop(STOP_SECONDS)
        return code

    def _environment(self) -> Mapping[str, str]:
        settings = self._house.settings
        workers = settings.bulk.workers or settings.run.workers
        if settings.bulk.memory_gib:
            most = max(1, int(settings.bulk.memory_gib / GIB_OF_ONE))
            workers = min(workers or usable_cores(), most)
        return {"SOHOA_RUN__WORKERS": str(workers)}

    def _note(self, chunk: Chunk, items: list[Item], code: int, seconds: float, pause: timedelta) -> None:
        with self._house.database.transaction() as session:
            batch_id, state = latest_batch(session, key_of(chunk_key(chunk.run_id, chunk.number))) or ("", "")
            if code not in ENDED or state != "ended":
                release_chunk(session, chunk, self._name, after=pause)
                log.warning("chunk not ended", extra={"fields": {"chunk": chunk.number, "exit": code}})
                return
            results = _results(items, sources_of_batch(session, batch_id))
            end_chunk(session, chunk, batch_id=batch_id, seconds=seconds, results=results)
        log.info(
            "chunk ended",
            extra={"fields": {"run": chunk.run_id, "chunk": chunk.number, "batch": batch_id, "seconds": seconds}},
        )

    def _end_if_done(self) -> bool:
        """End the run where nothing is left of it, and report; whether it has ended."""
        with self._house.database.transaction() as session:
            progress = run_progress(session, self._run_id)
            if progress.working or progress.done < progress.documents:
                return False
            set_run_state(session, self._run_id, RunState.ENDED, agent="sohoa bulk")
        files = write_reports(self._house, self._run_id)
        with self._house.database.reading() as session:
            items = run_items(session, self._run_id)
        states = Counter(item.state for item in items)
        reasons = Counter(item.reason or "?" for item in items if item.state == "failed")
        tell(
            self._house,
            Kind.RUN_ENDED,
            self._run_id,
            run=self._run_id,
            total=len(items),
            done=states["done"],
            known=states["known"],
            failed=states["failed"],
            report=files[0],
        )
        tell_of_many(
            self._house, self._run_id, self._run_id, total=len(items), failed=states["failed"], reasons=reasons
        )
        return True


def _results(items: list[Item], came: Iterable[CameIn]) -> dict[str, tuple[str, str | None, str | None]]:
    """(state, reason, error) of each line, by name; the members of a ZIP in a bucket count for their ZIP."""
    found: dict[str, list[CameIn]] = {item.name: [] for item in items}
    for one in came:
        name = one.source
        while name not in found and "/" in name:
            name = name.rpartition("/")[0]
        if name in found:
            found[name].append(one)
    return {item.name: _result(item, found[item.name]) for item in items}


def _result(item: Item, found: list[CameIn]) -> tuple[str, str | None, str | None]:
    bad = [one for one in found if one.error or one.state is not ScanState.PUBLISHED]
    if not found:
        return "failed", "NotAScan", f"{item.name}: is no scan"
    if bad:
        return "failed", bad[0].reason or ("NoPageRead" if bad[0].sha256 else "Unexplained"), bad[0].error
    if len(found) == 1 and item.sha256 != found[0].sha256 and found[0].source == item.name:
        error = f"{item.name}: other bytes than on the intake list were published; see who changed it"
        return "done", "SourceChanged", error
    return "known" if all(one.known for one in found) else "done", None, None
