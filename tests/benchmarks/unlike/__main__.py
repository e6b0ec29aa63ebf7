"""Reads papers composed at random and tells what was right, what was held and what was wrong though accepted.

    python -m tests.benchmarks.unlike [--papers 300] [--seed 1] [--fonts DIR] [--keep DIR] [--engine reader]

Provinces, bodies, names, wordings, faces, hands, forms and scans are drawn anew for each paper: today's and those of
1999, communes' of 2025, numbers and days written by hand, incoming stamps, names under seals, colour, grey and 1-bit
scans, slanted, speckled and photographed. A value by hand that is accepted counts as wrong, right or not. `--keep`
leaves each paper's scan that was misread there. Faces are those of the machine with all Vietnamese letters, and those
under `--fonts` (`python -m training.fetch` lays out some hundred).
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from ocr.engines.choice import READER, engine_names
from tests.benchmarks.unlike.reading import SYSTEM_FONTS, Job, one
from tests.benchmarks.unlike.sheet import families


def main() -> None:
    """Print each value that is not right and accepted, then a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fonts", type=Path, action="append", default=[])
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--engine", choices=engine_names(), default=READER)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    whole, hands = families((SYSTEM_FONTS, *given.fonts))
    jobs = [
        Job(given.seed * 100_000 + index, given.engine, whole, hands, given.keep) for index in range(given.papers)
    ]
    with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
        outcomes = [outcome for found in pool.imap(one, jobs) for outcome in found]
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for name, field, became, value, got in outcomes:
        table[field][became] += 1
        if became != "right":
            print(f"{became:10} {name} {field}: {value} | {got}")
    print(f"\n{'field':15} {'right':>6} {'held':>6} {'held wrong':>10} {'missing':>8} {'WRONG':>6} {'INVENTED':>8}")
    for field, counts in table.items():
        row = [counts[name] for name in ("right", "held", "held wrong", "missing", "WRONG", "INVENTED")]
        print(f"{field:15} {row[0]:6} {row[1]:6} {row[2]:10} {row[3]:8} {row[4]:6} {row[5]:8}")
    wrong = sum(counts["WRONG"] + counts["INVENTED"] for counts in table.values())
    accepted = wrong + sum(counts["right"] for counts in table.values())
    bound = 1000 * (3 if not wrong else wrong + 2 * np.sqrt(wrong) + 2) / max(1, accepted)
    print(f"{accepted} accepted, {wrong} of them wrong: at most {bound:.1f} in 1,000 (95 %)")


if __name__ == "__main__":
    main()
