"""Codes of agencies (mã định danh): their levels, their two shapes, and the one in a dossier's code.

QĐ 20/2020/QĐ-TTg writes the higher level first (`H23.16.02`), QCVN 102:2016 wrote it last (`000.02.16.H23`).
Records keep the new shape, so that "an agency and all below it" is a beginning of the code.
"""

from __future__ import annotations

import re

from storage.errors import WrongAgency

_NEW = re.compile(r"[A-Z]\d{2}(?:\.[A-Z0-9]{1,6}){0,6}")
_OLD = re.compile(r"(?P<fourth>\d{3})\.(?P<third>\d{2})\.(?P<second>\d{2})\.(?P<first>[A-Z]\d{2})")
_DOSSIER = re.compile(r"(?P<agency>[A-Z0-9.]{3,35})-(?:\d{8}|\d{6})-\d{4,7}")
LONGEST = 35  # letters, QĐ 20/2020/QĐ-TTg điều 4


def agency_code(code: str) -> str:
    """The code in the new shape. Raises WrongAgency for what is no agency's code."""
    given = code.strip().upper()
    old = _OLD.fullmatch(given)
    if old:
        lower = [part for part in (old["second"], old["third"], old["fourth"]) if part.strip("0")]
        return ".".join((old["first"], *lower))
    if len(given) > LONGEST or not _NEW.fullmatch(given):
        raise WrongAgency(f"{code[:40]!r} is no agency's code; it looks like H23.16 or 000.00.16.H23")
    return given


def agency_of_dossier(dossier_code: str) -> str | None:
    """The agency that gave a dossier its code; None where the code has another shape."""
    match = _DOSSIER.fullmatch(dossier_code.strip().upper())
    if match is None:
        return None
    try:
        return agency_code(match["agency"])
    except WrongAgency:
        return None


def levels(code: str) -> tuple[str, ...]:
    """An agency and all above it, highest first: H23, H23.16, H23.16.02."""
    parts = code.split(".")
    return tuple(".".join(parts[: count + 1]) for count in range(len(parts)))


def within(code: str | None, scope: str | None) -> bool:
    """Whether an agency is the scope's own or below it. No scope holds everything; no agency is in none."""
    return scope is None or (code is not None and scope in levels(code))
