"""`sohoa watch`: takes what clerks drop into watched folders, until it is stopped."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer
from rich.console import Console

from flows.errors import FolderWatched, WrongSettings
from flows.settings import Settings, load_settings

out = Console(soft_wrap=True, highlight=False, markup=False)

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def watch(
    *,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="end when nothing is left to take or to work on")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what lies there, how long it takes and how much space")
    ] = False,
) -> None:
    """Take scans that are dropped into the folders of `watch` in the settings, and file them away."""

    from flows.beating import alive
    from flows.installation import opened
    from flows.logs import log_to_stderr
    from flows.watching.watcher import Watcher

    log_to_stderr("watch")
    settings = load_settings()
    if not settings.watch:
        raise WrongSettings("there are no watched folders; list them under `watch:` in sohoa.yaml (docs/operate.md)")
    if dry_run:
        _say_what_would_be(settings)
        return
    stopping = threading.Event()
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: stopping.set())
    with opened(settings) as house:
        watcher = Watcher(house)
        with alive(house.database, "watch", watcher.detail, never_began=FolderWatched):
            watcher.run(stopping, until_idle=until_idle)


def _say_what_would_be(settings: Settings) -> None:
    """Whatever lies in the folders, settled or not; the watcher that may be running is not disturbed."""
    from flows.forecast import lines_of, summed_up
    from flows.installation import opened
    from flows.watching.forecast import waiting_items

    items = []
    with opened(settings) as house:
        for folder in settings.watch:
            try:
                found, unfinished = waiting_items(house, folder)
            except OSError as error:
                out.print(f"{folder.name}: {folder.path}: {error.strerror or error}; is the share mounted?")
                continue
            out.print(f"{folder.name}: {len(found)} scans lie there, {unfinished} more are still being copied")
            items += found
        for line in lines_of(summed_up(house, items), house):
            out.print(line)
