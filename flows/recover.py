"""Finds batches whose process is gone, and finishes them.

Watched folders, bulk runs and uploads go on with their own batches; this is for those that a person began.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flows.errors import BatchIsRunning
from flows.installation import Installation
from flows.work import batch_lock, only_one
from storage.heartbeats import SILENT
from storage.records import SilentBatch, silent_batches

COMMAND = (sys.executable, "-c", "from flows.cli import main; main()")
OPTIONS = {"dossier_code": "--dossier", "procedure_code": "--procedure", "agency_code": "--agency"}


def orphans(house: Installation) -> Iterator[SilentBatch]:
    """Batches of this machine that were begun by hand and that nobody works on. Raises RecordsUnreachable."""
    spool = house.data_dir / "spool"
    with house.database.reading() as session:
        silent = silent_batches(session, datetime.now(UTC) - SILENT)
    for batch in silent:
        request = batch.request
        if request is None or request.get("key") or request.get("host") != socket.gethostname():
            continue
        inputs = [Path(path) for path in request["inputs"]]
        if any(spool in path.parents for path in inputs) or not all(map(os.path.lexists, inputs)):
            continue
        try:
            with only_one(batch_lock(house.work, batch.key), "the batch"):
                pass
        except BatchIsRunning:
            continue
        yield batch


def command_of(batch: SilentBatch) -> list[str]:
    """The command that goes on with a batch: the one that began it."""
    request = batch.request or {}
    command = [*COMMAND, "digitise", *request["inputs"]]
    told = request.get("told") or {}
    command += [f"{option}={told[name]}" for name, option in OPTIONS.items() if told.get(name)]
    for name, option in (("manifest", "--manifest"), ("report", "--report"), ("sources", "--sources")):
        if request.get(name):
            command.append(f"{option}={request[name]}")
    if request.get("one_paper"):
        command.append("--one-paper-per-file")
    if batch.operator:
        command.append(f"--operator={batch.operator}")
    return command


def recover(house: Installation) -> list[tuple[str, int]]:
    """Finish what nobody works on, one after the other; (batch, exit code) of each."""
    ended = []
    for batch in list(orphans(house)):
        done = subprocess.run(command_of(batch), stdin=subprocess.DEVNULL, capture_output=True, check=False)
        ended.append((batch.id, done.returncode))
    return ended
