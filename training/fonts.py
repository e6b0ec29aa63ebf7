"""Fonts that hold every Vietnamese letter, by kind; families kept out for evaluation; pens' hands."""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

NEEDED = frozenset(
    unicodedata.normalize("NFC", vowel + tone)
    for base in "aăâeêioôơuưy"
    for vowel in (base, base.upper())
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
) | frozenset("đĐ0123456789.,:;()-/%\"'+ abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = frozenset("0123456789")
KEPT_OUT = frozenset(
    {"Gentium Plus", "TeX Gyre Pagella", "Carlito", "Noto Serif Display", "Open Sans", "Noto Sans Mono"}
)

_NOT_PRINT = re.compile(
    r"Thin|Hairline|Extra ?Light|Ultra ?Light|Black|Heavy|Extra ?Condensed|Upright|Dunhill|Unslanted|Caps|Quotation"
    r"|Math|Chorus|Fibeur|Variable|Outline"
    r"|Symbol|Emoji|Dingbat|Fallback|Unifont|Comic|Klee|Gamaliel|SetoFont-ex"
    r"|Ornament|Initials|Dyslexic|Classical| SC\b|Damase"
)
_HAND = re.compile(
    r"dancing|kaushan|kristi|femke|dkg|breip|ruf|ecolier|humor|karumbi|chilanka|purisa|delphine|steve|radisnoir|seto"
    r"|yozfont|domestic|joscelyn|summersby|tomson|isabella|sjfont|dustin",
    re.IGNORECASE,
)
_TIMES = re.compile(r"Tinos|FreeSerif|Doulos|Termes|Liberation Serif|Nimbus Roman|STIX")
_MONO = re.compile(r"Mono|Cousine|Typewriter|Courier|Cursor|Code|3270|Hack|Anonymous|Inconsolata|Agave|\bTT\b|Typist")
_SERIF = re.compile(
    r"Serif|Charis|Garamond|Gentium|Roman|Bonum|Pagella|Schola|Vollkorn|Yrsa|Rasa|Junicode|Arapey|Concrete|Classical"
    r"|Slab|Caladea|Libertine|Antiqua|Standard|Elstob|Century"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One font file."""

    file: str
    family: str
    bold: bool
    italic: bool
    kind: str  #: times, serif, sans, mono, hand
    kept_out: bool  #: for evaluation alone


def find_faces(root: Path) -> list[Face]:
    """Faces under `root` that hold all letters needed, and pens' hands that hold the digits."""
    faces = []
    for file in sorted([*root.rglob("*.ttf"), *root.rglob("*.otf")]):
        face = _face(file)
        if face is not None:
            faces.append(face)
    return faces


def _face(file: Path) -> Face | None:
    try:
        font = TTFont(file, lazy=True)
        there = {chr(code) for code in font.getBestCmap() or {}}
        names = font["name"]
        family = str(names.getBestFamilyName() or file.stem)
        style = str(names.getBestSubFamilyName() or "")
    except (TTLibError, KeyError, AssertionError):
        return None
    if "[" in file.name or "fvar" in font:
        return None
    if _NOT_PRINT.search(family):
        return None
    if _HAND.search(family) or _HAND.search(file.stem):
        return (
            Face(file=str(file), family=family, bold=False, italic=False, kind="hand", kept_out=False)
            if (there >= DIGITS)
            else None
        )
    if not there >= NEEDED or _NOT_PRINT.search(style):
        return None
    pairs = (("times", _TIMES), ("mono", _MONO), ("serif", _SERIF))
    kind = next((kind for kind, pattern in pairs if pattern.search(family)), "sans")
    return Face(
        file=str(file),
        family=family,
        bold=bool(re.search("Bold|Demi|Semi|Medium", style)),
        italic=bool(re.search("Italic|Oblique|Slanted", style)),
        kind=kind,
        kept_out=family in KEPT_OUT,
    )


def main() -> None:
    """`python -m training.fonts`: writes fonts.json into the folder of training data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("build/training"))
    data: Path = parser.parse_args().data
    faces = find_faces(data / "root")
    (data / "fonts.json").write_text(json.dumps([asdict(face) for face in faces], ensure_ascii=False))
    for kind in ("times", "serif", "sans", "mono", "hand"):
        families = sorted({face.family for face in faces if face.kind == kind})
        print(f"{kind}: {len(families)} families: {', '.join(families)}")


if __name__ == "__main__":
    main()
