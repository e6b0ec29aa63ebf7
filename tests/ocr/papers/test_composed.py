"""Scans composed at random (tests/benchmarks/unlike), read by the shipped weights: nothing wrong is accepted."""

from __future__ import annotations

import pytest

from ocr.engines.choice import READER
from samples.fonts import FOLDER
from tests.benchmarks.unlike.reading import Job, one
from tests.benchmarks.unlike.sheet import families


@pytest.mark.parametrize("seed", range(8))
def test_a_paper_never_seen_is_read_or_held_but_never_accepted_wrongly(seed: int) -> None:
    """A truncated place, another's name, a number by hand: whoever trusts what was accepted would file it so."""
    whole, hands = families([FOLDER])
    found = one(Job(700_000 + seed, READER, whole, hands, None))
    assert not [outcome for outcome in found if outcome[2] in ("WRONG", "INVENTED")]
    assert sum(outcome[2] == "right" for outcome in found) >= len(found) / 2
