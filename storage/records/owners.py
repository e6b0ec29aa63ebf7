"""Dossiers by their owner: the few of a register of many that a paper without a code may belong to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from storage.records.models import DossierTable
from storage.records.register import dossier_value, folded_name
from storage.records.values import DossierRow

MOST = 25  # dossiers of one look-up; a name that more people bear says too little, and so does who has more dossiers


def dossiers_of_owner(
    session: Session, *, numbers: Collection[str], name: str | None, near: date | None
) -> list[DossierRow]:
    """Dossiers whose owner has one of these numbers or that name, by code; each look-up goes by an index.

    name: with or without accents; namesakes without them are found too. near: the paper's day; of many namesakes
    those whose dossiers came in next to it are taken, and without it the latest.
    """
    by_number = DossierTable.owner_id.in_(sorted(numbers))
    asked = [_first(by_number, DossierTable.received_on.desc())] if numbers else []
    folded = folded_name(name)
    if folded is not None:
        named = DossierTable.owner_folded == folded
        undated = DossierTable.received_on.is_(None)
        if near is None:
            asked += [_first(named, DossierTable.received_on.desc())]
        else:
            asked += [
                _first(named & (DossierTable.received_on >= near), DossierTable.received_on.asc()),
                _first(named & (DossierTable.received_on < near), DossierTable.received_on.desc()),
                _first(named & undated, DossierTable.received_on.asc()),
            ]
    found = {row.code: dossier_value(row) for one in asked for row in session.scalars(one)}
    return [found[code] for code in sorted(found)]


def _first(where: ColumnElement[bool], order: ColumnElement[date | None]) -> Select[tuple[DossierTable]]:
    return select(DossierTable).where(where).order_by(order).limit(MOST)
