"""Reads scans and writes their text, so that the corpora's own scores can be run on it without making PDFs.

    python -m tests.benchmarks.text INPUT… --to OUT [--engine tesseract|reader] [--jobs 2]

Writes OUT/<document>.txt, pages parted by form feeds, in the names that `score_text.py` and `score_real.py` look for,
and prints the CPU-seconds a page of this program (decode and imaging) and of all (with the recogniser's processes):

    python ../shared/corpus/score_text.py ../shared/corpus/docs OUT
    python ../shared/real/score_real.py ../shared/real --text OUT
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2

from ocr.engines.choice import TESSERACT, engine_names, recogniser
from ocr.errors import OcrError
from ocr.opening import Limits, Source, count_pages, find_sources, open_page
from ocr.reading import ReadingSettings, read_page

RASTER_DPI = 300


def main() -> None:
    """Read every page and write the texts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", type=Path, nargs="+")
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--engine", choices=engine_names(), default=TESSERACT)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    limits = Limits()
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(given.jobs) as pool:
        found = find_sources(given.inputs, unpack_to=Path(folder), limits=limits)
        sources = [source for source in found if isinstance(source, Source)]
        counts = [count_pages(source, limits=limits) for source in sources]
        jobs = [
            [pool.submit(read, source, number, given.engine) for number in range(1, count + 1)]
            for source, count in zip(sources, counts, strict=True)
        ]
        spent, spent_by_engine = 0.0, 0.0
        for source, promises in zip(sources, jobs, strict=True):
            results = [promise.result() for promise in promises]
            (given.to / f"{Path(source.name).stem}.txt").write_text("\f".join(text for text, _, _ in results))
            spent += sum(ours for _, ours, _ in results)
            spent_by_engine += sum(engines for _, _, engines in results)
    pages_read = max(1, sum(counts))
    print(
        f"{pages_read} pages, {spent / pages_read:.3f} CPU-s a page here, {spent_by_engine / pages_read:.3f} beside"
    )


def read(source: Source, number: int, engine: str) -> tuple[str, float, float]:
    """A page's text, CPU-seconds of this process and of the programs that it called."""
    cv2.setNumThreads(1)
    os.environ["OMP_THREAD_LIMIT"] = "1"
    limits = Limits()
    before, before_beside = _spent(resource.RUSAGE_SELF), _spent(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as out:
        try:
            raw = open_page(source, number, limits=limits, raster_dpi=RASTER_DPI)
            reader = recogniser(engine, languages="vie", timeout_s=limits.page_seconds)
            settings = ReadingSettings(jpeg_quality=85, min_dpi=200)
            text = read_page(raw, reader, settings, source=source.name, out=Path(out)).text
        except OcrError as error:
            print(error)
            text = ""
    return text, _spent(resource.RUSAGE_SELF) - before, _spent(resource.RUSAGE_CHILDREN) - before_beside


def _spent(whose: int) -> float:
    usage = resource.getrusage(whose)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
