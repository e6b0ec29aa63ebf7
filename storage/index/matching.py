"""A query that was understood, as the engine asks it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import tantivy
from tantivy import FieldType, Occur, Query

from storage.index.entries import SCHEMA
from storage.index.fold import Token, without_tone
from storage.index.only import EARLIEST, LATEST, Only, as_number
from storage.index.query import LONG_WORD, Asked, Clause

EXACT_BOOST = 2.0  # of a word that stands with just the accents typed
TOGETHER_BOOST = 2.0  # of all words standing together in the order typed


def together(asked: Asked) -> list[str]:
    """The words that count more where they stand together in this order; none where there is nothing to order."""
    wanted = [clause for clause in asked.clauses if not clause.without]
    whole = [word.fold for clause in wanted if not clause.begun for word in clause.words]
    return whole if len(whole) > 1 and len(wanted) > 1 else []


def together_query(words: Sequence[str], within: Collection[int]) -> tantivy.Query:
    """What makes a page better, words that stand together in this order, looked for in the documents given only.

    As an optional part of `engine_query` it would be looked for on every page with the words: of common ones, in half
    of an archive.
    """
    phrase = Query.boost_query(Query.phrase_query(SCHEMA, "fold", list(words)), TOGETHER_BOOST)
    # Asked one by one: a set of terms is looked for by going through all documents there are, at two to four times
    # the cost (2.3–3.9 ms beside 0.8–1.8 at 200,000 pages).
    numbers = [(Occur.Should, Query.term_query(SCHEMA, "document", number)) for number in within]
    one_of_them = Query.const_score_query(Query.boolean_query(numbers), 0.0)
    return Query.boolean_query([(Occur.Must, one_of_them), (Occur.Must, phrase)])


def engine_query(asked: Asked, only: Only, *, near: bool = False) -> tantivy.Query:
    """What must stand on a page, what must not, and what makes one page better than another.

    near: long words may have a letter too many, too few, amiss or swapped.
    """
    parts: list[tuple[Occur, Query]] = [
        (Occur.Must, Query.term_query(SCHEMA, name, value)) for name, value in asked.filters
    ]
    parts += [(Occur.Must, _phrase("issuer", words)) for words in asked.issuers]
    if asked.issued_from or asked.issued_to:
        lower = as_number(asked.issued_from) if asked.issued_from else EARLIEST
        upper = as_number(asked.issued_to) if asked.issued_to else LATEST
        parts.append((Occur.Must, Query.range_query(SCHEMA, "issued", FieldType.Integer, lower, upper)))
    wanted = [clause for clause in asked.clauses if not clause.without]
    parts += [part for clause in wanted for part in (_nearly(clause) if near else _clause(clause))]
    without = [clause for clause in asked.clauses if clause.without]
    parts += [(Occur.MustNot, Query.boolean_query(_clause(clause))) for clause in without]
    parts += only.conditions(SCHEMA)
    if all(occur is Occur.MustNot for occur, _ in parts):
        parts.append((Occur.Must, Query.all_query()))
    return Query.boolean_query(parts)


def _phrase(field: str, words: tuple[Token, ...]) -> Query:
    if len(words) == 1:
        return Query.term_query(SCHEMA, field, words[0].fold)
    return Query.phrase_query(SCHEMA, field, [word.fold for word in words])


Parts = list[tuple[Occur, Query]]  # of one query: as queries within it they would cost a third more


def _clause(clause: Clause) -> Parts:
    """A word, or words in a row: each as its accents ask for it."""
    if clause.begun:
        return _begun(clause)
    if len(clause.words) == 1:
        return _word(clause.words[0])
    exact = [(Occur.Must if word.accented else Occur.Should, _exact(word)) for word in clause.words]
    return [(Occur.Must, _phrase("fold", clause.words)), *exact]


def _begun(clause: Clause) -> Parts:
    """As a clause whose last word may go on."""
    *whole, last = clause.words
    field, letters = ("raw", without_tone(last.raw)) if last.accented else ("fold", last.fold)
    beginning = Query.regex_query(SCHEMA, field, f"{letters}.*")  # a token is letters and digits only
    return [(Occur.Must, beginning), *(part for word in whole for part in _word(word))]


def _nearly(clause: Clause) -> Parts:
    """Long words by their letters without accents, one of them amiss; the others as they are."""
    if clause.begun or not any(len(word.fold) >= LONG_WORD for word in clause.words):
        return _clause(clause)
    parts: Parts = []
    for word in clause.words:
        if len(word.fold) >= LONG_WORD and not word.fold.isdigit():
            parts.append((Occur.Must, Query.fuzzy_term_query(SCHEMA, "fold", word.fold, 1, True)))  # noqa: FBT003
        else:
            parts += _word(word)
    return parts


def _word(word: Token) -> Parts:
    """A word that stands alone: with its accents where they were typed, and without them better with none."""
    if word.accented:
        return [(Occur.Must, _exact(word))]
    return [(Occur.Must, Query.term_query(SCHEMA, "fold", word.fold)), (Occur.Should, _exact(word))]


def _exact(word: Token) -> Query:
    return Query.boost_query(Query.term_query(SCHEMA, "raw", word.raw), EXACT_BOOST)
