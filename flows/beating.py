"""Says now and then that a process is alive, so that others know when it is not."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from storage.errors import StorageError
from storage.heartbeats import end_heartbeat, note_heartbeat
from storage.records import Database

EVERY_SECONDS = 20.0


@contextmanager
def beating(
    database: Database, beat: Callable[[Session], object], *, every_s: float = EVERY_SECONDS
) -> Iterator[None]:
    """Call `beat` in a transaction at once and every so often, beside what the caller does.

    While the records are away nobody is told anything: work has its own patience with that.
    """
    stopping = threading.Event()

    def loop() -> None:
        while True:
            try:
                with database.transaction() as session:
                    beat(session)
            except StorageError:
                pass
            if stopping.wait(every_s):
                return

    thread = threading.Thread(target=loop, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(every_s)


def process_name(part: str) -> str:
    """How this process is called in the records: part@host:pid."""
    return f"{part}@{socket.gethostname()}:{os.getpid()}"


@contextmanager
def alive(
    database: Database,
    part: str,
    detail: Callable[[], Mapping[str, Any]],
    *,
    never_began: type[Exception] | tuple[type[Exception], ...] = (),
) -> Iterator[None]:
    """Say that this process lives, and goodbye where it ends as it should.

    detail: what it does now, without personal data. never_began: an error after which it is not missed either.
    """
    host = socket.gethostname()
    name = process_name(part)

    def goodbye() -> None:
        with database.transaction() as session:
            end_heartbeat(session, name)

    try:
        with beating(
            database, lambda session: note_heartbeat(session, name=name, part=part, host=host, detail=detail())
        ):
            yield
    except never_began:
        goodbye()
        raise
    goodbye()
