"""Which request a piece of work goes back to: one id in its events, its objects' tags, its log lines."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SHAPE = re.compile(r"[A-Za-z0-9._-]{8,64}")
VARIABLE = "SOHOA_CORRELATION_ID"  # hands the id on to a process that works on the request
_current: ContextVar[str] = ContextVar("correlation", default="")


@contextmanager
def correlated(correlation_id: str) -> Iterator[None]:
    """Let all that is done within belong to a request; what is no id belongs to none."""
    token = _current.set(correlation_id if SHAPE.fullmatch(correlation_id) else "")
    try:
        yield
    finally:
        _current.reset(token)


def correlation() -> str:
    """The id of the request that is worked on; empty where a person or a schedule began the work."""
    return _current.get()


def handed_on() -> str:
    """The id that another process gave to this one; empty where it gave none."""
    return os.environ.get(VARIABLE, "")
