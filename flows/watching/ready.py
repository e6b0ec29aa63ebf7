"""Has it stopped growing, and does it open whole: what may be taken from a watched folder."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.unattended_settings import WatchedFolder, WatchingSettings
from flows.watching.look import Candidate, SeenFile, Signature
from ocr.errors import ScanError
from ocr.opening import Kind, Limits, Source, count_pages, identify

TAIL = 2048  # bytes at a PDF's end within which readers look for its trailer
SEQUENCE_PATIENCE = 3  # times as long: between two pages of one paper somebody turns a sheet
MISSING = "MissingFiles"
NOT_WHOLE = "NotWhole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Something that may be taken."""

    candidate: Candidate
    reason: str = ""  #: why it cannot be published; empty: it looks well


@dataclass(slots=True)
class _Memory:
    signature: Signature
    since: float
    looks: int = 1
    doubted: bool = False  #: it was still, and did not open whole


class Settling:
    """Remembers what one tree looked like, from look to look."""

    def __init__(
        self, folder: WatchedFolder, settings: WatchingSettings, limits: Limits, *, now: Callable[[], float]
    ) -> None:
        self._folder, self._settings, self._limits, self._now = folder, settings, limits, now
        self._memory: dict[str, _Memory] = {}

    def ready(self, candidates: Iterable[Candidate], *, most: int) -> list[Ready]:
        """What may be taken now, at most so many scans; what was not looked at this time is forgotten."""
        before, self._memory = self._memory, {}
        now, found, count = self._now(), [], 0
        for candidate in candidates:
            memory = before.get(candidate.name)
            signature = candidate.signature
            if memory is None or memory.signature != signature:
                memory = _Memory(signature, now)
            else:
                memory.looks += 1
            self._memory[candidate.name] = memory
            if count >= most:
                continue
            ready = self._judge(candidate, memory, now)
            if ready is not None:
                found.append(ready)
                count += len(candidate.units)
        return found

    def _judge(self, candidate: Candidate, memory: _Memory, now: float) -> Ready | None:
        still = now - memory.since
        late = still >= self._settings.patience_seconds
        if candidate.missing:
            return Ready(candidate=candidate, reason=MISSING) if late else None
        if candidate.marked:
            return Ready(candidate=candidate)
        if self._folder.ready == "marker":
            return None
        patience = self._settings.settle_seconds * (SEQUENCE_PATIENCE if _of_pages(candidate) else 1)
        if memory.looks < 2 or still < patience or (memory.doubted and not late):
            return None
        if all(whole(self._folder.path / file.path, self._limits) for file in _files(candidate)):
            return Ready(candidate=candidate)
        memory.doubted = True
        return Ready(candidate=candidate) if late else None


def _of_pages(candidate: Candidate) -> bool:
    return any(len(unit.files) > 1 for unit in candidate.units)


def _files(candidate: Candidate) -> Iterator[SeenFile]:
    return (file for unit in candidate.units for file in unit.files)


def whole(path: Path, limits: Limits) -> bool:
    """Whether a file has its end, as far as its kind can tell; a file of no kind of scan is as whole as it gets."""
    try:
        if not path.stat().st_size:
            return False
        kind = identify(path)
        if not _has_its_end(path, kind):
            return False
        if kind is not Kind.ZIP:
            count_pages(Source(name=path.name, files=(path,), kind=kind), limits=limits)
    except ScanError as error:
        return type(error).__name__ in ("UnknownKind", "PasswordNeeded", "TooLarge", "UnsafeArchive")
    except OSError:
        return False
    return True


def _has_its_end(path: Path, kind: Kind) -> bool:
    if kind is Kind.ZIP:
        return zipfile.is_zipfile(path)
    ends = {Kind.PDF: b"%%EOF", Kind.JPEG: b"\xff\xd9", Kind.PNG: b"IEND"}
    if kind not in ends:
        return True
    with path.open("rb") as reader:
        reader.seek(max(0, os.fstat(reader.fileno()).st_size - TAIL))
        return ends[kind] in reader.read()
