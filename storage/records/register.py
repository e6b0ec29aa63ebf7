"""Dossiers and procedures, as the procedures system tells of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from storage.agencies import agency_code, agency_of_dossier
from storage.index.fold import spellings
from storage.records.models import DossierTable, ProcedureTable
from storage.records.values import DossierRow, Imported, ProcedureRow

Row = TypeVar("Row")

AT_ONCE = 500  # rows asked for in one statement; SQLite takes some thousand parameters
LONGEST_NAME = 200  # letters of an owner's name that are compared

DOSSIER_COLUMNS = (
    "procedure_code",
    "owner_name",
    "owner_id",
    "received_on",
    "agency_code",
    "status",
    "channel",
    "due_on",
    "finished_on",
    "written_result",
    "reused",
    "from_store",
)


def import_procedures(session: Session, rows: Iterable[ProcedureRow]) -> Imported:
    """Insert or update procedures by code; the last row of a code counts."""
    done = Imported(inserted=0, updated=0, unchanged=0)
    for chunk in _chunks(rows):
        new = {row.code: {"code": row.code, "name": row.name} for row in chunk}
        done = _added(done, _upsert(session, ProcedureTable, new, ("name",)))
    return done


def import_dossiers(
    session: Session, rows: Iterable[DossierRow], columns: Sequence[str] = DOSSIER_COLUMNS
) -> Imported:
    """Insert or update dossiers by code; a procedure that is not known yet is noted without a name.

    columns: what the rows tell of; the others stay as they are. A dossier without an agency gets the one in its code.
    """
    done = Imported(inserted=0, updated=0, unchanged=0)
    for chunk in _chunks(rows):
        wanted = {row.procedure_code for row in chunk if row.procedure_code}
        there = set(session.scalars(select(ProcedureTable.code).where(ProcedureTable.code.in_(wanted))))
        missing = [{"code": code, "name": None} for code in sorted(wanted - there)]
        if missing:
            session.execute(insert(ProcedureTable), missing)
        new = {
            row.code: {"code": row.code} | {column: getattr(row, column) for column in columns} | _made(row, columns)
            for row in chunk
        }
        compared = (*columns, *(["owner_folded"] if "owner_name" in columns else []))
        done = _added(done, _upsert(session, DossierTable, new, compared))
    return done


def folded_name(name: str | None) -> str | None:
    """A name as it is looked up: words in small bare letters, hoà and hòa alike; None for one without letters."""
    return spellings(unicodedata.normalize("NFC", name))[1][:LONGEST_NAME] or None if name else None


def _made(row: DossierRow, columns: Sequence[str]) -> dict[str, str | None]:
    """What is told by the other columns."""
    agency = agency_code(row.agency_code) if row.agency_code else agency_of_dossier(row.code)
    named = {"owner_folded": folded_name(row.owner_name)} if "owner_name" in columns else {}
    return {"agency_code": agency} | named


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while chunk := list(islice(waiting, AT_ONCE)):
        yield chunk


def _upsert(
    session: Session,
    table: type[DossierTable] | type[ProcedureTable],
    new: Mapping[str, dict[str, Any]],
    columns: tuple[str, ...],
) -> Imported:
    """Compare before writing: most of a nightly export has not changed."""
    rows: list[DossierTable | ProcedureTable] = list(session.scalars(select(table).where(table.code.in_(new))))
    there = {row.code: row for row in rows}
    inserted = [values for code, values in new.items() if code not in there]
    changed = [
        {"code": code} | {column: values[column] for column in columns}
        for code, values in new.items()
        if code in there and any(getattr(there[code], column) != values[column] for column in columns)
    ]
    for row in there.values():
        session.expunge(row)
    if inserted:
        session.execute(insert(table), inserted)
    if changed:
        session.execute(update(table), changed)
    return Imported(inserted=len(inserted), updated=len(changed), unchanged=len(new) - len(inserted) - len(changed))


def _added(one: Imported, other: Imported) -> Imported:
    return Imported(
        inserted=one.inserted + other.inserted,
        updated=one.updated + other.updated,
        unchanged=one.unchanged + other.unchanged,
    )


def find_dossier(session: Session, code: str) -> DossierRow | None:
    """A dossier by its code."""
    row = session.get(DossierTable, code)
    return None if row is None else dossier_value(row)


def dossier_value(row: DossierTable) -> DossierRow:
    """A row as a value."""
    return DossierRow(code=row.code, **{column: getattr(row, column) for column in DOSSIER_COLUMNS})


def find_procedure(session: Session, code: str) -> ProcedureRow | None:
    """A procedure by its code."""
    row = session.get(ProcedureTable, code)
    return None if row is None else ProcedureRow(code=row.code, name=row.name)
