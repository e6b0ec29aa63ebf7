"""Backup of everything that remembers, and restoring it into an empty place with proof that it is the same.

    DIR/objects/…                    a folder store; a second backup into the same place copies what is new
    DIR/records/20261124-090000/     a generation: a file of JSON lines for each table, and at last `manifest.json`

Records are written without a word of either database's own, so that a backup of SQLite is restored into PostgreSQL
and back. They are of one moment; objects are copied after it, so that whatever the records speak of is there.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Date, Table, func, insert, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from storage.chain import ChainReport, anchor, head, verify
from storage.copying import CopyReport, copy_store
from storage.errors import BackupDamaged, NotEmpty, RecordsOutdated
from storage.events import record_event
from storage.objects import ObjectStore
from storage.objects.folder import FolderStore
from storage.records import (  # noqa: F401  (their tables are part of Base)
    account_models,
    keeping_models,
    service_models,
    unattended_models,
)
from storage.records.database import Database
from storage.records.models import Base, Moment
from storage.sweep import compare

AT_ONCE = 500  # rows of one statement
MANIFEST = "manifest.json"
FORMAT = 1
AGENT = "sohoa backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """The records of one moment, as its manifest tells."""

    name: str
    format: int
    revision: str  #: of the tables
    at: str  #: ISO time
    tables: Mapping[str, Mapping[str, Any]]  #: name → rows, sha256 of its file
    chain_events: int  #: id of the last event; 0 where there are none
    chain_sha256: str

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(int(table["rows"]) for table in self.tables.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What a restore proved."""

    generation: Generation
    objects: CopyReport
    chain: ChainReport
    missing: tuple[str, ...]  #: objects that the records speak of and the backup did not hold

    @property
    def whole(self) -> bool:
        """Whether everything is as it was."""
        return self.chain.holds and not self.missing and not self.objects.faults


def back_up(database: Database, store: ObjectStore, folder: Path) -> tuple[Generation, CopyReport]:
    """Add a generation of the records and copy the objects that the backup lacks.

    A kill leaves the earlier generations whole. Raises StoreUnreachable, StoreFull, RecordsUnreachable.
    """
    with database.reading() as session:
        anchor(session, store)
        generation = _dump(session, folder / "records", database.revision() or "")
    copied = copy_store(store, FolderStore(folder / "objects"))
    with database.transaction() as session:
        detail = {"generation": generation.name, "rows": generation.rows, "objects": copied.copied + copied.there}
        outcome = "failure" if copied.faults else "success"
        record_event(
            session,
            type="backed up",
            object_kind="records",
            object_id=generation.name,
            agent=AGENT,
            outcome=outcome,
            detail=detail,
        )
    return generation, copied


def _dump(session: Session, folder: Path, revision: str) -> Generation:
    now = datetime.now(UTC)
    name = f"{now:%Y%m%d-%H%M%S}-{now.microsecond:06}"
    place = folder / name
    place.mkdir(parents=True)
    place.chmod(0o700)  # the records hold names of citizens and the secrets of webhooks
    tables = {table.name: _dump_table(session, table, place / f"{table.name}.jsonl.gz") for table in _tables()}
    last = head(session)
    generation = Generation(
        name=name,
        format=FORMAT,
        revision=revision,
        at=now.isoformat(),
        tables=tables,
        chain_events=last.id if last else 0,
        chain_sha256=last.sha256 if last else "",
    )
    coming = place / ".coming"
    coming.write_text(json.dumps(asdict(generation), indent=1, sort_keys=True), encoding="utf-8")
    with coming.open("rb") as written:
        os.fsync(written.fileno())
    coming.replace(place / MANIFEST)
    return generation


def _tables() -> list[Table]:
    """All tables, those that others refer to first."""
    return list(Base.metadata.sorted_tables)


def _dump_table(session: Session, table: Table, file: Path) -> dict[str, Any]:
    rows = 0
    wanted = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    with file.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as writer:
        for row in session.execute(wanted):
            line = json.dumps([_plain(value) for value in row], ensure_ascii=False, separators=(",", ":"))
            writer.write(line.encode() + b"\n")
            rows += 1
    with file.open("rb") as written:
        os.fsync(written.fileno())
    return {"rows": rows, "sha256": _hash(file), "columns": [column.name for column in table.columns]}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _hash(file: Path) -> str:
    with file.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


