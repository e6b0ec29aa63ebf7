"""`sohoa watch`: takes what clerks drop into watched folders, until it is stopped."""

from __future__ import annotations

import os
import signal
import socket
import threading
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from flows.errors import WrongSettings
from flows.settings import load_settings

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def watch(
    *,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="end when nothing is left to take or to work on")
    ] = False,
) -> None:
    """Take scans that are dropped into the folders of `watch` in the settings, and file them away."""

    from flows.beating import beating
    from flows.installation import opened
    from flows.logs import log_to_stderr
    from flows.watching.watcher import Watcher
    from storage.heartbeats import end_heartbeat, note_heartbeat

    log_to_stderr("watch")
    settings = load_settings()
    if not settings.watch:
        raise WrongSettings("there are no watched folders; list them under `watch:` in sohoa.yaml (docs/operate.md)")
    stopping = threading.Event()
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: stopping.set())
    host = socket.gethostname()
    name = f"watch@{host}:{os.getpid()}"
    with opened(settings) as house:
        watcher = Watcher(house)

        def beat(session: Session) -> None:
            note_heartbeat(session, name=name, part="watch", host=host, detail=watcher.detail())

        with beating(house.database, beat):
            watcher.run(stopping, until_idle=until_idle)
        with house.database.transaction() as session:
            end_heartbeat(session, name)
