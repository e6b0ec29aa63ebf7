"""One process carries out one order after the other, and none is lost with it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.errors import ExitCode
from flows.installation import opened
from flows.link import Told
from flows.manifest import Listed, write_sources
from flows.resident import Order, Resident, key_of
from storage.records import latest_batch
from tests.flows.conftest import House
from tests.flows.watching.drop import tiny_page

PATIENCE = 200.0  # seconds, on a busy machine


@pytest.fixture
def resident() -> Iterator[Resident]:
    """One that is not left behind."""
    made = Resident()
    yield made
    made.stop(20)


def order(folder: Path, number: int, *, pages: int = 1, **environment: str) -> Order:
    """An order for a few new pages."""
    listed = []
    for page in range(pages):
        file = folder / f"{number}-{page}.png"
        file.write_bytes(tiny_page(100 * number + page))
        listed.append(Listed(name=file.name, files=(file,), told=Told()))
    sources = folder / f"{number}.jsonl"
    write_sources(listed, sources)
    log = folder / f"{number}.log"
    return Order(sources=str(sources), key=f"take {number}", operator="", log=str(log), environment=environment)


def carried_out(resident: Resident, given: Order) -> int:
    """Its exit code."""
    resident.begin(given)
    return waited(resident)


def waited(resident: Resident) -> int:
    """The exit code of what is under way."""
    until = time.monotonic() + PATIENCE
    while (code := resident.ended()) is None:
        assert time.monotonic() < until, "the order did not come to its end"
        time.sleep(0.1)
    return code


def pid_of(resident: Resident) -> int:
    """The process that is there."""
    assert resident._process is not None
    return resident._process.pid


def test_one_process_serves_many_orders_and_mixes_nothing_up(
    house: House, resident: Resident, tmp_path: Path
) -> None:
    """Clerks drop papers all day: only the first waits for a start, and each order's settings and log are its own."""
    house.data_dir.mkdir()
    first, second = order(tmp_path, 1, SOHOA_RUN__MIN_FREE_GIB="1000000"), order(tmp_path, 2)
    assert carried_out(resident, first) == ExitCode.SET_UP_BROKEN, "its own setting asks for more disk than there is"
    assert "GiB" in Path(first.log).read_text(encoding="utf-8")
    assert carried_out(resident, second) == ExitCode.ALL_PUBLISHED, "the setting of the order before stayed behind"
    process = pid_of(resident)
    third = order(tmp_path, 3)
    assert carried_out(resident, third) == ExitCode.ALL_PUBLISHED
    assert pid_of(resident) == process, "a start for nothing"
    assert carried_out(resident, third) == ExitCode.NOTHING_DONE, "the same order again is done already"
    assert "3-0.png" in Path(third.log).read_text(encoding="utf-8")
    assert "3-0.png" not in Path(second.log).read_text(encoding="utf-8")


def test_a_killed_process_is_told_and_the_next_goes_on(house: House, resident: Resident, tmp_path: Path) -> None:
    """The system kills what takes too much memory; the order is given again and nothing is lost."""
    house.data_dir.mkdir()
    given = order(tmp_path, 4, pages=3)
    resident.begin(given)
    os.kill(pid_of(resident), signal.SIGKILL)
    assert waited(resident) == -signal.SIGKILL
    assert carried_out(resident, given) == ExitCode.ALL_PUBLISHED
    os.kill(pid_of(resident), signal.SIGKILL)  # while it waits for orders
    time.sleep(0.2)
    assert carried_out(resident, order(tmp_path, 5)) == ExitCode.ALL_PUBLISHED


def test_a_stop_ends_the_order_and_leaves_no_process(house: House, resident: Resident, tmp_path: Path) -> None:
    """Stopping the watcher in the evening must not leave a batch running behind it."""
    house.data_dir.mkdir()
    given = order(tmp_path, 6, pages=12)
    resident.begin(given)
    process = pid_of(resident)
    time.sleep(3)
    resident.stop(60)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert carried_out(resident, given) == ExitCode.ALL_PUBLISHED
    assert state_of(house, given) == "ended"


def state_of(house: House, given: Order) -> str:
    """Of the order's batch, on record."""
    with opened(house.settings()) as inside, inside.database.reading() as session:
        found = latest_batch(session, key_of(given.key))
    return found[1] if found else ""
