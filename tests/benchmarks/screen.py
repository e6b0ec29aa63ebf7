"""How fast the clerk's screen is, measured in Debian's Chromium on loopback.

    python -m tests.benchmarks.screen DATA_DIR     # an installation with papers that wait; a copy of it is worked on

* time from the key to the next field's crop on the screen, field after field and paper after paper
* bytes that a clerk's hour moves to the browser, from what each paper took
* opening a page of A3 at 300 dpi: drawn for the first time, and from the cache
* the queue with ten thousand papers waiting
"""

from __future__ import annotations

import io
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page
from sqlalchemy import insert

from storage.index import SearchIndex
from storage.objects import open_store
from storage.records import Database, NewField
from storage.records.models import DocumentTable, FieldTable
from storage.records.sight import Sight
from storage.review import Filter, count_waiting, fields_alike, next_waiting, waiting
from storage.sealing import kept_seals
from tests.api.house import ByCommand, Door, DoorSettings, House, PaperText, house_of, served
from tests.benchmarks.door import cpu_seconds
from tests.web.browser import Desk, chromium, desk
from tests.web.papers import FONT

WAITING = 10_000
PAPERS_AN_HOUR = 240  # a paper every fifteen seconds, without a pause
A3_300 = (3508, 4961)
LARGE_PAGES = 5  # of each kind of opening


@dataclass  # no slots: Playwright keeps a name of its own on what it calls
class Wire:
    """Bytes that came over the wire, as the browser's network counts them."""

    bytes: int = 0

    def listen(self, page: Page) -> None:
        """Count from now on."""
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._add)

    def _add(self, finished: dict[str, float]) -> None:
        self.bytes += int(finished["encodedDataLength"])


@contextmanager
def opened_house(folder: Path) -> Iterator[House]:
    """An installation's data directory behind a door; nothing runs beside it."""
    database = Database(f"sqlite:///{folder / 'records.db'}")
    database.migrate()
    (folder / "spool").mkdir(exist_ok=True)
    door = Door(
        database=database,
        store=open_store(f"folder://{folder / 'objects'}"),
        index=SearchIndex(folder / "index"),
        spool=folder / "spool",
        digitiser=ByCommand(lambda *_: ["true"]),
        seals=kept_seals(folder),
        settings=DoorSettings(requests_per_minute=1_000_000),
    )
    with house_of(door, folder) as house:
        yield house
    database.dispose()


def copied(data_dir: Path, folder: Path) -> Path:
    """A copy of an installation without what can be made again."""
    away = shutil.ignore_patterns("work", "pictures", "prefect*", "index")
    return Path(shutil.copytree(data_dir, folder / "data", ignore=away))


def _review(browser: Browser, house: House, base: str) -> None:
    """Confirm everything that waits, and say how long each crop took and how much each paper moved."""
    with desk(browser, house, base) as lan:
        wire = Wire()
        wire.listen(lan.page)
        lan.open("/review")
        lan.keys("Enter")
        lan.page.wait_for_url("**/review/*")
        lan.page.wait_for_load_state("networkidle")
        opening, papers = wire.bytes, {lan.page.url}
        steps = 0
        while steps < 300 and "Đã duyệt hết danh sách" not in (lan.page.text_content("#told") or ""):
            lan.page.wait_for_timeout(350)  # nobody reads a field faster
            lan.keys("F9" if not _value(lan) else "Enter")
            steps += 1
            papers.add(lan.page.url)
        lan.page.wait_for_timeout(500)
        times = lan.page.evaluate("performance.getEntriesByName('sohoa.crop').map((one) => one.duration)")
    each = (wire.bytes - opening) / max(1, len(papers) - 1)
    print(f"papers reviewed: {len(papers)}, keys: {steps}")
    print(
        f"next crop on the screen: median {statistics.median(times):.0f} ms,"
        f" 95 % {np.percentile(times, 95):.0f} ms, longest {max(times):.0f} ms, of {len(times)}"
    )
    print(f"opening the first page with its scripts: {opening / 1e6:.2f} MB")
    print(f"each paper: {each / 1e3:.0f} kB; {PAPERS_AN_HOUR} papers an hour: {each * PAPERS_AN_HOUR / 1e6:.1f} MB")


def _value(lan: Desk) -> str:
    return str(lan.page.evaluate("document.activeElement?.value ?? ''"))


def _large_page(browser: Browser, house: House, base: str) -> None:
    """Open pages of A3 at 300 dpi: each first as nobody has seen it, then from the server's cache.

    From the queue, as a clerk does, and by a browser that has nothing of ours yet.
    """
    field = NewField(
        name="number", value="1", confidence=0.4, status="review", page=1, box=(90, 100, 200, 118), evidence=""
    )
    scan = _a3()
    papers = [
        house.publish_pile(
            PaperText(name=f"a3 {number}", status="review", files={"pdf": scan, "alto": b"<alto/>"}),
            scan=f"a3 {number}".encode(),
            fields=(field,),
            report={"page_info": [{"page": 1, "dpi": 300}]},
            reasons=("number: not clear",),
        )
        for number in range(2 * LARGE_PAGES + 1)
    ]
    _opened(browser, house, base, papers.pop(), from_queue=True)  # what the server loads once is not the page's
    for how, from_queue in (("from the queue", True), ("by an empty browser", False)):
        some, papers = papers[:LARGE_PAGES], papers[LARGE_PAGES:]
        for what in ("seen for the first time", "from the server's cache"):
            took = [_opened(browser, house, base, paper, from_queue=from_queue) for paper in some]
            wall, cpu, ours = (statistics.median(part) for part in zip(*took, strict=True))
            print(
                f"A3 at 300 dpi {how}, {what}: median {wall:.0f} ms until its tiles are there, longest"
                f" {max(took)[0]:.0f}; CPU of server and browser {cpu:.0f} ms, the server's {ours:.0f}; load"
                f" {os.getloadavg()[0]:.0f}"
            )


