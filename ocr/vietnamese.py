"""Vietnamese letters: one form of each word, however it was typed, printed or misread."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

SPELLING = Path("/usr/share/hunspell/vi_VN.dic")  # of Debian's hunspell-vi: a syllable a line
TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")  # grave, acute, tilde, hook above, dot below
VOWELS = frozenset("aăâeêioôơuưy")
_ONE_FORM = str.maketrans({"Ð": "Đ", "ð": "đ", "\u00a0": " ", "\u2011": "-", "\u2010": "-", "–": "-", "—": "-"})
_BARE = str.maketrans({"đ": "d", "Đ": "D"})
_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[\w\u0300-\u036f]+")
_BLANKS = re.compile(r"\s+")

#: A syllable without its tone, in the spelling of today; NFC. Foreign names (Ê-đê, Ba Na) may fall outside.
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnpqrstvx])?"
    r"(?:(?:iêu|yêu|uya|uyu|oai|oay|oao|oeo|uai|uay|uây|uôi|ươi|ươu|"  # nothing can follow these
    r"ia|ya|ua|ưa|uơ|ai|ay|ây|ao|au|âu|eo|êu|iu|oi|ôi|ơi|ui|ưi|ưu)|"
    r"(?:uyê|iê|yê|uô|ươ|uâ|uê|uy|oa|oă|oe|oo|[aăâeêioôơuưy])?(?:ng|nh|ch|[cmnpt])?)"
)
_LAST_Y = re.compile(r"(?<=[bcdđghklmnpqrstvx])y(?=[\u0300-\u036f]?$)|(?<=qu)y(?=[\u0300-\u036f]?$)")
_STOPPED = ("c", "ch", "p", "t")
_STOPPED_TONES = frozenset("\u0301\u0323")  # a syllable that ends in c, ch, p or t is sắc or nặng


def one_form(text: str) -> str:
    """NFC, Đ where an Icelandic Eth was typed, plain hyphens and blanks."""
    return unicodedata.normalize("NFC", text).translate(_ONE_FORM)


def without_accents(text: str) -> str:
    """`Quyết định` → `Quyet dinh`; case is kept."""
    apart = unicodedata.normalize("NFD", one_form(text).translate(_BARE))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def key(text: str) -> str:
    """What two spellings of one phrase share: case, blanks and the tone's place (hoá, hóa; Uỷ, Ủy) folded."""
    folded = _BLANKS.sub(" ", one_form(text).casefold()).strip()
    return _WORD.sub(lambda word: _tone_last(word[0]), unicodedata.normalize("NFC", folded))


def says(text: str, phrase: str) -> bool:
    """Whether a text has a phrase in whole words, accents and all: `xã Mỹ Cẩm` does not say `Mỹ Câm`."""
    # Tones stand behind their words' letters in a key, so that a word without one opens the same word with one.
    words, wanted = (_LETTERS.findall(key(one)) for one in (text, phrase))
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))


def plain_key(text: str) -> str:
    """`key` without accents: what survives a scan that lost them."""
    return without_accents(key(text))


def _tone_last(word: str) -> str:
    apart = unicodedata.normalize("NFD", word)
    letters = "".join(letter for letter in apart if letter not in TONES)
    return letters + "".join(letter for letter in apart if letter in TONES)


def tone_of(word: str) -> str:
    """The syllable's tone marks, "" for the level tone; a word with two is no syllable."""
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if letter in TONES)


@lru_cache(maxsize=20_000)  # a page asks for the same few hundred words again and again
def is_syllable(word: str) -> bool:
    """Whether a word can be a Vietnamese syllable; most misread names cannot."""
    lower = one_form(word).casefold()
    if not lower.isalpha():
        return False
    tones = tone_of(lower)
    level = "".join(letter for letter in unicodedata.normalize("NFD", lower) if letter not in TONES)
    level = unicodedata.normalize("NFC", level)
    if len(tones) > 1 or not _SYLLABLE.fullmatch(level) or not any(letter in VOWELS for letter in level):
        return False
    if tones and not _toned(lower):
        return False
    return not level.endswith(_STOPPED) or tones in _STOPPED_TONES


def is_in_use(word: str) -> bool:
    """Whether a syllable is one that Vietnamese words are made of; `buỗi` could be a syllable, and is none of theirs.

    By the spelling dictionary that Debian has (hunspell-vi); without it, whatever can be a syllable.
    """
    used = _syllables_in_use()
    return _with_i(key(word)) in used if used else is_syllable(word)


@lru_cache(maxsize=1)
def _syllables_in_use() -> frozenset[str]:
    """Their keys; none where the dictionary is not installed."""
    try:
        lines = SPELLING.read_text(encoding="utf-8").splitlines()[1:]  # the first one counts the others
    except OSError:
        return frozenset()
    return frozenset(_with_i(key(line.partition("/")[0])) for line in lines)


def _with_i(folded: str) -> str:
    """A key with i where i and y are one: `bác sỹ` is spelt `bác sĩ` as well, `qui định` `quy định`."""
    return _LAST_Y.sub("i", folded)


def _toned(word: str) -> str:
    """The vowel that bears the tone mark, "" where a consonant does."""
    apart = unicodedata.normalize("NFD", word)
    at = next(index for index, letter in enumerate(apart) if letter in TONES)
    base = apart[:at].rstrip("\u0302\u0306\u031b")[-1:]  # circumflex, breve and horn make vowels, not tones
    return base if base and base in VOWELS else ""


def is_capitals(text: str) -> bool:
    """Whether nearly all letters are upper case: one small letter in ten is a misreading."""
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and sum(letter.isupper() for letter in letters) >= 0.85 * len(letters)


def name_case(text: str) -> str:
    """`PHẠM BÁ TUẤN` → `Phạm Bá Tuấn`; a name in mixed case stays as it was written."""
    if not is_capitals(text):
        return text
    return " ".join(word[:1].upper() + word[1:].lower() for word in text.split())


def starts_capital(word: str) -> bool:
    """Whether a word begins with a capital and goes on small, as a name in running text does."""
    return word[:1].isupper() and (len(word) == 1 or word[1:].islower())
