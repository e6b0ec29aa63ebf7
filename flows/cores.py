"""How many cores this process may really use."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = CGROUP) -> int:
    """Cores by affinity and by the cgroup's quota (version 2 or 1), at least one.

    A machine's count lies inside containers: OCRmyPDF runs 64 processes on two cores there.
    """
    cores = len(os.sched_getaffinity(0))
    quota = _quota(cgroup)
    return max(1, min(cores, int(quota + 0.5))) if quota else cores


def _quota(cgroup: Path) -> float | None:
    """The tightest quota from our own cgroup up to the root, in cores."""
    quotas = []
    for folder in _own_folders(cgroup):
        quota = _version2(folder / "cpu.max")
        if quota is not None:
            quotas.append(quota)
    version1 = _version1(cgroup / "cpu")
    if version1 is not None:
        quotas.append(version1)
    return min(quotas, default=None)


def _own_folders(cgroup: Path) -> list[Path]:
    try:
        path = next(
            line.split("::", 1)[1]
            for line in Path("/proc/self/cgroup").read_text().splitlines()
            if line.startswith("0::")
        )
    except (OSError, StopIteration):
        return [cgroup]
    own = cgroup / path.lstrip("/")
    return [folder for folder in (own, *own.parents) if folder == cgroup or cgroup in folder.parents]


def _version2(file: Path) -> float | None:
    try:
        quota, period = file.read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def _version1(folder: Path) -> float | None:
    try:
        quota = int((folder / "cpu.cfs_quota_us").read_text())
        period = int((folder / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return None
    return quota / period if quota > 0 and period > 0 else None
