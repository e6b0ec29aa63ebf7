"""What a batch costs beside its pages: Prefect's server, its records, the flow and its tasks.

    python -m tests.benchmarks.orchestration [--documents 200] [--document-cpu 2.0]

Runs a batch of one document and one of many, whose documents do nothing, each in a process of its own with a server
of its own, from the import of Prefect to the last record. The first is what a batch costs; what the second costs
more is the price of its documents, told as a share of the CPU that reading them takes (--document-cpu: CPU seconds of
one document, as tests.benchmarks.pipeline measures them).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--document-cpu", type=float, default=2.0)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        with tempfile.TemporaryDirectory(prefix="sohoa-orchestration-") as folder:
            print(json.dumps(_run(Path(folder), given.documents)))
        return
    one, many = _measured(1), _measured(given.documents)
    each = (many["cpu"] - one["cpu"]) / max(1, given.documents - 1)
    print(f"a batch        {one['wall']:.1f} s wall, {one['cpu']:.1f} CPU-s")
    print(
        f"{given.documents} documents  {many['wall']:.1f} s wall, {many['cpu']:.1f} CPU-s, {many['records']} records"
    )
    print(f"a document     {1000 * each:.0f} CPU-ms: {100 * each / given.document_cpu:.2f} % of its own CPU")


def _measured(documents: int) -> dict[str, float]:
    """A batch in a new process."""
    command = [sys.executable, "-m", "tests.benchmarks.orchestration", "--once", "--documents", str(documents)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(said.stdout.splitlines()[-1]))


def _run(folder: Path, documents: int) -> dict[str, float]:
    import flows.digitise  # noqa: F401  (what reading pages needs is no price of orchestration)

    began, cpu = time.monotonic(), time.process_time()
    from flows.prefect_server import CLIENT_ENVIRONMENT, own_server

    def import_client(address: str) -> None:
        os.environ.update(CLIENT_ENVIRONMENT | {"PREFECT_API_URL": address, "PREFECT_HOME": str(folder)})
        import flows.batch  # noqa: F401

    with own_server(folder, start_seconds=240, meanwhile=import_client):
        from flows import batch
        from flows.link import Told
        from flows.outcome import Outcome
        from flows.workshop import Workshop
        from ocr.opening import Kind, Source
        from storage.records import Batch

        without = cast("Any", batch)
        without.digitise_source = lambda _shop, source, _told: Outcome(source=source.name)
        without.paused = lambda _shop: False  # a look into records that are not there
        started = datetime.now(UTC)
        shop = cast("Workshop", _Shop(Batch(id="benchmark", key="benchmark", resumed=False, started_at=started)))
        works = [
            batch.Work(source=Source(name=f"{n}", files=(folder,), kind=Kind.PDF), told=Told())
            for n in range(documents)
        ]
        rules = batch.Rules(threads=4, stop_after_outages=3, stop_above_failures=1.0)
        result = batch.run_batch(shop, works, rules, lambda _outcome: None)
        records = batch.settle_records(result.flow_run, result.tasks)
        pid = json.loads((folder / "prefect" / "server.json").read_text())["pid"]
        used = time.process_time() - cpu + _cpu_of(pid)
        return {"wall": time.monotonic() - began, "cpu": used, "records": records}


class _Shop:
    """As much of a workshop as the flow itself looks at."""

    def __init__(self, of: object) -> None:
        self.batch = of


def _cpu_of(pid: int) -> float:
    """CPU seconds of another process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
