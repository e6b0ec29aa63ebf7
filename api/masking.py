"""Personal numbers, hidden from callers without the scope `personal`.

Citizen numbers (12 digits), old identity cards (9 digits), also with blanks, and 12 digits with dots between them.
All but the last three digits become `*`, one for one, so that places in a text stay what they were. Files that show
the scan itself cannot be masked; who may read files sees what stands on the paper.
"""

from __future__ import annotations

import re
from typing import overload

LEFT = 3  # digits that stay, enough to tell two people of one dossier apart
_NUMBER = re.compile(r"(?<![\d.,])(?:\d(?:[ .]?\d){11}|\d(?: ?\d){8})(?![.,]?\d)")
#: Fields whose whole value is a personal number, however it was read.
PERSONAL_FIELDS = ("citizen_id",)


@overload
def masked(text: str) -> str: ...


@overload
def masked(text: None) -> None: ...


def masked(text: str | None) -> str | None:
    """The text with its personal numbers hidden, as long as before."""
    return None if text is None else _NUMBER.sub(lambda match: hidden(match[0]), text)


def hidden(number: str) -> str:
    """A number with all but its last digits hidden."""
    digits = sum(letter.isdigit() for letter in number)
    shown = []
    for letter in number:
        hide = letter.isdigit() and digits > LEFT
        digits -= letter.isdigit()
        shown.append("*" if hide else letter)
    return "".join(shown)
