"""The letters that the reader knows; class 0 of the network's output is CTC's blank.

New letters are added at the end, so that older weights keep their meaning.
"""

from __future__ import annotations

import unicodedata

HANDWRITING = "✍"  # stands for a run of hand-writing, which is seen but not read

_VIETNAMESE = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệfghiìíỉĩịjklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvwxyỳýỷỹỵz"
_MARKS = " .,:;()-/%\"'“”‘’…²³°§×+*&@#=<>[]_!?•|«»½^~$\\{}"
_TECHNICAL = "€£¥₫±÷≤≥≠≈√→✓☐☑□■●αβγδεθλμπρστφωΩΔΣΦäöüçñßåøÄÖÜÇÑÅØ¼¾‰¹º"

LETTERS = _VIETNAMESE + _VIETNAMESE.upper() + "0123456789" + _MARKS + _TECHNICAL + HANDWRITING
CLASSES = len(LETTERS) + 1
CLASS_OF = {letter: index + 1 for index, letter in enumerate(LETTERS)}

_ALIKE = str.maketrans({"–": "-", "—": "-", "−": "-", "‑": "-", "\u00ad": "", "\u00a0": " ", "Ð": "Đ", "µ": "μ"})


def known(text: str) -> str:
    """The text in letters that the reader knows: composed, dashes as hyphens, what it does not know as blanks."""
    composed = unicodedata.normalize("NFC", text).translate(_ALIKE)
    return " ".join("".join(letter if letter in CLASS_OF else " " for letter in composed).split())
