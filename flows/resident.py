"""A process that digitises one batch after the other, so that its start is paid for once.

To start `sohoa digitise` costs five CPU-seconds, most of them for importing Prefect's client; a paper takes half of
one. So whoever has scans all the time (watched folders, bulk runs, the door) keeps one such process, gives it an
order when it has one, and starts the next process where one was killed, was asked to stop or could not go on.

Orders come to it as JSON lines on stdin; the exit code of each goes back as a line on what was its stdout
(flows.cli.resident).
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, cast

from flows.errors import ExitCode
from flows.start import resident_command

#: What came to its end, whatever it found; after anything else the process is not trusted with another order.
ENDED = (ExitCode.ALL_PUBLISHED, ExitCode.SOME_FAILED, ExitCode.NOTHING_DONE)
STOPPED = 130  #: what a process tells that was interrupted, as shells do
MOST_ORDERS = 50  # of one process: what a library leaks goes with it
IDLE_SECONDS = 600.0  # after which it gives its memory back
GOODBYE_SECONDS = 20.0  # that an idle one may take to end


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Scans to digitise as one batch: a list, or whatever lies in a folder."""

    log: str  #: the file that gets what is said meanwhile
    operator: str
    sources: str = ""  #: flows.manifest.write_sources wrote it
    folder: str = ""  #: in place of `sources`
    key: str = ""  #: the name of the batch; a folder's own name does without
    dossier_code: str | None = None  #: that all of it belongs to
    procedure_code: str | None = None
    agency_code: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)  #: settings for this order alone


def key_of(name: str) -> str:
    """The key of a batch that was given a name."""
    return hashlib.sha256(f"batch {name}".encode()).hexdigest()


class Resident:
    """The asking side: at most one process with at most one order under way."""

    def __init__(self, *, prefix: Sequence[str] = ()) -> None:
        """prefix: what goes before the command, as `nice` does."""
        self._prefix = prefix
        self._process: subprocess.Popen[bytes] | None = None
        self._orders = 0
        self._busy = False
        self._idle_since = 0.0

    def begin(self, order: Order) -> None:
        """Have an order carried out, by the process there is or by a new one."""
        if self._orders >= MOST_ORDERS or (self._process is not None and self._process.poll() is not None):
            self.close()
        process = self._process or self._start(order)
        with suppress(BrokenPipeError):  # killed this very moment: `ended` tells
            orders = cast("IO[bytes]", process.stdin)
            orders.write(json.dumps(asdict(order)).encode() + b"\n")
            orders.flush()
        self._orders, self._busy = self._orders + 1, True

    def ended(self) -> int | None:
        """The exit code of the order under way, None while it is; negative where the process was killed."""
        process = self._process
        if process is None or not self._busy:
            return STOPPED
        gone = process.poll()
        answer = _answer(process)  # looked for after its end, so that its last word is not missed
        code = gone if answer is None else answer
        if code is None:
            return None
        self._busy, self._idle_since = False, time.monotonic()
        if code not in ENDED:
            self.close()
        return code

    def rest(self) -> None:
        """Let an idle process go; to be called now and then while there is nothing to do."""
        if not self._busy and time.monotonic() - self._idle_since > IDLE_SECONDS:
            self.close()

    def stop(self, seconds: float) -> int:
        """End the process; an order under way is asked to stop and killed where it does not. The exit code."""
        if self._process is not None and self._busy:
            self._process.send_signal(signal.SIGINT)
        return self._end(seconds)

    def close(self) -> None:
        """Let the process go, which has no order under way."""
        self._end(GOODBYE_SECONDS)

    def _end(self, seconds: float) -> int:
        process, self._process = self._process, None
        self._orders, self._busy = 0, False
        if process is None:
            return STOPPED
        with suppress(BrokenPipeError):
            cast("IO[bytes]", process.stdin).close()
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            cast("IO[bytes]", process.stdout).close()

    def _start(self, order: Order) -> subprocess.Popen[bytes]:
        with Path(order.log).open("ab") as output:
            self._process = subprocess.Popen(
                [*self._prefix, *resident_command()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                env=os.environ.copy(),
            )
        return self._process


def _answer(process: subprocess.Popen[bytes]) -> int | None:
    """The exit code that it has told, where it has."""
    answers = cast("IO[bytes]", process.stdout).fileno()
    if not select.select([answers], [], [], 0)[0]:
        return None
    said = os.read(answers, 100)  # a short line comes whole
    return int(said) if said.strip() else None
