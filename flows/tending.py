"""What an installation needs now and then: the index fed, notices sent, the disk looked at, orphans finished."""

from __future__ import annotations

import logging
import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from flows.bulk.care import tell_of_bulk
from flows.installation import Installation
from flows.notices.sending import send_waiting
from flows.notices.telling import tell_of_disk
from flows.recover import recover
from storage.errors import StorageError
from storage.index.feed import feed

log = logging.getLogger("sohoa.tend")

EVERY_SECONDS = 5.0
SELDOM_SECONDS = 300.0  # between two looks at the disk and at what was left behind


def tend_once(house: Installation) -> dict[str, int]:
    """Do everything that waits; how much of each."""
    done = {"indexed": feed(house.database, house.index), "notices": send_waiting(house)}
    tell_of_disk(house)
    tell_of_bulk(house)
    done["recovered"] = len(recover(house))
    return done


def tend(house: Installation, stopping: threading.Event) -> None:
    """Do it again and again until asked to stop; while records or index are away it waits."""
    seldom = 0.0
    while not stopping.is_set():
        try:
            feed(house.database, house.index)
            send_waiting(house)
            if time.monotonic() >= seldom:
                seldom = time.monotonic() + SELDOM_SECONDS
                tell_of_disk(house)
                tell_of_bulk(house)
                for batch, code in recover(house):
                    log.info("recovered", extra={"fields": {"batch": batch, "exit": code}})
        except (StorageError, SQLAlchemyError) as error:
            log.warning("put off", extra={"fields": {"why": str(error)}})
        stopping.wait(EVERY_SECONDS)
