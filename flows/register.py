"""Takes over dossiers, procedures and names of agencies from exports: CSV, JSON, or JSON of an object a line.

Which of them a file is, its first character says: `[` or `{`, with which no list of columns begins.
"""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from flows.errors import WrongUse
from flows.installation import opened
from flows.settings import Settings
from storage.agencies import agency_code
from storage.errors import WrongAgency
from storage.records import (
    AgencyRow,
    DossierRow,
    Imported,
    ProcedureRow,
    import_agencies,
    import_dossiers,
    import_procedures,
)

COLUMNS = ("procedure_code", "owner_name", "owner_id", "received_on")  # what an export tells of
KEYS = ("dossier_code", "agency_code")
LONGEST = {"dossier_code": 60, "procedure_code": 60, "owner_id": 20}  # letters, as the records hold them
FIRST = 4096  # characters in which a file must begin to say something


def import_dossier_file(file: Path, settings: Settings) -> Imported:
    """Insert or update every dossier of an export; all of it or, where a row is wrong, nothing."""
    with opened(settings) as house, house.database.transaction() as session:
        return import_dossiers(session, read_dossiers(file), COLUMNS)


def import_procedure_file(file: Path, settings: Settings) -> Imported:
    """Insert or update every procedure of an export; all of it or, where a row is wrong, nothing."""
    with opened(settings) as house, house.database.transaction() as session:
        return import_procedures(session, _procedures(file))


def import_agency_file(file: Path, settings: Settings) -> Imported:
    """Insert or update every agency's name of a list; all of it or, where a row is wrong, nothing."""
    with opened(settings) as house, house.database.transaction() as session:
        return import_agencies(session, _agencies(file))


def read_dossiers(file: Path) -> Iterator[DossierRow]:
    """The dossiers of an export, as they are asked for. Raises WrongUse."""
    for where, row in _rows(file, "dossier_code"):
        yield DossierRow(
            code=_needed(file, where, row, "dossier_code"),
            procedure_code=row.get("procedure_code") or None,
            owner_name=row.get("owner_name") or None,
            owner_id=row.get("owner_id") or None,
            received_on=_date(file, where, row, "received_on"),
        )


def _procedures(file: Path) -> Iterator[ProcedureRow]:
    for where, row in _rows(file, "procedure_code"):
        yield ProcedureRow(code=_needed(file, where, row, "procedure_code"), name=row.get("name") or None)


def _agencies(file: Path) -> Iterator[AgencyRow]:
    for where, row in _rows(file, "agency_code"):
        try:
            code = agency_code(_needed(file, where, row, "agency_code"))
        except WrongAgency as error:
            raise WrongUse(f"{file}, {where}: {error}; nothing was imported") from error
        yield AgencyRow(
            code=code,
            name=_needed(file, where, row, "name"),
            valid_from=_date(file, where, row, "valid_from"),
            valid_to=_date(file, where, row, "valid_to"),
        )


def _rows(file: Path, key: str) -> Iterator[tuple[str, dict[str, str]]]:
    """(where it stands, values by column) of every row."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as reader:
            first = reader.read(FIRST).lstrip()[:1]
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file}: cannot be read as CSV or JSON in UTF-8 ({error}); nothing was imported") from error
    for where, row in _json_rows(file, key) if first in ("[", "{") else _csv_rows(file, key):
        yield where, _checked(file, where, row)


def _csv_rows(file: Path, key: str) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as reader:
            rows = csv.DictReader(reader)
            if key not in (rows.fieldnames or ()):
                raise WrongUse(
                    f"{file}: the first line must name the columns, {key} among them; nothing was imported"
                )
            for row in rows:
                values = {name: _clean(value) for name, value in row.items() if name and value}
                yield f"line {rows.line_num}", values
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WrongUse(f"{file}: cannot be read as CSV in UTF-8 ({error}); nothing was imported") from error


def _json_rows(file: Path, key: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a list of objects, alone or as the one list in an object, or of an object a line."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        found = _objects(text)
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise WrongUse(f"{file}: cannot be read as JSON in UTF-8 ({error}); nothing was imported") from error
    for where, one in found:
        if not isinstance(one, dict):
            raise WrongUse(f"{file}, {where}: must be an object with {key}; nothing was imported")
        yield where, _values(file, where, one)


def _objects(text: str) -> list[tuple[str, Any]]:
    """(where, value) of everything that should be a row. Raises ValueError."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(lines) < 2 or not lines[0][1].rstrip().endswith("}"):
            raise
        return [(f"line {number}", json.loads(line)) for number, line in lines]
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if isinstance(value, list)]
        whole = lists[0] if len(lists) == 1 else [whole]
    return [(f"row {number}", one) for number, one in enumerate(whole, 1)]


def _values(file: Path, where: str, row: Mapping[str, Any]) -> dict[str, str]:
    """The columns that are known; numbers are text there too, since personal numbers begin with zeros."""
    values = {}
    for name in (*COLUMNS, *KEYS, "name", "valid_from", "valid_to"):
        value = row.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise WrongUse(f'{file}, {where}: {name} must be text, like "001"; nothing was imported')
        values[name] = _clean(value)
    return values


def _clean(value: str) -> str:
    """NFC without what no database takes: JSON can spell NUL and halves of letters."""
    whole = value.replace("\0", "").encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", whole.strip())


def _checked(file: Path, where: str, row: dict[str, str]) -> dict[str, str]:
    for name, most in LONGEST.items():
        if len(row.get(name, "")) > most:
            raise WrongUse(f"{file}, {where}: {name} is longer than {most} letters; nothing was imported")
    return row


def _needed(file: Path, where: str, row: dict[str, str], key: str) -> str:
    if not row.get(key):
        raise WrongUse(f"{file}, {where}: {key} is empty; nothing was imported")
    return row[key]


def _date(file: Path, where: str, row: dict[str, str], column: str) -> date | None:
    text = row.get(column)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(
            f"{file}, {where}: {column} must be a date like 2026-11-24, not {text!r}; nothing was imported"
        ) from error
