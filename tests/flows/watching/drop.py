"""Drops files into watched folders as clerks, scanners and slow networks do, and knows what must become of each."""

from __future__ import annotations

import csv
import hashlib
import io
import random
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tests.flows.papers import FONT

STATES = ("đang xử lý", "hoàn thành", "lỗi")
KINDS = ("plain", "slow", "part", "replaced", "duplicate", "broken", "empty", "office", "pages", "zip", "manifest")


def tiny_page(number: int, suffix: str = ".png") -> bytes:
    """A page that reads in a blink, unlike every other one."""
    page = Image.new("L", (620, 200), 250)
    font = ImageFont.truetype(FONT, 30, layout_engine=ImageFont.Layout.BASIC)
    ImageDraw.Draw(page).text((30, 40), f"Giấy xác nhận số {number}", fill=20, font=font)
    ImageDraw.Draw(page).text((30, 110), f"Người ký: nhân viên {number * 7}", fill=20, font=font)
    made = io.BytesIO()
    kind = {".png": "PNG", ".jpg": "JPEG", ".pdf": "PDF", ".tif": "TIFF"}[suffix]
    page.save(made, kind, **({"resolution": 200} if kind == "PDF" else {"dpi": (200, 200)}))
    return made.getvalue()


@dataclass(slots=True)
class Dropper:
    """Drops one thing after the other and remembers what every file holds."""

    folders: list[Path]
    seed: int = 7
    pause: float = 0.0  #: seconds between two drops
    must_be: Counter[str] = field(default_factory=Counter)  #: hash of each file that must lie in one final place
    may_be: Counter[str] = field(default_factory=Counter)  #: of replaced files, perhaps taken before
    good: set[str] = field(default_factory=set)  #: hashes whose papers must be published
    dropped: int = 0  #: files

    def run(self, count: int) -> None:
        """Drop at least so many files."""
        choose = random.Random(self.seed)
        number = 0
        while self.dropped < count:
            number += 1
            kind = KINDS[number % len(KINDS)] if number <= 2 * len(KINDS) else choose.choice(KINDS)
            getattr(self, f"_{kind}")(choose.choice(self.folders), number, choose)
            time.sleep(self.pause)

    def _keep(self, data: bytes, *, good: bool = True) -> None:
        sha256 = hashlib.sha256(data).hexdigest()
        self.must_be[sha256] += 1
        self.dropped += 1
        if good:
            self.good.add(sha256)

    def _plain(self, folder: Path, number: int, choose: random.Random) -> None:
        suffix = choose.choice([".png", ".jpg", ".pdf", ".tif"])
        data = tiny_page(number, suffix)
        _write(folder / f"khách {number % 3}" / f"giấy {number}{suffix}", data)
        self._keep(data)

    def _slow(self, folder: Path, number: int, choose: random.Random) -> None:  # noqa: ARG002
        data = tiny_page(number, ".pdf")
        with (folder / f"chậm {number}.pdf").open("wb") as writer:
            for first in range(0, len(data), len(data) // 4 + 1):
                writer.write(data[first : first + len(data) // 4 + 1])
                writer.flush()
                time.sleep(0.15)
        self._keep(data)

    def _part(self, folder: Path, number: int, choose: random.Random) -> None:  # noqa: ARG002
        data = tiny_page(number)
        part = folder / f"đang chép {number}.png.part"
        _write(part, data)
        time.sleep(0.1)
        part.rename(folder / f"đang chép {number}.png")
        self._keep(data)

    def _replaced(self, folder: Path, number: int, choose: random.Random) -> None:  # noqa: ARG002
        first, second = tiny_page(number), tiny_page(number + 100_000)
        file, beside = folder / f"thay {number}.png", folder / f"thay {number}.tmp"
        _write(file, first)
        self.may_be[hashlib.sha256(first).hexdigest()] += 1
        time.sleep(0.3)
        _write(beside, second)
        beside.replace(file)
        self._keep(second)

    def _duplicate(self, folder: Path, number: int, choose: random.Random) -> None:
        data = tiny_page(1_000_000 + number // 40)
        for name in ("bản một", "bản hai"):
            _write(choose.choice([folder, *self.folders]) / f"{name} {number}.png", data)
            self._keep(data)

    def _broken(self, folder: Path, number: int, choose: random.Random) -> None:  # noqa: ARG002
        data = tiny_page(number, ".pdf")[:400]
        _write(folder / f"hỏng {number}.pdf", data)
        self._keep(data, good=False)

    def _empty(self, folder: Path, number: int, choose: random.Random) -> None:  # noqa: ARG002
        _write(folder / f"rỗng {number}.pdf", b"")
        self._keep(b"", good=False)

    def _office(self, folder: Path, number: int, choose: random.Random) -> None:  # noqa: ARG002
        data = f"không phải bản quét {number}".encode()
        _write(folder / f"công văn {number}.docx", data)
        self._keep(data, good=False)

    def _pages(self, folder: Path, number: int, choose: random.Random) -> None:  # noqa: ARG002
        for page in (1, 2):
            data = tiny_page(number * 1000 + page, ".jpg")
            _write(folder / f"tập {number}" / f"{page}.jpg", data)
            self._keep(data, good=False)  # its scan's hash is that of the list of pages
            time.sleep(0.05)

    def _zip(self, folder: Path, number: int, choose: random.Random) -> None:  # noqa: ARG002
        made = io.BytesIO()
        pages = [tiny_page(number * 1000 + page) for page in (7, 8)]
        with zipfile.ZipFile(made, "w") as archive:
            for name, data in zip(("đơn", "giấy khai"), pages, strict=True):
                archive.writestr(f"{name}.png", data)
        _write(folder / f"gói {number}.zip", made.getvalue())
        self._keep(made.getvalue(), good=False)
        self.good |= {hashlib.sha256(data).hexdigest() for data in pages}

    def _manifest(self, folder: Path, number: int, choose: random.Random) -> None:  # noqa: ARG002
        place = folder / f"lô {number}"
        table = io.StringIO()
        writer = csv.writer(table)
        writer.writerow(["source", "dossier_code"])
        names = ["a.png", "b.png"]
        writer.writerows([name, "H23.16-230712-0001"] for name in names)
        place.mkdir(parents=True)
        _write(place / "manifest.csv", table.getvalue().encode())
        for index, name in enumerate(names):
            data = tiny_page(number * 1000 + 500 + index)
            time.sleep(0.1)
            _write(place / name, data)
            self._keep(data)


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def final_files(folder: Path) -> dict[Path, str]:
    """Every clerk's file in a folder's final places, with its hash."""
    found = {}
    for state in STATES[1:]:
        for file in (folder / state).rglob("*"):
            if file.is_file() and not file.name.endswith(".ghi-chú.txt") and file.name != "manifest.csv":
                found[file] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def elsewhere(folder: Path) -> list[Path]:
    """Files that are in no final place yet."""
    return [
        file
        for file in folder.rglob("*")
        if file.is_file()
        and file.relative_to(folder).parts[0] not in STATES[1:]
        and not file.name.startswith(".")
        and file.name != "manifest.csv"
    ]
