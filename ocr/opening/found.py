"""What looking for scans finds: something to open, something that cannot be, something that is no scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ocr.errors import ScanError
from ocr.opening.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A scan: one file, or the images of one paper that was scanned page by page."""

    name: str  #: POSIX, NFC, from the last component of the input that it came with; no two of a run share it
    files: tuple[Path, ...]  #: more than one only for page images, then in the pages' order
    kind: Kind  #: of the first file
    notes: tuple[str, ...] = ()  #: for people, of the source as a whole; they come with page 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A scan, or what claims to be one, that cannot be opened."""

    name: str
    error: ScanError


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """No scan, neither by its content nor by its name; nothing is missing without it."""

    name: str
    reason: str


Found = Source | Refused | Skipped
