"""`sohoa serve` as it is run: started, asked, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.services import free_port

START_SECONDS = 120.0  # a busy machine may take long to import everything
COMMAND = [sys.executable, "-c", "from flows.cli import main; main()"]


def asked(address: str) -> dict[str, object] | None:
    """What an address answers; None while nobody listens."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310  (ours)
            told: dict[str, object] = json.loads(answer.read())
            return told
    except urllib.error.HTTPError:
        raise
    except (urllib.error.URLError, OSError):
        return None


@pytest.mark.parametrize("processes", ["1", "2"])
def test_serve_answers_logs_and_stops_when_asked(tmp_path: Path, processes: str) -> None:
    """A service manager would have to kill it, and what it was doing would be lost."""
    port = free_port()
    environment = os.environ | {
        "SOHOA_DATA_DIR": str(tmp_path / "data"),
        "SOHOA_API__PORT": str(port),
        "SOHOA_API__PROCESSES": processes,
    }
    made = subprocess.run(
        [*COMMAND, "keys", "add", "test", "--scope", "search"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    log = tmp_path / "log"
    with log.open("w") as written:
        server = subprocess.Popen([*COMMAND, "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=written)
    try:
        until = time.monotonic() + START_SECONDS
        while (ready := asked(f"http://127.0.0.1:{port}/ready")) is None:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until
            time.sleep(0.2)
        assert ready["status"] == "ok"
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/search?q=a", headers={"Authorization": f"Bearer {made.stdout.strip()}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  (ours)
            assert json.loads(answer.read())["total"] == 0
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) in (0, -signal.SIGTERM), log.read_text()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"/ready", "/v1/search"} <= {line.get("route") for line in lines}
