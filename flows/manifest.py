"""What a person says of the sources beside them: `manifest.csv` in a folder, or `--manifest FILE`.

Columns: source (path as the report names it, or relative to the manifest), dossier_code, procedure_code, agency_code.
"""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from flows.errors import WrongUse
from flows.link import Told
from storage.agencies import agency_code
from storage.errors import WrongAgency

NAME = "manifest.csv"
COLUMNS = ("source", "dossier_code", "procedure_code", "agency_code")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Codes told for sources by name."""

    told: Mapping[str, Told]

    def of(self, source_name: str, default: Told) -> Told:
        """What was told of a source: its own row, else what the command line says of all."""
        for name in _names(source_name):
            if name in self.told:
                row = self.told[name]
                return Told(
                    dossier_code=row.dossier_code or default.dossier_code,
                    procedure_code=row.procedure_code or default.procedure_code,
                    agency_code=row.agency_code or default.agency_code,
                )
        return default

    def with_listed(self, listed: Iterable[Listed]) -> Manifest:
        """This one, with what a list of sources tells."""
        return Manifest({**self.told, **{one.name: one.told for one in listed}})


def _names(source_name: str) -> list[str]:
    """The whole name, then without its leading folders one by one."""
    parts = source_name.split("/")
    return ["/".join(parts[index:]) for index in range(len(parts))]


def read_manifest(file: Path) -> Manifest:
    """Read a manifest; raises WrongUse naming the line that cannot be understood."""
    told: dict[str, Told] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as reader:
            rows = csv.DictReader(reader)
            if "source" not in (rows.fieldnames or ()):
                raise WrongUse(f"{file}: the first line must name the columns {', '.join(COLUMNS)}")
            for row in rows:
                name = unicodedata.normalize("NFC", (row.get("source") or "").strip()).replace("\\", "/")
                if not name:
                    raise WrongUse(
                        f"{file}, line {rows.line_num}: source is empty; name the file, or take the line away"
                    )
                told[name] = Told(
                    dossier_code=(row.get("dossier_code") or "").strip() or None,
                    procedure_code=(row.get("procedure_code") or "").strip() or None,
                    agency_code=agency(row.get("agency_code"), f"{file}, line {rows.line_num}"),
                )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WrongUse(
            f"{file}: cannot be read as CSV in UTF-8 ({error}); save it again from the spreadsheet"
        ) from error
    return Manifest(told)


def agency(code: str | None, where: str) -> str | None:
    """An agency's code as a person wrote it, in the shape that records keep. Raises WrongUse."""
    if not code or not code.strip():
        return None
    try:
        return agency_code(code)
    except WrongAgency as error:
        raise WrongUse(f"{where}: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A scan by name, with its files and what is told of it."""

    name: str
    files: tuple[Path, ...]
    told: Told


def read_sources(file: Path) -> tuple[Listed, ...]:
    """A list of sources, a JSON object a line: name, files, and the codes that are told. Raises WrongUse."""
    listed = []
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                told = Told(
                    dossier_code=entry.get("dossier_code"),
                    procedure_code=entry.get("procedure_code"),
                    agency_code=agency(entry.get("agency_code"), str(file)),
                )
                files = tuple(Path(one) for one in entry["files"])
                listed.append(Listed(name=entry["name"], files=files, told=told))
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise WrongUse(f"{file}: cannot be read as a list of sources ({error})") from error
    return tuple(listed)


def write_sources(listed: Iterable[Listed], file: Path) -> None:
    """Write such a list, whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as writer:
        for one in listed:
            entry = {"name": one.name, "files": [str(path) for path in one.files], **asdict(one.told)}
            writer.write(json.dumps(entry, ensure_ascii=False) + "\n")
    part.replace(file)


def find_manifests(inputs: list[Path]) -> Manifest:
    """The manifests that lie in the input folders themselves."""
    told: dict[str, Told] = {}
    for folder in inputs:
        if folder.is_dir() and (folder / NAME).is_file():
            told.update(read_manifest(folder / NAME).told)
    return Manifest(told)
