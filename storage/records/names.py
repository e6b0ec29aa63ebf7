"""Names of agencies by code and day: what people read instead of H23.16."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, replace
from datetime import date

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from storage.agencies import agency_code
from storage.records.models import AgencyTable
from storage.records.values import AgencyRow, Imported


def import_agencies(session: Session, rows: Iterable[AgencyRow]) -> Imported:
    """Insert or update names by code and first day; the last row of both counts. Raises WrongAgency.

    A province has some thousand agencies: all are held at once.
    """
    given = {(code := agency_code(row.code), row.valid_from): replace(row, code=code) for row in rows}
    there = {(row.code, row.valid_from): row for row in session.scalars(select(AgencyTable))}
    inserted = [asdict(row) for key, row in given.items() if key not in there]
    changed = [
        {"id": there[key].id, "name": row.name, "valid_to": row.valid_to}
        for key, row in given.items()
        if key in there and (there[key].name, there[key].valid_to) != (row.name, row.valid_to)
    ]
    if inserted:
        session.execute(insert(AgencyTable), inserted)
    if changed:
        session.execute(update(AgencyTable), changed)
    return Imported(inserted=len(inserted), updated=len(changed), unchanged=len(given) - len(inserted) - len(changed))


def names_of_agencies(session: Session, codes: Collection[str], on: date) -> dict[str, str]:
    """The names that these codes had on a day; codes without one are left out."""
    names = AgencyTable
    begun = or_(names.valid_from.is_(None), names.valid_from <= on)
    not_over = or_(names.valid_to.is_(None), names.valid_to >= on)
    found = session.execute(
        select(names.code, names.name)
        .where(names.code.in_(codes), begun, not_over)
        .order_by(names.valid_from.asc().nulls_first())
    )
    return {row.code: row.name for row in found}  # of two that hold, the later begun
