"""Small files that still show what the paper shows."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.opening.raw import Image
from ocr.pdf import Profile, assemble, check
from ocr.pdf.layers import find_ink, parted
from ocr.pdf.profiles import profiled_image
from ocr.pdf.smoothing import smoothed
from tests.ocr.pdf.made import METADATA, page, rendered

DPI = 200.0
PAPER, BLACK, RED, BLUE, PENCIL = (225, 232, 238), (25, 22, 20), (60, 50, 205), (160, 60, 40), (175, 178, 180)


def scan(seed: int = 3, noise: float = 4.0) -> Image:
    """A noisy scan (BGR): print, a red seal, a blue stroke, and pencil in a margin."""
    paper = np.full((1200, 900, 3), PAPER, np.uint8)
    for row in range(8):
        text = f"Quyet dinh so {row} ve viec thu ABC xyz"
        cv2.putText(paper, text, (60, 100 + 60 * row), cv2.FONT_HERSHEY_COMPLEX, 1.0, BLACK, 2, cv2.LINE_AA)
    cv2.circle(paper, (600, 850), 120, RED, 8, cv2.LINE_AA)
    cv2.line(paper, (300, 1000), (520, 1100), BLUE, 6, cv2.LINE_AA)
    cv2.putText(paper, "but chi", (80, 1100), cv2.FONT_HERSHEY_COMPLEX, 0.9, PENCIL, 2, cv2.LINE_AA)
    grain = np.random.default_rng(seed).normal(0, noise, paper.shape[:2])[:, :, np.newaxis]
    return (paper + grain).clip(0, 255).astype(np.uint8)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The scan as the scanner stored it."""
    file = tmp_path / "scan.jpg"
    cv2.imwrite(str(file), scan(), [cv2.IMWRITE_JPEG_QUALITY, 85])
    return file


def test_each_profile_is_smaller_than_the_one_before(stored: Path) -> None:
    """An archive of a million pages pays for every byte."""
    sizes = [profiled_image(stored, profile, DPI).size for profile in Profile]
    assert sizes[0] == stored.stat().st_size
    assert sizes[1] < 0.6 * sizes[0]
    assert sizes[2] < 0.15 * sizes[0]


def test_print_seal_and_pen_keep_their_colours_in_every_profile(tmp_path: Path) -> None:
    """A seal that turned black is no seal."""
    made = page(tmp_path, ["x"])
    cv2.imwrite(str(made.image), scan(), [cv2.IMWRITE_JPEG_QUALITY, 90])
    for profile in Profile:
        assemble([made], METADATA, tmp_path / "a.pdf", profile=profile)
        drawn = rendered(tmp_path / "a.pdf", width=900)
        for (x, y), colour in {(600, 730): RED, (410, 1050): BLUE, (30, 600): PAPER}.items():
            seen = drawn[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0)
            assert np.abs(seen - colour).max() < 40, (profile, colour, seen)


def test_faint_pencil_is_ink_too() -> None:
    """A remark in pencil would be blurred away with the paper."""
    ink = find_ink(scan(), DPI)
    assert ink[1075:1102, 80:200].mean() > 0.1 * 255
    assert ink[560:720, 20:400].mean() < 0.002 * 255


def test_the_noise_goes_and_the_print_stays() -> None:
    """Smoothing must never touch a stroke."""
    before = scan()
    after = smoothed(before, DPI)
    assert after[600:700, 50:400, 1].std() < 0.5 * before[600:700, 50:400, 1].std()
    strokes = cv2.erode(find_ink(before, DPI), np.ones((3, 3), np.uint8)) > 0
    assert (after[strokes] == before[strokes]).mean() > 0.99


def test_paper_beneath_does_not_show_the_print_again() -> None:
    """Ghosts of letters around sharp ones tire the eyes and cost bytes."""
    layers = parted(scan(noise=0), DPI)
    assert layers is not None
    assert layers.paper.min() > 170
    assert layers.ink_colour.shape[0] < 0.4 * 1200


def test_a_small_accent_is_as_grey_at_its_edge_as_on_the_scan(tmp_path: Path) -> None:
    """Black or white at the scan's own resolution took ổ for ố: a citizen's name would be read as another."""
    drawn = np.full((4 * 160, 4 * 160), 230, np.uint8)
    for centre in range(80, 600, 68):  # rings of a hair stroke, at every place between two pixels
        cv2.circle(drawn, (centre, centre), 14, 40, 3)
    scanned = cv2.cvtColor(cv2.resize(drawn, (160, 160), interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2BGR)
    layers = parted(scanned, DPI)
    assert layers is not None
    assert layers.ink.shape == (320, 320)
    dark = 230 - scanned[:, :, 0].astype(float)
    finer = cv2.resize(layers.ink, (160, 160), interpolation=cv2.INTER_AREA)
    alike, alike_coarse = (np.corrcoef(dark.ravel(), ink.ravel())[0, 1] for ink in (finer, find_ink(scanned, DPI)))
    assert alike > 0.95
    assert 1 - alike < 0.5 * (1 - alike_coarse)


def test_a_photograph_is_not_parted(tmp_path: Path) -> None:
    """A portrait in two tones is no portrait."""
    noise = np.random.default_rng(1).integers(0, 255, (60, 45, 3), np.uint8)
    photo = cv2.resize(noise, (900, 1200), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(tmp_path / "p.jpg"), photo)
    assert profiled_image(tmp_path / "p.jpg", Profile.COMPACT, DPI).mask is None


@pytest.mark.parametrize("shape", [(1, 1), (40, 40), (3000, 41), (50, 60, 3)])
def test_pages_of_odd_sizes_can_be_parted(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """A strip of a page must not stop its paper."""
    cv2.imwrite(str(tmp_path / "p.jpg"), np.full(shape, 200, np.uint8))
    for profile in Profile:
        assert profiled_image(tmp_path / "p.jpg", profile, 0.0).size > 0


def test_layered_pages_are_valid_and_have_their_text(tmp_path: Path) -> None:
    """The smallest file is an archive file like the others."""
    made = page(tmp_path, ["Quyết định", "về việc thử"])
    assemble([made], METADATA, tmp_path / "a.pdf", profile=Profile.COMPACT)
    check(tmp_path / "a.pdf", [made])
