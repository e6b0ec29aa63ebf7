"""Kills at a step: the work runs in a child that is killed with SIGKILL before its n-th touch of the world outside.

A touch is a file opened, renamed, made or removed, a word to an HTTP server, a statement or commit of the database.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event

TOUCHES = {"open", "os.rename", "os.mkdir", "os.remove", "http.client.send"}


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do the work in a child, killed before its n-th touch; False where it ended before that."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _count_down(step)
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status) != 0:
        raise AssertionError(f"the child failed at step {step}")
    return False


def _count_down(step: int) -> None:
    left = step

    def touch() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(name: str, _: tuple[Any, ...]) -> None:
        if name in TOUCHES:
            touch()

    sys.addaudithook(hook)
    event.listen(Engine, "before_cursor_execute", lambda *_: touch())
    event.listen(Engine, "commit", lambda _: touch())
