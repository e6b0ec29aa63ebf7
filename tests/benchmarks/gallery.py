"""Makes pictures of what imaging did, for a person to look at.

    python -m tests.benchmarks.gallery PATH… --to DIR [--pages 3]

One picture a page: the scan as it came; its ink by kind (black print, red, blue); the clean page that is read, with
coloured print brought back; the page as stored with boxes drawn. DIR/index.html shows them all with the page's facts.
"""

from __future__ import annotations

import argparse
import html
import tempfile
from pathlib import Path

import cv2
import numpy as np

from ocr.errors import OcrError
from ocr.imaging.coloured import with_level_print
from ocr.imaging.ink import part_inks
from ocr.imaging.preparing import Prepared, prepare
from ocr.opening import Limits, Source, count_pages, find_sources, open_page
from ocr.opening.raw import Image, RawPage
from ocr.page import PageFacts

HEIGHT = 1100  # pixels of each picture
RASTER_DPI = 300
BOXES = {  # blue, green, red
    "seals": (0, 150, 0),
    "stamps": (0, 150, 255),
    "signatures": (200, 0, 200),
    "handwriting": (230, 150, 0),
    "red_print": (0, 0, 200),
    "tables": (130, 130, 0),
}


def main() -> None:
    """Draw the pages and write the index."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="+")
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=3, help="of each scan, at most")
    given = parser.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    limits = Limits()
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        for found in find_sources(given.paths, unpack_to=Path(folder), limits=limits):
            if not isinstance(found, Source):
                continue
            try:
                for number in range(1, min(given.pages, count_pages(found, limits=limits)) + 1):
                    raw = open_page(found, number, limits=limits, raster_dpi=RASTER_DPI)
                    page = prepare(raw, min_dpi=200)
                    name = f"{Path(found.name).stem}-{number}.jpg"
                    cv2.imwrite(str(given.to / name), picture(raw, page), [cv2.IMWRITE_JPEG_QUALITY, 80])
                    entries.append(_entry(found.name, name, page.facts))
            except OcrError as error:
                print(error)
    legend = " ".join(
        f'<b style="color:rgb({red},{green},{blue})">{name}</b>' for name, (blue, green, red) in BOXES.items()
    )
    text = "\n".join(entries)
    (given.to / "index.html").write_text(
        f"<!doctype html><meta charset=utf-8><title>Imaging</title><h1>Imaging</h1><p>{legend}</p>\n{text}\n"
    )
    print(f"{len(entries)} pages in {given.to / 'index.html'}")


def picture(raw: RawPage, page: Prepared) -> Image:
    """Four pictures of a page beside each other."""
    grey = with_level_print(page.grey, page.faithful, page.coloured_print, dpi=page.facts.dpi, scale=page.scale)
    stages = (raw.image, _inks(page), grey, _drawn(page))
    return np.hstack([_fitted(stage) for stage in stages])


def _inks(page: Prepared) -> Image:
    inks = part_inks(page.faithful, page.facts.dpi)
    shown = np.full((*inks.dark.shape, 3), 255, np.uint8)
    shown[inks.dark] = (40, 40, 40)
    if inks.red is not None and inks.blue is not None:
        shown[inks.red] = (60, 40, 220)
        shown[inks.blue] = (220, 120, 30)
    return shown


def _drawn(page: Prepared) -> Image:
    shown = page.faithful.copy() if page.faithful.ndim == 3 else np.dstack([page.faithful] * 3)
    thick = max(2, round(page.facts.dpi / 50))
    for kind, colour in BOXES.items():
        for box in getattr(page.facts, kind):
            x0, y0, x1, y1 = (round(value) for value in box)
            cv2.rectangle(shown, (x0, y0), (x1, y1), colour, thick)
    return shown


def _fitted(image: Image) -> Image:
    width = max(1, round(image.shape[1] * HEIGHT / image.shape[0]))
    small = cv2.resize(image, (width, HEIGHT), interpolation=cv2.INTER_AREA)
    coloured = small if small.ndim == 3 else np.dstack([small] * 3)
    return np.asarray(cv2.copyMakeBorder(coloured, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=(120, 120, 120)), np.uint8)


def _entry(source: str, name: str, facts: PageFacts) -> str:
    told = [
        f"{facts.dpi:.0f} dpi {facts.colour}",
        f"turned {facts.rotation}° ({facts.rotation_confidence:.2f})",
        f"leaned {facts.skew:.2f}°, left {facts.residual_skew:.2f}°",
        f"sharp {facts.sharpness:.2f}, contrast {facts.contrast:.2f}, fill {facts.fill:.3f}",
        *(["blank"] if facts.blank else []),
        *facts.notes,
        *([facts.scan_again] if facts.scan_again else []),
    ]
    line = html.escape("; ".join(told))
    return f'<h2>{html.escape(source)}</h2><p>{line}</p><img src="{html.escape(name)}" width="100%">'


if __name__ == "__main__":
    main()
