"""The process behind flows.resident: carries out orders until stdin ends."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from flows.cli import LOOK_FOR_GARBAGE, guarded
from flows.resident import ENDED, STOPPED, Order


def main() -> None:
    """Take orders from stdin and tell the exit code of each on what was stdout."""
    gc.set_threshold(*LOOK_FOR_GARBAGE)
    answers = os.fdopen(os.dup(1), "w")  # children do not inherit it: its end tells the asking side of ours
    os.dup2(2, 1)
    try:
        sys.exit(_serve(sys.stdin, answers))
    except KeyboardInterrupt:
        sys.exit(STOPPED)


def _serve(orders: TextIO, answers: TextIO) -> int:
    """Carry out orders; the exit code of the last one."""
    from flows.digitise import prefect_client
    from flows.settings import load_settings

    code = 0

    def serve() -> None:
        nonlocal code
        settings = load_settings()
        with prefect_client(settings, settings.data_dir.resolve()):  # one server and one client for all orders
            for line in orders:
                code = _carry_out(Order(**json.loads(line)))
                print(code, file=answers, flush=True)
                if code not in ENDED:
                    return

    return guarded(serve) or code


def _carry_out(order: Order) -> int:
    with Path(order.log).open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    with _environment(order.environment):
        return guarded(lambda: _digitise(order))


def _digitise(order: Order) -> int:
    from flows.cli.app import err, out
    from flows.cli.summary import print_summary
    from flows.digitise import Request, digitise
    from flows.link import Told
    from flows.manifest import agency
    from flows.settings import load_settings

    request = Request(
        inputs=(Path(order.folder),) if order.folder else (),
        told=Told(
            dossier_code=order.dossier_code,
            procedure_code=order.procedure_code,
            agency_code=agency(order.agency_code, "the order's agency"),
        ),
        operator=order.operator,
        sources=Path(order.sources) if order.sources else None,
        key=order.key,
    )
    summary = digitise(request, load_settings(), err)
    print_summary(summary, out)
    return summary.exit_code


@contextmanager
def _environment(given: Mapping[str, str]) -> Iterator[None]:
    before = os.environ.copy()
    os.environ.update(given)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