def _opened(browser: Browser, house: House, base: str, paper: str, *, from_queue: bool) -> tuple[float, float, float]:
    """Milliseconds until a page's tiles and its first crop are there; of CPU, all processes' and the server's."""
    with desk(browser, house, base) as lan:
        if from_queue:
            lan.open("/review")
            lan.page.wait_for_load_state("networkidle")
        began, everybody, ours = time.perf_counter(), cpu_seconds(os.getpid()), time.process_time()
        lan.page.goto(f"{base}/review/{paper}")
        lan.page.wait_for_function(
            "() => performance.getEntriesByType('resource').filter((one) => /iiif/.test(one.name)).length > 2"
            " && document.querySelector('.item.current img')?.complete"
        )
        spent = time.perf_counter() - began, cpu_seconds(os.getpid()) - everybody, time.process_time() - ours
    wall, cpu, server = (1000 * one for one in spent)
    return wall, cpu, server


def _a3() -> bytes:
    """A page with print all over it and a scanner's noise."""
    page = Image.new("RGB", A3_300, (247, 245, 240))
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(FONT, 46, layout_engine=ImageFont.Layout.BASIC)
    for row in range(66):
        draw.text(
            (300, 260 + 68 * row),
            f"Điều {row + 1}. " + "Nội dung của văn bản được số hoá " * 3,
            font=font,
            fill=(30, 30, 40),
        )
    noise = np.random.default_rng(1).normal(0, 4, (A3_300[1], A3_300[0], 1))
    noisy = Image.fromarray(np.clip(np.asarray(page) + noise, 0, 255).astype(np.uint8))
    written = io.BytesIO()
    noisy.save(written, "PDF", resolution=300, quality=85)
    return written.getvalue()


def _long_queue(house: House) -> None:
    """Ten thousand papers wait; how long a page of the queue, its numbers and a sheet take."""
    (paper,) = house.publish(PaperText(name="q", status="review", fields={"issuer": "X"}), scan=b"queue")
    with house.door.database.transaction() as session:
        template = session.get_one(DocumentTable, paper)
        columns = {column.name: getattr(template, column.name) for column in DocumentTable.__table__.columns}
        start = datetime.now(UTC) - timedelta(days=30)
        rows = [
            columns
            | {
                "id": f"{number:016x}",
                "first_page": number + 10,
                "agency_code": f"H23.{number % 60:02}",
                "published_at": start + timedelta(seconds=200 * number),
            }
            for number in range(WAITING)
        ]
        session.execute(insert(DocumentTable), rows)
        fields = [
            {
                "document_id": row["id"],
                "version": 1,
                "name": name,
                "value": "1",
                "confidence": 0.4,
                "status": "review",
            }
            | {"page": 1, "box": [72, 90, 180, 104], "evidence": ""}
            for row in rows
            for name in ("number", "date")
        ]
        session.execute(insert(FieldTable), fields)
    sight, agency = Sight(), Sight(agency="H23.16")
    with house.door.database.reading() as session:
        _timed("first page of the queue", lambda: waiting(session, sight, Filter(), after=None, limit=51))
        middle = waiting(session, sight, Filter(), after=(start + timedelta(days=20), ""), limit=1)[0]
        place = (middle.published_at, middle.id)
        _timed("page in its middle", lambda: waiting(session, sight, Filter(), after=place, limit=51))
        _timed("of one agency", lambda: waiting(session, agency, Filter(), after=None, limit=51))
        _timed("of one reason", lambda: waiting(session, sight, Filter(reason="number"), after=None, limit=51))
        _timed("next paper", lambda: next_waiting(session, sight, Filter(), after=place, account_id="x"))
        _timed(
            "sheet of forty numbers",
            lambda: fields_alike(session, sight, "number", agency=None, after=None, limit=41),
        )
        _timed("numbers of the whole queue", lambda: count_waiting(session, sight))


def _timed(what: str, act: object) -> None:
    times = []
    for _ in range(7):
        began = time.perf_counter()
        act()  # type: ignore[operator]
        times.append((time.perf_counter() - began) * 1000)
    print(f"{WAITING:,} waiting, {what}: {statistics.median(times):.1f} ms")


def main(data_dir: Path) -> None:
    """Measure all of it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        opened_house(copied(data_dir, Path(folder))) as house,
        served(house) as base,
        chromium() as browser,
    ):
        _review(browser, house, base)
        _large_page(browser, house, base)
        _long_queue(house)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
