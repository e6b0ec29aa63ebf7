"""Works on uploads: one at a time in a process of its own, which uses all cores by itself.

The upload's folder bears its id, and the same folder again goes on with the same batch: a killed server, a killed
process and a stopped machine lose time, not scans.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time

from api.door import Door
from storage.correlation import correlated, correlation
from storage.uploads import (
    Upload,
    UploadState,
    batch_of,
    claim_upload,
    end_upload,
    find_upload,
    let_go,
    renew_upload,
    request_of,
)

log = logging.getLogger("sohoa.api")

LOOK_SECONDS = 0.25  # between two looks at the process
RENEW_SECONDS = 15.0  # between two renewals of the claim
STOP_SECONDS = 20.0  # that a process may take to end when asked to
COMING = ".coming-"  # what a folder is called until its upload is whole
LEFT_SECONDS = 24 * 3600.0  # after which a sender has given up
FINISHED = (0, 1, 4)  # exit codes of a batch that came to an end: all published, some failed, nothing new
CLEAN = (0, 4)  # nothing was refused or failed, so that the spooled file is not needed any more


def sweep(door: Door) -> int:
    """Take away what senders left half sent and what was never noted, once it is a day old; how many folders."""
    swept = 0
    for folder in door.spool.iterdir():
        if not folder.is_dir() or time.time() - folder.stat().st_mtime < LEFT_SECONDS:
            continue
        if not folder.name.startswith(COMING):
            with door.database.reading() as session:
                if find_upload(session, folder.name) is not None:
                    continue
        shutil.rmtree(folder, ignore_errors=True)
        swept += 1
    return swept


class Worker:
    """Claims uploads and sees them through."""

    def __init__(self, door: Door, stopping: threading.Event) -> None:
        self._door = door
        self._stopping = stopping

    def work(self) -> bool:
        """Work on one upload, if any waits; whether there was one."""
        with self._door.database.transaction() as session:
            upload = claim_upload(session)
        if upload is None:
            self._door.digitiser.rest()
            return False
        with self._door.database.reading() as session:
            request = request_of(session, upload.id)
        with correlated(request):
            code = self._run(upload)
            if code is None:
                with self._door.database.transaction() as session:
                    let_go(session, upload.id)
                return True
            self._end(upload, code)
        return True

    def close(self) -> None:
        """Let go what is idle now that no more uploads are taken."""
        self._door.digitiser.stop(STOP_SECONDS)

    def _run(self, upload: Upload) -> int | None:
        """The exit code; None where the server stops and the work goes on after the next start."""
        digitiser, spool = self._door.digitiser, self._door.spool
        digitiser.begin(upload, spool / upload.id, spool / f"{upload.id}.log")
        _log("upload begun", upload, attempt=upload.attempts)
        renewed = 0.0
        while (code := digitiser.ended()) is None:
            if time.monotonic() - renewed > RENEW_SECONDS:
                with self._door.database.transaction() as session:
                    renew_upload(session, upload.id)
                renewed = time.monotonic()
            if self._stopping.wait(LOOK_SECONDS):
                digitiser.stop(STOP_SECONDS)
                return None
        return code

    def _end(self, upload: Upload, code: int) -> None:
        with self._door.database.transaction() as session:
            batch = batch_of(session, upload.id)
            if batch is not None and batch[1] == "paused":
                let_go(session, upload.id)
                return
            ended = code in FINISHED and batch is not None and batch[1] == "ended"
            state = end_upload(session, upload.id, error=None if ended else f"digitising ended with {code}")
        _log("upload ended", upload, batch=batch[0] if batch else None, exit=code, state=str(state))
        if state is UploadState.DONE and code in CLEAN:
            shutil.rmtree(self._door.spool / upload.id, ignore_errors=True)
            (self._door.spool / f"{upload.id}.log").unlink(missing_ok=True)


def _log(event: str, upload: Upload, **fields: object) -> None:
    told = {"correlation_id": correlation(), "upload": upload.id, **fields}
    log.info(event, extra={"fields": told})
