"""The loop over all watched folders: looks, takes, has one take worked on at a time, files away."""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from flows.errors import FlowError, FolderWatched
from flows.installation import Installation
from flows.limits import limits_of
from flows.manifest import Listed, write_sources
from flows.notices.telling import tell, tell_of_failures
from flows.notices.words import Kind
from flows.resident import ENDED, Order, Resident, key_of
from flows.unattended_settings import WatchedFolder
from flows.watching.filing import file_away, scan_files
from flows.watching.look import look, place_of
from flows.watching.places import clear_empty
from flows.watching.ready import Settling
from flows.watching.taking import Take, begin_take, changed, complete_take, open_takes, renewed
from storage.errors import StorageError
from storage.intakes import NewIntake, note_taken
from storage.records import is_paused, latest_batch

log = logging.getLogger("sohoa.watch")

LOOK_SECONDS = 0.5  # between two looks at the batch under way
AHEAD = 2  # takes of one folder that wait to be worked on; the rest stays where clerks put it
FIRST_PAUSE = 10.0  # seconds after a batch that could not come to its end; doubles
LONGEST_PAUSE = 1800.0
STOP_SECONDS = 30.0  # that a batch may take to stop when it is asked to
STUCK_AFTER = 4  # tries of one batch before people are told
LOCK = ".lock"


@dataclass(slots=True)
class _Watched:
    """A folder and what is known of it in this process."""

    folder: WatchedFolder
    settling: Settling
    takes: deque[Take] = field(default_factory=deque)
    look_at: float = 0.0
    waiting: int = 0
    unfinished: int = 0
    served: float = 0.0
    trouble: str = ""


@dataclass(slots=True)
class _Running:
    watched: _Watched
    take: Take


