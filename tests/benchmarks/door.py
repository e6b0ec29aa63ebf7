"""The door under load: `python -m tests.benchmarks.door [--pages 200000] [--clients 20] [--processes 2]`.

Builds an installation of made papers (SQLite, a folder), serves it from a process of its own, and lets clients on
loopback search and fetch, three searches to one file. Prints requests a second, latencies and errors: what is
asserted nowhere. Client and server share the cores, and every request writes its event to disk. The server is
`sohoa serve` as it is, with all that it does beside answering.

Clients ask without a pause, which finds the rate at which the cores are full; with `--pause 1` each rests a second
on average between two requests, as busy people and systems do, and the times are those of an answer.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import itertools
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import insert

from storage.credentials import add_key
from storage.index import IndexedDocument, SearchIndex
from storage.keys import derived_key
from storage.objects import open_store
from storage.records import Database, register_scan, start_batch
from storage.records.models import DocumentTable, PartTable
from storage.scopes import Scope
from tests.benchmarks.index import PAGES_A_PAPER, Language, documents
from tests.services import free_port

FETCHED = 200  # papers that have a file
FILE_BYTES = 200_000  # of a PDF, as one of two pages has


def build(folder: Path, pages: int) -> str:
    """Make the installation; a key to it."""
    database = Database(f"sqlite:///{folder / 'records.db'}")
    database.migrate()
    store = open_store(f"folder://{folder / 'objects'}")
    with database.transaction() as session:
        batch = start_batch(session, "benchmark", operator="", inputs=["in"], settings_json="{}")
        scan = register_scan(
            session,
            batch.id,
            source="in/a.pdf",
            sha256="0" * 64,
            kind="pdf",
            size=1,
            page_count=pages,
            object_key="originals/a",
        )
    papers = documents(Language(1), pages)
    index = SearchIndex(folder / "index")
    index.rebuild(_recorded(papers, database, scan.id, batch.id))
    for number in range(min(FETCHED, pages // PAGES_A_PAPER)):
        data = random.Random(number).randbytes(FILE_BYTES)
        made, sha256 = folder / "made.pdf", hashlib.sha256(data).hexdigest()
        made.write_bytes(data)
        key = derived_key(f"{number:064x}", 1, "pdf", sha256)
        store.put(key, made, sha256=sha256, content_type="application/pdf")
        row = {"document_id": f"{number:064x}", "version": 1, "name": "pdf", "key": key, "sha256": sha256}
        with database.transaction() as session:
            session.execute(insert(PartTable), [row | {"size": FILE_BYTES, "content_type": "application/pdf"}])
    with database.transaction() as session:
        token, _ = add_key(
            session, name="load", scopes=[Scope.SEARCH, Scope.READ], agency=None, days=1, agent="benchmark"
        )
    database.dispose()
    return token


def _recorded(
    papers: Iterator[IndexedDocument], database: Database, scan_id: int, batch_id: str
) -> Iterator[IndexedDocument]:
    """The papers, each put on record on its way into the index."""
    number = 0
    while chunk := list(itertools.islice(papers, 500)):
        rows = []
        for one in chunk:
            number += 1
            rows.append(
                {
                    "id": one.id,
                    "version": 1,
                    "scan_id": scan_id,
                    "batch_id": batch_id,
                    "source": one.source,
                    "first_page": number,
                    "pages": [page for page, _ in one.pages],
                    "blank_pages": [],
                    "type": one.type,
                    "title": one.title,
                    "issued_on": date.fromisoformat(one.issued_on) if one.issued_on else None,
                    "dossier_code": one.dossier_code,
                    "procedure_code": one.procedure_code,
                    "agency_code": one.agency_code,
                    "confidence": 0.9,
                    "status": one.status,
                    "reasons": [],
                    "report": {},
                    "published_at": datetime.now(UTC),
                }
            )
        with database.transaction() as session:
            session.execute(insert(DocumentTable), rows)
        yield from chunk


class Client(threading.Thread):
    """One client on one connection: three searches, one file, and again."""

    def __init__(self, number: int, port: int, token: str, *, until: float, pause: float) -> None:
        super().__init__()
        self._pause = pause
        self._language, self._random = Language(100 + number), random.Random(number)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._until = until
        self.took: dict[str, list[float]] = {"search": [], "file": []}
        self.statuses: Counter[int] = Counter()

    def run(self) -> None:
        """Ask until the time is over."""
        for turn in itertools.count():
            if time.monotonic() > self._until:
                return
            if self._pause:
                time.sleep(self._random.expovariate(1 / self._pause))
            kind = "file" if turn % 4 == 3 else "search"
            if kind == "file":
                address = f"/v1/documents/{self._random.randrange(FETCHED):064x}/pdf"
            else:
                address = f"/v1/search?{urlencode({'q': ' '.join(self._language.words(3))})}"
            began = time.monotonic()
            self._connection.request("GET", address, headers=self._headers)
            answer = self._connection.getresponse()
            answer.read()
            self.took[kind].append(1000 * (time.monotonic() - began))
            self.statuses[answer.status] += 1


def main() -> None:
    """Build, load, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200_000)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--processes", type=int, default=1, help="api.processes of the server")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two requests of a client")
    parser.add_argument("--keep", type=Path, help="folder to build in and to keep; used again if it is there")
    given = parser.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="sohoa-door-"))
    token = _built(folder, given.pages)
    port = free_port()
    server = _served(folder, port, given.processes)
    try:
        _wait(port)
        until = time.monotonic() + given.seconds
        clients = [Client(number, port, token, until=until, pause=given.pause) for number in range(given.clients)]
        started = cpu_seconds(server.pid)
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        used = cpu_seconds(server.pid) - started
    finally:
        server.terminate()
        server.wait()
        if given.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    statuses = sum((client.statuses for client in clients), Counter[int]())
    print(
        f"{given.pages} pages, {given.clients} clients, {given.seconds:.0f} s, processes {given.processes}, "
        f"load {os.getloadavg()[0]:.0f}: {statuses.total()} requests"
    )
    cpu = 1000 * used / max(1, statuses.total())
    print(f"{statuses.total() / given.seconds:.0f} a second, {cpu:.1f} ms of the server's CPU each")
    print(f"answers by status: {dict(statuses)}")
    for kind in ("search", "file"):
        took = sorted(value for client in clients for value in client.took[kind])
        print(
            f"{kind:7} p50 {statistics.median(took):6.1f}  p95 {took[int(0.95 * len(took))]:6.1f}  "
            f"p99 {took[int(0.99 * len(took))]:6.1f} ms"
        )


def _built(folder: Path, pages: int) -> str:
    """The key to the installation, made where there is none yet."""
    note = folder / "key"
    if not note.exists():
        folder.mkdir(exist_ok=True)
        note.write_text(build(folder, pages))
    return note.read_text()


def _served(folder: Path, port: int, processes: int) -> subprocess.Popen[bytes]:
    """`sohoa serve` on the installation."""
    environment = os.environ | {
        "SOHOA_DATA_DIR": str(folder),
        "SOHOA_API__PORT": str(port),
        "SOHOA_API__PROCESSES": str(processes),
        "SOHOA_API__REQUESTS_PER_MINUTE": "10000000",
    }
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-c", "from flows.cli import main; main()", "serve"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )


def cpu_seconds(pid: int) -> float:
    """What a process and those that it started have used, their threads too."""
    used = dict[int, tuple[int, int]]()  # process → parent, clock ticks
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        used[int(stat.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    ours = {pid}
    while more := {one for one, (parent, _) in used.items() if parent in ours} - ours:
        ours |= more
    return sum(used[one][1] for one in ours) / os.sysconf("SC_CLK_TCK")


def _wait(port: int) -> None:
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/health")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
            continue
        return


if __name__ == "__main__":
    main()
