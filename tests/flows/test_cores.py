"""How many cores a run takes."""

from __future__ import annotations

from pathlib import Path

from flows.cores import usable_cores


def test_a_containers_quota_counts_not_the_machines_cores(tmp_path: Path):
    """A container on a shared server: 64 processes on one core would starve everybody."""
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    assert usable_cores(tmp_path) == 1


def test_no_quota_leaves_what_affinity_allows(tmp_path: Path):
    """The common desktop: all cores of this process are used."""
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert usable_cores(tmp_path) >= 1


def test_an_old_cgroup_counts_too(tmp_path: Path):
    """Servers of the old kind (cgroup 1) keep their quota elsewhere."""
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("50000")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert usable_cores(tmp_path) == 1
