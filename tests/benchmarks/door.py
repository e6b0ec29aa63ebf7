"""The door under load: `python -m tests.benchmarks.door [--pages 200000] [--clients 20] [--processes 2]`.

Builds an installation of made papers (SQLite, a folder), serves it from a process of its own, and lets clients on
loopback search and fetch, three searches to one file. Prints requests a second, latencies and the CPU of both sides;
an answer that never came, or is not 200, ends it with 1. Client and server share the cores, and every request writes
its event to disk. The server is `sohoa serve` as it is, with all that it does beside answering. What is asked in its
first seconds is not counted.

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
import socket
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
WARM_CLIENT = 10_000  # number of the first one that is not counted
WARM_SECONDS = 3.0  # in which each process of the server meets everything once
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
    """One client on one connection: three searches, one file, and again.

    It reads of an answer what it must: what clients cost is taken from the server, on the same cores.
    """

    def __init__(self, number: int, port: int, token: str, *, until: float, pause: float) -> None:
        super().__init__()
        self._pause = pause
        self._language, self._random = Language(100 + number), random.Random(number)
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = f" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
        self._until = until
        self._buffer = bytearray(1 << 20)
        self.took: dict[str, list[float]] = {"search": [], "file": []}
        self.statuses: Counter[int] = Counter()
        self.failed = False  # it got no answer, and asked no more

    def run(self) -> None:
        """Ask until the time is over."""
        for turn in itertools.count():
            if self._pause:
                time.sleep(self._random.expovariate(1 / self._pause))
            if time.monotonic() > self._until:
                return
            kind = "file" if turn % 4 == 3 else "search"
            if kind == "file":
                address = f"/v1/documents/{self._random.randrange(FETCHED):064x}/pdf"
            else:
                address = f"/v1/search?{urlencode({'q': ' '.join(self._language.words(3))})}"
            began = time.monotonic()
            try:
                status = self._asked(address)
            except (OSError, ValueError):
                self.failed = True
                raise
            self.took[kind].append(1000 * (time.monotonic() - began))
            self.statuses[status] += 1

    def _asked(self, address: str) -> int:
        """The status of an answer that was received to its end. Raises OSError, ValueError for no such answer."""
        self._connection.sendall(f"GET {address}{self._rest}".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            got = self._connection.recv(1 << 16)
            if not got:
                raise ConnectionResetError(address)
            head += got
        head, _, body = head.partition(b"\r\n\r\n")
        left = int(head.lower().partition(b"\r\ncontent-length:")[2].split(b"\r\n", 1)[0]) - len(body)
        while left > 0:
            received = self._connection.recv_into(self._buffer)
            if not received:
                raise ConnectionResetError(address)
            left -= received
        return int(head.split(b" ", 2)[1])


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
        _asking(given.clients, port, token, seconds=WARM_SECONDS, pause=given.pause, first=WARM_CLIENT)
        started, clients_started = cpu_seconds(server.pid), time.process_time()
        clients = _asking(given.clients, port, token, seconds=given.seconds, pause=given.pause)
        used, by_clients = cpu_seconds(server.pid) - started, time.process_time() - clients_started
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
    each = 1000 / max(1, statuses.total())
    print(
        f"{statuses.total() / given.seconds:.0f} a second, {each * used:.1f} ms of the server's CPU each, "
        f"{each * by_clients:.1f} ms of the clients'"
    )
    print(f"answers by status: {dict(statuses)}")
    for kind in ("search", "file"):
        took = sorted(value for client in clients for value in client.took[kind])
        print(
            f"{kind:7} p50 {statistics.median(took):6.1f}  p95 {took[int(0.95 * len(took))]:6.1f}  "
            f"p99 {took[int(0.99 * len(took))]:6.1f} ms"
        )
    if statuses.total() > statuses[200] or any(client.failed for client in clients):
        sys.exit("not every request was answered with 200")


def _asking(count: int, port: int, token: str, *, seconds: float, pause: float, first: int = 0) -> list[Client]:
    """Clients that have asked for so long. first: number of the first; each number asks for words of its own."""
    until = time.monotonic() + seconds
    clients = [Client(number, port, token, until=until, pause=pause) for number in range(first, first + count)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return clients


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
