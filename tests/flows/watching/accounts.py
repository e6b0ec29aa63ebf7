"""Whether folders, records, events, store and index tell the same of what was dropped."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from flows.installation import Installation
from storage.index.feed import sizes
from storage.records.models import EventTable, ScanTable
from storage.records.unattended_models import IntakeTable
from tests.flows.watching.drop import Dropper, elsewhere, final_files


def faults_of(house: Installation, dropper: Dropper) -> list[str]:
    """Everything that does not agree; empty where nothing was lost, doubled or left behind."""
    faults = [f"left behind: {file}" for folder in dropper.folders for file in elsewhere(folder)]
    files = {file: sha for folder in dropper.folders for file, sha in final_files(folder).items()}
    lie = Counter(files.values())
    faults += [f"lost: {sha} ({lie[sha]} of {count})" for sha, count in dropper.must_be.items() if lie[sha] < count]
    extra = lie - dropper.must_be - dropper.may_be
    faults += [f"doubled: {file}" for file, sha in files.items() if extra[sha]]
    for file in files:
        beside = [
            file.with_name(f"{file.name}.ghi-chú.txt"),
            file.parent.with_name(f"{file.parent.name}.ghi-chú.txt"),
        ]
        if "lỗi" in file.parts and not any(note.exists() for note in beside):
            faults.append(f"no note: {file}")
    with house.database.reading() as session:
        published = set(session.scalars(select(ScanTable.sha256).where(ScanTable.state == "published")))
        scans = session.scalar(select(func.count()).select_from(ScanTable)) or 0
        ingested = Counter(session.scalars(select(EventTable.object_id).where(EventTable.type == "ingested")))
        states = Counter(session.scalars(select(IntakeTable.state)))
        filed = session.scalar(select(func.count()).where(EventTable.type == "filed")) or 0
    faults += [f"not published: {file}" for file, sha in files.items() if sha in dropper.good - published]
    faults += [f"ingested twice: {sha}" for sha, count in ingested.items() if count > 1]
    if len(ingested) != scans:
        faults.append(f"{scans} scans, {len(ingested)} of them in the events")
    if states["taken"]:
        faults.append(f"{states['taken']} taken without an end")
    if filed != states["done"] + states["failed"] + states["again"]:
        faults.append(f"{filed} filed by the events, {dict(states)} by the records")
    originals = [info.key for info in house.store.list("originals/")]
    if len(originals) != len(set(originals)):
        faults.append("an original is stored twice")
    wanted, held = sizes(house.database, house.index)
    if wanted != held:
        faults.append(f"{wanted} pages are to be found, {held} are in the index")
    return faults
