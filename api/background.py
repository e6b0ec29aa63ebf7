"""What runs beside answering: the index is fed, webhooks are told, uploads are worked on.

Each is a loop in a thread over what the records hold, so that nothing is lost with the process, and several
processes share the work: items are claimed for a while.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from api.door import Door
from api.syncing import Syncer
from api.telling import tell
from api.working import Worker, sweep
from storage.errors import StorageError
from storage.index.feed import feed
from storage.webhooks import (
    Delivery,
    Webhook,
    claim_deliveries,
    fan_out,
    note_delivered,
    note_undelivered,
)

log = logging.getLogger("sohoa.api")

EVERY_SECONDS = 0.5  # between two looks at what waits
AFTER_FAILURE_SECONDS = 5.0  # while the records or the index are away
AT_ONCE = 8  # deliveries under way
AT_ONCE_EACH = 2  # of them to one address, so that a slow one leaves room for the others
STOP_SECONDS = 25.0


class Background:
    """The threads of an installation's door."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._stopping = threading.Event()
        self._tellers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
        self._told: Counter[str] = Counter()  # deliveries under way by address
        self._lock = threading.Lock()
        self._worker = Worker(door, self._stopping)
        steps: dict[str, Callable[[], object]] = {
            "index": self._feed,
            "webhooks": self._tell,
            "uploads": self._worker.work,
        }
        for target in door.settings.targets:
            steps[target.name] = Syncer(door, target).sync
        self._threads = [
            threading.Thread(target=self._loop, args=(name, step), name=name, daemon=True)
            for name, step in steps.items()
        ]

    def start(self) -> None:
        """Begin."""
        swept = sweep(self._door)
        if swept:
            log.info("swept", extra={"fields": {"folders": swept}})
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let what is under way end, or give it back."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        self._worker.close()
        self._tellers.shutdown(wait=True, cancel_futures=True)

    @property
    def alive(self) -> bool:
        """Whether every loop still runs."""
        return all(thread.is_alive() for thread in self._threads)

    def _loop(self, name: str, step: Callable[[], object]) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            try:
                step()
                pause = EVERY_SECONDS
            except (StorageError, SQLAlchemyError) as error:
                log.warning("put off", extra={"fields": {"loop": name, "why": type(error).__name__}})
                pause = AFTER_FAILURE_SECONDS

    def _feed(self) -> None:
        feed(self._door.database, self._door.index)

    def _tell(self) -> None:
        with self._door.database.transaction() as session:
            fan_out(session, also=[target.name for target in self._door.settings.targets])
        with self._lock:
            free = AT_ONCE - self._told.total()
            busy = [webhook_id for webhook_id, count in self._told.items() if count >= AT_ONCE_EACH]
        if free <= 0:
            return
        with self._door.database.transaction() as session:
            taken = claim_deliveries(session, limit=free, busy=busy)
        for hook, delivery in taken:
            with self._lock:
                self._told[hook.id] += 1
            self._tellers.submit(self._try, hook, delivery).add_done_callback(self._ended(hook.id))

    def _ended(self, webhook_id: str) -> Callable[[Future[None]], None]:
        def ended(done: Future[None]) -> None:
            with self._lock:
                self._told[webhook_id] -= 1
            if not done.cancelled() and done.exception() is not None:
                log.error("delivery", exc_info=done.exception())

        return ended

    def _try(self, hook: Webhook, delivery: Delivery) -> None:
        outcome = tell(hook, delivery, self._door.settings.webhook_networks)
        fields = {"delivery": delivery.id, "status": outcome.http_status, "attempt": delivery.attempts}
        log.info("told" if outcome.error is None else "not told", extra={"fields": fields})
        with self._door.database.transaction() as session:
            if outcome.error is None:
                note_delivered(session, delivery.id, http_status=outcome.http_status or 200)
            else:
                note_undelivered(session, delivery.id, http_status=outcome.http_status, error=outcome.error)
