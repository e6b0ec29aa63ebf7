"""Says now and then that a process is alive, so that others know when it is not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy.orm import Session

from storage.errors import StorageError
from storage.records import Database

EVERY_SECONDS = 20.0
SILENT = timedelta(minutes=3)  # after which a process counts as gone: nine beats, or a database that was away


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
