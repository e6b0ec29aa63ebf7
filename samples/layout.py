"""Sets the papers of `papers.yaml`: where things stand by NĐ 30/2020/NĐ-CP, phụ lục I. Cells (ô) are its numbers."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import qrcode
import yaml
from PIL import Image

from samples.fonts import Face
from samples.ink import handwriting, seal, signature
from samples.sheet import A5, BLUE, RED, Align, Column, Sheet, pixels, width_of

PAPERS = Path(__file__).parent / "papers.yaml"

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
TOP = 20.0  # mm
MIDDLE = 105.0  # mm
LEFT_CELL, RIGHT_CELL = 62.0, 148.0  # mm, middle of ô 2, 3, 5b and of ô 1, 4
SIGNING = 146.0  # mm, middle of ô 7
LIST_LEFT = 30.0  # mm, of ô 9b
ENTRIES = Column(left=30.0, right=192.0, size=13.5, indent=0.0, after=2.2)
RECEIPT = Column(left=15.0, right=136.0, size=10.0, indent=0.0, after=1.1)
QR_MM = 24.0

Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper, printed, and what is true of it."""

    name: str
    sheets: tuple[Sheet, ...]
    fields: Mapping[str, str | None]
    dossier_code: str | None  #: that it belongs to, whether it says so or not


def papers() -> dict[str, Paper]:
    """Every paper by its name, printed."""
    entries = yaml.safe_load(PAPERS.read_text(encoding="utf-8"))
    return {entry["name"]: _printed(entry) for entry in entries}


