"""Measures how right fields are at each confidence, and proposes the rules' `acceptance`: what engines must reach.

    python -m tests.benchmarks.calibrate PAGES TRUTH… [--engine tesseract]

PAGES as `tests.benchmarks.read_pages` writes them. TRUTH: folders with truth.json, a pile's JSON beside its PDF, or a
labels.jsonl, as the corpora have them. First what the rules in force accept and hold; then, with nothing held for
being unclear, how many values each threshold would let pass and how many of them are wrong; last the lowest threshold
that lets no wrong one pass, with the wrong ones in a thousand that as many right ones still allow (95 %, the rule of
three).
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.papers import Field, read_papers
from ocr.rules import Rules, load_rules
from ocr.vietnamese import key
from tests.benchmarks.fields import CONFIGS, sources

STEPS = (0.0, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97)
OPENING = re.compile(r"^(?:về việc|v/v|về)\s*[:.]?\s*")


@dataclass(frozen=True, slots=True)
class Truth:
    """What a paper of a source says."""

    source: str  #: last part of its name
    pages: tuple[int, ...]  #: empty: all of them
    fields: Mapping[str, Any]
    written: bool  #: number and day by hand


@dataclass(frozen=True, slots=True)
class Outcome:
    """A field beside its truth."""

    name: str
    field: Field
    right: bool


def truths(places: Sequence[Path]) -> Iterator[Truth]:
    """All truths of some files and folders."""
    for place in places:
        if place.suffix == ".jsonl":
            for line in place.read_text(encoding="utf-8").splitlines():
                label = json.loads(line)
                first, last = label["doc_pages"]
                pages = tuple(range(first, last + 1))
                yield Truth(label["file"], pages, label["fields"], label["handwritten_number"])
        elif place.is_dir():
            yield from truths([*sorted(place.rglob("truth.json")), *sorted(place.glob("*.json"))])
        elif place.name == "truth.json":
            yield Truth(place.parent.name, (), json.loads(place.read_text(encoding="utf-8"))["fields"], written=False)
        elif place.suffix == ".json":
            for paper in json.loads(place.read_text(encoding="utf-8")).get("documents", ()):
                yield Truth(place.stem, tuple(paper["pages"]), paper["fields"], written=False)


def same(name: str, have: str | None, want: object) -> bool:
    """Whether a value is what the paper says, white space, case and the tone's place aside."""
    if isinstance(want, list):
        want = " / ".join(want)
    folded = [key(str(value or "").replace("–", "-")).strip(" .;,:'\"") for value in (have, want)]
    if name == "subject":
        folded = [OPENING.sub("", value) for value in folded]
    return folded[0].replace(" ", "") == folded[1].replace(" ", "")


def outcomes(pages: Path, known: Sequence[Truth], rules: Rules) -> list[Outcome]:
    """Every field that was found and that the truth speaks of."""
    found = []
    for name, kept in sources(pages):
        stem = Path(name).name
        ours = [truth for truth in known if truth.source in (stem, Path(stem).stem)]
        for paper in read_papers(kept, rules, one_paper=False) if ours else ():
            truth = next((one for one in ours if not one.pages or set(one.pages) >= set(paper.pages)), None)
            for field in paper.fields.values() if truth else ():
                if truth is None or field.value is None or truth.fields.get(field.name) is None:
                    continue
                right = same(field.name, field.value, truth.fields[field.name])
                believed = right and not (truth.written and field.name == "number")
                found.append(Outcome(field.name, field, believed))
    return found


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("truth", type=Path, nargs="+")
    parser.add_argument("--engine", default="tesseract")
    given = parser.parse_args()
    rules = load_rules(CONFIGS)
    known = list(truths(given.truth))
    in_force = outcomes(given.pages, known, rules)
    print("field            accepted wrong  in 1000   held right wrong")
    for name in sorted({one.name for one in in_force}):
        mine = [one for one in in_force if one.name == name]
        accepted = [one for one in mine if one.field.status == "accepted"]
        wrong = sum(not one.right for one in accepted)
        held = [one for one in mine if one.field.status == "review"]
        right = sum(one.right for one in held)
        share = 1000 * wrong / max(1, len(accepted))
        print(f"{name:16} {len(accepted):8} {wrong:5} {share:8.1f} {len(held):6} {right:5} {len(held) - right:5}")
    nothing = dict.fromkeys(rules.fields.acceptance["default"], 0.0)
    open_fields = rules.fields.model_copy(update={"acceptance": {"default": nothing, given.engine: nothing}})
    opened = outcomes(given.pages, known, rules.model_copy(update={"fields": open_fields}))
    print("\nfield            passing/wrong at each least confidence")
    for name in sorted({one.name for one in opened}):
        mine = [one for one in opened if one.name == name and one.field.status == "accepted"]
        _curve(name, mine)


def _curve(name: str, mine: Sequence[Outcome]) -> None:
    cells, proposed = [], None
    for step in STEPS:
        passing = [one for one in mine if one.field.confidence >= step]
        wrong = sum(not one.right for one in passing)
        cells.append(f"{step:.2f}:{len(passing)}/{wrong}")
        if proposed is None and not wrong and passing:
            proposed = (step, 3000 / len(passing))
    print(f"{name:16} {' '.join(cells)}")
    if proposed is not None:
        print(f"{'':16} proposed {proposed[0]:.2f}, at most {proposed[1]:.0f} wrong in 1000")


if __name__ == "__main__":
    main()
