"""Ink is parted from paper and from other ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.imaging.ink import all_ink, levelled_light, part_inks, texture, without_colour
from tests.ocr.imaging.paper import BLUE, RED, Sheet, grainy


def clean(image: np.ndarray) -> np.ndarray:
    return levelled_light(without_colour(image), 150)


def jpeg(image: np.ndarray) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 75])[1], cv2.IMREAD_COLOR)


@pytest.mark.parametrize("ink", [RED, BLUE])
def test_a_seal_fades_and_the_name_under_it_stays(ink: tuple[int, int, int]) -> None:
    """Seals lie over the signer's name by rule: it must be read in spite of them."""
    name = Sheet().write("Nguyễn Thị Thử", 100, 148, font="Serif-Bold").colour
    under = clean(name) < 128
    stamped = clean(jpeg(np.minimum(name, Sheet().seal(112, 150, ink=ink).colour)))
    assert (stamped < 128)[under].mean() > 0.9
    assert (stamped < 170)[~under].mean() < 0.003


def test_shadow_and_old_paper_become_white() -> None:
    """A dark margin read as ink makes noise of the words beside it."""
    sheet = Sheet(paper=(222, 205, 170)).print().colour
    light = np.linspace(1.0, 0.45, sheet.shape[1])[None, :, None]
    page = clean((sheet * light).astype(np.uint8))
    assert np.median(page[:, -150:]) > 240
    assert np.median(page[:, :150]) > 240


def test_pale_print_becomes_black() -> None:
    """Worn toner and fourth carbon copies must be readable, not wiped out with the paper."""
    pale = clean(grainy(Sheet().print(ink=(205, 205, 205)).colour, spread=1.5))
    clear = clean(Sheet().print().colour)
    assert (pale < 110)[clear < 60].mean() > 0.8
    assert (pale < 110)[clear > 250].mean() < 0.01


def test_black_and_white_stays_black_and_white() -> None:
    """A fax has nothing to level; greys would be invented."""
    fax = np.where(Sheet().print().grey < 140, 0, 255).astype(np.uint8)
    assert np.array_equal(clean(fax), fax)


def test_each_ink_is_known_by_its_colour() -> None:
    """Seals, pens and print are told apart by colour alone where there is any."""
    sheet = Sheet().print().seal(60, 200).signature(120, 200)
    inks = part_inks(sheet.colour, 150)
    assert inks.red is not None
    assert inks.blue is not None
    half = inks.dark.shape[0] // 2
    assert inks.dark[:half].sum() > 20 * inks.dark[half:].sum()
    assert inks.red[half:].sum() > 500 > inks.red[:half].sum()
    assert inks.blue[half:].sum() > 100 > inks.blue[:half].sum()
    assert part_inks(sheet.grey, 150).red is None


def test_coloured_print_can_be_made_dark_again() -> None:
    """HỎA TỐC is red and must be read all the same."""
    red = Sheet().write("HỎA TỐC", 30, 30, ink=RED, font="Serif-Bold", points=16).colour
    assert clean(red).min() > 120
    assert levelled_light(all_ink(red), 150).min() < 40


def test_restless_paper_is_known_from_quiet_one() -> None:
    """Softening helps on noisy paper and costs accents on quiet one."""
    assert texture(grainy(Sheet().print().grey)) > 1.6 > texture(Sheet().print().grey)
