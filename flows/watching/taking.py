"""Takes scans out of a watched tree: a plan is written, then files are renamed into the take's own folder.

After a kill the plan says what was wanted: what has not moved yet is moved now, unless it has changed meanwhile.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.link import Told
from flows.unattended_settings import WatchedFolder
from flows.watching.look import SeenFile, Unit, place_of
from flows.watching.places import move, write_whole
from flows.watching.ready import Ready
from ocr.opening import numbered

PLAN = ".take.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """What was taken together: one batch."""

    id: str
    place: Path
    units: tuple[Unit, ...]  #: paths of files are within the take, as they were within the tree
    side: tuple[str, ...]
    reasons: dict[str, str]  #: units that cannot be published, by name, and why
    targets: dict[str, str]  #: where each unit's files go, within the tree, once that is decided

    def files(self, unit: Unit) -> list[Path]:
        """Where a unit's files lie."""
        return [self.place / file.path for file in unit.files]


def begin_take(folder: WatchedFolder, ready: Sequence[Ready], *, origin: str = "") -> Take:
    """Take everything that is ready into one folder. Raises OSError where nothing can be renamed there.

    origin: folder within the tree that it comes from, for what is taken out of another take.
    """
    working = place_of(folder, folder.folders.working)
    take_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
    place = working / take_id
    place.mkdir(parents=True)
    units = [unit for one in ready for unit in one.candidate.units]
    reasons = {unit.name: one.reason for one in ready for unit in one.candidate.units if one.reason}
    side = [file.path for one in ready for file in one.candidate.side]
    plan = {
        "origin": origin,
        "units": [_plain(unit) for unit in _distinct(units)],
        "side": side,
        "reasons": reasons,
    }
    _write(place, plan)
    return complete_take(folder, place)


def _distinct(units: Sequence[Unit]) -> list[Unit]:
    """Two names that differ only in how accents are spelt get a number."""
    given: set[str] = set()
    named = []
    for unit in units:
        name, number = unit.name, 1
        while name in given:
            number += 1
            name = numbered(unit.name, number)
        given.add(name)
        named.append(Unit(name=name, files=unit.files, told=unit.told, sides=unit.sides))
    return named


def _plain(unit: Unit) -> dict[str, Any]:
    return {
        "name": unit.name,
        "files": [[file.path, file.size, file.modified] for file in unit.files],
        "told": asdict(unit.told),
        "sides": unit.sides,
    }


def complete_take(folder: WatchedFolder, place: Path) -> Take:
    """Move what its plan names and what is still where it was; again and again with the same end.

    A file that has gone or changed meanwhile stays where it is, and its unit is left out unless pages of it moved.
    """
    plan = json.loads((place / PLAN).read_text(encoding="utf-8"))
    origin = folder.path / plan["origin"]
    sealed = plan.get("sealed", False)  # all has moved once: what lies there under these names now is something else
    units = []
    for entry in plan["units"]:
        files = [SeenFile(*file) for file in entry["files"]]
        there = [
            file for file in files if (os.path.lexists(place / file.path) if sealed else _moved(origin, place, file))
        ]
        if not there:
            continue
        if len(there) < len(files) and not sealed:
            plan["reasons"][entry["name"]] = "PagesGone"
        told = Told(**entry["told"])
        units.append(Unit(name=entry["name"], files=tuple(there), told=told, sides=entry["sides"]))
    if not sealed:
        for path in plan["side"]:
            _move_if_there(origin / path, place / path)
        _write(place, plan | {"sealed": True})
    return Take(
        id=place.name,
        place=place,
        units=tuple(units),
        side=tuple(plan["side"]),
        reasons=plan["reasons"],
        targets=plan.get("targets", {}),
    )


def _write(place: Path, plan: dict[str, Any]) -> None:
    write_whole(place / PLAN, json.dumps(plan, ensure_ascii=True, indent=1))


def with_targets(take: Take, targets: dict[str, str]) -> Take:
    """The take, with a note in its plan of where each unit is going, so that a kill half way does not part pages."""
    plan = json.loads((take.place / PLAN).read_text(encoding="utf-8"))
    _write(take.place, plan | {"targets": targets})
    return replace(take, targets=targets)


def _moved(origin: Path, place: Path, file: SeenFile) -> bool:
    """Whether a file lies in the take now."""
    target = place / file.path
    if os.path.lexists(target):
        return True
    try:
        status = os.lstat(origin / file.path)
    except OSError:
        return False
    if (status.st_size, status.st_mtime_ns) != (file.size, file.modified):
        return False
    return _move_if_there(origin / file.path, target)


def _move_if_there(source: Path, target: Path) -> bool:
    try:
        move(source, target)
    except FileNotFoundError:
        return False
    except FileExistsError:
        return True
    return True


def open_takes(folder: WatchedFolder) -> list[Path]:
    """Takes that are not filed yet, oldest first; what a kill left without a plan holds nothing and goes."""
    working = place_of(folder, folder.folders.working)
    try:
        places = sorted(entry for entry in working.iterdir() if entry.is_dir())
    except FileNotFoundError:
        return []
    found = []
    for place in places:
        if (place / PLAN).exists():
            found.append(place)
        elif not [name for name in os.listdir(place) if not name.startswith(".")]:  # noqa: PTH208
            for left in place.iterdir():
                left.unlink(missing_ok=True)
            place.rmdir()
    return found


def changed(take: Take, unit: Unit) -> bool:
    """Whether a unit is not what it was when it was taken: somebody still writes to it."""
    for file in unit.files:
        try:
            status = os.lstat(take.place / file.path)
        except OSError:
            return True
        if (status.st_size, status.st_mtime_ns) != (file.size, file.modified):
            return True
    return False


def renewed(take: Take) -> Take:
    """The take with sizes and times as they are now, written into its plan."""
    plan = json.loads((take.place / PLAN).read_text(encoding="utf-8"))
    units = []
    for unit in take.units:
        files = []
        for file in unit.files:
            try:
                status = os.lstat(take.place / file.path)
            except OSError:
                continue
            files.append(SeenFile(file.path, status.st_size, status.st_mtime_ns))
        if files:
            units.append(Unit(name=unit.name, files=tuple(files), told=unit.told, sides=unit.sides))
    plan["units"] = [_plain(unit) for unit in units]
    _write(take.place, plan)
    return replace(take, units=tuple(units))
