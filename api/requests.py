"""What surrounds every request: its correlation id, one log line, limits of size and patience, safe headers."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Code, Problem, answer
from storage.correlation import SHAPE, correlated

log = logging.getLogger("sohoa.api")

LONGEST_ADDRESS = 16 << 10  # bytes of path and query; a thousand letters of any script have 12,000
LARGEST_JSON = 4 << 20  # bytes; a thousand dossiers have some 300 kB
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SCANS = "/v1/scans"  # where a body may be as large as the settings say
_HEADER = b"x-correlation-id"
SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)


class JsonLines(logging.Formatter):
    """A record as one line of JSON: event, time, level, fields. What is logged names no person."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["at"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False, default=str)


def _places(traceback: Any) -> list[str]:  # noqa: ANN401  (a traceback or None)
    """File and line of each frame: messages may hold what was sent, places do not."""
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places


def log_to_stderr() -> None:
    """Send what the door and its server log to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in (("sohoa.api", logging.INFO), ("uvicorn.error", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)


class RequestLayer:
    """Gives each request its id, its limits and its log line."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_upload_bytes: int,
        body_seconds: float,
        metered: Callable[[str, str, int, float], None],
    ) -> None:
        self._app = app
        self._metered = metered
        self._max_upload = max_upload_bytes
        self._patience = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        given = headers.get(_HEADER, b"").decode("latin-1")
        correlation = given if SHAPE.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["correlation_id"] = correlation
        began, status = time.monotonic(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": _safe(message["headers"], correlation)}
            await send(message)

        try:
            with correlated(correlation):
                await self._answered(scope, headers, receive, sent)
        finally:
            seconds = time.monotonic() - began
            self._metered(scope["method"] if scope["method"] in METHODS else "other", _route(scope), status, seconds)
            _log(scope, status, seconds)

    async def _answered(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, sent: Send) -> None:
        refused = self._refused(scope, headers)
        if refused is None:
            await self._app(scope, self._limited(scope, headers, receive), sent)
            return
        accept = headers.get(b"accept-language", b"").decode("latin-1")
        reply = answer(refused, accept_language=accept, correlation_id=scope["state"]["correlation_id"])
        reply.headers["Connection"] = "close"
        await reply(scope, receive, sent)

    def _most(self, scope: Scope) -> int:
        return self._max_upload if scope["path"] == SCANS else LARGEST_JSON

    def _refused(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Problem | None:
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_ADDRESS:
            return Problem(Code.ADDRESS_TOO_LONG, values={"limit": LONGEST_ADDRESS})
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._most(scope):
            return Problem(Code.TOO_LARGE, values={"limit": self._most(scope)})
        return None

    def _limited(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> Receive:
        """The body, as long as it keeps coming and is not too large."""
        most, got, ended = self._most(scope), 0, False
        bodiless = scope["method"] in ("GET", "HEAD") and b"content-length" not in headers

        async def received() -> Message:
            nonlocal got, ended
            if ended or bodiless:
                return await receive()  # a streaming answer waits here for the other side to hang up
            try:
                message = await asyncio.wait_for(receive(), self._patience)
            except TimeoutError:
                raise Problem(Code.TOO_SLOW, headers={"Connection": "close"}) from None
            if message["type"] == "http.request":
                got += len(message.get("body", b""))
                ended = not message.get("more_body", False)
                if got > most:
                    raise Problem(Code.TOO_LARGE, values={"limit": most}, headers={"Connection": "close"})
            return message

        return received


def _safe(headers: list[tuple[bytes, bytes]], correlation: str) -> list[tuple[bytes, bytes]]:
    """The answer's headers with ours; a page brings a policy of its own."""
    there = {name.lower() for name, _ in headers}
    return [*headers, (_HEADER, correlation.encode()), *(ours for ours in SAFE if ours[0] not in there)]


def _route(scope: Scope) -> str:
    """The route's pattern; an address may hold a person's name or number."""
    path: str = getattr(scope.get("route"), "path", "-")
    return path


def _log(scope: Scope, status: int, seconds: float) -> None:
    """One line."""
    state = scope["state"]
    caller = state.get("caller")
    fields = {
        "correlation_id": state["correlation_id"],
        "method": scope["method"],
        "route": _route(scope),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "key": caller.key.id if caller else None,
    }
    log.log(logging.ERROR if status >= 500 else logging.INFO, "request", extra={"fields": fields})
