"""Looks through a watched tree: what might be taken, with size and time of each file.

The tree is the truth; what the system tells of changes only wakes the watcher (inotify never sees what another host
writes on SMB or NFS).
"""

from __future__ import annotations

import os
import re
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flows.errors import WrongUse
from flows.link import Told
from flows.manifest import NAME as MANIFEST
from flows.manifest import read_manifest
from flows.unattended_settings import WatchedFolder
from ocr.opening import find_sequence, readable

MARKER = ".done"
NOTE = ".ghi-chú.txt"  # ends the names of our notes to clerks
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", ".swp", ".lock", "~")
SYSTEM_FILES = frozenset(["thumbs.db", "desktop.ini", "ehthumbs.db"])
SYSTEM_FOLDERS = frozenset(["@eadir", "#recycle", "$recycle.bin", "system volume information", "__macosx"])
EMPTY_FOR = 86_400.0  # seconds after which an empty subfolder is taken away

Signature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as it is now."""

    path: str  #: within the tree, as the system spells it
    size: int  #: bytes
    modified: int  #: nanoseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What becomes one scan: a file, the images of one paper, or the two sides of a pile."""

    name: str  #: within the tree, as people read it
    files: tuple[SeenFile, ...]
    told: Told
    sides: bool = False  #: the files are odd and even pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is taken together or not at all."""

    name: str
    units: tuple[Unit, ...]
    side: tuple[SeenFile, ...] = ()  #: manifest and markers: they go along and are no scans
    marked: bool = False  #: somebody said that it is whole
    missing: tuple[str, ...] = ()  #: what must come before it is whole

    @property
    def signature(self) -> Signature:
        """Changes with anything that is written."""
        files = [*(file for unit in self.units for file in unit.files), *self.side]
        return tuple((file.path, file.size, file.modified) for file in files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A tree at one moment."""

    candidates: tuple[Candidate, ...]
    unfinished: int  #: files under a name that says that they are still being written
    empty: tuple[str, ...]  #: subfolders that have held nothing for a day


@dataclass(slots=True)
class _Walk:
    folder: WatchedFolder
    own: frozenset[str]
    layout: re.Pattern[str] | None
    unfinished: int = 0
    empty: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Listing:
    files: dict[str, SeenFile] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    modified: float = 0.0


def look(folder: WatchedFolder) -> Look:
    """What lies in a watched folder beside our own state folders. Raises OSError where it is not there."""
    own = frozenset(_nfc(name) for name in (folder.folders.working, folder.folders.done, folder.folders.failed))
    walk = _Walk(folder, own, _pattern(folder.layout))
    folder.path.stat()
    candidates = tuple(_through("", walk))
    return Look(candidates=candidates, unfinished=walk.unfinished, empty=tuple(walk.empty))


def _through(inside: str, walk: _Walk) -> Iterator[Candidate]:
    """Depth first, without recursion."""
    waiting = [inside]
    while waiting:
        here = waiting.pop()
        listing = _list(here, walk)
        if listing is None:
            continue
        if here and not listing.files and not listing.folders:
            if time.time() - listing.modified > EMPTY_FOR:
                walk.empty.append(here)
            continue
        whole = [name for name in listing.folders if f"{name}{MARKER}" in listing.files]
        for name in whole:
            yield from _batch(_join(here, name), walk, listing.files.pop(f"{name}{MARKER}"))
        if here and (MANIFEST in listing.files or MARKER in listing.files):
            yield from _batch(here, walk, listing.files.pop(MARKER, None))
            continue
        yield from _of_folder(here, listing, walk)
        waiting.extend(_join(here, name) for name in listing.folders if name not in whole)


def _list(here: str, walk: _Walk) -> _Listing | None:
    listing = _Listing()
    place = os.path.join(walk.folder.path, here) if here else walk.folder.path  # noqa: PTH118  (50,000 times a look)
    try:
        with os.scandir(place) as entries:
            for entry in entries:
                _sort_in(entry, here, listing, walk)
            listing.modified = os.stat(place).st_mtime  # noqa: PTH116
    except OSError:  # gone meanwhile, or not ours to read: the next look tells
        return None
    return listing


def _sort_in(entry: os.DirEntry[str], here: str, listing: _Listing, walk: _Walk) -> None:
    name = entry.name
    if name.startswith((".", "~$")) and name != MARKER:
        return
    if entry.is_dir(follow_symlinks=False):
        if name.casefold() not in SYSTEM_FOLDERS and (here or _nfc(name) not in walk.own):
            listing.folders.append(name)
        return
    if not entry.is_file(follow_symlinks=False):
        return
    lower = name.casefold()
    if lower.endswith(UNFINISHED):
        walk.unfinished += 1
        return
    if lower in SYSTEM_FILES or (not name.isascii() and _nfc(name).endswith(NOTE)):
        return
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # renamed or removed a moment ago
        return
    listing.files[name] = SeenFile(f"{here}/{name}" if here else name, status.st_size, status.st_mtime_ns)


def _of_folder(here: str, listing: _Listing, walk: _Walk) -> Iterator[Candidate]:
    """The scans that lie directly in one folder, each for itself."""
    told = told_by(walk.layout, walk.folder, here)
    files = listing.files
    markers = {name: files.pop(name) for name in [name for name in files if name.endswith(MARKER)]}
    if walk.folder.one_sided != "no":
        yield from _sides(files, told)
    sequence = find_sequence(list(files)) if here and len(files) > 1 else None
    if sequence is not None and len(sequence.names) > 1:
        pages = tuple(files.pop(name) for name in sequence.names)
        yield Candidate(name=here, units=(Unit(name=readable(here), files=pages, told=told),))
    for name, file in files.items():
        marker = markers.get(f"{name}{MARKER}") or markers.get(f"{os.path.splitext(name)[0]}{MARKER}")  # noqa: PTH122
        yield Candidate(
            name=file.path,
            units=(Unit(name=readable(file.path), files=(file,), told=told),),
            side=(marker,) if marker else (),
            marked=marker is not None,
        )


_SIDE = re.compile(r"(?P<pile>.+?)[ _.-]*(?P<side>lẻ|le|odd|chẵn|chan|even)", re.IGNORECASE)
_ODD = frozenset(["lẻ", "le", "odd"])


def _sides(files: dict[str, SeenFile], told: Told) -> Iterator[Candidate]:
    """Piles of one-sided scanners. The two sides share folder and name, so that two clerks' never mix."""
    piles: dict[tuple[str, str], dict[bool, str]] = {}
    for name in list(files):
        stem, suffix = os.path.splitext(name)  # noqa: PTH122
        found = _SIDE.fullmatch(_nfc(stem))
        if found and suffix.casefold() == ".pdf":
            odd = found["side"].casefold() in _ODD
            piles.setdefault((found["pile"].casefold(), suffix.casefold()), {})[odd] = name
    for names in piles.values():
        there = tuple(files.pop(names[odd]) for odd in (True, False) if odd in names)
        missing = () if len(there) == 2 else ("mặt chẵn",) if True in names else ("mặt lẻ",)
        unit = Unit(name=readable(there[0].path), files=there, told=told, sides=True)
        yield Candidate(name=there[0].path, units=(unit,), missing=missing)


def _batch(here: str, walk: _Walk, marker: SeenFile | None) -> Iterator[Candidate]:
    """A whole folder, by its manifest or its marker."""
    inner = _Walk(walk.folder.model_copy(update={"one_sided": "no"}), frozenset(), walk.layout)
    units: list[Unit] = []
    side = [marker] if marker else []
    waiting = [here]
    while waiting:
        place = waiting.pop()
        listing = _list(place, inner)
        if listing is None:
            continue
        manifest = listing.files.pop(MANIFEST, None) if place == here else None
        side += [file for file in (manifest, listing.files.pop(MARKER, None)) if file]
        for candidate in _of_folder(place, listing, inner):
            units.extend(candidate.units)
            side.extend(candidate.side)
        waiting.extend(_join(place, name) for name in listing.folders)
    walk.unfinished += inner.unfinished
    if not units:
        return
    told, missing = _manifest(walk.folder, here, units)
    if inner.unfinished:
        missing = (*missing, "tệp còn đang được chép")
    yield Candidate(name=here, units=told, side=tuple(side), marked=marker is not None, missing=missing)


def _manifest(folder: WatchedFolder, here: str, units: list[Unit]) -> tuple[tuple[Unit, ...], tuple[str, ...]]:
    """The units with what the manifest tells of them, and what it lists and is not there."""
    file = folder.path / here / MANIFEST
    if not file.is_file():
        return tuple(units), ()
    try:
        manifest = read_manifest(file)
    except WrongUse as error:
        return tuple(units), (str(error),)
    told = tuple(
        Unit(name=unit.name, files=unit.files, told=manifest.of(unit.name, unit.told), sides=unit.sides)
        for unit in units
    )
    there = {unit.name for unit in units} | {readable(file.path) for unit in units for file in unit.files}
    inside = readable(here)
    missing = [name for name in manifest.told if f"{inside}/{name}" not in there and name not in there]
    return told, tuple(missing)


def _pattern(layout: str) -> re.Pattern[str] | None:
    if not layout:
        return None
    parts = re.split(r"\{(dossier|procedure|any)\}", layout.strip("/"))
    made = "".join(
        (re.escape(part) if index % 2 == 0 else "[^/]+" if part == "any" else f"(?P<{part}>[^/]+)")
        for index, part in enumerate(parts)
    )
    return re.compile(f"{made}(?:/.*)?")


def told_by(layout: re.Pattern[str] | None, folder: WatchedFolder, inside: str) -> Told:
    """What the folder's settings and the names of subfolders say of everything in one of them."""
    found = layout.fullmatch(_nfc(inside)) if layout else None
    groups = found.groupdict() if found else {}
    return Told(
        dossier_code=groups.get("dossier"),
        procedure_code=groups.get("procedure") or folder.procedure,
        agency_code=folder.agency,
    )


def _join(here: str, name: str) -> str:
    return f"{here}/{name}" if here else name


def _nfc(name: str) -> str:
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def place_of(folder: WatchedFolder, which: str) -> Path:
    """One of a watched folder's state folders, as it is spelt there (macOS writes accents apart)."""
    try:
        with os.scandir(folder.path) as entries:
            for entry in entries:
                if _nfc(entry.name) == _nfc(which) and entry.is_dir():
                    return folder.path / entry.name
    except OSError:
        pass
    return folder.path / which
