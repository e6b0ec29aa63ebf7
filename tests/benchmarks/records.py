"""Publishing and importing: `python -m tests.benchmarks.records [--documents 200] [--dossiers 100000]
[--there 1000000]`.

Prints CPU of a document's publication on the folder store with SQLite, and how long an import of dossiers into both
databases takes, from rows and from files as `sohoa import-dossiers` reads them, and a look-up of an owner among them.
Files are of a usual size; PostgreSQL is a private cluster of the tests.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import text

from flows.register import COLUMNS, read_dossiers
from storage.figures import gauges
from storage.index import SearchIndex
from storage.index.feed import feed
from storage.objects import open_store
from storage.publication import publish_scan
from storage.records import Database, DossierRow, dossiers_of_owner, import_dossiers
from tests.services import postgresql_server
from tests.storage.papers import a_batch, a_document, a_part, a_scan

LOOK_UPS = 20
PDF_BYTES = 400_000  # of a paper of four pages
PAGE = "Quyết định về việc cấp giấy phép môi trường cho công ty " * 40
PROVINCE = """
    INSERT INTO batches (id, key, state, operator, inputs, settings, started_at, pages, documents, failed)
    VALUES ('there', 'there', 'running', '', '[]', '{}', now(), 0, 0, 0);
    INSERT INTO dossiers (code, owner_name, owner_folded, owner_id, received_on, agency_code)
    SELECT 'H90.' || n % 40 || '-200101-' || n, 'Lê Văn ' || n % 5000, 'le van ' || n % 5000,
        lpad(CAST(n AS text), 12, '9'), DATE '2020-01-01' + n % 1500, 'H90.' || n % 40
    FROM generate_series(1, :there) n;
    INSERT INTO scans (sha256, state, kind, size, page_count, object_key, first_source, first_batch, registered_at)
    SELECT md5(CAST(n AS text)) || md5('-' || n), 'stored', 'pdf', 1, 5, 'originals/' || n, 'in/' || n, 'there', now()
    FROM generate_series(1, :there) n;
    INSERT INTO pages (scan_id, number, state, result_sha256)
    SELECT id, number, 'read', sha256 FROM scans, generate_series(1, 5) number
"""


def publishing(folder: Path, documents: int) -> None:
    """Publish, feed the index, print CPU a document."""
    database = Database(f"sqlite:///{folder / 'records.db'}")
    database.migrate()
    store = open_store(f"folder://{folder / 'objects'}")
    batch = a_batch(database)
    made = []
    for number in range(documents):
        paper = a_document(folder / "made", batch, name=str(number), pages=(1, 2, 3, 4), texts=(PAGE,) * 4)
        parts = tuple(
            a_part(folder / "made", paper.id, name, os.urandom(size))
            for name, size in (("paper.pdf", PDF_BYTES), ("alto.xml", 150_000), ("text.txt", 10_000))
        )
        scan = a_scan(database, batch, str(number).encode(), source=f"in/{number}.pdf", pages=4)
        made.append((scan.id, replace(paper, parts=parts)))
    began, wall = time.process_time(), time.monotonic()
    for scan_id, paper in made:
        publish_scan(database, store, scan_id, [paper])
    cpu, waited = time.process_time() - began, time.monotonic() - wall
    print(f"publishing: {1000 * cpu / documents:.1f} ms CPU, {1000 * waited / documents:.1f} ms a document")
    began = time.process_time()
    feed(database, SearchIndex(folder / "index"))
    print(f"indexing them: {1000 * (time.process_time() - began) / documents:.1f} ms CPU a document of four pages")
    database.dispose()


def dossiers(count: int) -> Iterator[DossierRow]:
    """An export of the procedures system."""
    for number in range(count):
        yield DossierRow(
            code=f"H23.{number % 40:02}-240315-{number:07}",
            procedure_code=f"1.{number % 900:06}",
            owner_name="Trần Thị Hoà",
            owner_id=f"{number:012}",
            received_on=date(2024, 1 + number % 12, 1 + number % 28),
            agency_code=f"H23.{number % 40:02}",
        )


def export_files(folder: Path, count: int) -> tuple[Path, Path]:
    """The same export as CSV and as JSON."""
    rows = [
        {"dossier_code": row.code} | {name: str(getattr(row, name)) for name in COLUMNS} for row in dossiers(count)
    ]
    as_csv, as_json = folder / "dossiers.csv", folder / "dossiers.json"
    with as_csv.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("dossier_code", *COLUMNS))
        writer.writeheader()
        writer.writerows(rows)
    as_json.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return as_csv, as_json


def importing(name: str, database: Database, count: int, folder: Path) -> None:
    """Import what is new, then the same from files, in which nothing is; then look owners up."""
    database.migrate()
    wall = time.monotonic()
    with database.transaction() as session:
        import_dossiers(session, dossiers(count))
    print(f"{name}: {count} dossiers, all new: {time.monotonic() - wall:.1f} s")
    for file in export_files(folder, count):
        wall = time.monotonic()
        with database.transaction() as session:
            done = import_dossiers(session, read_dossiers(file), COLUMNS)
        print(f"{name}: {file.name}, {done.unchanged} unchanged: {time.monotonic() - wall:.1f} s")
    wall = time.monotonic()
    with database.reading() as session:
        for number in range(LOOK_UPS):
            dossiers_of_owner(session, numbers=[f"{number:012}"], name="tran thi hoa", near=date(2024, 6, 15))
    print(
        f"{name}: {1000 * (time.monotonic() - wall) / LOOK_UPS:.1f} ms a look-up of an owner with {count} namesakes"
    )
    database.dispose()


def fill(database: Database, there: int) -> None:
    """A province's records in PostgreSQL before anything is imported: dossiers, and five pages for each."""
    database.migrate()
    wall = time.monotonic()
    with database.engine.begin() as connection:
        for statement in PROVINCE.split(";"):
            connection.execute(text(statement), {"there": there} if ":there" in statement else {})
    print(f"{there} dossiers and {5 * there} pages' rows were there: made in {time.monotonic() - wall:.0f} s")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))  # as the server does by itself within minutes
    wall = time.monotonic()
    with database.reading() as session:
        gauges(session)
    print(f"the figures of /metrics from them: {time.monotonic() - wall:.2f} s")


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--dossiers", type=int, default=100_000)
    parser.add_argument("--there", type=int, default=0, help="dossiers in PostgreSQL before; 1000000 is a province")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sohoa-bench-") as folder:
        if given.documents:
            publishing(Path(folder), given.documents)
        importing("SQLite", Database(f"sqlite:///{folder}/dossiers.db"), given.dossiers, Path(folder))
        with postgresql_server() as server:
            if given.there:
                fill(Database(server.url("postgres")), given.there)
            importing("PostgreSQL", Database(server.url("postgres")), given.dossiers, Path(folder))


if __name__ == "__main__":
    main()
