"""Separator sheets: a page with a QR code for each dossier, to be laid before its papers in a pile.

The code says the word that `field_rules.yaml` names first under `separators`, and the dossier code behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pikepdf
import qrcode
from qrcode.constants import ERROR_CORRECT_H

from flows.errors import WrongUse
from ocr.fields.codes import find_dossier_codes

PAGE = (595.0, 842.0)  # points, A4
CODE_SIDE = 280.0  # points, some 10 cm: read at 100 dpi, askew, and with a third of it dirty
CODE_TOP = 150.0  # points from the top
LETTERS = 30.0  # points, of the code in plain print
LETTER_WIDTH = 0.6  # of Courier, in sizes
QUIET = 4  # modules of white around a code (ISO/IEC 18004)


def write_separators(codes: Sequence[str | None], word: str, file: Path) -> int:
    """Write a PDF with a sheet for each code and return how many sheets that are.

    codes: None makes a sheet that only parts papers. word: what tells a sheet from other QR codes.
    Raises WrongUse for what is no dossier code, OSError where the file cannot be written. An existing file is
    replaced whole or not at all.
    """
    for code in codes:
        if code is not None and find_dossier_codes(code) != (code,):
            raise WrongUse(f"{code}: is no dossier code, as H23.16-230712-0001 or 000.00.16.H23-230712-0001 are")
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name("/Courier-Bold"))
    )
    for code in codes:
        page = pdf.add_blank_page(page_size=PAGE)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream("\n".join(_drawn(word, code)).encode("ascii"))
    part = file.with_name(f"{file.name}.part")
    pdf.save(part)
    part.replace(file)
    return len(codes)


def _drawn(word: str, code: str | None) -> Iterable[str]:
    """Drawing operators of a sheet (ISO 32000-1, 8.5 and 9.4): the code's modules as squares, then its text."""
    said = f"{word} {code}" if code else word
    yield from _modules(said)
    for row, line in enumerate((code or "", word)):
        size = min(LETTERS, (PAGE[0] - 80) / (LETTER_WIDTH * max(1, len(line))))
        left = (PAGE[0] - LETTER_WIDTH * size * len(line)) / 2
        low = PAGE[1] - CODE_TOP - CODE_SIDE - 60 - 50 * row
        yield f"BT /F1 {size:.1f} Tf {left:.1f} {low:.1f} Td ({line}) Tj ET"


def _modules(said: str) -> Iterable[str]:
    made = qrcode.QRCode(error_correction=ERROR_CORRECT_H, border=QUIET)
    made.add_data(said)
    made.make(fit=True)
    rows = made.get_matrix()
    side = CODE_SIDE / len(rows)
    left, top = (PAGE[0] - CODE_SIDE) / 2, PAGE[1] - CODE_TOP
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                # a hair wider than a module, so that no viewer draws white lines between them
                x, y = left + across * side, top - (down + 1) * side
                yield f"{x:.2f} {y:.2f} {side + 0.05:.2f} {side + 0.05:.2f} re f"
