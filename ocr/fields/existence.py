"""Whether a body was there on a day, by the register of `configs/agencies.yaml`.

A name of before 2025-07-01 on a paper of after, or the other way about, says that one of the two was misread.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ocr.rules import Existence, Rules, phrase_plain
from ocr.vietnamese import plain_key

PROVINCE = "tinh"  # plain_key of the level that a province's name follows
DEPARTMENT = "so"  # … of the word that opens the name of a province's department


def not_there(body: str, day: date, rules: Rules) -> str | None:
    """Why a body cannot have issued a paper of that day, for people; None where nothing says so.

    body: its name as printed, the bodies above it left out.
    """
    for entry in _about(plain_key(body), rules):
        if entry.since is not None and day < entry.since:
            return f"there is {entry.name} since {entry.since}, the paper is of {day}"
        if entry.until is not None and day > entry.until:
            return f"there was {entry.name} until {entry.until}, the paper is of {day}"
    return None


def _about(name: str, rules: Rules) -> Iterable[Existence]:
    """The entries that a name, as `plain_key` has it, depends on."""
    for entry in rules.agencies.bodies:
        if f"{name} ".startswith(f"{phrase_plain(entry.name)} "):
            yield entry
    organs = [phrase_plain(organ) for organ in rules.fields.head.organs_of_places]
    for entry in rules.agencies.levels:
        if any(name.startswith(f"{organ} {phrase_plain(entry.name)} ") for organ in organs):
            yield entry
    for entry in rules.agencies.places:
        place = phrase_plain(entry.name)
        if name.endswith(f" {PROVINCE} {place}") or _of_department(name, place, rules):
            yield entry


def _of_department(name: str, place: str, rules: Rules) -> bool:
    """Whether a department's name ends with a province's, and not with that of a city or ward called alike."""
    if not name.startswith(f"{DEPARTMENT} ") or not name.endswith(f" {place}"):
        return False
    before = name.removesuffix(f" {place}")
    return not any(before.endswith(f" {phrase_plain(level)}") for level in rules.fields.head.levels)
