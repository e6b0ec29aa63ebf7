"""The demo's archive and its truth: a sample that lies makes everything measured with it a lie."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont
from PIL import Image, ImageSequence

from ocr.barcodes import read_barcodes
from ocr.fields.codes import find_dossier_codes, person_of
from samples.fonts import FOLDER, Face, missing_letters, vietnamese_letters
from samples.make import HERE, made

ARCHIVE = HERE / "archive"


def pages_of(name: str, content: bytes) -> list[Image.Image]:
    """The page images of a scan, RGB."""
    if name.endswith(".pdf"):
        with pikepdf.open(io.BytesIO(content)) as pdf:
            return [
                pikepdf.PdfImage(next(iter(page.get_images(recursive=False).values()))).as_pil_image().convert("RGB")
                for page in pdf.pages
            ]
    with Image.open(io.BytesIO(content)) as image:
        return [frame.convert("RGB") for frame in ImageSequence.Iterator(image)]


def scans(files: dict[str, bytes]) -> dict[str, bytes]:
    """Scans by their path; those in a ZIP behind its name."""
    found: dict[str, bytes] = {}
    for name, content in files.items():
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                found |= {f"{name}/{member}": archive.read(member) for member in archive.namelist()}
        elif not name.endswith((".csv", "hỏng.pdf")):
            found[name] = content
    return found


def committed() -> dict[str, bytes]:
    """Everything in samples/archive by its path there."""
    return {
        unicodedata.normalize("NFC", file.relative_to(ARCHIVE).as_posix()): file.read_bytes()
        for file in ARCHIVE.rglob("*")
        if file.is_file()
    }


@pytest.fixture(scope="module")
def anew() -> dict[str, bytes]:
    """The samples made again."""
    return dict(made())


def truths() -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in sorted((HERE / "truth").glob("*.json"))]


def test_making_the_samples_again_gives_the_committed_truth(anew: dict[str, bytes]) -> None:
    """Who changes a paper and forgets its truth would measure everyone else against the old words."""
    texts = {name: content.decode() for name, content in anew.items() if not name.startswith("archive/")}
    assert texts == {name: (HERE / name).read_text() for name in texts}
    assert {f"truth/{file.name}" for file in (HERE / "truth").iterdir()} == {n for n in texts if "truth/" in n}


def test_making_the_samples_again_gives_the_committed_pages(anew: dict[str, bytes]) -> None:
    """A reader who cannot make the same pages cannot check what is claimed of them."""
    archive = {name.removeprefix("archive/"): content for name, content in anew.items() if "archive/" in name}
    here = committed()
    assert archive.keys() == here.keys()
    old, new = scans(here), scans(archive)
    for name in old:
        for before, after in zip(pages_of(name, old[name]), pages_of(name, new[name]), strict=True):
            # Other processors may round a grey level differently; another letter would show.
            difference = np.abs(np.asarray(before, np.int16) - np.asarray(after, np.int16))
            assert difference.mean() < 0.2, name


def test_truth_tells_of_every_page_of_every_scan() -> None:
    """A page without truth would count as read well."""
    files = scans(committed())
    counted = {str(truth["source"]): truth["pages"] for truth in truths()}
    assert {name: len(pages_of(name, content)) for name, content in files.items()} == {
        name: pages if isinstance(pages, int) else len(list(pages)) for name, pages in counted.items()
    }


def test_the_samples_are_small() -> None:
    """Everyone who clones the project downloads them."""
    assert sum(len(content) for content in committed().values()) < 3_000_000


def test_vietnamese_has_134_letters_beyond_the_latin_ones() -> None:
    """A letter that is not asked for is not missed."""
    assert len(vietnamese_letters()) == 134


@pytest.mark.parametrize("face", list(Face))
def test_each_face_holds_every_vietnamese_letter(face: Face) -> None:
    """A face without a letter prints a box, and the truth would name what nobody can read."""
    assert missing_letters(FOLDER / face.value) == frozenset()


def test_a_font_that_lacks_a_letter_is_found_out(tmp_path: Path) -> None:
    """The check itself must be able to fail."""
    with TTFont(FOLDER / Face.REGULAR.value) as font:
        subsetter = Subsetter()
        subsetter.populate(unicodes=sorted(set(font.getBestCmap()) - {ord("ặ"), ord("Ỡ")}))
        subsetter.subset(font)
        font.save(tmp_path / "lacking.ttf")
    assert missing_letters(tmp_path / "lacking.ttf") == {"ặ", "Ỡ"}


def test_the_receipts_codes_are_read_from_the_page_and_known_to_the_procedures_system() -> None:
    """A receipt that cannot be read leaves its whole dossier unbound."""
    with (HERE / "dossiers.csv").open(encoding="utf-8") as file:
        known = {row["dossier_code"] for row in csv.DictReader(file)}
    pile = next(truth for truth in truths() if isinstance(truth["pages"], int))
    pages = pages_of(str(pile["source"]), committed()[str(pile["source"])])
    receipts = [paper for paper in pile["documents"] if paper["fields"]["type"] == "BN"]
    assert len(receipts) == 2
    for receipt in receipts:
        (code,) = read_barcodes(np.asarray(pages[receipt["pages"][0] - 1]))
        assert find_dossier_codes(code.text) == (receipt["dossier_code"],)
        assert receipt["dossier_code"] in known


def test_nobody_in_the_samples_has_an_impossible_personal_number() -> None:
    """Numbers that are refused would show the demo's reader doubts that have no reason."""
    for truth in truths():
        for paper in truth.get("documents", [truth]):
            number = paper["fields"].get("citizen_id")
            assert number is None or person_of(number) is not None
