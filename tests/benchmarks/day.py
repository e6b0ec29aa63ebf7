"""A clerk's whole day at the screen, played in Debian's Chromium on a real installation.

    python -m tests.benchmarks.day [--most N] [--pictures FOLDER] [SOURCE ...]

SOURCE: files, or folders whose scans are taken; samples/archive, ../shared/corpus/stacks and ../shared/real/pdf where
none is named. N: scans of each (all). A pile is dropped and watched to its end, reviewed by keyboard alone until
nothing waits, a paper is split, found in one line, opened at its hit, and a leader prints the figures. Told of each:
how long it took, keys, and whether anything failed in the browser or was asked of another host.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from flows.cli.serve import door_of
from flows.installation import opened
from flows.prefect_server import own_server
from flows.register import import_dossier_file, import_procedure_file
from flows.settings import load_settings
from storage.accounts import Role
from storage.records.models import DocumentTable
from tests.api.house import House, house_of, served
from tests.api.test_webhooks import telling
from tests.web.browser import Desk, chromium, desk

SOURCES = (Path("samples/archive"), Path("../shared/corpus/stacks"), Path("../shared/real/pdf"))
ENDINGS = {".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png", ".zip"}
LOOK_MS = 1000  # between two looks at what is being read
READ_MS = 350  # that a person takes to read a field, at the least
MOST_KEYS = 2000
QUIET_MS = 1500  # until pictures are there
START_SECONDS = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What the day is played with."""

    house: House
    base: str
    browser: Browser
    pictures: Path | None

    def shot(self, page: Page, name: str) -> None:
        """Keep a picture of the page."""
        if self.pictures is not None:
            page.wait_for_timeout(QUIET_MS)
            page.screenshot(path=self.pictures / f"day-{name}.png")


def scans(sources: Sequence[Path], most: int | None) -> list[Path]:
    """What is dropped: the scans of each source, `most` of each."""
    found: list[Path] = []
    for source in sources:
        files = [source] if source.is_file() else sorted(file for file in source.rglob("*") if file.is_file())
        found += [file for file in files if file.suffix.lower() in ENDINGS][:most]
    return found


@contextmanager
def _told(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - began:.0f} s", flush=True)


def _brings_in(day: Day, page: Page, files: Sequence[Path]) -> None:
    """Drop the pile and watch it to its end."""
    page.locator("#files").set_input_files(list(files))
    rows = page.locator("tr[data-upload]")
    expect(rows).to_have_count(len({file.read_bytes() for file in files}), timeout=120_000)
    day.shot(page, "bringing-in")
    while page.locator("tr[data-state=waiting], tr[data-state=working]").count():
        page.wait_for_timeout(LOOK_MS)
    failed = page.locator("tr[data-state=failed]").count()
    print(f"scans brought in: {rows.count()}, of which failed: {failed}")
    day.shot(page, "brought-in")


def _reviews(day: Day, lan: Desk) -> None:
    """Decide everything by keyboard alone: Enter where there is a value, F9 where there is none."""
    page = lan.open("/review")
    waiting = _waiting(day.house)
    day.shot(page, "queue")
    lan.keys("Enter")
    page.wait_for_url("**/review/*")
    keys = 1
    while "Đã duyệt hết danh sách" not in (page.text_content("#told") or ""):
        if keys >= MOST_KEYS:
            sys.exit(f"{keys} keys, and papers still wait: {_waiting(day.house)}")
        page.wait_for_timeout(READ_MS)
        if keys == 2:
            day.shot(page, "review")
        empty = page.evaluate("document.activeElement?.value === '' && !document.activeElement.list")
        lan.keys("F9" if empty else "Enter")
        keys += 1
    page.wait_for_timeout(QUIET_MS)
    crops = page.evaluate("performance.getEntriesByName('sohoa.crop').map((one) => one.duration)")
    median = statistics.median(crops) if crops else 0
    left = _waiting(day.house)
    print(f"papers that waited: {waiting}, still: {left}, keys: {keys}, next crop: {median:.0f} ms (median)")


def _waiting(house: House) -> int:
    with house.door.database.reading() as session:
        wanted = select(func.count()).select_from(DocumentTable).where(DocumentTable.status == "review")
        return session.scalar(wanted) or 0


def _splits(day: Day, lan: Desk) -> None:
    """Cut the paper with most pages in two, and decide on what that leaves open."""
    with day.house.door.database.reading() as session:
        papers = session.scalars(select(DocumentTable).where(DocumentTable.status != "disposed"))
        longest = max(papers, key=lambda row: len(row.pages))
        pages = len(longest.pages)
        if pages < 2:
            print("no paper of two pages to split")
            return
        path, second = f"/mend/{longest.id}", sorted(longest.pages)[1]
    page = lan.open(path)
    page.locator(f".leaf[data-page='{second}'] [data-act=cut]").click()
    day.shot(page, "split")
    page.locator("#split button").click()
    page.wait_for_load_state("networkidle")
    print(f"a paper of {pages} pages split; papers that wait now: {_waiting(day.house)}")


def _finds(day: Day, lan: Desk) -> None:
    page = lan.open("/find")
    page.keyboard.type("quyet dinh")
    lan.keys("Enter")
    expect(page.locator(".hit").first).to_be_visible(timeout=60_000)
    day.shot(page, "found")
    print(f"found: {page.locator('.total').inner_text()}")
    page.locator(".hit h2 a").first.click()
    expect(page.locator(".page.big .mark-word").first).to_be_attached(timeout=60_000)
    day.shot(page, "hit")


def play(files: Sequence[Path], pictures: Path | None) -> None:
    """Play the day. Raises AssertionError where something of it does not come to its end."""
    with opened(load_settings()) as installation:
        import_procedure_file(Path("samples/procedures.csv"), installation.settings)
        import_dossier_file(Path("samples/dossiers.csv"), installation.settings)
        folder = installation.data_dir
        with (
            house_of(door_of(installation), folder) as house,
            telling(house),
            served(house) as base,
            chromium() as browser,
        ):
            day = Day(house=house, base=base, browser=browser, pictures=pictures)
            with desk(browser, house, base) as lan:
                with _told(f"{len(files)} scans read"):
                    _brings_in(day, lan.open("/bring"), files)
                with _told("reviewed to the end"):
                    _reviews(day, lan)
                with _told("split"):
                    _splits(day, lan)
                with _told("found and opened"):
                    _finds(day, lan)
                print(f"faults in the browser: {lan.faults}; hosts asked: {sorted(lan.hosts)}")
            with desk(browser, house, base, "an", Role.LEADER) as leader, _told("figures printed"):
                page = leader.open("/figures")
                day.shot(page, "figures")
                print(f"figures on paper: {len(page.pdf(prefer_css_page_size=True)):,} bytes; {leader.faults}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sources", nargs="*", type=Path, default=[one for one in SOURCES if one.exists()])
    parser.add_argument("--most", type=int, help="scans of each source")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the pages")
    given = parser.parse_args()
    if given.pictures is not None:
        given.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, own_server(Path(folder), start_seconds=START_SECONDS) as server:
        os.environ |= {
            "SOHOA_DATA_DIR": f"{folder}/data",
            "SOHOA_PREFECT__API_URL": server.address,
            "SOHOA_RUN__MIN_FREE_GIB": "0.05",
        }
        play(scans(given.sources, given.most), given.pictures)
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = [one.ru_utime + one.ru_stime for one in spent]
    print(f"CPU: server {cpu[0]:.0f} s, reading and browser {cpu[1]:.0f} s; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
