"""A few words around what was found, with their accents; plain text and places, never markup."""

from __future__ import annotations

from collections.abc import Sequence

from storage.index.fold import Token, tokens

AROUND = 90  # letters before and behind the densest place


def snippet(text: str, asked: Sequence[Token]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The part of a page where most of the words stand, and where in it they are."""
    raw = {word.raw for word in asked if word.accented}
    bare = {word.fold for word in asked if not word.accented}
    found = [token for token in tokens(text) if token.raw in raw or token.fold in bare]
    if not found:
        return " ".join(text[: 2 * AROUND].split()), ()
    best = max(found, key=lambda token: _near(found, token, raw, bare))
    start, end = _edges(text, best.start - AROUND // 2, best.start + 2 * AROUND)
    shown = "".join(" " if letter.isspace() else letter for letter in text[start:end])
    marks = tuple(
        (token.start - start, token.end - start) for token in found if start <= token.start < token.end <= end
    )
    return shown, marks


def _near(found: Sequence[Token], first: Token, raw: set[str], bare: set[str]) -> int:
    """How many different words asked for stand close behind this one."""
    near = [token for token in found if first.start <= token.start <= first.start + 2 * AROUND]
    return len({token.raw if token.raw in raw else token.fold for token in near} & (raw | bare))


def _edges(text: str, start: int, end: int) -> tuple[int, int]:
    """Cut at blanks, so that no word is torn."""
    start, end = max(0, start), min(len(text), end)
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end
