"""The reading processes mend themselves."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.pool import Pool, WorkerDied
from flows.worker import WorkerSettings
from ocr.opening import Limits
from ocr.reading import ReadingSettings


def _die(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def _double(number: int) -> int:
    return 2 * number


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    settings = WorkerSettings(
        languages="vie",
        reading=ReadingSettings(jpeg_quality=80, min_dpi=200),
        limits=Limits(),
        raster_dpi=300,
        config_dir=tmp_path,
    )
    with Pool(settings, 2) as made:
        yield made


def test_only_the_job_that_kills_its_process_fails(pool: Pool):
    """A hostile image takes its process with it; the pages beside it are other people's."""
    promises = [pool.submit(_double, number) for number in range(3)]
    killer = pool.submit(_die, 0)
    promises += [pool.submit(_double, number) for number in range(3, 6)]
    with pytest.raises(WorkerDied):
        killer.result()
    assert [promise.result() for promise in promises] == [0, 2, 4, 6, 8, 10]
    assert pool.run(_double, 21) == 42
