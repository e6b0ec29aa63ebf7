"""A paper's pages as they were recognised, in one file: text, places, confidences and facts.

Everything that kinds, fields and links are read from, so that better rules can be tried on papers of years ago
without recognising them again.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ocr.page import Page, ReadPage, dump_page, load_page
from ocr.whole import whole_file


def write_reading(pages: Iterable[Page], to: Path) -> None:
    """Write the pages that could be read, one a line, whole or not at all; the same pages give the same bytes.

    Images are named without their folder. Raises OSError for a full disk.
    """
    with reading_of(to) as add:
        for page in pages:
            add(page)


@contextmanager
def reading_of(to: Path) -> Iterator[Callable[[Page], None]]:
    """The same for pages that are given one after the other; the file is there when the block ends."""
    with whole_file(to) as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:

        def add(page: Page) -> None:
            if isinstance(page, ReadPage):
                packed.write(dump_page(replace(page, image=Path(page.image.name))) + b"\n")

        yield add


def load_reading(file: Path) -> dict[int, ReadPage]:
    """The pages that `write_reading` wrote, by their number within the source.

    Raises ValueError (pydantic's) and OSError for any other file.
    """
    with gzip.open(file, "rb") as lines:
        pages = [load_page(line) for line in lines]
    return {page.facts.number: page for page in pages}
