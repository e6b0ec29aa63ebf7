"""What bulk runs are told in: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class RunState(StrEnum):
    """What a bulk run does."""

    LISTING = "listing"  #: its intake list is being made
    RUNNING = "running"
    PAUSED = "paused"  #: no chunk is begun until it is resumed
    STOPPED = "stopped"  #: workers go home after the chunk that they are on; the same command goes on
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A bulk run."""

    id: str
    state: RunState
    sources: tuple[str, ...]
    operator: str
    agency_code: str | None
    procedure_code: str | None
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of the intake list."""

    number: int
    name: str
    place: Mapping[str, Any]
    size: int
    pages: int
    sha256: str | None
    agency_code: str | None
    procedure_code: str | None
    dossier_code: str | None
    state: str  #: waiting, done, known or failed
    reason: str | None = None
    error: str | None = None
    chunk: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What one worker does at a time."""

    run_id: str
    number: int
    attempts: int
    documents: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """How far a run is."""

    documents: int
    pages: int
    done: int  #: documents at their end, whichever
    done_pages: int
    failed: int
    working: int  #: chunks under way
    seconds: float  #: that workers spent on finished chunks
    workers: int

    @property
    def seconds_left(self) -> float | None:
        """By the speed so far and the workers at it now; None before the first chunk has ended."""
        if not self.done_pages or not self.seconds:
            return None
        return (self.pages - self.done_pages) * self.seconds / self.done_pages / max(1, self.workers)
