"""kill -9 at any moment: the next run ends as if nothing had happened."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from flows.installation import opened
from tests.flows import papers
from tests.flows.conftest import House
from tests.flows.state import objects_of, rows_of

DOCUMENTS = 4
POLL_SECONDS = 0.005


def _archive(folder: Path) -> Path:
    for number in range(1, DOCUMENTS):
        papers.save(papers.decision(number=f"{number}/QĐ-UBND", day=number), folder / f"giấy {number}.png")
    pile = [papers.receipt("H23.16-230712-0001"), papers.decision(number="90/QĐ-UBND")]
    papers.save_pile(pile, folder / "tập.pdf")
    (folder / "hỏng.pdf").write_bytes(b"%PDF-1.7\nnothing")
    return folder


def _kill_when(house: House, archive: Path, seen: Callable[[], bool]) -> None:
    """Start the batch, kill it as soon as something can be seen; the test fails where it ended before."""
    process = house.start("digitise", archive)
    while not seen():
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(POLL_SECONDS)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if process.stderr:
        process.stderr.close()


def test_a_batch_killed_at_every_step_ends_as_if_it_had_not_been(
    paired_house: House, tmp_path: Path, prefect_api: str
):
    """A power cut on Friday night: on Monday nothing may be lost, doubled or half there."""
    house, archive = paired_house, _archive(tmp_path / "hồ sơ")
    work = house.data_dir / "work"

    def there(pattern: str, least: int) -> Callable[[], bool]:
        def seen() -> bool:
            try:
                return sum(1 for _ in work.glob(pattern)) >= least
            except FileNotFoundError:  # the batch removed a folder while this looked into it
                return False

        return seen

    def published(least: int) -> Callable[[], bool]:
        def seen() -> bool:
            with opened(house.settings()) as inside:
                return sum(info.key.startswith("documents/") for info in inside.store.list()) >= least

        return seen

    _kill_when(house, archive, there("*/original", 1))
    _kill_when(house, archive, there("*/*/page-*.json", 1))
    _kill_when(house, archive, there("*/*/paper-*/document.pdf", 1))
    _kill_when(house, archive, published(4))
    ended = house.sohoa("digitise", archive)
    assert ended.returncode == 1, ended.stderr  # the damaged file
    assert "going on with batch" in ended.stderr

    with opened(house.settings()) as inside:
        killed = objects_of(inside), rows_of(inside)
        assert list(work.glob("coming-*")) == list(work.glob("*/*/page-*")) == []

    other = House(data_dir=tmp_path / "other", environment=house.environment | _embedded(tmp_path / "other"))
    assert other.sohoa("digitise", archive).returncode == 1
    with opened(house.settings().model_copy(update=_places(tmp_path / "other"))) as inside:
        unkilled = objects_of(inside), rows_of(inside)
    assert killed[0] == unkilled[0]
    assert killed[1] == unkilled[1]


def _embedded(data_dir: Path) -> dict[str, str]:
    return {"SOHOA_DATA_DIR": str(data_dir), "SOHOA_STORE__URL": "", "SOHOA_DATABASE__URL": ""}


def _places(data_dir: Path) -> dict[str, object]:
    from flows.settings import DatabaseSettings, StoreSettings

    return {"data_dir": data_dir, "store": StoreSettings(), "database": DatabaseSettings()}
