"""Takes over dossiers and procedures from the procedures system's CSV exports."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from flows.errors import WrongUse
from flows.installation import opened
from flows.settings import Settings
from storage.records import DossierRow, Imported, ProcedureRow, import_dossiers, import_procedures

COLUMNS = ("procedure_code", "owner_name", "owner_id", "received_on")  # what a CSV tells of


def import_dossier_file(file: Path, settings: Settings) -> Imported:
    """Insert or update every dossier of a CSV; all of it or, where a line is wrong, nothing."""
    with opened(settings) as house, house.database.transaction() as session:
        return import_dossiers(session, _dossiers(file), COLUMNS)


def import_procedure_file(file: Path, settings: Settings) -> Imported:
    """Insert or update every procedure of a CSV; all of it or, where a line is wrong, nothing."""
    with opened(settings) as house, house.database.transaction() as session:
        return import_procedures(session, _procedures(file))


def _dossiers(file: Path) -> Iterator[DossierRow]:
    for line, row in _rows(file, "dossier_code"):
        yield DossierRow(
            code=_needed(file, line, row, "dossier_code"),
            procedure_code=row.get("procedure_code") or None,
            owner_name=row.get("owner_name") or None,
            owner_id=row.get("owner_id") or None,
            received_on=_date(file, line, row.get("received_on") or ""),
        )


def _procedures(file: Path) -> Iterator[ProcedureRow]:
    for line, row in _rows(file, "procedure_code"):
        yield ProcedureRow(code=_needed(file, line, row, "procedure_code"), name=row.get("name") or None)


def _rows(file: Path, key: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as reader:
            rows = csv.DictReader(reader)
            if key not in (rows.fieldnames or ()):
                raise WrongUse(
                    f"{file}: the first line must name the columns, {key} among them; nothing was imported"
                )
            for row in rows:
                yield (
                    rows.line_num,
                    {
                        name: unicodedata.normalize("NFC", value.strip())
                        for name, value in row.items()
                        if name and value
                    },
                )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WrongUse(f"{file}: cannot be read as CSV in UTF-8 ({error}); nothing was imported") from error


def _needed(file: Path, line: int, row: dict[str, str], key: str) -> str:
    if not row.get(key):
        raise WrongUse(f"{file}, line {line}: {key} is empty; nothing was imported")
    return row[key]


def _date(file: Path, line: int, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(
            f"{file}, line {line}: received_on must be a date like 2026-11-24, not {text!r}; nothing was imported"
        ) from error
