"""Prefect's server, looked after for as long as somebody uses it.

A batch needs a server that outlives its own process by a moment (an ephemeral one loses 42 to 87 of 1,000 task
records), and nobody wants to start one by hand. So each user of a data directory holds a shared lock on
`prefect/users.lock`; the first one starts a server process, which serves until it can get that lock for itself.
The kernel lets go of a killed user's lock, so no kill leaves a server behind.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

from flows.errors import ServerDidNotStart

POLL_SECONDS = 0.1
LOOK_SECONDS = 2.0  # between two looks of the server's services for something due: half of its idle cost at 0.25
IDLE_SECONDS = 2.0  # without users, so that two commands in a row share one server

#: The server of one machine does without schedules, workers and triggers: a third of its idle cost.
SERVER_ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": '["events","flow_runs"]',
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_REPOSSESSOR_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    # Untuned, a task costs the server 40 ms of CPU and the records arrive a minute late.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",  # seconds; at 5 one paper waits for it
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
}


PREPARED = "prepared-for"  # the file that names the version whose server used the database last

#: Where the database is of this version and has all that is registered.
AS_IT_IS = {"PREFECT_API_DATABASE_MIGRATE_ON_START": "false", "PREFECT_API_BLOCKS_REGISTER_ON_START": "false"}

#: What a server needs beside that gives runs to workers by the clock (`sohoa up`).
SCHEDULING = {
    f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "true"
    for name in ("CANCELLATION_CLEANUP", "FOREMAN", "LATE_RUNS", "REPOSSESSOR", "SCHEDULER")
}

#: What a client of it needs beside the address: no events of its own making, no log lines at 2 ms each.
CLIENT_ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that answers."""

    address: str  #: of its API
    started_now: bool  #: by us, so nobody else's runs can be under way


def _nothing(_: str) -> None:
    """What to do while a server starts, where there is nothing to do."""


@contextmanager
def own_server(
    data_dir: Path,
    *,
    start_seconds: float,
    meanwhile: Callable[[str], None] = _nothing,
    schedules: bool = False,
) -> Iterator[Server]:
    """The data directory's own server, started where it does not run.

    meanwhile: is called with the server's address, before it answers where it has to be started: its start takes as
    long as importing its client, so that the two go on side by side.
    schedules: it must give runs to workers by the clock.
    Raises ServerDidNotStart with the end of its log, or where one without schedules serves a batch.
    """
    home = data_dir.resolve() / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with (home / "start.lock").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)  # two commands at once start one server
            running = _running(home)
            if running and schedules and not _told(home).get("schedules"):
                raise ServerDidNotStart(
                    "a batch has its own server in this data directory, which keeps no schedules; wait for its end"
                )
            if running:
                meanwhile(running)
            address = running or _start(home, start_seconds, meanwhile, schedules=schedules)
            server = Server(address=address, started_now=running is None)
        yield server


def _told(home: Path) -> dict[str, Any]:
    """What the server that was started last is; nothing where none was."""
    try:
        told = json.loads((home / "server.json").read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _running(home: Path) -> str | None:
    address = str(_told(home).get("api_url", ""))
    return address if address and _healthy(address) else None


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _start(home: Path, start_seconds: float, meanwhile: Callable[[str], None], *, schedules: bool) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/api"
    log = home / "server.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= SERVER_ENVIRONMENT | (SCHEDULING if schedules else {})
    environment |= {
        "PREFECT_HOME": str(home),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        "PREFECT_API_URL": address,
        "PREFECT_UI_API_URL": address,
    }
    with log.open("ab") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "flows.prefect_server", str(home), str(port)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C is meant for us; the server still has records to write
        )
    until = time.monotonic() + start_seconds
    meanwhile(address)
    while not _healthy(address):
        if server.poll() is not None or time.monotonic() > until:
            server.kill()
            raise ServerDidNotStart(
                f"Prefect's server did not answer within {start_seconds:.0f} s; the end of {log}: "
                f"{_tail(log)}; mend what it says, or set prefect.api_url to a server of your own"
            )
        time.sleep(POLL_SECONDS)
    (home / "server.json").write_text(json.dumps({"api_url": address, "pid": server.pid, "schedules": schedules}))
    return address


def _tail(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return " | ".join(lines[-3:]) or "nothing"


def _version() -> str:
    from importlib.metadata import version

    return version("prefect")


def _template(home: Path) -> Path:
    """A migrated, empty database of this Prefect version: migrating a new one costs 8 CPU-seconds."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "sohoa" / f"prefect-{_version()}.db" if os.access(Path.home(), os.W_OK) else home / "none"


def prepared_for(home: Path) -> str:
    """The version of Prefect that has migrated the database of this folder; empty where none is known."""
    try:
        return (home / PREPARED).read_text()
    except OSError:
        return ""


def _serve(home: Path, port: int) -> None:
    """Serve until nobody holds the users' lock."""
    database, template, prepared = home / "prefect.db", _template(home), home / PREPARED
    fresh = not database.exists()
    if fresh and template.exists():
        shutil.copyfile(template, database)
        fresh = False
        prepared.write_text(_version())
    if not fresh and prepared_for(home) == _version():  # looking it all up again costs a second
        os.environ |= AS_IT_IS

    gc.disable()  # importing makes 400,000 objects that stay: looking through them costs half a second
    import uvicorn
    from prefect.server.api.server import create_app

    gc.freeze()
    gc.enable()
    _look_less_often()

    server = uvicorn.Server(
        uvicorn.Config(
            create_app, factory=True, host="127.0.0.1", port=port, log_level="warning", timeout_keep_alive=5
        )
    )
    threading.Thread(target=_stop_when_idle, args=(server, home / "users.lock"), daemon=True).start()
    threading.Thread(target=_note_prepared, args=(server, prepared), daemon=True).start()
    if fresh:
        threading.Thread(target=_keep_template, args=(server, database, template), daemon=True).start()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    server.run()


def _look_less_often() -> None:
    """Have the server's own loop of services look for work every two seconds and not four times in one."""
    from prefect.server.api import background_workers

    every, workers = timedelta(seconds=LOOK_SECONDS), cast("Any", background_workers)
    workers.Worker = partial(workers.Worker, minimum_check_interval=every, scheduling_resolution=every)


def _note_prepared(server: object, prepared: Path) -> None:
    """Once it serves, its database is of this version and has all that it registers."""
    _until_started(server)
    prepared.write_text(_version())


def _until_started(server: object) -> None:
    while not getattr(server, "started", False):
        time.sleep(POLL_SECONDS)


def _keep_template(server: object, database: Path, template: Path) -> None:
    _until_started(server)
    part = template.with_suffix(f".{os.getpid()}.part")
    try:
        template.parent.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        part.replace(template)
    except (OSError, sqlite3.Error) as error:  # only the next start is slower for it
        print(f"no template kept: {error}", file=sys.stderr)  # noqa: T201  (this process's log)
        part.unlink(missing_ok=True)


def _stop_when_idle(server: object, lock: Path) -> None:
    idle_since: float | None = None
    users = os.open(lock, os.O_WRONLY | os.O_CREAT)  # never closed: who comes while we end waits until we are gone
    while True:
        time.sleep(POLL_SECONDS * 5)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            idle_since = None
            continue
        idle_since = idle_since or time.monotonic()
        if time.monotonic() - idle_since >= IDLE_SECONDS:
            server.should_exit = True  # type: ignore[attr-defined]
            return
        fcntl.flock(users, fcntl.LOCK_UN)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
