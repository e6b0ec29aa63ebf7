"""The reader beside Tesseract: both are judged on the same lines, and told apart by what befell the scan."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from ocr.lines import CROP_HEIGHT, NARROWED
from training.beside import Compared, for_tesseract, plain, rows
from training.looks import COARSELY, COPIED, ONE_BIT, SPOILT, TYPED, scanned
from training.samples import Sample
from training.strips import Strip


def test_errors_are_told_for_clean_and_for_spoilt_lines() -> None:
    """A good mean may hide that faxes are read worse than Tesseract reads them."""
    lines = [
        Compared("đất ở", frozenset(), ours="đất ở", theirs="dất ở"),
        Compared("nước", frozenset({ONE_BIT, COPIED}), ours="nuóc", theirs="nước"),
    ]
    table = {name: (count, ours, theirs) for name, count, _, ours, theirs in rows(lines)}
    assert table["clean"] == (1, 0.0, 0.2)
    assert table["spoilt"] == table["- copied twice"] == table["- 1-bit"] == (1, 0.5, 0.0)
    assert table["all"][0] == 2
    assert "- blurred" not in table


def test_tesseract_gets_a_line_in_the_proportions_of_its_print() -> None:
    """Narrowed letters are not what it learnt: it would lose by our crop, not by its reading."""
    image = np.full((CROP_HEIGHT, 176), 255, np.uint8)
    given = for_tesseract(Sample(image, "a", None, "200 dpi", stretch=1.1))
    assert given.shape == (CROP_HEIGHT + 20, round(176 / 1.1 / NARROWED) + 20)


@pytest.mark.parametrize(
    ("said", "text"), [("Họ tên: ......", "Họ tên:"), ("A – B", "A - B"), ("1.250,5", "1.250,5")]
)
def test_dots_to_write_on_and_lengths_of_dashes_are_no_errors(said: str, text: str) -> None:
    """The reader never says them; Tesseract does, rightly."""
    assert plain(said) == text


def test_a_scan_tells_what_befell_it() -> None:
    """Figures by look are worth nothing if looks are mixed up."""
    chance, noise = random.Random(4), np.random.default_rng(4)
    strip = Strip(grey=np.full((60, 400), 255, np.uint8), dpi=300, typed=True)
    strip.grey[20:40, 50:350:8] = 0
    scans = [scanned(strip, chance, noise) for _ in range(60)]
    assert set(itertools.chain.from_iterable(scan.spoilt for scan in scans)) == set(SPOILT)
    for scan in scans:
        assert TYPED in scan.spoilt
        assert (COARSELY in scan.spoilt) == (scan.dpi == 100)
        assert ONE_BIT not in scan.spoilt or set(np.unique(scan.image)) <= {0, 255}
        assert COPIED not in scan.spoilt or ONE_BIT in scan.spoilt
