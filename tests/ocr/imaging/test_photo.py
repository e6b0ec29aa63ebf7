"""Photos of sheets are made flat; scans are left alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.imaging.photo import find_sheet
from ocr.imaging.preparing import prepare
from ocr.opening.raw import RawPage
from ocr.page import Colour
from tests.ocr.imaging.paper import Sheet, leaning


def photographed(image: np.ndarray, *, bow: float = 0.0) -> np.ndarray:
    """The sheet on a dark desk, seen from aside; `bow`: share of the height by which its middle is raised."""
    height, width = image.shape[:2]
    if bow:
        xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        lift = bow * height * np.sin(np.pi * xs / width)
        tall = cv2.copyMakeBorder(image, 80, 80, 0, 0, cv2.BORDER_CONSTANT, value=(52, 60, 66))
        xs = np.vstack([xs[:1]] * (height + 160))
        ys = np.arange(height + 160, dtype=np.float32)[:, None] + np.zeros_like(xs)
        image = cv2.remap(tall, xs, ys + np.float32(lift[0]), cv2.INTER_LINEAR, borderValue=(52, 60, 66))
        height = image.shape[0]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = np.array([[230, 160], [1130, 200], [1290, 1640], [120, 1690]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    return cv2.warpPerspective(image, matrix, (1400, 1850), borderValue=(52, 60, 66))


def raw(image: np.ndarray, *, known: bool = False) -> RawPage:
    return RawPage(number=1, image=image, dpi=158.0, dpi_is_known=known, colour=Colour.COLOUR)


@pytest.mark.parametrize("bow", [0.0, 0.015])
def test_a_photo_of_a_sheet_is_made_flat(bow: float) -> None:
    """Citizens send photos; leaning, narrowing lines are read badly."""
    page = prepare(raw(photographed(Sheet().print().print(y=150).colour, bow=bow)), min_dpi=100)
    assert any("photo" in note for note in page.facts.notes)
    assert page.facts.height / page.facts.width == pytest.approx(297 / 210, rel=0.03)
    assert abs(page.facts.residual_skew) < 0.4
    edges = np.concatenate([page.faithful[30], page.faithful[-30], page.faithful[:, 20], page.faithful[:, -20]])
    assert np.median(edges) > 180, "the desk is gone"


def test_a_leaning_sheet_on_a_dark_scanner_is_no_photo() -> None:
    """A scan is to scale: bending it would falsify it."""
    sheet = cv2.resize(Sheet().print().colour, None, fx=0.9, fy=0.9)
    framed = cv2.copyMakeBorder(sheet, 90, 90, 60, 60, cv2.BORDER_CONSTANT, value=(20, 20, 20))
    assert find_sheet(leaning(framed, 3.0, ground=20), dpi_is_known=True) is None


def test_a_page_to_its_edges_is_no_photo() -> None:
    """Nothing shows around it: there is nothing to straighten by."""
    assert find_sheet(Sheet().print().colour, dpi_is_known=False) is None
