"""How much memory a long paper takes to assemble and check, with ALTO, text and previews beside it.

    python -m tests.benchmarks.long_paper PAGES [--count 2000] [--profile archive]

PAGES: a working folder of read pages, as `tests.benchmarks.read_pages` leaves it; they are repeated up to the count.
Printed: the most memory that the process held after a tenth of the pages' number and after all of them, and the CPU.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2

from ocr.beside import Beside
from ocr.page import ReadPage, load_page
from ocr.pdf import Profile, assemble_checked
from tests.ocr.pdf.made import METADATA


def main() -> None:
    """Assemble a short and a long paper, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--profile", type=Profile, default=Profile.ARCHIVE)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    pages = [load_page(file.read_bytes()) for file in sorted(given.pages.glob("page-*.json"))]
    for count in (given.count // 10, given.count):
        with tempfile.TemporaryDirectory() as folder:
            pdf = Path(folder) / "long.pdf"
            before = resource.getrusage(resource.RUSAGE_SELF)
            beside = Beside(Path(folder), METADATA)
            assemble_checked(repeated(pages, count), METADATA, pdf, profile=given.profile, beside=beside.writing)
            after = resource.getrusage(resource.RUSAGE_SELF)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            size = pdf.stat().st_size / 1e6
        print(
            f"{count} pages: peak {after.ru_maxrss / 1024:.0f} MB, {size:.0f} MB PDF, {cpu / count:.3f} CPU-s a page"
        )


def repeated(pages: list[ReadPage], count: int) -> list[ReadPage]:
    """So many pages, each with a number of its own; what was read is shared."""
    each = (pages[index % len(pages)] for index in range(count))
    return [replace(page, facts=replace(page.facts, number=number)) for number, page in enumerate(each, 1)]


if __name__ == "__main__":
    main()
