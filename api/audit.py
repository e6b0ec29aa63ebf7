"""Every access is an event on record before its answer leaves.

One thread writes the events of all requests that wait, in one transaction, so that twenty clients cost one sync of
the disk and not twenty. Where an event cannot be written, nothing is handed out.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Code, Problem, answer
from storage.errors import StorageError
from storage.events import record_event
from storage.records import Database

AT_ONCE = 500  # events in one transaction
CLOSE_SECONDS = 10.0
WRITTEN_SECONDS = 90.0  # that an event may take to be on disk; SQLite waits a minute for another writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A request as the event log keeps it: codes and ids, no query and no text."""

    type: str
    object_kind: str
    object_id: str
    agent: str
    outcome: str
    detail: Mapping[str, Any]


class Audit:
    """The thread that writes events."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: SimpleQueue[tuple[Access, Future[None]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._thread.start()

    def record(self, access: Access) -> Future[None]:
        """Write an event; done when it is on disk. The future raises StorageError where it cannot be."""
        written: Future[None] = Future()
        self._waiting.put((access, written))
        return written

    @property
    def alive(self) -> bool:
        """Whether somebody writes."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Write what waits and end."""
        self._waiting.put(None)
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while True:
            first = self._waiting.get()
            batch = [first, *self._rest()]
            taken = [item for item in batch if item is not None]
            if taken:
                self._write(taken)
            if len(taken) < len(batch):
                return

    def _rest(self) -> list[tuple[Access, Future[None]] | None]:
        rest: list[tuple[Access, Future[None]] | None] = []
        try:
            while len(rest) < AT_ONCE:
                rest.append(self._waiting.get_nowait())
        except Empty:
            return rest
        return rest

    def _write(self, taken: list[tuple[Access, Future[None]]]) -> None:
        # From here on nobody can take a wish back. Who hung up before is not told, and what was asked is written.
        told = [written for _, written in taken if written.set_running_or_notify_cancel()]
        try:
            with self._database.transaction() as session:
                for access, _ in taken:
                    record_event(
                        session,
                        type=access.type,
                        object_kind=access.object_kind,
                        object_id=access.object_id,
                        agent=access.agent,
                        outcome=access.outcome,
                        detail=access.detail,
                    )
        except (StorageError, SQLAlchemyError) as error:
            for written in told:
                written.set_exception(error)
            return
        for written in told:
            written.set_result(None)


#: Path parameters that name what was asked for.
_OBJECTS = {
    "document_id": "document",
    "dossier_code": "dossier",
    "procedure_code": "procedure",
    "batch_id": "batch",
    "upload_id": "upload",
    "webhook_id": "webhook",
}
_ID = re.compile(r"[A-Za-z0-9._-]{1,80}")
UNRECORDED = ("/metrics",)  # asked every few seconds, tells no record


def _access(scope: Scope, status: int) -> Access | None:
    caller = scope["state"].get("caller")
    route = getattr(scope.get("route"), "path", "")
    if caller is None or route in UNRECORDED or scope["state"].get("unrecorded"):
        return None
    named = scope.get("path_params", {})
    parameter = next((name for name in _OBJECTS if name in named), None)
    detail = {
        "route": route,
        "method": scope["method"],
        "status": status,
        "correlation": scope["state"].get("correlation_id", ""),
    }
    return Access(
        type=_type(scope["method"], route, named),
        object_kind=_OBJECTS[parameter] if parameter else "route",
        object_id=_named(named[parameter]) if parameter else route[:80],
        agent=caller.agent,
        outcome="success" if status < 400 else "failure",
        detail=detail | ({"part": str(named["part"])} if "part" in named else {}),
    )


def _named(identity: object) -> str:
    """An id as it is kept; what is none may hold anything, also what a database does not take."""
    text = str(identity)
    return text if _ID.fullmatch(text) else "no id"


def _type(method: str, route: str, named: Mapping[str, Any]) -> str:
    if "part" in named:
        return "downloaded"
    if route in ("/v1/search", "/v1/suggest", "/find"):
        return "searched"
    return "viewed" if method in ("GET", "HEAD") else "requested"


class AuditLayer:
    """Holds an answer back until its event is written."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = False

        async def recorded(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = not await self._record(scope, message["status"])
                if refused:
                    await _unavailable(scope, receive, send)
            if not refused:
                await send(message)

        await self._app(scope, receive, recorded)

    async def _record(self, scope: Scope, status: int) -> bool:
        access = _access(scope, status)
        if access is None:
            return True
        audit: Audit = scope["app"].state.audit
        try:
            await asyncio.wait_for(asyncio.wrap_future(audit.record(access)), WRITTEN_SECONDS)
        except (StorageError, SQLAlchemyError, TimeoutError):
            return False
        return True


async def _unavailable(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    problem = Problem(Code.UNAVAILABLE, headers={"Retry-After": "30"})
    response = answer(
        problem,
        accept_language=headers.get("accept-language", ""),
        correlation_id=scope["state"].get("correlation_id", ""),
    )
    await response(scope, receive, send)
