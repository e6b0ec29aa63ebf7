"""What a bulk run costs beside its pages, and how it grows.

    python -m tests.benchmarks.bulk [--documents 2000] [--chunk 300] [--kills 2] [--workers 1] [--plot FILE.svg]

Brings in made one-page documents with `sohoa bulk`, killed so often and started again, with so many workers. Tells
CPU by process (reading processes apart from all others), pages a minute, and the memory of each second as a plot.
With two workers compare the CPU of each: where cores are short, time cannot fall, and the CPU shows the share.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

SOHOA = [sys.executable, "-c", "from flows.cli import main; main()"]
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
READING = "multiprocessing"  # in the command line of the processes that read pages, and start Tesseract


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--chunk", type=int, default=300)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sohoa-bulk-") as folder:
        return _run(Path(folder), given)


def _run(folder: Path, given: argparse.Namespace) -> int:
    from flows.prefect_server import own_server
    from tests.flows import papers

    for number in range(given.documents):
        page = papers.decision(number=f"{number + 1}/QĐ-UBND", day=1 + number % 28)
        papers.save(page, folder / "kho" / f"{number // 200:03}" / f"giấy {number} bản.png")
    environment = os.environ | {
        "SOHOA_DATA_DIR": str(folder / "data"),
        "SOHOA_BULK__CHUNK_DOCUMENTS": str(given.chunk),
        "SOHOA_BULK__LEASE_SECONDS": "5",
        "SOHOA_RUN__MIN_FREE_GIB": "0",
    }
    with own_server(folder / "data", start_seconds=300) as server:
        environment["SOHOA_PREFECT__API_URL"] = server.address
        meter = _Meter(server.address)
        began = time.monotonic()
        left = given.kills
        while True:
            workers = []
            for _ in range(given.workers):
                workers.append(
                    subprocess.Popen(
                        [*SOHOA, "bulk", str(folder / "kho")], env=environment, stderr=subprocess.DEVNULL
                    )
                )
                while given.workers > 1 and not list((folder / "data").glob("bulk/*.log")):
                    time.sleep(1)  # the first one makes the intake list
            kill_at = time.monotonic() + 20 + 10 * left if left else None
            killed = _watch(workers, meter, kill_at)
            if not killed:
                break
            left -= 1
        seconds = time.monotonic() - began
        meter.look()
    reading, other = meter.cpu
    pages = given.documents * 60 / seconds
    print(f"{given.documents} documents, {given.workers} workers, {given.kills} kills: {seconds:.0f} s")
    print(f"{pages:.1f} pages a minute")
    print(
        f"CPU: reading {reading:.0f} s, everything else {other:.0f} s "
        f"({100 * other / max(1.0, reading + other):.1f} %; of it Prefect's server {meter.server:.0f} s)"
    )
    memory = [value for _, value in meter.memory]
    print(f"memory: {memory[len(memory) // 4] / 1e6:.0f} MB after a quarter, {memory[-2] / 1e6:.0f} MB at the end")
    if given.plot:
        given.plot.write_text(_plot(meter.memory), encoding="utf-8")
    return max(worker.returncode or 0 for worker in workers)


def _watch(workers: Sequence[subprocess.Popen[bytes]], meter: _Meter, kill_at: float | None) -> bool:
    """Measure until all have ended; whether one was killed on the way."""
    while any(worker.poll() is None for worker in workers):
        meter.look()
        time.sleep(1)
        if kill_at is not None and time.monotonic() > kill_at:
            workers[0].kill()
            workers[0].wait()
            if len(workers) == 1:
                time.sleep(6)
                return True
            kill_at = None
    return False


class _Meter:
    """CPU and memory of everything that descends from this process or serves it."""

    def __init__(self, address: str) -> None:
        self._port = address.rsplit(":", 1)[1].split("/")[0]
        self._seen: dict[int, tuple[bool, float]] = {}
        self._server = 0.0
        self.memory: list[tuple[float, int]] = []
        self._began = time.monotonic()

    def look(self) -> None:
        """Read /proc once."""
        parents: dict[int, int] = {}
        stats: dict[int, tuple[float, int, str]] = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                line = (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            pid = int(entry.name)
            parents[pid] = int(fields[1])
            own, children = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
            used = own + (children if READING in line else 0)  # of the Tesseracts that it waited for
            stats[pid] = (used / TICK, int(fields[21]) * PAGE, line)
        total = 0
        for pid, (cpu, memory, line) in stats.items():
            if "flows.prefect_server" in line and self._port in line:
                self._server = cpu
                total += memory
            elif pid != os.getpid() and self._ours(pid, parents):
                total += memory
                if not line.startswith("tesseract"):
                    self._seen[pid] = (READING in line, cpu)
        self.memory.append((time.monotonic() - self._began, total))

    def _ours(self, pid: int, parents: dict[int, int]) -> bool:
        while pid in parents and pid > 1:
            if pid == os.getpid():
                return True
            pid = parents[pid]
        return False

    @property
    def server(self) -> float:
        """CPU of Prefect's server."""
        return self._server

    @property
    def cpu(self) -> tuple[float, float]:
        """(reading, everything else) in seconds; short-lived children count where they were seen."""
        reading = sum(cpu for is_reading, cpu in self._seen.values() if is_reading)
        return reading, sum(cpu for is_reading, cpu in self._seen.values() if not is_reading) + self._server


def _plot(memory: Sequence[tuple[float, int]]) -> str:
    """Memory over time as SVG."""
    width, height, left = 640, 200, 50
    most_t, most_m = memory[-1][0] or 1.0, max(value for _, value in memory) or 1
    points = " ".join(
        f"{left + (width - left - 10) * at / most_t:.1f},{10 + (height - 40) * (1 - value / most_m):.1f}"
        for at, value in memory
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f'<polyline points="{points}" fill="none" stroke="#2b6cb0" stroke-width="1.5"/>'
        f'<g font-family="sans-serif" font-size="12"><text x="4" y="18">{most_m / 1e6:.0f} MB</text>'
        f'<text x="{left}" y="{height - 8}">0 s</text>'
        f'<text x="{width - 60}" y="{height - 8}">{most_t:.0f} s</text></g></svg>\n'
    )


if __name__ == "__main__":
    sys.exit(main())