def seeded(name: str) -> np.random.Generator:
    """Random numbers that are the same for the same name on every run."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def _printed(entry: Part) -> Paper:
    random = seeded(entry["name"])
    if "receipt" in entry:
        sheets = [_receipt(entry["receipt"], random)]
    else:
        sheets = [Sheet()]
        y = _head(sheets[0], entry["head"], random) if "head" in entry else _nation(sheets[0], MIDDLE) + 4.0
        y = _title(sheets[0], entry.get("title", ()), y, with_subject="sign" in entry)
        for part in entry["body"]:
            y = _body(sheets, part, y)
        if "sign" in entry:
            _sign(sheets[-1], entry["sign"], y + 4.0, random)
        else:
            _sign_as_applicant(sheets[-1], entry["applicant"], y + 3.0, random)
    fields = {name: str(value) if isinstance(value, date) else value for name, value in entry["fields"].items()}
    return Paper(name=entry["name"], sheets=tuple(sheets), fields=fields, dossier_code=entry.get("dossier"))


def _nation(sheet: Sheet, x: float, *, size: float = 12.0, y: float = TOP) -> float:
    """Ô 1: the nation and its motto, ruled."""
    y = sheet.say(NATION, x, y, face=Face.BOLD, size=size, align=Align.CENTRE)
    y = sheet.say(MOTTO, x, y, face=Face.BOLD, size=size + 1, align=Align.CENTRE)
    half = width_of(MOTTO, Face.BOLD, size + 1) / 2
    sheet.rule(x - half, x + half, y + 0.6)
    return y + 3.0


def _head(sheet: Sheet, cells: Part, random: np.random.Generator) -> float:
    """Ô 1 to 4 and 5b; returns the y under them."""
    y = sheet.stacked(cells.get("above", ()), LEFT_CELL, TOP, face=Face.REGULAR, size=13.0)
    y = sheet.stacked(cells["issuer"], LEFT_CELL, y, face=Face.BOLD, size=13.0)
    sheet.rule(LEFT_CELL - 11, LEFT_CELL + 11, y + 0.6)
    y = max(y + 3.0, _nation(sheet, RIGHT_CELL))
    number, day = cells.get("by_hand", ("", ""))
    left = _filled(sheet, f"Số: {cells['number']}", number, LEFT_CELL, y, Face.REGULAR, random)
    right = _filled(sheet, cells["dated"], day, RIGHT_CELL, y, Face.ITALIC, random)
    left = sheet.stacked(cells.get("letter_subject", ()), LEFT_CELL, left + 0.5, face=Face.REGULAR, size=12.0)
    return max(left, right) + 4.0


def _filled(
    sheet: Sheet, text: str, digits: str, x: float, y: float, face: Face, random: np.random.Generator
) -> float:
    """Print a line; the digits named are left out and written into the gap with a pen."""
    if not digits:
        return sheet.say(text, x, y, face=face, size=13.0, align=Align.CENTRE)
    before, after = text.split(digits, 1)
    gap = " " * (4 * len(digits))
    printed = before + gap + after
    start = x - width_of(printed, face, 13.0) / 2 + width_of(before, face, 13.0)
    sheet.press(handwriting(digits, random), start + width_of(gap, face, 13.0) / 2, y + 1.9, BLUE)
    return sheet.say(printed, x, y, face=face, size=13.0, align=Align.CENTRE, read_as=text)


def _title(sheet: Sheet, lines: Sequence[str], y: float, *, with_subject: bool) -> float:
    """Ô 5a: the kind, and under it the subject, ruled where an office gives one."""
    if not lines:
        return y
    y = sheet.say(lines[0], MIDDLE, y + 2.0, face=Face.BOLD, size=14.0 if lines[1:] else 15.5, align=Align.CENTRE)
    y = sheet.stacked(lines[1:], MIDDLE, y, face=Face.BOLD)
    if with_subject and lines[1:]:
        sheet.rule(88.0, 122.0, y + 0.6)
    return y + 4.5


def _body(sheets: list[Sheet], part: Part, y: float) -> float:
    """Print one part of a body; returns the y under it."""
    sheet = sheets[-1]
    match part:
        case {"text": text}:
            return sheet.write(text, y)
        case {"italic": text}:
            return sheet.write(text, y, face=Face.ITALIC)
        case {"article": [opening, text]}:
            return sheet.write([(Face.BOLD, opening), (Face.REGULAR, text)], y)
        case {"centre": text}:
            return sheet.say(text, MIDDLE, y + 1.0, align=Align.CENTRE) + 3.5
        case {"bold": text}:
            return sheet.say(text, MIDDLE, y + 1.5, face=Face.BOLD, align=Align.CENTRE) + 3.0
        case {"entries": entries}:
            for entry in entries:
                y = sheet.write(entry, y, column=ENTRIES)
            return y
        case {"table": {"edges": edges, "rows": rows}}:
            return sheet.table(rows, edges, y + 1.0) + 1.0
        case {"page": number}:
            sheets.append(Sheet())
            sheets[-1].say(str(number), MIDDLE, 11.0, size=13.0, align=Align.CENTRE)
            return 22.0
        case _:
            raise ValueError(f"{PAPERS.name}: no such part of a body: {part}")


def _sign(sheet: Sheet, cells: Part, y: float, random: np.random.Generator) -> None:
    """Ô 7 to 9b and 12: who signs and seals, who receives."""
    if recipients := cells.get("recipients"):
        below = sheet.say("Nơi nhận:", LIST_LEFT, y, face=Face.BOLD_ITALIC, size=12.0)
        for recipient in recipients:
            below = sheet.say(recipient, LIST_LEFT, below, size=11.0)
    under = sheet.stacked(cells["titles"], SIGNING, y, face=Face.BOLD)
    sheet.say(cells["signer"], SIGNING, under + 27.0, face=Face.BOLD, align=Align.CENTRE)
    sheet.press(signature(random), SIGNING + 5.0, under + 13.0, BLUE)
    sheet.press(seal(cells["seal"], random), SIGNING - 17.0, under + 12.0, RED)  # a third of it over the signature


def _sign_as_applicant(sheet: Sheet, cells: Part, y: float, random: np.random.Generator) -> None:
    y = sheet.say(cells["dated"], SIGNING, y, face=Face.ITALIC, align=Align.CENTRE)
    y = sheet.say(cells["title"], SIGNING, y, face=Face.BOLD, align=Align.CENTRE)
    sheet.press(signature(random, width_mm=30.0), SIGNING, y + 10.0, BLUE)
    sheet.say(cells["name"], SIGNING, y + 20.0, align=Align.CENTRE)


def _receipt(cells: Part, random: np.random.Generator) -> Sheet:
    """Giấy tiếp nhận hồ sơ và hẹn trả kết quả, mẫu 01 of TT 01/2018/TT-VPCP, as software prints it on A5."""
    sheet = Sheet(A5)
    code = cells["qr"].split("|")[0]
    _qr(sheet, cells["qr"], 13.0, 8.0)
    y = _nation(sheet, 94.0, size=9.5, y=9.0)
    sheet.say(cells["dated"], 94.0, y, face=Face.ITALIC, size=10.5, align=Align.CENTRE)
    y = sheet.say(cells["above"], 13.0, 34.0, size=10.0)
    y = sheet.say(cells["desk"], 13.0, y, face=Face.BOLD, size=10.0)
    y = sheet.say(f"Mã hồ sơ: {code}", 13.0, y + 0.8, face=Face.FORM_BOLD, size=10.0)
    y = sheet.say(
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", 74.0, y + 4.0, face=Face.BOLD, size=13.0, align=Align.CENTRE
    )
    y = sheet.say("(Liên: Giao khách hàng)", 74.0, y, face=Face.ITALIC, size=10.0, align=Align.CENTRE) + 3.0
    for entry in cells["entries"]:
        y = sheet.write(entry, y, column=RECEIPT, face=Face.FORM)
    for x, title, name in (
        (42.0, "NGƯỜI NỘP HỒ SƠ", cells["applicant"]),
        (108.0, "NGƯỜI TIẾP NHẬN HỒ SƠ", cells["officer"]),
    ):
        sheet.say(title, x, y + 4.0, face=Face.BOLD, size=10.0, align=Align.CENTRE)
        sheet.press(signature(random, width_mm=22.0), x, y + 17.0, BLUE)
        sheet.say(name, x, y + 25.0, size=10.5, align=Align.CENTRE)
    return sheet


def _qr(sheet: Sheet, text: str, x: float, y: float) -> None:
    """A QR code, top left at x, y (TT 01/2023/TT-VPCP: top left of what the system prints)."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=2)
    code.add_data(text.encode())
    dark = np.array(code.get_matrix(), dtype=bool)
    picture = Image.fromarray(np.where(dark, 0, 255).astype(np.uint8))
    side = pixels(QR_MM)
    sheet.image.paste(picture.resize((side, side), Image.Resampling.NEAREST).convert("RGB"), (pixels(x), pixels(y)))
