"""The server that looks after itself."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.errors import ServerDidNotStart
from flows.prefect_server import PREPARED, _healthy, own_server, prepared_for

HOLD = """
import sys, time
from pathlib import Path
from flows.prefect_server import own_server
with own_server(Path(sys.argv[1]), start_seconds=240) as server:
    print(server.address, server.started_now, flush=True)
    time.sleep(600)
"""


def _hold(data_dir: Path) -> tuple[subprocess.Popen[str], str, bool]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, data_dir], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address, started = process.stdout.readline().split()
    return process, address, started == "True"


def test_two_commands_share_one_server_and_a_kill_leaves_none_behind(tmp_path: Path):
    """Servers that pile up after killed runs would eat the machine within a week."""
    first, address, started = _hold(tmp_path)
    second, same, started_again = _hold(tmp_path)
    assert (started, started_again, same) == (True, False, address)
    for process in (first, second):
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()
    until = time.monotonic() + 60
    while _healthy(address) and time.monotonic() < until:
        time.sleep(0.2)
    assert not _healthy(address)
    pid = json.loads((tmp_path / "prefect" / "server.json").read_text())["pid"]
    assert not Path(f"/proc/{pid}").exists() or _ends(pid)


def _ends(pid: int) -> bool:
    """Wait for a process that is closing down."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def test_a_server_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The operator needs the server's own words, not a time-out."""
    home = tmp_path / "prefect"
    home.mkdir()
    (home / "prefect.db").write_bytes(os.urandom(4096))
    with pytest.raises(ServerDidNotStart, match="the end of"), own_server(tmp_path, start_seconds=120):
        pass


def test_a_database_of_another_version_is_migrated_again(tmp_path: Path):
    """After an upgrade of Prefect a server that trusts the old database fails at the first run of the night."""
    home = tmp_path / "prefect"
    with own_server(tmp_path, start_seconds=240):
        until = time.monotonic() + 60
        while not prepared_for(home) and time.monotonic() < until:
            time.sleep(0.2)
    ours = prepared_for(home)
    assert ours
    _wait_for_its_end(home)
    (home / PREPARED).write_text("2.0")
    (home / "memo_store.toml").unlink(missing_ok=True)  # what Prefect itself remembers of its last start
    with sqlite3.connect(home / "prefect.db") as database:
        database.execute("DELETE FROM block_type")
    with own_server(tmp_path, start_seconds=240):
        until = time.monotonic() + 60
        while prepared_for(home) != ours and time.monotonic() < until:
            time.sleep(0.2)
    with sqlite3.connect(home / "prefect.db") as database:
        (blocks,) = database.execute("SELECT count(*) FROM block_type").fetchone()
    assert prepared_for(home) == ours
    assert blocks > 0, "it was taken for a database of this version"


def _wait_for_its_end(home: Path) -> None:
    assert _ends(json.loads((home / "server.json").read_text())["pid"])
