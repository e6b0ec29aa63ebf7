"""Makes the pictures of finding, bringing in, operating and figures in docs/pictures from what `make demo` left.

    python -m docs.work_screens [build/demo/data]

As docs.screens does for review: a copy of the installation, looked at in Debian's Chromium.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.accounts import Role
from storage.records.models import DocumentTable, DossierTable, LinkTable
from tests.benchmarks.screen import copied, opened_house
from tests.web.browser import PHONE, SCREEN, chromium, desk, served

TO = Path(__file__).resolve().parent / "pictures"
DEMO = Path("build/demo/data")
QUIET_MS = 1500  # until pictures and marks of the pages are there

#: name → (who, role, path, on a telephone)
SHOTS: dict[str, tuple[str, Role, str, bool]] = {
    "finding": ("lan", Role.CLERK, "/find?q=quyet+dinh", False),
    "finding-paper": ("lan", Role.CLERK, "/papers/{paper}?q=quyet+dinh", False),
    "finding-dossier": ("lan", Role.CLERK, "/dossiers/{dossier}", False),
    "finding-phone": ("lan", Role.CLERK, "/find?q=quyet+dinh", True),
    "bringing-in": ("lan", Role.CLERK, "/bring", False),
    "operator": ("minh", Role.OPERATOR, "/operate", False),
    "figures": ("an", Role.LEADER, "/figures?first={first}&last={last}&by=procedure", False),
}


def _places(session: Session) -> dict[str, object]:
    """The dossier with most papers, one of its papers, and the days between which dossiers came."""
    most = select(LinkTable.dossier_code).join(DossierTable, DossierTable.code == LinkTable.dossier_code)
    dossier = session.scalars(most.group_by(LinkTable.dossier_code).order_by(func.count().desc())).first()
    decision = select(DocumentTable.id).where(DocumentTable.type == "QĐ").order_by(DocumentTable.id)
    first, last = session.execute(
        select(func.min(DossierTable.received_on), func.max(DossierTable.received_on))
    ).one()
    return {"dossier": dossier, "paper": session.scalars(decision).first(), "first": first, "last": last}


def main(data_dir: Path) -> None:
    """Make all of them."""
    TO.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        there = copied(data_dir, Path(folder))
        shutil.copytree(data_dir / "index", there / "index", symlinks=True)
        with opened_house(there) as house:
            with house.door.database.reading() as session:
                places = _places(session)
            with served(house) as base, chromium() as browser:
                for name, (who, role, path, phone) in SHOTS.items():
                    with desk(browser, house, base, who, role, screen=PHONE if phone else SCREEN) as one:
                        page = one.open(path.format(**places))
                        page.wait_for_timeout(QUIET_MS)
                        page.screenshot(path=TO / f"{name}.png")
                        print(f"docs/pictures/{name}.png")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else DEMO)
