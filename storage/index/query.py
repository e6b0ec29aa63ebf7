"""What a person types, understood. Nothing typed is an error.

giấy phép "môi trường" -xây xâ*     words, words in a row, without, beginning
số:12/QĐ-UBND loại:QĐ hồ sơ:CODE thủ tục:1.000123 trạng thái:review
cơ quan:H23.16  cơ quan:"Sở Xây dựng"     by code with all below it, or by the name on the paper
từ:2023-01-01 đến:31/12/2023 năm:2023     dates of papers
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date

from storage.agencies import agency_code
from storage.errors import QueryTooLong, WrongAgency
from storage.index.fold import Token, tokens, without_accents

LONGEST = 1000  # letters; people type forty
MOST_PARTS = 40
LONG_WORD = 5  # letters from which a word may have one amiss; shorter ones have too many neighbours
SHORTEST_BEGINNING = 2  # letters before a *; a single one would be half of the dictionary

#: What may stand before a colon, without accents or blanks, and the field that it names.
FIELDS = {
    "so": "number",
    "number": "number",
    "loai": "type",
    "type": "type",
    "hoso": "dossier",
    "dossier": "dossier",
    "thutuc": "procedure",
    "procedure": "procedure",
    "trangthai": "status",
    "status": "status",
    "coquan": "agency",
    "agency": "agency",
    "tu": "from",
    "from": "from",
    "den": "to",
    "to": "to",
    "nam": "year",
    "year": "year",
}
_NAMES = r"h[ồo]\s+s[ơo]|th[ủu]\s+t[ụu]c|tr[ạa]ng\s+th[áa]i|c[ơo]\s+quan|[^\W\d_]+"
_PART = re.compile(
    rf"(?P<minus>-)?(?:(?P<name>{_NAMES})\s*:\s*)?(?:\"(?P<phrase>[^\"]*)\"|(?P<word>[^\s\"]+))", re.IGNORECASE
)
_DAY = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?")
_DAY_FIRST = re.compile(r"(?:(?:(?P<day>\d{1,2})[/.-])?(?P<month>\d{1,2})[/.-])?(?P<year>\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Words that must (or must not) stand together in this order."""

    words: tuple[Token, ...]
    without: bool = False
    begun: bool = False  #: the last one is only the beginning of a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query understood."""

    clauses: tuple[Clause, ...] = ()
    filters: tuple[tuple[str, str], ...] = field(default=())  #: field, value as the index keeps it
    issuers: tuple[tuple[Token, ...], ...] = ()  #: names of agencies
    issued_from: date | None = None
    issued_to: date | None = None  #: this day too

    @property
    def words(self) -> tuple[Token, ...]:
        """Every word that is looked for."""
        return tuple(word for clause in self.clauses if not clause.without for word in clause.words)

    @property
    def asks(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.words or self.filters or self.issuers or self.issued_from or self.issued_to)

    def begun(self) -> Asked:
        """The same, its last word only the beginning of one."""
        wanted = [clause for clause in self.clauses if not clause.without]
        if not wanted:
            return self
        last = wanted[-1]
        return replace(self, clauses=tuple(replace(one, begun=True) if one is last else one for one in self.clauses))


def understand(query: str) -> Asked:
    """Read a query. Raises QueryTooLong; nothing else that is typed is wrong."""
    if len(query) > LONGEST:
        raise QueryTooLong(f"a query of {len(query)} letters; at most {LONGEST} are searched")
    text = unicodedata.normalize("NFC", query.replace("\x00", " "))
    asked = Asked()
    for part in list(_PART.finditer(text))[:MOST_PARTS]:
        value = part["phrase"] if part["phrase"] is not None else part["word"]
        name = FIELDS.get(re.sub(r"\s+", "", without_accents(part["name"].lower()))) if part["name"] else None
        understood = _field(asked, name, value) if name and not part["minus"] else None
        if understood is not None:
            asked = understood
            continue
        if part["name"]:
            value = f"{part['name']} {value}"
        words = tuple(tokens(value))
        if words:
            begun = part["word"] is not None and value.endswith("*") and len(words[-1].fold) >= SHORTEST_BEGINNING
            clause = Clause(words=words, without=bool(part["minus"]), begun=begun)
            asked = replace(asked, clauses=(*asked.clauses, clause))
    return asked


def _field(asked: Asked, name: str, value: str) -> Asked | None:
    """What a value after a colon asks for; None where it cannot be meant so, and is words."""
    if name == "agency":
        return _agency(asked, value)
    if name in ("from", "to", "year"):
        span = as_span(value)
        if span is None:
            return None
        first, last = span
        return replace(
            asked,
            issued_from=asked.issued_from if name == "to" else first,
            issued_to=asked.issued_to if name == "from" else last,
        )
    return replace(asked, filters=(*asked.filters, (name, as_kept(value))))


def _agency(asked: Asked, value: str) -> Asked | None:
    try:
        return replace(asked, filters=(*asked.filters, ("agency", agency_code(value))))
    except WrongAgency:
        words = tuple(tokens(value))
    return replace(asked, issuers=(*asked.issuers, words)) if words else None


def as_span(text: str) -> tuple[date, date] | None:
    """First and last day of 2023-12-31, 31/12/2023, 12/2023 or 2023; None for what is no date."""
    match = _DAY.fullmatch(text.strip()) or _DAY_FIRST.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(match[name]) if match[name] else None for name in ("year", "month", "day"))
    if year is None or not 1 <= (month or 1) <= 12:
        return None
    last_month = month or 12
    try:
        first = date(year, month or 1, day or 1)
        return first, date(year, last_month, day or calendar.monthrange(year, last_month)[1])
    except ValueError:
        return None


def as_kept(value: str) -> str:
    """A code as filters compare it: one case, no accents, no blanks."""
    return without_accents(unicodedata.normalize("NFC", value).lower().replace("ð", "đ")).replace(" ", "")
