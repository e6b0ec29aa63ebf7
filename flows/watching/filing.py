"""Files a take away by what the records say of its batch: among the finished ones, or the failed ones with a note.

Nothing leaves a take before its batch has ended, and nothing is removed at all: files are renamed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.bulk.windows import HERE
from flows.errors import FlowError
from flows.link import Told
from flows.unattended_settings import WatchedFolder
from flows.watching.look import NOTE, Candidate, SeenFile, Unit, place_of
from flows.watching.notes import failed_note, pages_note
from flows.watching.places import clear_empty, free_name, move, write_whole
from flows.watching.ready import Ready
from flows.watching.sides import put_together
from flows.watching.taking import PLAN, Take, begin_take, changed, with_targets
from flows.work import hash_of_files
from ocr.errors import ScanError
from ocr.opening import Kind, identify
from storage.intakes import IntakeState, end_intake, intakes_of
from storage.records import CameIn, Database, ScanState, sources_of_batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a unit."""

    state: IntakeState
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What became of a take."""

    done: int
    failed: int
    again: Take | None  #: what was replaced while it was read, taken anew


def scan_files(take: Take, unit: Unit, folder: WatchedFolder, work: Path) -> tuple[Path, ...]:
    """The files that a unit's scan consists of; two sides are put together in `work`. Raises SidesDiffer, OSError."""
    files = take.files(unit)
    if not unit.sides:
        return tuple(files)
    number = next(index for index, one in enumerate(take.units) if one.name == unit.name)
    together = work / f"{take.id}-{number}.pdf"
    put_together(files[0], files[1], together, reversed_=folder.one_sided == "reversed")
    return (together,)


def file_away(take: Take, folder: WatchedFolder, database: Database, batch_id: str | None, work: Path) -> Filed:
    """Move everything of a take to where clerks look for it. Again after a kill it goes on where it was.

    batch_id: of the ended batch; None where nothing of the take could be given to one.
    Raises RecordsUnreachable, OSError.
    """
    came = _by_unit(take, database, batch_id)
    known = _known_verdicts(take, database)
    verdicts = {
        unit.name: known.get(unit.name) or _judge(take, unit, folder, came[unit.name], work) for unit in take.units
    }
    take = _with_targets(take, folder, verdicts)
    for unit in take.units:
        verdict = verdicts[unit.name]
        with database.transaction() as session:
            end_intake(
                session,
                take.id,
                unit.name,
                verdict.state,
                batch_id=batch_id,
                reason=verdict.reason,
                note=verdict.note,
            )
        if verdict.state is not IntakeState.AGAIN:
            _put(take, unit, folder, verdict)
    again = _again(take, folder)
    states = [verdict.state for verdict in verdicts.values()]
    return Filed(done=states.count(IntakeState.DONE), failed=states.count(IntakeState.FAILED), again=again)


def _by_unit(take: Take, database: Database, batch_id: str | None) -> dict[str, list[CameIn]]:
    """What the records have of each unit: itself, or the members of its ZIP."""
    by_unit: dict[str, list[CameIn]] = {unit.name: [] for unit in take.units}
    if batch_id is None:
        return by_unit
    with database.reading() as session:
        for came in sources_of_batch(session, batch_id):
            name = came.source
            while name not in by_unit and "/" in name:
                name = name.rpartition("/")[0]
            if name in by_unit:
                by_unit[name].append(came)
    return by_unit


def _known_verdicts(take: Take, database: Database) -> dict[str, Verdict]:
    """What was decided before a kill."""
    with database.reading() as session:
        rows = intakes_of(session, take.id)
    return {
        row.path: Verdict(state=row.state, reason=row.reason, note=row.note)
        for row in rows
        if row.state is not IntakeState.TAKEN
    }


def _judge(take: Take, unit: Unit, folder: WatchedFolder, came: Sequence[CameIn], work: Path) -> Verdict:
    if unit.name in take.reasons:
        return _failed(take.reasons[unit.name], unit.name)
    if changed(take, unit):
        return Verdict(state=IntakeState.AGAIN, reason="SourceChanged")
    try:
        files = scan_files(take, unit, folder, work)
        sha256 = hash_of_files(files)
        archive = len(files) == 1 and identify(files[0]) is Kind.ZIP
    except FlowError as error:
        return _failed("SidesDiffer", unit.name, technical=[str(error)])
    except (OSError, ScanError):
        sha256, archive = "", False
    if not came:
        return _failed("NotAScan", unit.name)
    bad = [one for one in came if one.error or one.state is not ScanState.PUBLISHED]
    if archive or len(came) > 1:
        if bad:
            members = [(one.source.removeprefix(f"{unit.name}/"), _reason(one)) for one in bad]
            technical = [one.error for one in bad if one.error]
            return _failed("InArchive", unit.name, members=members, technical=technical)
    elif bad:
        reason = _reason(bad[0])
        if reason == "SourceChanged":
            return Verdict(state=IntakeState.AGAIN, reason=reason)
        return _failed(reason, unit.name, technical=[bad[0].error] if bad[0].error else [])
    elif came[0].sha256 != sha256:
        return Verdict(state=IntakeState.AGAIN, reason="SourceChanged")
    pages = [page for one in came for page in one.failed_pages]
    return Verdict(state=IntakeState.DONE, note=pages_note(unit.name, pages) if pages else None)


