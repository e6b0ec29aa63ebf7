"""What the lines say: sentences, syllables, names, numbers, dates, symbols and codes, all drawn at random.

Nothing here is any province's: names are put together from common ones and from syllables of the dictionary.
"""

from __future__ import annotations

import json
import random as randomness
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ocr.engines.reader.letters import HANDWRITING, LETTERS, known

RATES = (
    "%",
    "",
    " %",
    " m²",
    " ha",
    " km²",
    " m³",
    "m",
    " kg",
    "‰",
    " cm",
    " tấn",
    "°C",
    " kV",
    " MW",
    " m²/người",
    " $",
    " €",
)
PREFIXES = (
    "- ",
    "+ ",
    "a) ",
    "b) ",
    "c) ",
    "d) ",
    "đ) ",
    "e) ",
    "g) ",
    "(",
    "* ",
    "• ",
    "1. ",
    "- ",
    "I. ",
    "II. ",
    "“",
)
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIV", "XV", "XX")
PENNED = 0.5  # share of the numbers of papers, and of their days, that are written by hand
LONGEST = 110  # letters of a line

Random = randomness.Random


@dataclass(frozen=True, slots=True)
class Texts:
    """What `training.texts` collected, the phrases of offices, and parts of names and symbols."""

    sentences: tuple[str, ...]
    syllables: tuple[str, ...]
    phrases: tuple[str, ...]
    parts: dict[str, tuple[str, ...]]  #: of names.txt: family, middle, given, unit, kind, office


def load_texts(data: Path) -> Texts:
    """The texts of a folder of training data."""
    found = json.loads((data / "texts.json").read_text())
    phrases = (Path(__file__).parent / "phrases.txt").read_text(encoding="utf-8").splitlines()
    return Texts(tuple(found["sentences"]), tuple(found["syllables"]), tuple(map(known, phrases)), _parts())


def _parts() -> dict[str, tuple[str, ...]]:
    """The lists of names.txt: a heading with #, then entries with semicolons between."""
    text = (Path(__file__).parent / "names.txt").read_text(encoding="utf-8")
    lists = (section.partition("\n") for section in text.split("# ")[1:])
    return {
        heading: tuple(known(entry) for entry in entries.split(";") if entry.strip()) for heading, _, entries in lists
    }


def number(random: Random) -> str:
    """A count, a sum of money, a measure, an identity or telephone number, a date, a code."""
    makers: dict[Callable[[Random], str], float] = {
        lambda r: str(r.randint(0, 9999)): 0.22,
        _sum: 0.17,
        lambda r: f"{r.randint(0, 999)},{r.randint(0, 99)}{r.choice(RATES)}": 0.12,
        lambda r: "".join(r.choice("0123456789") for _ in range(r.choice([9, 10, 12, 12]))): 0.10,
        lambda r: f"{r.randint(1, 31):02}/{r.randint(1, 12):02}/{r.randint(1930, 2035)}": 0.12,
        lambda r: f"{r.randint(0, 23)} giờ {r.randint(0, 59):02} phút": 0.04,
        _telephone: 0.05,
        lambda r: r.choice(ROMAN): 0.07,
        lambda r: f"{r.randint(1, 30)}.{r.randint(1, 9)}": 0.06,
        _dossier: 0.05,
    }
    return random.choices(list(makers), list(makers.values()))[0](random)


def _sum(random: Random) -> str:
    thousands = [f"{random.randint(0, 999):03}" for _ in range(random.randint(1, 3))]
    return ".".join([str(random.randint(1, 999)), *thousands])


def _telephone(random: Random) -> str:
    parts = (f"0{random.randint(20, 99)}", str(random.randint(100, 999)), str(random.randint(100, 9999)))
    return random.choice(("", ".", " ")).join(parts)


def _dossier(random: Random) -> str:
    area, place = random.choice("HGKT"), random.randint(1, 99)
    return f"{random.randint(0, 3)}.{random.randint(0, 999999):06}.000.00.00.{area}{place:02}"


def date(random: Random) -> str:
    """A day as papers write it; now and then its day and month are hand-written."""
    day, month = (
        f"{random.randint(1, 31):02}",
        random.choice((str(random.randint(1, 12)), f"{random.randint(1, 12):02}")),
    )
    if random.random() < PENNED:
        day = HANDWRITING
        month = HANDWRITING if random.random() < 0.5 else month
    form = random.choice(("ngày {} tháng {} năm {}", "Ngày {} tháng {} năm {}"))
    return form.format(day, month, random.randint(1940, 2032))


def symbol(random: Random, texts: Texts) -> str:
    """Number and symbol of a paper; now and then the number is hand-written."""
    kind, office, other = (random.choice(texts.parts[part]) for part in ("kind", "office", "office"))
    count = HANDWRITING if random.random() < PENNED else str(random.randint(1, random.choice((99, 9999))))
    share = random.random()
    if share < 0.6:
        return f"{count}/{kind}-{office}"
    if share < 0.8:
        return f"{count}/{random.randint(1990, 2030)}/{kind}-{office}"
    return f"{count}/{kind}-{office}-{other}" if share < 0.9 else f"{count}/{office}-{other}"


