"""Separator sheets: what is printed is what the cutting of piles looks for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from flows.errors import WrongUse
from flows.separators import write_separators
from ocr.barcodes import read_barcodes

CODES = ["H23.16-230712-0001", "000.00.16.H23-230712-0001", None]


def _scanned(pdf: Path, to: Path, dpi: int) -> list[Path]:
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", str(pdf), str(to / "page")], check=True)
    return sorted(to.glob("page*.pgm"))


@pytest.mark.parametrize("dpi", [100, 300])
def test_sheets_are_read_back_turned_and_dirty(tmp_path: Path, dpi: int) -> None:
    """They go through the feeder askew, upside down, and are used for years."""
    pdf = tmp_path / "sheets.pdf"
    assert write_separators(CODES, "SOHOA-TACH", pdf) == 3
    said = []
    for number, file in enumerate(_scanned(pdf, tmp_path, dpi)):
        image = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        image = np.rot90(image, 2 * number)
        height, width = image.shape
        lean = cv2.getRotationMatrix2D((width / 2, height / 2), 4, 1)
        image = cv2.warpAffine(np.ascontiguousarray(image), lean, (width, height), borderValue=255)
        cv2.circle(image, (width // 2, int(height * 0.34)), width // 40, 128, -1)
        said += [code.text for code in read_barcodes(np.asarray(image, np.uint8))]
    assert said == ["SOHOA-TACH H23.16-230712-0001", "SOHOA-TACH 000.00.16.H23-230712-0001", "SOHOA-TACH"]


def test_what_is_no_dossier_code_is_refused(tmp_path: Path) -> None:
    """A sheet with a typing mistake would open a dossier that nobody knows."""
    with pytest.raises(WrongUse, match="H23-2307"):
        write_separators(["H23-2307"], "SOHOA-TACH", tmp_path / "sheets.pdf")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_replaced_whole(tmp_path: Path) -> None:
    """The printer may be reading it."""
    pdf = tmp_path / "sheets.pdf"
    pdf.write_text("old")
    write_separators([None], "SOHOA-TACH", pdf)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert list(tmp_path.iterdir()) == [pdf]
