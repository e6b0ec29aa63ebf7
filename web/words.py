"""The words on the pages, Vietnamese first and English beside it: each package of pages brings its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
Words = Mapping[str, tuple[str, str]]  # key → Vietnamese, English


class Catalogue:
    """All words, by key."""

    def __init__(self) -> None:
        self._words: dict[str, tuple[str, str]] = {}

    def add(self, words: Words) -> None:
        """Take in a package's words. Raises ValueError where a key is there already."""
        twice = sorted(self._words.keys() & words.keys())
        if twice:
            raise ValueError(f"{', '.join(twice)}: said twice")
        self._words.update(words)

    def say(self, language: str, key: str, /, **values: object) -> str:
        """The words of a key, with values put in. Raises KeyError for a key that nobody brought."""
        vi, en = self._words[key]
        text = en if language == "en" else vi
        return text.format_map({name: str(value) for name, value in values.items()}) if values else text

    def knows(self, key: str) -> bool:
        """Whether there are words for a key."""
        return key in self._words

    def beginning(self, language: str, prefix: str) -> dict[str, str]:
        """Every key below a prefix, without it, with its words: for scripts."""
        place = 1 if language == "en" else 0
        return {key.removeprefix(prefix): said[place] for key, said in self._words.items() if key.startswith(prefix)}


CATALOGUE = Catalogue()
