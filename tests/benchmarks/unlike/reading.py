"""Scans a composed paper, reads it and judges its fields."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ocr.engines.choice import recogniser
from ocr.opening import Limits, Source, count_pages, find_sources, open_page
from ocr.page import Page
from ocr.papers import Paper, read_papers
from ocr.reading import ReadingSettings, read_page
from ocr.rules import load_rules
from ocr.vietnamese import key
from samples.scanner import OLD_PAPER, PAPER, Scan, black_and_white, photographed, scanned
from tests.benchmarks.fields import CONFIGS
from tests.benchmarks.unlike.papers import Composer, Made
from tests.benchmarks.unlike.sheet import Family

Outcome = tuple[str, str, str, str, str]  # paper, field, right|held|missing|WRONG, what stands there, what was read
SYSTEM_FONTS = Path("/usr/share/fonts")
#: Of these a paper tells all that it has.
TOLD = (
    "number", "date", "issuer", "place", "subject", "signer",
    "applicant", "citizen_id", "dossier_code", "procedure_code",
)  # fmt: skip
_LEAD = re.compile(r"^(về việc|v/v|về)\s*[:.]?\s*")


def scan_of(made: Made, composer: Composer) -> list[Image.Image]:
    """The sheets as a scanner, a fax or a phone delivers them."""
    random, noise = composer.random, composer.noise
    if random.random() < 0.06:
        made.look = "photo"
        return [photographed(sheet.image, noise) for sheet in made.sheets]
    how = Scan(
        rotation=random.choice((0,) * 8 + (90, 180)), skew=random.gauss(0, 0.8), noise=random.uniform(1, 5),
        paper=random.choice((PAPER, PAPER, OLD_PAPER)), blur=random.uniform(0.3, 0.9),
    )  # fmt: skip
    pages = [scanned(sheet.image, how, noise) for sheet in made.sheets]
    look = random.random()
    made.look = "1-bit" if look < 0.15 else "grey" if look < 0.35 else "colour"
    if made.look == "1-bit":
        return [black_and_white(page) for page in pages]
    return [page.convert("L") for page in pages] if made.look == "grey" else pages


def to_pdf(pages: list[Image.Image], quality: int) -> bytes:
    """One file, as a scanner saves it."""
    out = io.BytesIO()
    how = {} if pages[0].mode == "1" else {"quality": quality}
    pages[0].save(out, "PDF", resolution=200, save_all=True, append_images=pages[1:], **how)
    return out.getvalue()


def read(file: Path, engine_name: str, folder: Path) -> tuple[Paper, ...]:
    """The papers of a scan."""
    limits = Limits()
    engine = recogniser(engine_name, languages="vie", timeout_s=limits.page_seconds)
    pages: list[Page] = []
    for found in find_sources([file], unpack_to=folder, limits=limits):
        assert isinstance(found, Source), found
        for number in range(1, count_pages(found, limits=limits) + 1):
            raw = open_page(found, number, limits=limits, raster_dpi=300)
            settings = ReadingSettings(jpeg_quality=80, min_dpi=200)
            pages.append(read_page(raw, engine, settings, source=found.name, out=folder))
    return read_papers(pages, load_rules(CONFIGS), one_paper=False)


def judged(made: Made, papers: tuple[Paper, ...], name: str) -> list[Outcome]:
    """What became of each field of a paper; pages and kind count as fields."""
    cut = str(len(papers))
    told = {field: f"{value} by hand" if field in made.by_hand else value for field, value in made.fields.items()}
    found: list[Outcome] = [(name, "papers", "right" if cut == "1" else "held", "1", cut)]
    paper = papers[0]
    kind = paper.kind.code or "none"
    found.append(
        (name, "kind", "right" if kind == made.kind else "WRONG" if paper.kind.code else "held", made.kind, kind)
    )
    for field, value in made.fields.items():
        got = paper.fields.get(field)
        if got is None or got.value is None:
            found.append((name, field, "missing", told[field], ""))
            continue
        same = _same(field, got.value, value)
        accepted = got.status == "accepted"
        wrong = accepted and (not same or field in made.by_hand)
        became = "WRONG" if wrong else "right" if accepted else "held" if same else "held wrong"
        found.append((name, field, became, told[field], got.value))
    for field, got in paper.fields.items():
        if field in TOLD and field not in made.fields and got.status == "accepted" and got.value:
            found.append((name, field, "INVENTED", "", got.value))
    return found


def _same(field: str, got: str, value: str) -> bool:
    if field == "subject":
        return _LEAD.sub("", key(got)) == _LEAD.sub("", key(value))
    return key(got).replace(" ", "") == key(value).replace(" ", "")


@dataclass(frozen=True, slots=True)
class Job:
    """A paper to compose and read."""

    seed: int
    engine: str
    families: Sequence[Family]
    hands: Sequence[str]
    keep: Path | None


def one(job: Job) -> list[Outcome]:
    """Compose, scan and read one paper."""
    composer = Composer(job.families, job.hands, job.seed)
    made = composer.paper()
    pages = scan_of(made, composer)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{job.seed:06}-{made.kind}-{made.look}.pdf"
        file.write_bytes(to_pdf(pages, composer.random.randrange(45, 92)))
        found = judged(made, read(file, job.engine, Path(folder)), file.stem)
        if job.keep and any(outcome[2] != "right" for outcome in found):
            job.keep.mkdir(parents=True, exist_ok=True)
            (job.keep / file.name).write_bytes(file.read_bytes())
    return found
