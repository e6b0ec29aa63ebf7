"""What watched folders cost, and whether they lose anything.

    python -m tests.benchmarks.watching soak [--files 300] [--seconds 90] [--kills 5] [--polling]
    python -m tests.benchmarks.watching waiting [--files 50000] [--seconds 300]

soak: drops files of all kinds into three folders (slow copies, renames, replacements, duplicates) while the watcher
is killed and started again, then compares folders, records, events, store and index; exit code 1 where they differ.
waiting: the CPU that a tree of waiting files costs a watcher that may not take them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

SOHOA = [sys.executable, "-c", "from flows.cli import main; main()"]
QUICK = {"POLL_SECONDS": "0.5", "SETTLE_SECONDS": "1", "PATIENCE_SECONDS": "5", "MOST_CPU": "1"}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["soak", "waiting"])
    parser.add_argument("--files", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--polling", action="store_true", help="no events at all")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sohoa-watching-") as folder:
        if given.what == "soak":
            return _soak(Path(folder), given.files or 300, given.seconds or 90.0, given.kills, polling=given.polling)
        return _waiting(Path(folder), given.files or 50_000, given.seconds or 300.0)


def _environment(folder: Path, watch: list[dict[str, object]], **more: str) -> dict[str, str]:
    environment = {f"SOHOA_WATCHING__{name}": value for name, value in more.items()}
    environment |= {"SOHOA_DATA_DIR": str(folder / "data"), "SOHOA_WATCH": json.dumps(watch)}
    os.environ.update(environment)
    return os.environ | environment


def _soak(folder: Path, files: int, seconds: float, kills: int, *, polling: bool) -> int:
    from flows.installation import opened
    from flows.prefect_server import own_server
    from flows.settings import load_settings
    from storage.intakes import find_intakes
    from tests.flows.watching.accounts import faults_of
    from tests.flows.watching.drop import Dropper

    folders = [folder / name for name in ("một", "hai", "ba")]
    for one in folders:
        one.mkdir()
    names = ("mot", "hai", "ba")
    watch: list[dict[str, object]] = [
        {"name": name, "path": str(path), "events": not polling} for name, path in zip(names, folders, strict=True)
    ]
    environment = _environment(folder, watch, **QUICK)
    dropper = Dropper(folders, pause=max(0.0, seconds / files - 0.15))
    with own_server(folder / "data", start_seconds=300) as server:
        environment["SOHOA_PREFECT__API_URL"] = server.address
        began = time.monotonic()
        dropping = threading.Thread(target=dropper.run, args=(files,))
        dropping.start()
        for _ in range(kills):
            process = subprocess.Popen([*SOHOA, "watch"], env=environment, stderr=subprocess.DEVNULL)
            time.sleep(max(5.0, seconds / kills))
            process.kill()
            process.wait()
        dropping.join()
        dropped_in = time.monotonic() - began
        subprocess.run([*SOHOA, "watch", "--until-idle"], env=environment, stderr=subprocess.DEVNULL, check=True)
    with opened(load_settings()) as house:
        faults = faults_of(house, dropper)
        with house.database.reading() as session:
            states = Counter(str(one.state) for one in find_intakes(session, limit=10 * files))
    filed_in = time.monotonic() - began
    print(f"{dropper.dropped} files in {dropped_in:.0f} s, {kills} kills, all filed after {filed_in:.0f} s")
    print(f"taken: {dict(states)}; polling only: {polling}; faults: {len(faults)}")
    for fault in faults:
        print(f"  {fault}")
    return 1 if faults else 0


def _waiting(folder: Path, files: int, seconds: float) -> int:
    inbox = folder / "inbox"
    for number in range(files):
        place = inbox / f"{number // 500:04}"
        if number % 500 == 0:
            place.mkdir(parents=True)
        (place / f"giấy {number}.pdf").write_bytes(b"%PDF-1.7\n%%EOF")
    environment = _environment(folder, [{"name": "mot", "path": str(inbox), "ready": "marker"}])
    process = subprocess.Popen([*SOHOA, "watch"], env=environment, stderr=subprocess.DEVNULL)
    while not _looked(files):  # start and first look are no part of waiting
        time.sleep(2)
    before = _cpu(process.pid)
    time.sleep(seconds)
    used = _cpu(process.pid) - before
    process.send_signal(signal.SIGINT)
    process.wait()
    print(f"{files} files waiting: {used:.2f} CPU-s in {seconds:.0f} s, {100 * used / seconds:.2f} % of a core")
    return 0


def _looked(files: int) -> bool:
    from flows.installation import opened
    from flows.settings import load_settings
    from storage.heartbeats import heartbeats

    with opened(load_settings()) as house, house.database.reading() as session:
        told = [one.detail["folders"]["mot"]["waiting"] for one in heartbeats(session)]
    return told == [files]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
