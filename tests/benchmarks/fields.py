"""Measures page groups, kinds and fields on pages that were read before: how right, how sure, how fast.

    python -m tests.benchmarks.fields PAGES [--report REPORT.json] [--dossiers dossiers.csv] [--one-paper]

PAGES holds a folder for each source, named as the source, with page-*.json in it as `ocr.page.dump_page` writes them
(`python -m tests.benchmarks.read_pages` makes such folders). The report is in the contract's form, so that a corpus's
own scoring programs can judge it. CPU is that of `read_papers` and `link`, loading the pages' JSON included. With
`--dossiers`, papers whose code is accepted are bound once more as if they had none: what their owners bind wrongly.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

from flows.link import Told, link
from flows.owners import Said
from flows.register import read_dossiers
from flows.report import document_entry
from ocr.page import Page, load_page
from ocr.papers import Paper, read_papers
from ocr.rules import Rules, load_rules
from ocr.vietnamese import plain_key
from storage.records import DossierRow

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


def owned(said: Said, register: Sequence[DossierRow]) -> list[DossierRow]:
    """What the records' look-up answers, of a register in memory."""
    name = plain_key(said.name or "")
    return [
        one for one in register if one.owner_id in said.numbers or (name and plain_key(one.owner_name or "") == name)
    ]


def by_owner(paper: Paper, code: str, register: Sequence[DossierRow]) -> str:
    """What becomes of a paper of that dossier when its code is taken away."""
    blind = replace(paper, dossier_code=None, dossier_code_from=None)
    linked = link(blind, "", Told(), lambda _: True, lambda said: owned(said, register))
    if linked.accepted:
        return "right" if linked.dossier_code == code else "wrong and accepted"
    if not linked.candidates:
        return "no candidate"
    return "held, among the candidates" if any(one.dossier_code == code for one in linked.candidates) else "held"


def main() -> None:
    """Read everything, write the report, print what it cost and what was held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--dossiers", type=Path, help="the procedures system's dossiers, CSV or JSON")
    parser.add_argument("--one-paper", action="store_true")
    given = parser.parse_args()
    rules = load_rules(CONFIGS)
    register = list(read_dossiers(given.dossiers)) if given.dossiers else []
    known = {row.code for row in register}
    blind: Counter[str] = Counter()
    documents: list[dict[str, Any]] = []
    statuses: Counter[tuple[str, str]] = Counter()
    count = 0
    spent = 0.0
    for name, pages in sources(given.pages):
        begun = time.process_time()
        papers = read_papers(pages, rules, one_paper=given.one_paper)
        linked = [
            link(paper, name, Told(), known.__contains__, lambda said: owned(said, register)) for paper in papers
        ]
        spent += time.process_time() - begun
        count += len(pages)
        for paper, binding in zip(papers, linked, strict=True):
            if binding.accepted and binding.dossier_code:
                blind[by_owner(paper, binding.dossier_code, register)] += 1
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
    for became, papers_so in sorted(blind.items()):
        print(f"bound by owner alone: {papers_so:4} {became}")


def _number(page: Page) -> int:
    return page.facts.number if hasattr(page, "facts") else page.number


if __name__ == "__main__":
    main()
