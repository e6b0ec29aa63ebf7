"""Blank sides are told from sides that bear anything at all."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.imaging.blank import is_blank
from tests.ocr.imaging.paper import RED, Sheet, grainy, showing_through


def through(strength: float) -> np.ndarray:
    other = Sheet().print().print(y=130).seal(150, 230)
    return grainy(showing_through(Sheet().colour, other.colour, strength=strength), spread=2)


def with_holes_and_dust() -> np.ndarray:
    sheet = Sheet()
    for y in (108, 188):
        sheet.draw.ellipse([sheet.px(v) for v in (9, y, 14.5, y + 5.5)], fill=(40, 40, 40))
    for x, y in ((50, 60), (120, 90), (80, 200), (170, 250), (33, 270)):
        sheet.draw.ellipse([sheet.px(v) for v in (x, y, x + 0.5, y + 0.5)], fill=(30, 30, 30))
    return grainy(sheet.colour)


def with_a_seal_that_came_through() -> np.ndarray:
    seal = Sheet().seal(130, 220).colour
    spots = np.random.default_rng(5).random(seal.shape[:2]) < 0.02
    spots = cv2.dilate(spots.astype(np.uint8), np.ones((2, 2), np.uint8)).astype(bool)
    return np.where(spots[:, :, None], seal, np.uint8(250)).astype(np.uint8)


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(Sheet().colour, id="white"),
        pytest.param(grainy(Sheet(paper=(225, 214, 190)).colour), id="old paper"),
        pytest.param(through(0.15), id="print shines through"),
        pytest.param(through(0.28), id="print shines through strongly"),
        pytest.param(with_holes_and_dust(), id="punch holes and dust"),
        pytest.param(with_a_seal_that_came_through(), id="spots of a seal from the other side"),
    ],
)
def test_a_back_is_blank_whatever_the_paper_did(image: np.ndarray) -> None:
    """Blank backs cost reading time and stand as empty pages in the record."""
    assert is_blank(image, 150)


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(Sheet().seal(120, 200).colour, id="one seal"),
        pytest.param(Sheet().write("ĐÃ THU", 120, 200, ink=RED).colour, id="one stamped word"),
        pytest.param(grainy(Sheet().print(ink=(215, 214, 212)).grey, spread=2), id="very pale print"),
        pytest.param(Sheet().write("đã kiểm tra", 60, 120, ink=(60, 80, 190)).colour, id="one remark"),
        pytest.param(showing_through(Sheet().seal(60, 60).colour, Sheet().print().colour), id="a seal on a back"),
    ],
)
def test_a_side_that_bears_one_thing_is_kept(image: np.ndarray) -> None:
    """A page taken for blank is a page lost."""
    assert not is_blank(image, 150)