class Watcher:
    """Every watched folder of an installation, looked after by one process."""

    def __init__(self, house: Installation, folders: Sequence[WatchedFolder] | None = None) -> None:
        self._house = house
        self._settings = house.settings.watching
        self._work = house.data_dir / "takes"
        self._work.mkdir(exist_ok=True)
        limits = limits_of(house.settings)
        self._watched = [
            _Watched(folder, Settling(folder, self._settings, limits, now=time.monotonic))
            for folder in (house.settings.watch if folders is None else folders)
        ]
        self._running: _Running | None = None
        self._resident = Resident()
        self._attempts: dict[str, int] = {}
        self._pauses: dict[str, tuple[float, float]] = {}  # by take: until when, and how long the next one is

    def detail(self) -> dict[str, object]:
        """What it does, for `sohoa status`."""
        return {
            "folders": {
                one.folder.name: {
                    "waiting": one.waiting,
                    "unfinished": one.unfinished,
                    "takes": len(one.takes) + (self._running is not None and self._running.watched is one),
                    "trouble": one.trouble,
                }
                for one in self._watched
            },
            "working_on": self._running.take.id if self._running else None,
        }

    def run(self, stopping: threading.Event, *, until_idle: bool = False) -> None:
        """Watch until asked to stop; until_idle: or until nothing is left to do. A batch under way is stopped."""
        with ExitStack() as stack:
            for one in self._watched:
                stack.enter_context(_only_watcher(one.folder))
                self._find_takes(one)
            woken = threading.Event()
            events = [one.folder.path for one in self._watched if one.folder.events]
            if events:
                stack.enter_context(_waking(events, woken))
            try:
                while not stopping.is_set():
                    self._round(woken)
                    if until_idle and self._idle():
                        return
                    stopping.wait(self._pause())
            finally:
                self._stop_batch()

    def _round(self, woken: threading.Event) -> None:
        try:
            self._end_batch()
            was_woken = woken.is_set()
            woken.clear()
            for one in self._watched:
                if time.monotonic() >= one.look_at or (was_woken and not one.waiting):
                    self._look(one)
            self._begin_batch()
        except (StorageError, SQLAlchemyError) as error:  # they may come back; the tree keeps everything meanwhile
            log.warning("put off", extra={"fields": {"why": str(error)}})

    def _pause(self) -> float:
        return LOOK_SECONDS if self._running or any(one.takes for one in self._watched) else self._next_look()

    def _next_look(self) -> float:
        due = min((one.look_at for one in self._watched), default=0.0) - time.monotonic()
        return min(max(due, 0.05), 1.0)

    def _idle(self) -> bool:
        busy = self._running or any(one.takes or one.waiting or one.unfinished for one in self._watched)
        return not busy

    def _find_takes(self, one: _Watched) -> None:
        """What an earlier process had taken."""
        for place in open_takes(one.folder):
            take = complete_take(one.folder, place)
            self._note(one, take)
            one.takes.append(take)

    def _look(self, one: _Watched) -> None:
        """Look through a tree and take what is ready. However large it is, looking costs its share of a core only."""
        began, cpu = time.monotonic(), time.thread_time()
        try:
            seen = look(one.folder)
            one.waiting, one.unfinished, one.trouble = len(seen.candidates), seen.unfinished, ""
            room = self._settings.batch_files if len(one.takes) < AHEAD else 0
            ready = one.settling.ready(seen.candidates, most=room)
            if ready:
                take = begin_take(one.folder, ready)
                one.waiting -= len(ready)
                self._note(one, take)
                one.takes.append(take)
            for empty in seen.empty:
                clear_empty(one.folder.path / empty)
        except OSError as error:  # the share is away: it is looked at again
            one.trouble = f"{error.strerror or error}"
            log.warning("folder away", extra={"fields": {"watch": one.folder.name, "why": one.trouble}})
        cost = time.thread_time() - cpu
        one.look_at = began + max(self._settings.poll_seconds, cost / self._settings.most_cpu)

    def _note(self, one: _Watched, take: Take) -> None:
        new = [
            NewIntake(path=unit.name, size=sum(file.size for file in unit.files), agency_code=unit.told.agency_code)
            for unit in take.units
        ]
        with self._house.database.transaction() as session:
            note_taken(session, one.folder.name, take.id, new, operator=one.folder.operator)

    def _begin_batch(self) -> None:
        """Start the batch of the take whose folder was served longest ago."""
        if self._running is not None:
            return
        now = time.monotonic()
        for one in sorted(self._watched, key=lambda one: one.served):
            if one.takes and self._pauses.get(one.takes[0].id, (0.0, 0.0))[0] <= now:
                one.served = now
                self._work_on(one, one.takes.popleft())
                return

    def _work_on(self, one: _Watched, take: Take) -> None:
        if any(changed(take, unit) for unit in take.units):  # somebody writes to what was taken: let him finish
            one.takes.append(renewed(take))
            self._put_off(take, self._settings.settle_seconds)
            return
        if self._rests(take):
            one.takes.append(take)
            self._let_rest(take)
            return
        if self._batch(take)[1] == "ended":
            self._file(one, take)
            return
        listed = []
        for unit in take.units:
            if unit.name in take.reasons:
                continue
            try:
                files = scan_files(take, unit, one.folder, self._work)
            except (FlowError, OSError):  # told of when the take is filed
                continue
            listed.append(Listed(name=unit.name, files=files, told=unit.told))
        if not listed:
            self._file(one, take)
            return
        sources = self._work / f"{take.id}.jsonl"
        write_sources(listed, sources)
        environment = {"SOHOA_READING__PDF_PROFILE": one.folder.profile} if one.folder.profile else {}
        order = Order(
            sources=str(sources),
            key=take.id,
            operator=one.folder.operator,
            log=str(self._work / f"{take.id}.log"),
            environment=environment,
        )
        self._resident.begin(order)
        log.info("batch begun", extra={"fields": {"watch": one.folder.name, "take": take.id, "scans": len(listed)}})
        self._running = _Running(one, take)

    def _batch(self, take: Take) -> tuple[str | None, str]:
        with self._house.database.reading() as session:
            found = latest_batch(session, key_of(take.id))
        return found or (None, "")

    def _rests(self, take: Take) -> bool:
        """Whether an operator has paused the batch of a take; others go on meanwhile."""
        batch_id, state = self._batch(take)
        if batch_id is None or state == "ended":
            return False
        with self._house.database.reading() as session:
            return is_paused(session, batch_id)

    def _let_rest(self, take: Take) -> None:
        self._pauses[take.id] = (time.monotonic() + FIRST_PAUSE, FIRST_PAUSE)

    def _end_batch(self) -> None:
        if self._running is None:
            self._resident.rest()
            return
        code = self._resident.ended()
        if code is None:
            return
        running, self._running = self._running, None
        if code in ENDED and self._batch(running.take)[1] == "ended":
            self._file(running.watched, running.take)
            return
        if self._rests(running.take):
            log.info("batch paused", extra={"fields": {"take": running.take.id}})
            running.watched.takes.append(running.take)
            self._let_rest(running.take)
            return
        log.warning("batch not ended", extra={"fields": {"take": running.take.id, "exit": code}})
        running.watched.takes.append(running.take)
        pause = self._pauses.get(running.take.id, (0.0, FIRST_PAUSE))[1]
        self._put_off(running.take, pause)
        attempts = self._attempts[running.take.id] = self._attempts.get(running.take.id, 0) + 1
        if attempts >= STUCK_AFTER:
            tell(
                self._house,
                Kind.TAKE_STUCK,
                running.take.id,
                also=running.watched.folder.owner,
                watch=running.watched.folder.name,
                take=running.take.id,
                attempts=attempts,
                folder=running.watched.folder.folders.working,
                log=self._work / f"{running.take.id}.log",
            )

    def _put_off(self, take: Take, pause: float) -> None:
        self._pauses[take.id] = (time.monotonic() + pause, min(max(pause, FIRST_PAUSE) * 2, LONGEST_PAUSE))

    def _file(self, one: _Watched, take: Take) -> None:
        try:
            filed = file_away(take, one.folder, self._house.database, self._batch(take)[0], self._work)
        except OSError as error:
            log.warning("not filed", extra={"fields": {"take": take.id, "why": str(error)}})
            one.takes.append(take)
            self._put_off(take, FIRST_PAUSE)
            return
        log.info(
            "filed",
            extra={"fields": {"watch": one.folder.name, "take": take.id, "done": filed.done, "failed": filed.failed}},
        )
        if filed.again is not None:
            self._note(one, filed.again)
            one.takes.append(filed.again)
        self._pauses.pop(take.id, None)
        for left in self._work.glob(f"{take.id}*"):
            left.unlink(missing_ok=True)
        tell_of_failures(self._house, one.folder, take.id)

    def _stop_batch(self) -> None:
        """Ask the batch under way to stop: the take stays, and the next watcher goes on with it."""
        self._resident.stop(STOP_SECONDS)


@contextmanager
def _only_watcher(folder: WatchedFolder) -> Iterator[None]:
    """Hold a watched tree for ourselves, over all machines that lock on its share.

    Raises FolderWatched where another watcher has it; OSError where the folder is not there.
    """
    working = place_of(folder, folder.folders.working)
    working.mkdir(exist_ok=True)
    with (working / LOCK).open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderWatched(
                f"{folder.path}: another process watches it; stop it, or take the folder out of its settings"
            ) from None
        yield


@contextmanager
def _waking(paths: Sequence[Path], woken: threading.Event) -> Iterator[None]:
    """Set `woken` when the system tells of a change in one of the trees; it may tell of none, or too late."""
    from watchfiles import watch

    stopping = threading.Event()

    def loop() -> None:
        try:
            for _ in watch(*paths, stop_event=stopping, debounce=500, rust_timeout=1000, yield_on_timeout=False):
                woken.set()
        except (OSError, RuntimeError) as error:  # out of inotify watches, or no such thing here: looking is enough
            log.warning("no events", extra={"fields": {"why": str(error)}})

    thread = threading.Thread(target=loop, name="events", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(5.0)
