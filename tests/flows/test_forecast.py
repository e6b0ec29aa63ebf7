"""`--dry-run` of one batch and of watched folders: what would be, and nothing done."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import func, select

from flows.installation import opened
from storage.records.models import BatchTable
from tests.flows.conftest import House
from tests.flows.watching.drop import tiny_page


def dropped(folder: Path) -> Path:
    """Two good scans, a damaged one, one that is still being copied, and two pages of one paper."""
    (folder / "tập").mkdir(parents=True)
    for number in (1, 2):
        (folder / f"giấy {number} bản.png").write_bytes(tiny_page(number))
        (folder / "tập" / f"{number}.jpg").write_bytes(tiny_page(10 + number, ".jpg"))
    (folder / "hỏng.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (folder / "đang chép.pdf.part").write_bytes(b"%PDF-1.7\n")
    return folder


def nothing_was_done(house: House, folder: Path, before: list[str]) -> None:
    """Neither in the tree nor in the records."""
    assert sorted(map(str, folder.rglob("*"))) == before
    with opened(house.settings()) as inside, inside.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(BatchTable)) == 0
        assert list(inside.store.list()) == []


def test_a_dry_run_of_a_batch_counts_and_takes_nothing(house: House, tmp_path: Path) -> None:
    """Who has twenty minutes before closing time wants to know whether they are enough."""
    folder = dropped(tmp_path / "hồ sơ")
    before = sorted(map(str, folder.rglob("*")))
    said = house.sohoa("digitise", folder, "--dry-run")
    assert said.returncode == 0, said.stderr
    assert "5 scans: 0 are in the archive already, 2 cannot be opened" in said.stdout  # the damaged one and .part
    assert "4 pages to read" in said.stdout
    nothing_was_done(house, folder, before)
    assert house.sohoa("digitise", tmp_path / "none", "--dry-run").returncode == 2


def test_a_dry_run_of_watched_folders_takes_nothing(house: House, tmp_path: Path) -> None:
    """An operator who sets a folder up wants to see what the watcher would make of it."""
    folder = dropped(tmp_path / "một")
    before = sorted(map(str, folder.rglob("*")))
    watch = [{"name": "mot", "path": str(folder)}, {"name": "xa", "path": str(tmp_path / "not mounted")}]
    said = house.sohoa("watch", "--dry-run", SOHOA_WATCH=json.dumps(watch))
    assert said.returncode == 0, said.stderr
    assert "mot: 4 scans lie there, 1 more are still being copied" in said.stdout
    assert "xa: " in said.stdout
    assert "is the share mounted?" in said.stdout
    assert "4 pages to read" in said.stdout
    nothing_was_done(house, folder, before)
