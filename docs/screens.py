"""Makes the pictures of the clerk's screen in docs/pictures from what `make demo` left in build/demo.

    python -m docs.screens [build/demo/data]

A copy of the installation is served on loopback and looked at in Debian's Chromium, at an office PC's size and a
phone's. Look at what comes out: a picture that is ugly shows a page that is.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from storage.records.models import DocumentTable
from tests.benchmarks.screen import copied, opened_house
from tests.web.browser import PHONE, SCREEN, chromium, desk, served

TO = Path(__file__).resolve().parent / "pictures"
DEMO = Path("build/demo/data")
QUIET_MS = 900  # until the last tile is there and the page stands still


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture to be made."""

    name: str
    path: str  #: `{review}` and `{pile}` stand for a paper that waits, and for one of a pile
    keys: tuple[str, ...] = ()
    phone: bool = False


SHOTS = (
    Shot(name="review-queue", path="/review"),
    Shot(name="review", path="/review/{review}", keys=("Tab",)),
    Shot(name="review-sheet", path="/review/sheet?name=number"),
    Shot(name="review-phone", path="/review/{review}", phone=True),
    Shot(name="mending", path="/mend/{pile}"),
)


def main(data_dir: Path) -> None:
    """Make all of them."""
    TO.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, opened_house(copied(data_dir, Path(folder))) as house:
        with house.door.database.reading() as session:
            waiting = list(
                session.scalars(
                    select(DocumentTable).where(DocumentTable.status == "review").order_by(DocumentTable.id)
                )
            )
            papers = {
                "review": max(waiting, key=lambda row: len(row.reasons)).id,
                "pile": max(waiting, key=lambda row: len(row.pages)).id,
            }
        with served(house) as base, chromium() as browser:
            for shot in SHOTS:
                screen = PHONE if shot.phone else SCREEN
                with desk(browser, house, base, screen=screen) as lan:
                    page = lan.open(shot.path.format(**papers))
                    for key in shot.keys:
                        lan.keys(key)
                    page.wait_for_timeout(QUIET_MS)
                    page.screenshot(path=TO / f"{shot.name}.png")
                    print(f"docs/pictures/{shot.name}.png")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else DEMO)
