"""`sohoa up`: starts everything that one machine needs, looks whether it lives, and stops it all at once."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flows.settings import Settings

log = logging.getLogger("sohoa.up")

LOOK_SECONDS = 2.0
HEALTH_SECONDS = 20.0  # between two questions to a part that is well
STOP_SECONDS = 60.0  # for all together: a batch finishes the page that it is on
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before a part that ended is started again; doubles
STEADY_SECONDS = 120.0  # after which a part's pauses begin anew
DEAF_AFTER = 3  # looks in a row without an answer, after a part has answered once
SOHOA = (sys.executable, "-c", "from flows.cli import main; main()")
# What a shell starts in the background ignores Ctrl-C's signal, and so would all that it starts, for ever.
DIES_WITH_US = ("env", "--default-signal=INT", "setpriv", "--pdeathsig", "TERM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A process that must run."""

    name: str
    command: tuple[str, ...]
    answers: Callable[[], bool] | None = None  #: whether it does what it is for; None: that it runs is all


@dataclass(slots=True)
class _Running:
    part: Part
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    pause: float = FIRST_PAUSE
    well: bool = False
    ask_at: float = 0.0
    deaf: int = 0
    starts: int = 0


@dataclass(slots=True)
class Supervisor:
    """Keeps parts running until it is asked to stop."""

    parts: Sequence[Part]
    environment: Mapping[str, str]
    _running: list[_Running] = field(default_factory=list)

    def run(self, stopping: threading.Event) -> None:
        """Start all, look after them, and stop all; what ends by itself is started again, ever more slowly."""
        self._running = [_Running(part) for part in self.parts]
        try:
            while not stopping.is_set():
                for one in self._running:
                    self._look(one)
                stopping.wait(LOOK_SECONDS)
        finally:
            self._stop()

    def detail(self) -> dict[str, object]:
        """Which parts run and are well, for `sohoa status`."""
        return {
            one.part.name: {
                "pid": one.process.pid if one.process and one.process.poll() is None else None,
                "well": one.well,
                "starts": one.starts,
            }
            for one in self._running
        }

    def _look(self, one: _Running) -> None:
        now = time.monotonic()
        if one.process is None or one.process.poll() is not None:
            if one.process is not None:
                log.warning(
                    "part ended", extra={"fields": {"part_name": one.part.name, "exit": one.process.returncode}}
                )
                one.pause = FIRST_PAUSE if now - one.started > STEADY_SECONDS else min(one.pause * 2, LONGEST_PAUSE)
                one.process, one.start_at, one.well = None, now + one.pause, False
            if now >= one.start_at:
                self._begin(one, now)
            return
        if one.well and now < one.ask_at:
            return
        one.ask_at = now + HEALTH_SECONDS
        answers = one.part.answers is None or one.part.answers()
        one.deaf = 0 if answers else one.deaf + 1
        if answers and not one.well:
            log.info(
                "part well", extra={"fields": {"part_name": one.part.name, "seconds": round(now - one.started, 1)}}
            )
        if one.well and one.deaf >= DEAF_AFTER:
            _say("part deaf", one)
            one.process.kill()
        one.well = answers or (one.well and one.deaf < DEAF_AFTER)

    def _begin(self, one: _Running, now: float) -> None:
        one.process = subprocess.Popen(
            [*DIES_WITH_US, *one.part.command],
            stdin=subprocess.DEVNULL,
            env=self.environment,
            start_new_session=True,  # a Ctrl-C comes to us, and each part is asked in turn
        )
        one.started, one.starts, one.deaf = now, one.starts + 1, 0
        _say("part begun", one, pid=one.process.pid)

    def _stop(self) -> None:
        alive = [one for one in self._running if one.process is not None and one.process.poll() is None]
        for one in reversed(alive):
            if one.process is not None:
                one.process.send_signal(signal.SIGINT)
        until = time.monotonic() + STOP_SECONDS
        for one in alive:
            if one.process is None:
                continue
            try:
                one.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _say("part killed", one)
                os.killpg(one.process.pid, signal.SIGKILL)
                one.process.wait()
        log.info("stopped")


def _say(event: str, one: _Running, **fields: object) -> None:
    log.info(event, extra={"fields": {"part_name": one.part.name, **fields}})


def answering(address: str) -> Callable[[], bool]:
    """Whether an address answers with 200."""

    def answers() -> bool:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  (our own address)
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    return answers


def parts_of(settings: Settings, *, pool: str | None) -> list[Part]:
    """What this installation needs beside Prefect's server. pool: whose schedules a worker carries out; None: no."""
    parts = [Part(name="tend", command=(*SOHOA, "tend"))]
    if settings.watch:
        parts.append(Part(name="watch", command=(*SOHOA, "watch")))
    host = settings.api.host if settings.api.host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104  (read only)
    health = answering(f"http://{host}:{settings.api.port}/health")
    parts.append(Part(name="api", command=(*SOHOA, "serve"), answers=health))
    if pool is not None:
        worker = ("-m", "prefect", "worker", "start", "--pool", pool, "--type", "process")
        parts.append(Part(name="worker", command=(sys.executable, *worker)))
    return parts
