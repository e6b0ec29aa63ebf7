"""What the tests need and Debian has not: fetched once, kept in the cache folder outside the tree."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path


def kept(name: str) -> Path:
    """Where a fetched thing of that name lies, or will lie."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "sohoa" / name


def fetched_once(place: Path, fetch: Callable[[Path], None]) -> None:
    """Fetch what is not there yet; of two processes at once, one fetches and the other waits."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            fetch(place)