def _reason(bad: CameIn) -> str:
    return bad.reason or ("NoPageRead" if bad.sha256 else "Unexplained")


def _failed(
    reason: str, name: str, *, members: Sequence[tuple[str, str]] = (), technical: Sequence[str] = ()
) -> Verdict:
    note = failed_note(reason, name, members=members, technical=technical)
    return Verdict(state=IntakeState.FAILED, reason=reason, note=note)


def _with_targets(take: Take, folder: WatchedFolder, verdicts: dict[str, Verdict]) -> Take:
    """Where each unit goes, decided once for all before anything moves."""
    if all(unit.name in take.targets for unit in take.units):
        return take
    day = f"{datetime.now(HERE):%Y-%m-%d}"
    done = place_of(folder, folder.folders.done) / day
    failed = place_of(folder, folder.folders.failed)
    given: set[Path] = set()
    targets = dict(take.targets)
    for unit in take.units:
        if unit.name in targets:
            continue
        base = done if verdicts[unit.name].state is IntakeState.DONE else failed
        target = free_name(base / _own_path(unit))
        while target in given:
            target = free_name(target.with_name(f"{target.stem} (2){target.suffix}"))
        given.add(target)
        targets[unit.name] = str(target.relative_to(folder.path))
    return with_targets(take, targets)


def _own_path(unit: Unit) -> str:
    """What a unit is called on disk: its file, or the folder of its pages."""
    if len(unit.files) > 1 and not unit.sides:
        return os.path.dirname(unit.files[0].path) or unit.name  # noqa: PTH120
    return unit.files[0].path


def _put(take: Take, unit: Unit, folder: WatchedFolder, verdict: Verdict) -> None:
    """The note first, so that no file lies among the failed ones without one."""
    target = folder.path / take.targets[unit.name]
    if verdict.note:
        write_whole(target.with_name(target.name + NOTE), verdict.note)
    if len(unit.files) > 1 and not unit.sides:
        pairs = [(take.place / file.path, target / Path(file.path).name) for file in unit.files]
    else:
        pairs = [(take.place / unit.files[0].path, target)]
        pairs += [(take.place / file.path, target.with_name(Path(file.path).name)) for file in unit.files[1:]]
    for source, to in pairs:
        try:
            move(source, to)
        except FileNotFoundError:  # moved before the kill
            continue
        except FileExistsError:
            move(source, free_name(to))


def _again(take: Take, folder: WatchedFolder) -> Take | None:
    """Take anew what is still in the take: replaced while it was read, or dropped into it by somebody."""
    place = take.place
    for path in take.side:
        _put_side(place / path, folder)
    left = []
    for found, _, names in os.walk(place):
        for name in names:
            file = Path(found) / name
            if file != place / PLAN:
                status = file.lstat()
                left.append(SeenFile(str(file.relative_to(place)), status.st_size, status.st_mtime_ns))
    again = None
    if left:
        units = {file.path: unit for unit in take.units for file in unit.files}
        ready = [_anew(units.get(file.path), file, left) for file in left if _first(units.get(file.path), file)]
        again = begin_take(folder, ready, origin=str(place.relative_to(folder.path)))
    if not any(names for _, _, names in os.walk(place) if names != [PLAN]):
        (place / PLAN).unlink(missing_ok=True)
        clear_empty(place)
    return again


def _first(unit: Unit | None, file: SeenFile) -> bool:
    return unit is None or unit.files[0].path == file.path


def _anew(unit: Unit | None, file: SeenFile, left: Sequence[SeenFile]) -> Ready:
    if unit is None:
        unit = Unit(name=file.path, files=(file,), told=Told())
    now = {one.path: one for one in left}
    files = tuple(now[one.path] for one in unit.files if one.path in now) or (file,)
    unit = Unit(name=unit.name, files=files, told=unit.told, sides=unit.sides and len(files) > 1)
    return Ready(candidate=Candidate(name=unit.name, units=(unit,)))


def _put_side(file: Path, folder: WatchedFolder) -> None:
    """A marker has done its work; a manifest goes with the day's finished ones."""
    if file.name.endswith(".done"):
        file.unlink(missing_ok=True)
        return
    done = place_of(folder, folder.folders.done) / f"{datetime.now(HERE):%Y-%m-%d}"
    try:
        move(file, free_name(done / file.parent.name / file.name))
    except FileNotFoundError:
        return
