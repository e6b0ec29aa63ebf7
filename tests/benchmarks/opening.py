"""What opening costs: `python -m tests.benchmarks.opening PATH…` prints CPU time and peak memory for each page.

CPU time is that of this process and of the programs that it starts; the peak is the most memory that this process
held while it opened the page, above what it held before.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ocr.errors import OcrError
from ocr.opening import Limits, Source, count_pages, find_sources, open_page
from ocr.opening.raw import RawPage

MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A page and what it cost."""

    name: str
    number: int
    what: str
    cpu_ms: float
    peak_mb: float


def main() -> None:
    """Open every page of every source under the paths."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, help="files and folders with scans")
    parser.add_argument("--raster-dpi", type=int, default=300)
    parser.add_argument("--most", type=int, default=10, help="pages of one source; from its start, middle and end")
    given = parser.parse_args()
    pages: list[Opened] = []
    with tempfile.TemporaryDirectory() as unpacked:
        for found in find_sources(given.paths, unpack_to=Path(unpacked), limits=Limits()):
            if isinstance(found, Source):
                pages += measure(found, raster_dpi=given.raster_dpi, most=given.most)
            else:
                print(f"{found.name}: not opened: {getattr(found, 'error', None) or getattr(found, 'reason', '')}")
    if pages:
        total(pages)


def measure(source: Source, *, raster_dpi: int, most: int) -> list[Opened]:
    """Open some pages of a source and print a line for each."""
    before = cpu_seconds()
    try:
        count = count_pages(source, limits=Limits())
    except OcrError as error:
        print(error)
        return []
    print(f"{source.name}: {count} pages, counted in {1000 * (cpu_seconds() - before):.1f} CPU-ms")
    chosen = sorted({1 + round(step * (count - 1) / max(1, most - 1)) for step in range(most)})
    return [one for number in chosen if (one := measure_page(source, number, raster_dpi))]


def measure_page(source: Source, number: int, raster_dpi: int) -> Opened | None:
    """Open one page and print what it is and what it cost."""
    forget_peak()
    held, before = held_bytes("VmRSS"), cpu_seconds()
    try:
        page = open_page(source, number, limits=Limits(), raster_dpi=raster_dpi)
    except OcrError as error:
        print(f"  {error}")
        return None
    cpu_ms, peak = 1000 * (cpu_seconds() - before), held_bytes("VmHWM") - held
    opened = Opened(name=source.name, number=number, what=what_it_is(page), cpu_ms=cpu_ms, peak_mb=peak / MB)
    print(f"  {number:5}  {cpu_ms:7.1f} ms  {peak / MB:6.1f} MB  {opened.what}")
    return opened


def what_it_is(page: RawPage) -> str:
    """In words."""
    height, width = page.image.shape[:2]
    kept = "the scanner's JPEG" if page.jpeg else "decoded"
    notes = f"  ({'; '.join(page.notes)})" if page.notes else ""
    return f"{width} x {height}  {page.dpi:.0f} dpi  {page.colour}  {kept}  text: {page.text_layer}{notes}"


def total(pages: list[Opened]) -> None:
    """Print the sums."""
    cpu = [page.cpu_ms for page in pages]
    peak = max(pages, key=lambda page: page.peak_mb)
    print(f"{len(pages)} pages: {sum(cpu):.0f} CPU-ms, median {statistics.median(cpu):.1f}, most {max(cpu):.1f}")
    print(f"highest peak: {peak.peak_mb:.1f} MB above what was held, {peak.name} page {peak.number}")


def cpu_seconds() -> float:
    """Of this process and of the programs that it has started and that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def held_bytes(name: str) -> int:
    """A line of /proc/self/status: VmRSS now, VmHWM at most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def forget_peak() -> None:
    """Let the kernel count the peak anew (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


if __name__ == "__main__":
    main()