def generations(folder: Path) -> list[Generation]:
    """The whole generations of a backup, oldest first. Raises BackupDamaged."""
    found = []
    for manifest in sorted((folder / "records").glob(f"*/{MANIFEST}")):
        try:
            found.append(Generation(**json.loads(manifest.read_bytes())))
        except (ValueError, TypeError) as error:
            raise BackupDamaged(f"{manifest}: cannot be read ({error}); restore another generation") from error
    return found


def restore(folder: Path, database: Database, store: ObjectStore, *, generation: str | None = None) -> RestoreReport:
    """Fill an empty, migrated database and a store from a backup, and prove that everything is as it was.

    generation: by name; None takes the newest. Objects that are in the store already are compared and kept.
    Raises NotEmpty, BackupDamaged, RecordsOutdated, StoreUnreachable, StoreFull, RecordsUnreachable: then the
    database is as empty as it was.
    """
    chosen = _chosen(folder, generation, database.revision())
    place = folder / "records" / chosen.name
    for table in _tables():
        told = chosen.tables[table.name]
        if _hash(place / f"{table.name}.jsonl.gz") != told["sha256"]:
            raise BackupDamaged(f"{place / table.name}: other bytes than were written; restore another generation")
    copied = copy_store(FolderStore(folder / "objects"), store, verify=True)
    with database.transaction() as session:
        _must_be_empty(session)
        for table in _tables():
            _load(session, table, place / f"{table.name}.jsonl.gz", chosen.tables[table.name])
    with database.reading() as session:
        chain = verify(session, store)
        if chain.head is not None and (chain.head.id, chain.head.sha256) != (
            chosen.chain_events,
            chosen.chain_sha256,
        ):
            raise BackupDamaged(f"{place}: the chain of events does not end where its manifest says")
    report = RestoreReport(generation=chosen, objects=copied, chain=chain, missing=compare(database, store).missing)
    with database.transaction() as session:
        record_event(
            session,
            type="restored",
            object_kind="records",
            object_id=chosen.name,
            agent=AGENT,
            outcome="success" if report.whole else "failure",
            detail={"rows": chosen.rows, "missing": len(report.missing), "faults": len(copied.faults)},
        )
    return report


def _chosen(folder: Path, name: str | None, revision: str | None) -> Generation:
    found = [one for one in generations(folder) if name in (None, one.name)]
    if not found:
        raise BackupDamaged(f"{folder}: holds no {'generation ' + name if name else 'whole generation'}")
    chosen = found[-1]
    if chosen.format != FORMAT or chosen.revision != revision:
        raise RecordsOutdated(
            f"{chosen.name} was made by a program whose tables are of revision {chosen.revision}, these are of "
            f"{revision}; restore it with that program, then update"
        )
    return chosen


def _must_be_empty(session: Session) -> None:
    for table in _tables():
        if session.scalar(select(func.count()).select_from(table)):
            raise NotEmpty(f"the records are not empty ({table.name}); restore into a new data directory or database")


def _load(session: Session, table: Table, file: Path, told: Mapping[str, Any]) -> None:
    rows = 0
    chunk: list[dict[str, Any]] = []
    types = {column.name: column.type for column in table.columns}
    for line in _lines(file):
        values = zip(told["columns"], json.loads(line), strict=True)
        chunk.append({name: _typed(value, types[name]) for name, value in values})
        rows += 1
        if len(chunk) == AT_ONCE:
            session.execute(insert(table), chunk)
            chunk = []
    if chunk:
        session.execute(insert(table), chunk)
    if rows != told["rows"]:
        raise BackupDamaged(f"{file}: {rows} rows, its manifest says {told['rows']}")
    _go_on_counting(session, table)


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with gzip.open(file, "rb") as reader:
            yield from reader
    except (OSError, EOFError) as error:
        raise BackupDamaged(f"{file}: cannot be unpacked ({error}); restore another generation") from error


def _typed(value: Any, kind: TypeEngine[Any]) -> Any:  # noqa: ANN401  (whatever a column holds)
    if value is None:
        return None
    if isinstance(kind, Moment):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _go_on_counting(session: Session, table: Table) -> None:
    """PostgreSQL's counters do not see ids that were given; SQLite's do."""
    column = table.autoincrement_column
    if column is None or session.get_bind().dialect.name != "postgresql":
        return
    session.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "  # noqa: S608  (our own names)
            f"GREATEST((SELECT max({column.name}) FROM {table.name}), 1), "
            f"EXISTS (SELECT 1 FROM {table.name}))"
        )
    )
