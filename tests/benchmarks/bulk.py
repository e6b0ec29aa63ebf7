"""What a bulk run costs beside its pages, and how it grows.

    python -m tests.benchmarks.bulk [--documents 2000] [--chunk 800] [--kills 2] [--workers 1] [--strips]
                                    [--plot FILE.svg|png]

Brings in made one-page documents with `sohoa bulk`, killed so often and started again, with so many workers; exit
code 1 where it does not end with every document published once. Tells CPU by what it is for, and the memory of each
second as a plot. Documents are A4 pages, or with --strips two lines each, where only the way counts and not the
reading. With two workers compare the CPU of each: where cores are short time cannot fall, and CPU shows the share.
The price of the flow and its tasks alone is measured by tests.benchmarks.orchestration.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SOHOA = [sys.executable, "-c", "from flows.cli import main; main()"]
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
READING = "multiprocessing"  # in the command line of the processes that read pages, and start Tesseract
ROLES = {"reading": READING, "server": "flows.prefect_server", "batches": "flows.cli.resident", "run": "main() bulk"}
SILENT_SECONDS = 6  # after a kill: the lease of 5 s runs out
COUNT_SECONDS = 10.0  # between two counts of what is published
QUARTERS = (0.25, 0.5, 0.75, 1.0)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--chunk", type=int, default=800)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--strips", action="store_true", help="documents of two lines in place of A4 pages")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sohoa-bulk-") as folder:
        return _run(Path(folder), given)


def _run(folder: Path, given: argparse.Namespace) -> int:
    from flows.prefect_server import own_server

    _make(folder / "kho", given.documents, strips=given.strips)
    os.environ |= {
        "SOHOA_DATA_DIR": str(folder / "data"),
        "SOHOA_BULK__CHUNK_DOCUMENTS": str(given.chunk),
        "SOHOA_BULK__LEASE_SECONDS": "5",
        "SOHOA_BULK__NICE": "0",  # what is measured is said by whoever starts this
        "SOHOA_RUN__MIN_FREE_GIB": "0",
    }
    with own_server(folder / "data", start_seconds=300) as server:
        os.environ["SOHOA_PREFECT__API_URL"] = server.address
        meter = _Meter(server.address)
        meter.look()
        meter.server_start = meter.by_role.get("server", 0.0)
        began = time.monotonic()
        _through(folder, given, meter)
        seconds = time.monotonic() - began
        meter.look()
    _say(given, meter, seconds)
    if given.plot:
        _save_plot(meter.memory, given.plot)
    return _faults(given.documents)


def _make(folder: Path, count: int, *, strips: bool) -> None:
    from tests.flows import papers
    from tests.flows.watching.drop import tiny_page

    for number in range(count):
        file = folder / f"{number // 200:03}" / f"giấy {number} bản.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        if strips:
            file.write_bytes(tiny_page(number))
        else:
            papers.save(papers.decision(number=f"{number + 1}/QĐ-UBND", day=1 + number % 28), file)


def _through(folder: Path, given: argparse.Namespace, meter: _Meter) -> None:
    """Run to the end, with the kills on the way: each after its share of the documents."""
    for kill in range(1, given.kills + 2):
        workers = []
        for _ in range(given.workers):
            workers.append(subprocess.Popen([*SOHOA, "bulk", str(folder / "kho")], stderr=subprocess.DEVNULL))
            while not list((folder / "data").glob("bulk/*.log")) and workers[0].poll() is None:
                meter.look()
                time.sleep(1)  # the first one makes the intake list
        kill_at = given.documents * kill // (given.kills + 1) if kill <= given.kills else None
        if not _watch(workers, meter, kill_at):
            return


def _watch(workers: Sequence[subprocess.Popen[bytes]], meter: _Meter, kill_at: int | None) -> bool:
    """Measure until all have ended; whether the only one was killed on the way. kill_at: published documents."""
    while any(worker.poll() is None for worker in workers):
        meter.look()
        time.sleep(1)
        if kill_at is not None and meter.published >= kill_at:
            print(f"  killed after {meter.published} documents", flush=True)
            workers[0].kill()
            workers[0].wait()
            if len(workers) == 1:
                time.sleep(SILENT_SECONDS)
                return True
            kill_at = None
    return False


def _say(given: argparse.Namespace, meter: _Meter, seconds: float) -> None:
    kind = "strips" if given.strips else "pages"
    print(f"{given.documents} {kind}, {given.workers} workers, {given.kills} kills: {seconds:.0f} s")
    total = max(0.01, sum(meter.by_role.values()))
    for role, used in sorted(meter.by_role.items()):
        print(
            f"  CPU {role:8} {used:7.1f} s {100 * used / total:5.1f} % {1000 * used / given.documents:6.0f} ms each"
        )
    print(
        f"  CPU all      {total:7.1f} s; the server's {meter.server_start:.1f} s until the run began are among them"
    )
    for number, used in sorted(meter.by_worker.items()):
        print(f"  CPU of worker {number}: {used:.1f} s")
    for share in QUARTERS:
        cpu = next((cpu for count, cpu in meter.course if count >= share * given.documents), total)
        print(f"  CPU until {share:4.0%} of the documents were published: {cpu:.1f} s")
    values = [value for _, value in meter.memory]
    part = max(1, len(values) // 5)
    most = [max(values[first : first + part]) / 1e6 for first in range(0, 5 * part, part) if values[first:]]
    print(f"  most memory in each fifth of the time: {', '.join(f'{one:.0f}' for one in most)} MB")


def _faults(documents: int) -> int:
    """Whether every document is published once."""
    from sqlalchemy import func, select

    from flows.installation import opened
    from flows.settings import load_settings
    from storage.bulk import runs
    from storage.index.feed import sizes
    from storage.records.models import DocumentTable, EventTable, ScanTable

    with opened(load_settings()) as house, house.database.reading() as session:
        states = [str(run.state) for run in runs(session)]
        published = session.scalar(select(func.count()).where(ScanTable.state == "published"))
        rows = session.scalar(select(func.count()).select_from(DocumentTable))
        ingested = session.scalar(select(func.count()).where(EventTable.type == "ingested"))
        indexed = sizes(house.database, house.index)
    print(f"  {states}: {published} published, {rows} documents, {ingested} ingested, index (due, held) {indexed}")
    whole = (states, published, rows, ingested, indexed) == (["ended"], *[documents] * 3, (documents, documents))
    return 0 if whole else 1


def _published() -> int:
    """Documents on record now."""
    from sqlalchemy import func, select

    from flows.installation import opened
    from flows.settings import load_settings
    from storage.records.models import DocumentTable

    with opened(load_settings()) as house, house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(DocumentTable)) or 0


@dataclass(slots=True)
class _Seen:
    """CPU seconds of one process so far."""

    role: str
    worker: int | None  #: whose it is, by the order of starting; None: everybody's
    cpu: float


class _Meter:
    """CPU and memory of everything that descends from this process or serves it, also when its parent was killed."""

    def __init__(self, address: str) -> None:
        self._port = address.rsplit(":", 1)[1].split("/")[0]
        self._seen: dict[int, _Seen] = {}
        self._workers: list[int] = []
        self.memory: list[tuple[float, int]] = []
        self.course: list[tuple[int, float]] = []  #: documents published, CPU seconds so far
        self.server_start = 0.0  #: CPU seconds that a server which stands anyway has behind it
        self._began = time.monotonic()
        self._count_at = 0.0

    @property
    def published(self) -> int:
        """Documents on record when they were counted last."""
        return self.course[-1][0] if self.course else 0

    def look(self) -> None:
        """Read /proc once, and now and then the records."""
        self._processes()
        if time.monotonic() >= self._count_at:
            self._count_at = time.monotonic() + COUNT_SECONDS
            self.course.append((_published(), sum(self.by_role.values())))

    def _processes(self) -> None:
        total, me = 0, os.getpid()
        found: dict[int, tuple[int, float, float, int, str]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                    line = (entry / "cmdline").read_text().replace("\0", " ")
                    own, children = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
                    parent, memory = int(fields[1]), int(fields[21]) * PAGE
                    found[int(entry.name)] = (parent, own / TICK, children / TICK, memory, line)
        for pid, (parent, own_cpu, children_cpu, memory, line) in found.items():
            serves = ROLES["server"] in line and self._port in line
            line_up = _ancestry(pid, found)
            if pid == me or not (serves or me in line_up or pid in self._seen):
                continue
            total += memory
            if line.startswith("tesseract"):
                continue
            # A reading process has waited for its Tesseracts; the one that they all come from, for them.
            reads = READING in line and parent in found and READING in found[parent][-1]
            cpu = own_cpu + (children_cpu if reads else 0.0)
            if pid not in self._seen:
                role = next((role for role, mark in ROLES.items() if mark in line), "run")
                self._seen[pid] = _Seen(role, None if serves else self._worker(line_up, me), cpu)
            self._seen[pid].cpu = max(cpu, self._seen[pid].cpu)
        self.memory.append((time.monotonic() - self._began, total))

    def _worker(self, line_up: Sequence[int], me: int) -> int | None:
        if me not in line_up or line_up.index(me) == 0:
            return None
        top = line_up[line_up.index(me) - 1]
        if top not in self._workers:
            self._workers.append(top)
        return self._workers.index(top) + 1

    @property
    def by_role(self) -> dict[str, float]:
        """CPU seconds by what they were for."""
        used: dict[str, float] = {}
        for one in self._seen.values():
            used[one.role] = used.get(one.role, 0.0) + one.cpu
        return used

    @property
    def by_worker(self) -> dict[int, float]:
        """CPU seconds of each `sohoa bulk` and what it started."""
        used: dict[int, float] = {}
        for one in self._seen.values():
            if one.worker is not None:
                used[one.worker] = used.get(one.worker, 0.0) + one.cpu
        return used


def _ancestry(pid: int, found: dict[int, tuple[int, float, float, int, str]]) -> list[int]:
    """A process, its parent and so on."""
    line_up = [pid]
    while line_up[-1] in found and found[line_up[-1]][0] > 1:
        line_up.append(found[line_up[-1]][0])
    return line_up


def _save_plot(memory: Sequence[tuple[float, int]], file: Path) -> None:
    """Memory over time, as SVG or as the picture of it."""
    width, height, left = 640, 200, 60
    most_t, most_m = memory[-1][0] or 1.0, max(value for _, value in memory) or 1
    points = " ".join(
        f"{left + (width - left - 10) * at / most_t:.1f},{10 + (height - 40) * (1 - value / most_m):.1f}"
        for at, value in memory
    )
    plot = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f'<path d="M{left} 10V{height - 30}H{width - 10}" fill="none" stroke="#999"/>'
        f'<polyline points="{points}" fill="none" stroke="#2b6cb0" stroke-width="1.5"/>'
        f'<g font-family="sans-serif" font-size="12"><text x="4" y="18">{most_m / 1e6:.0f} MB</text>'
        f'<text x="40" y="{height - 26}">0</text><text x="{left}" y="{height - 8}">0 s</text>'
        f'<text x="{width - 60}" y="{height - 8}">{most_t:.0f} s</text></g></svg>\n'
    )
    if file.suffix == ".svg":
        file.write_text(plot, encoding="utf-8")
        return
    import pyvips

    pyvips.Image.svgload_buffer(plot.encode(), scale=2).write_to_file(str(file))


if __name__ == "__main__":
    sys.exit(main())
