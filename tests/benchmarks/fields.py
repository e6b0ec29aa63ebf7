"""Measures page groups, kinds and fields on pages that were read before: how right, how sure, how fast.

    python -m tests.benchmarks.fields PAGES [--report REPORT.json] [--dossiers dossiers.csv] [--one-paper]

PAGES holds a folder for each source, named as the source, with page-*.json in it as `ocr.page.dump_page` writes them
(`python -m tests.benchmarks.read_pages` makes such folders). The report is in the contract's form, so that a corpus's
own scoring programs can judge it. CPU is that of `read_papers` and `link`, loading the pages' JSON included.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

from flows.link import Told, link
from flows.report import document_entry
from ocr.page import Page, load_page
from ocr.papers import Paper, read_papers
from ocr.rules import Rules, load_rules

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


class KeptPages(Sequence[Page]):
    """Pages of one source, read from their files when asked for."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(files)

    def __len__(self) -> int:
        return len(self._files)

    @overload
    def __getitem__(self, index: int) -> Page: ...

    @overload
    def __getitem__(self, index: slice) -> KeptPages: ...

    def __getitem__(self, index: int | slice) -> Page | KeptPages:
        if isinstance(index, slice):
            return KeptPages(self._files[index])
        return load_page(self._files[index].read_bytes())


def sources(folder: Path) -> Iterator[tuple[str, KeptPages]]:
    """Each source's name and its pages."""
    for source in sorted({file.parent for file in folder.rglob("page-*.json")}):
        yield str(source.relative_to(folder)), KeptPages(sorted(source.glob("page-*.json")))


def papers_of(folder: Path, rules: Rules, *, one_paper: bool) -> Iterator[tuple[str, KeptPages, tuple[Paper, ...]]]:
    """Each source cut and read."""
    for name, pages in sources(folder):
        yield name, pages, read_papers(pages, rules, one_paper=one_paper)


def main() -> None:
    """Read everything, write the report, print what it cost and what was held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--dossiers", type=Path, help="the procedures system's dossiers, as CSV with dossier_code")
    parser.add_argument("--one-paper", action="store_true")
    given = parser.parse_args()
    rules = load_rules(CONFIGS)
    known: set[str] = set()
    if given.dossiers:
        with given.dossiers.open(encoding="utf-8") as file:
            known = {row["dossier_code"] for row in csv.DictReader(file)}
    documents: list[dict[str, Any]] = []
    statuses: Counter[tuple[str, str]] = Counter()
    count = 0
    spent = 0.0
    for name, pages in sources(given.pages):
        begun = time.process_time()
        papers = read_papers(pages, rules, one_paper=given.one_paper)
        linked = [link(paper, name, Told(), known.__contains__) for paper in papers]
        spent += time.process_time() - begun
        count += len(pages)
        for paper, binding in zip(papers, linked, strict=True):
            wanted = {*paper.pages, *paper.blank_pages}
            infos = [page for page in pages if _number(page) in wanted]
            documents.append(
                document_entry(
                    f"{name}:{min(wanted)}",
                    source=name,
                    paper=paper,
                    pages=infos,
                    linked=binding,
                    objects={},
                    status="review" if paper.reasons else "published",
                    reasons=paper.reasons,
                )
            )
            statuses.update((field, str(value.status)) for field, value in paper.fields.items())
    if given.report:
        report = {"batch": "benchmark", "pages": count, "seconds": spent, "failed": [], "documents": documents}
        given.report.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"{count} pages, {len(documents)} papers, {spent * 1000 / max(1, count):.1f} CPU-ms a page")
    for field in sorted({field for field, _ in statuses}):
        held, passed = statuses[field, "review"], statuses[field, "accepted"]
        print(f"{field:15} {held + passed:4} found, {held / max(1, held + passed):.2f} held for a person")


def _number(page: Page) -> int:
    return page.facts.number if hasattr(page, "facts") else page.number


if __name__ == "__main__":
    main()
