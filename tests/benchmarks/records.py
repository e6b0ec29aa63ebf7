"""Publishing and importing: `python -m tests.benchmarks.records [--documents 200] [--dossiers 100000]`.

Prints CPU of a document's publication on the folder store with SQLite, and of an import of dossiers into both
databases. Files are of a usual size; PostgreSQL is a private cluster of the tests.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from storage.index import SearchIndex
from storage.index.feed import feed
from storage.objects import open_store
from storage.publication import publish_scan
from storage.records import Database, DossierRow, import_dossiers
from tests.services import postgresql_server
from tests.storage.papers import a_batch, a_document, a_part, a_scan

PDF_BYTES = 400_000  # of a paper of four pages
PAGE = "Quyết định về việc cấp giấy phép môi trường cho công ty " * 40


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


def importing(name: str, database: Database, count: int) -> None:
    """Import twice: everything is new, then nothing is."""
    database.migrate()
    for what in ("new", "unchanged"):
        wall = time.monotonic()
        with database.transaction() as session:
            import_dossiers(session, dossiers(count))
        print(f"{name}: {count} dossiers, all {what}: {time.monotonic() - wall:.1f} s")
    database.dispose()


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--dossiers", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sohoa-bench-") as folder:
        publishing(Path(folder), given.documents)
        importing("SQLite", Database(f"sqlite:///{folder}/dossiers.db"), given.dossiers)
    with postgresql_server() as server:
        importing("PostgreSQL", Database(server.url("postgres")), given.dossiers)


if __name__ == "__main__":
    main()
