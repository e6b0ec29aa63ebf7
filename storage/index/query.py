"""What a person types, understood: words, "phrases", -without, số: loại: hồ sơ:. Nothing typed is an error."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from storage.errors import QueryTooLong
from storage.index.fold import Token, tokens, without_accents

LONGEST = 1000  # letters; people type forty
MOST_PARTS = 40

#: What may stand before a colon, without accents or blanks, and the field that it names.
FIELDS = {
    "so": "number",
    "number": "number",
    "loai": "type",
    "type": "type",
    "hoso": "dossier",
    "dossier": "dossier",
}
_PART = re.compile(
    r"(?P<minus>-)?(?:(?P<name>h[ồo]\s+s[ơo]|[^\W\d_]+)\s*:\s*)?(?:\"(?P<phrase>[^\"]*)\"|(?P<word>[^\s\"]+))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Words that must (or must not) stand together in this order."""

    words: tuple[Token, ...]
    without: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query understood."""

    clauses: tuple[Clause, ...] = ()
    filters: tuple[tuple[str, str], ...] = field(default=())  #: field, value as the index keeps it

    @property
    def words(self) -> tuple[Token, ...]:
        """Every word that is looked for."""
        return tuple(word for clause in self.clauses if not clause.without for word in clause.words)


def understand(query: str) -> Asked:
    """Read a query. Raises QueryTooLong; nothing else that is typed is wrong."""
    if len(query) > LONGEST:
        raise QueryTooLong(f"a query of {len(query)} letters; at most {LONGEST} are searched")
    text = unicodedata.normalize("NFC", query.replace("\x00", " "))
    clauses: list[Clause] = []
    filters: list[tuple[str, str]] = []
    for part in list(_PART.finditer(text))[:MOST_PARTS]:
        value = part["phrase"] if part["phrase"] is not None else part["word"]
        name = FIELDS.get(without_accents(part["name"].lower()).replace(" ", "")) if part["name"] else None
        if name and not part["minus"]:
            filters.append((name, as_kept(value)))
            continue
        if part["name"]:
            value = f"{part['name']} {value}"
        words = tuple(tokens(value))
        if words:
            clauses.append(Clause(words=words, without=bool(part["minus"])))
    return Asked(clauses=tuple(clauses), filters=tuple(filters))


def as_kept(value: str) -> str:
    """A code as filters compare it: one case, no accents, no blanks."""
    return without_accents(unicodedata.normalize("NFC", value).lower().replace("ð", "đ")).replace(" ", "")