def name(random: Random, texts: Texts) -> str:
    """A person's name."""
    given = (
        random.choice(texts.parts["given"]) if random.random() < 0.6 else random.choice(texts.syllables).capitalize()
    )
    middle = [random.choice(texts.parts["middle"]) for _ in range(random.choice((0, 1, 1, 1, 1, 2)))]
    whole = " ".join([random.choice(texts.parts["family"]), *middle, given])
    return whole.upper() if random.random() < 0.2 else whole


def place(random: Random, texts: Texts) -> str:
    """A place of two syllables that may not exist."""
    return " ".join(random.choice(texts.syllables).capitalize() for _ in range(2))


def syllables(random: Random, texts: Texts) -> str:
    """A run of the dictionary's syllables with a few marks between: no sense to guess by."""
    words = []
    for _ in range(random.randint(2, 10)):
        word, share = random.choice(texts.syllables), random.random()
        word = word.capitalize() if share < 0.12 else word.upper() if share < 0.2 else word
        words.append(word + (random.choice((",", ";", ".", ":", ")", "!", "?")) if random.random() < 0.15 else ""))
        if random.random() < 0.06:
            words.append(random.choice(("-", "/", "+", "&")))
    return " ".join(words)


def code(random: Random) -> str:
    """Capitals and digits in no order."""
    head = "".join(random.choice("ABCDEFGHIKLMNPQRSTUVXY0123456789") for _ in range(random.randint(2, 6)))
    return head + random.choice(("", "-", ".", "_")) + str(random.randint(0, 999999))


def letters(random: Random) -> str:
    """Any letters at all, so that none is read out of its neighbours alone."""
    return "".join(random.choice(LETTERS[:-1]) for _ in range(random.randint(3, 12))).strip() or "a"


def piece(random: Random, texts: Texts) -> str:
    """A part of a line, of one of many sorts."""
    share = random.random()
    if share < 0.34:
        return random.choice(texts.sentences)
    if share < 0.50:
        return " ".join(random.choice(texts.phrases) for _ in range(random.choice((1, 1, 2))))
    if share < 0.66:
        return syllables(random, texts)
    if share < 0.73:
        head = random.choice(("", "Số: ", "số ", "Quyết định số ", "Luật số ", "Công văn số ", "V/v ", "Số "))
        return head + symbol(random, texts) + random.choice(("", " " + date(random)))
    if share < 0.78:
        return random.choice(("", place(random, texts) + ", ")) + date(random)
    if share < 0.83:
        return random.choice(("", "Ông ", "Bà ", "ông ", "Họ và tên: ", "- ", "Người ký: ")) + name(random, texts)
    if share < 0.90:
        head = random.choice(("", "Số tiền: ", "Diện tích: ", "Mã số: ", "Thửa đất số ", "Tel: ", "từ ", "khoảng "))
        return head + number(random) + random.choice(("", " đồng", " " + number(random), "; " + number(random)))
    if share < 0.93:
        units = texts.parts["unit"]
        return f"{random.choice(units)} {place(random, texts)}, {random.choice(units)} {place(random, texts)}"
    if share < 0.95:
        return code(random) + " " + syllables(random, texts)
    if share < 0.97:
        return letters(random)
    label = random.choice(("Ông", "Ngày", "Số", "Địa chỉ", "Nơi cấp", "Họ và tên", "Điện thoại"))
    if share < 0.985:
        return f"{label}: " + "." * random.randint(3, 30) + random.choice(("", " " + random.choice(texts.syllables)))
    return f"{label}: " + " ".join(
        [HANDWRITING] + [random.choice(texts.syllables) for _ in range(random.randint(0, 2))]
    )


def wording(random: Random, texts: Texts, length: int) -> str:
    """A line of about so many letters, of those that the reader knows."""
    text = piece(random, texts)
    if random.random() < 0.15:
        text = random.choice((*PREFIXES, f"{random.randint(1, 20)}. ", f"Điều {random.randint(1, 60)}. ")) + text
    while len(text) < length:
        text += random.choice((" ", " ", "; ", ", ", ". ")) + piece(random, texts)
    words = text.split()
    start = random.randrange(len(words)) if len(text) > length and random.random() < 0.7 else 0
    chosen = ""
    for word in words[start:] + words[:start]:
        if chosen and len(chosen) + len(word) > length:
            break
        chosen = f"{chosen} {word}".strip()
    share = random.random()
    chosen = chosen.upper() if share < 0.2 else chosen.title() if share < 0.23 else chosen
    return known(chosen)[:LONGEST].strip() or "Số"
