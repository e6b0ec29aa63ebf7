"""Reads scans once and keeps their pages, so that page groups and fields can be measured without reading again.

    python -m tests.benchmarks.read_pages INPUT… --to PAGES [--engine reader]

Writes PAGES/<source>/page-00001.json and its image for every page, as the pipeline keeps them. Pages that lie there
already are not read again.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from ocr.engines import Recogniser
from ocr.engines.choice import TESSERACT, engine_names, recogniser
from ocr.errors import PageError, ScanError
from ocr.opening import Limits, Source, count_pages, find_sources, open_page
from ocr.page import dump_page
from ocr.reading import ReadingSettings, read_page

RASTER_DPI = 300


def main() -> None:
    """Read every page of every source that is not there yet; print what could not be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", type=Path, nargs="+")
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--engine", choices=engine_names(), default=TESSERACT)
    given = parser.parse_args()
    limits = Limits()
    engine = recogniser(given.engine, languages="vie", timeout_s=limits.page_seconds)
    with tempfile.TemporaryDirectory() as unpacked:
        for found in find_sources(given.inputs, unpack_to=Path(unpacked), limits=limits):
            if not isinstance(found, Source):
                print(f"{found.name}: {found}")
                continue
            try:
                read_source(found, given.to / found.name, engine, limits)
            except ScanError as error:
                print(error)


def read_source(source: Source, folder: Path, engine: Recogniser, limits: Limits) -> None:
    """Read the pages of a source into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, count_pages(source, limits=limits) + 1):
        file = folder / f"page-{number:05}.json"
        if file.exists():
            continue
        try:
            raw = open_page(source, number, limits=limits, raster_dpi=RASTER_DPI)
            page = read_page(
                raw, engine, ReadingSettings(jpeg_quality=80, min_dpi=200), source=source.name, out=folder
            )
        except PageError as error:
            print(error)
            continue
        file.write_bytes(dump_page(page))


if __name__ == "__main__":
    main()
