"""`sohoa up` with everything real: started, used, a part killed, stopped, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.flows import papers
from tests.flows.conftest import House

PATIENCE = 280.0  # seconds for anything at all: a busy machine may take long to start six processes
QUICK = {
    "SOHOA_WATCHING__POLL_SECONDS": "0.5",
    "SOHOA_WATCHING__SETTLE_SECONDS": "1",
    "SOHOA_WATCHING__MOST_CPU": "1",
    "SOHOA_PREFECT__API_URL": "",  # its own server
    "SOHOA_PREFECT__START_SECONDS": str(PATIENCE),
}


def until(what: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until something is so, or `sohoa up` has ended before."""
    last = time.monotonic() + PATIENCE
    while not what():
        assert process.poll() is None, log.read_text(encoding="utf-8")[-4000:]
        assert time.monotonic() < last, f"{what.__name__}: not after {PATIENCE:.0f} s"
        time.sleep(1)


def running(house: House) -> dict[int, str]:
    """Every process of this installation: its number and command."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            environment = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, UnicodeDecodeError):
            continue
        if (
            entry.name.isdigit()
            and command
            and f"SOHOA_DATA_DIR={house.data_dir}".encode() in environment.split(b"\0")
        ):
            found[int(entry.name)] = command.strip()
    return found


def part(house: House, command: str) -> int | None:
    """The process of one part."""
    return next((pid for pid, line in running(house).items() if line.endswith(f"main() {command}")), None)


def test_a_machine_is_started_used_mended_and_stopped_by_one_command(house: House, tmp_path: Path) -> None:
    """Clerks go home, a part dies, a scan comes: on Monday it is published, and a stop leaves nothing behind."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inbox = tmp_path / "một cửa"
    inbox.mkdir()
    house.environment |= QUICK | {
        "SOHOA_API__PORT": str(port),
        "SOHOA_WATCH": json.dumps([{"name": "mot-cua", "path": str(inbox), "operator": "An"}]),
    }
    log = tmp_path / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            house.command("up"), env=os.environ | house.environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:

        def it_answers() -> bool:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                    return bool(answer.status == 200)
            except (OSError, urllib.error.URLError):
                return False

        def the_scan_is_filed() -> bool:
            return bool(list((inbox / "hoàn thành").rglob("giấy.png")))

        def status_tells() -> bool:
            said = house.sohoa("status").stdout
            return "tend well; watch well; api well; worker well" in said and "mot-cua: 0 of 1 scans" in said

        def another_watcher_runs() -> bool:
            return part(house, "watch") not in (None, killed)

        until(it_answers, process, log)
        papers.save(papers.decision(), tmp_path / "giấy.png").rename(inbox / "giấy.png")
        until(the_scan_is_filed, process, log)
        until(status_tells, process, log)
        killed = part(house, "watch")
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        until(another_watcher_runs, process, log)
        assert "part ended" in log.read_text(encoding="utf-8")
        process.terminate()
        assert process.wait(PATIENCE) == 0, log.read_text(encoding="utf-8")
        last = time.monotonic() + 30  # Prefect's server waits for its last user
        while running(house) and time.monotonic() < last:
            time.sleep(0.5)
        assert running(house) == {}
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    said = house.sohoa("status").stdout
    assert "up@" not in said  # all said goodbye but the watcher that was killed
    assert said.count("watch@") == 1
