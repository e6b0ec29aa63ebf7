"""The search index at a province's size: `python -m tests.benchmarks.index [--pages 200000]`.

Makes its own text: Vietnamese syllables with the frequencies of a natural language (Zipf), a fifth of a page being
the fixed wording of an office. Prints what is asserted nowhere: pages per CPU-second, bytes on disk over bytes of
text, CPU of queries with snippets.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from storage.index import IndexedDocument, SearchIndex

WORDS_A_PAGE = 450  # of a full page of A4
PAGES_A_PAPER = 4
QUERIES = 400
SOUNDS = """
    b c ch d đ g gh gi h kh l m n ng ngh nh ph qu r s t th tr v x
    a á ạ ai ái am an án ang anh ánh ao at ăn ăng âm ân ây e em ên ênh i ich in inh o oa oan on ong ô ôi ông ơ ơi
    u ua uân ung uyên ư ưa ươi ương ước iên iêu yết ịnh
    ủy ban nhân dân cộng hòa xã hội chủ nghĩa việt nam độc lập tự do hạnh phúc căn cứ luật tổ chức chính quyền
"""
_lines = [line.split() for line in SOUNDS.strip().splitlines()]
ONSETS, RHYMES, WORDING = ["", *_lines[0]], _lines[1] + _lines[2], _lines[3]
BARE = str.maketrans("áạịếộòủâăêôơưđ", "aaieoouaaeooud")
KINDS = ("QĐ", "CV", "TB", "TTr", "GP", "BC")


class Language:
    """A made language: syllables, each with how often it is said."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.syllables = [onset + rhyme for onset in ONSETS for rhyme in RHYMES]
        self._random.shuffle(self.syllables)
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(self.syllables))))
        self._names = 0

    def words(self, count: int) -> list[str]:
        """So many words."""
        return self._random.choices(self.syllables, cum_weights=self._weights, k=count)

    def page(self) -> str:
        """A page of text in lines, with numbers in it."""
        words = WORDING * 2 + self.words(WORDS_A_PAGE - 2 * len(WORDING))
        for _ in range(12):
            words[self._random.randrange(len(words))] = str(self._random.randrange(100_000))
        return "\n".join(" ".join(words[at : at + 12]).capitalize() for at in range(0, len(words), 12))


def documents(language: Language, pages: int) -> Iterator[IndexedDocument]:
    """Papers of four pages."""
    chooser = random.Random(2)
    for number in range(pages // PAGES_A_PAPER):
        yield IndexedDocument(
            id=f"{number:064x}",
            title=f"Quyết định {number}/QĐ-UBND",
            type=chooser.choice(KINDS),
            number=f"{number}/QĐ-UBND",
            dossier_code=f"H23.16-{number:06}-0001",
            procedure_code=f"1.{number % 900:06}",
            issued_on=f"20{10 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}",
            source=f"box/{number}.pdf",
            status="published",
            agency_code=f"H23.{number % 40:02}",
            issuer="Sở Xây dựng",
            pages=tuple((page, language.page()) for page in range(1, PAGES_A_PAPER + 1)),
        )


def cpu_ms(index: SearchIndex, query: str) -> float:
    """CPU of one query with twenty snippets."""
    began = time.process_time()
    index.search(query, limit=20)
    return 1000 * (time.process_time() - began)


def queries(language: Language, words: int) -> list[str]:
    """Queries as people ask: words of the language as often as it says them."""
    return [" ".join(language.words(words)) for _ in range(QUERIES)]


def percentile(values: list[float], share: float) -> float:
    """A percentile."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200_000)
    parser.add_argument("--keep", type=Path, help="folder to build in and to keep; used again if it is there")
    given = parser.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="sohoa-bench-"))
    language = Language(1)
    index = SearchIndex(folder)
    if not (folder / "current").exists():
        build(index, language, given.pages)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    sample = list(documents(Language(1), 400))
    text = sum(len(page.encode()) for one in sample for _, page in one.pages) / 400 * given.pages
    print(f"{size / 1e6:.0f} MB on disk, {text / 1e6:.0f} MB of text: {size / text:.2f} times")
    for name, asked in (
        ("1 word", queries(language, 1)),
        ("2 words", queries(language, 2)),
        ("3 words", queries(language, 3)),
        ("3 words without accents", [query.translate(BARE) for query in queries(language, 3)]),
        ("phrase of 2", [f'"{query}"' for query in queries(language, 2)]),
        ("3 words and a year", [f"{query} năm:2023" for query in queries(language, 3)]),
        ("beginning", [f"{query[:3]}*" for query in queries(language, 1) if len(query) > 2]),
    ):
        for query in asked[:20]:
            cpu_ms(index, query)
        took = [cpu_ms(index, query) for query in asked]
        print(
            f"{name:25} p50 {statistics.median(took):6.1f}  p95 {percentile(took, 0.95):6.1f}  "
            f"p99 {percentile(took, 0.99):6.1f} ms CPU with snippets"
        )
    if given.keep is None:
        shutil.rmtree(folder)


def build(index: SearchIndex, language: Language, pages: int) -> None:
    """Index everything; the making of the text is measured apart and taken off."""
    began = time.process_time()
    for _ in documents(Language(1), 2000):
        pass
    making = (time.process_time() - began) / 2000 * pages
    wall, began = time.monotonic(), time.process_time()
    index.rebuild(documents(language, pages))
    took = time.process_time() - began - making
    print(
        f"{pages} pages in {took:.0f} CPU-s, {time.monotonic() - wall:.0f} s: {pages / took:.0f} pages a CPU-second"
    )


if __name__ == "__main__":
    main()
