"""Fetches the Debian packages that the training's texts and fonts come from, and lays them out; nothing is installed.

    python -m training.fetch --data build/training

Needs Debian 12 with deb sources, `apt-get` and `dpkg`. A package that this release lacks is told and left out.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

PACKAGES = Path(__file__).parent / "packages.txt"


def fetch(data: Path) -> list[str]:
    """Download what is not there yet into `data/debs`, unpack all into `data/root`; the packages that failed."""
    debs, root = data / "debs", data / "root"
    debs.mkdir(parents=True, exist_ok=True)
    root.mkdir(exist_ok=True)
    missing = []
    for package in PACKAGES.read_text(encoding="utf-8").split():
        if any(debs.glob(f"{package}_*.deb")):
            continue
        if subprocess.run(["apt-get", "download", "-q", package], cwd=debs, check=False).returncode:
            missing.append(package)
    for file in sorted(debs.glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(file.resolve()), str(root)], check=True)
    return missing


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("build/training"))
    missing = fetch(parser.parse_args().data)
    print(f"not in this release: {' '.join(missing) or 'none'}")


if __name__ == "__main__":
    main()
