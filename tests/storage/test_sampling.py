"""Quality samples: drawn by lot size, judged by a second person, and a failed one sends its batch back."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from storage.errors import UnknownBatch, UnknownSample, WrongInspection
from storage.events import events_of
from storage.publication import publish_scan
from storage.records import documents_of_batch, finish_batch, start_batch
from storage.sampling import (
    AcceptanceRow,
    SampleState,
    SamplingRules,
    batches_without_sample,
    decide_sample,
    draw_sample,
    find_sample,
    judge_page,
    sample_pages,
    samples,
)
from tests.conftest import Pair
from tests.storage.papers import a_document, a_scan

RULES = SamplingRules(
    share=0.1, at_least=10, table=(AcceptanceRow(up_to=500, most_faults=0), AcceptanceRow(up_to=None, most_faults=3))
)


@pytest.fixture
def batch(pair: Pair, tmp_path: Path) -> str:
    """An ended batch of one paper that Lan scanned."""
    with pair.database.transaction() as session:
        started = start_batch(session, "a key", operator="Lan", inputs=["in"], settings_json="{}")
    scan = a_scan(pair.database, started.id)
    publish_scan(pair.database, pair.store, scan.id, [a_document(tmp_path, started.id)])
    with pair.database.transaction() as session:
        finish_batch(session, started.id, pages=1, documents=1, failed=0)
    return started.id


@pytest.mark.parametrize(("lot", "size"), [(3, 3), (10, 10), (99, 10), (101, 11), (5000, 500)])
def test_a_tenth_or_ten_pages_are_looked_at(lot: int, size: int) -> None:
    """Fewer than the rules say, and the acceptance means nothing."""
    assert RULES.size(lot) == size
    assert RULES.most_faults(lot) == (0 if lot <= 500 else 3)


def test_a_good_sample_accepts_its_batch(pair: Pair, batch: str) -> None:
    """What was looked at once is not drawn again, or nobody ever finishes."""
    with pair.database.transaction() as session:
        assert batches_without_sample(session) == [batch]
        sample = draw_sample(session, batch, RULES, agent="An", chance=random.Random(1))
        assert sample is not None
        for page in sample_pages(session, sample.id):
            judge_page(session, sample.id, page.document_id, page.page, inspector="Hùng", fault=None)
        decided = decide_sample(session, sample.id, inspector="Hùng")
    assert decided.state is SampleState.ACCEPTED
    with pair.database.transaction() as session:
        assert batches_without_sample(session) == []
        again = draw_sample(session, batch, RULES, agent="An")
        assert again == find_sample(session, sample.id)
        assert [one for one in documents_of_batch(session, batch) if one.status == "review"] == []
        kinds = [kind for _, kind, _, _ in events_of(session, "batch", batch)]
    assert kinds[-2:] == ["sample drawn", "sample accepted"]


def test_a_failed_sample_sends_the_batch_back_with_its_reason(pair: Pair, batch: str) -> None:
    """A batch of crooked scans must come back to who scanned it, and not slip into the archive."""
    with pair.database.transaction() as session:
        sample = draw_sample(session, batch, RULES, agent="An")
        assert sample is not None
        for page in sample_pages(session, sample.id):
            judge_page(session, sample.id, page.document_id, page.page, inspector="Hùng", fault="trang bị lệch")
        decided = decide_sample(session, sample.id, inspector="Hùng")
    assert (decided.state, decided.reason, decided.bad) == (SampleState.SENT_BACK, "trang bị lệch", decided.size)
    with pair.database.transaction() as session:
        (paper,) = documents_of_batch(session, batch)
        assert paper.status == "review"
        assert "the batch's sample failed: trang bị lệch" in paper.reasons
        second = draw_sample(session, batch, RULES, agent="An")
        assert second is not None
        assert (second.round, second.state) == (2, SampleState.OPEN)
        assert [one.id for one in samples(session, state=SampleState.OPEN)] == [second.id]


def test_nobody_inspects_what_he_scanned(pair: Pair, batch: str) -> None:
    """The second pair of eyes is the point."""
    with pair.database.transaction() as session:
        sample = draw_sample(session, batch, RULES, agent="An")
    assert sample is not None
    for inspector in ("Lan", " lan ", ""):
        with pytest.raises(WrongInspection), pair.database.transaction() as session:
            judge_page(session, sample.id, "d", 1, inspector=inspector, fault=None)
    with pair.database.transaction() as session:
        page = sample_pages(session, sample.id)[0]
        judge_page(session, sample.id, page.document_id, page.page, inspector="Hùng", fault="mờ")
    with pytest.raises(WrongInspection, match="Hùng is looking"), pair.database.transaction() as session:
        judge_page(session, sample.id, page.document_id, page.page, inspector="Mai", fault=None)


def test_what_cannot_be_judged_is_told(pair: Pair, batch: str) -> None:
    """A slip of the hand must not accept a batch."""
    with pair.database.transaction() as session:
        sample = draw_sample(session, batch, RULES, agent="An")
    assert sample is not None
    with pytest.raises(WrongInspection, match="not judged yet"), pair.database.transaction() as session:
        decide_sample(session, sample.id, inspector="Hùng")
    with pytest.raises(WrongInspection, match="not in it"), pair.database.transaction() as session:
        judge_page(session, sample.id, "other", 1, inspector="Hùng", fault=None)
    with pytest.raises(UnknownSample), pair.database.transaction() as session:
        find_sample(session, 99)
    with pytest.raises(UnknownBatch), pair.database.transaction() as session:
        draw_sample(session, "none", replace(RULES, at_least=1), agent="An")
    with pair.database.transaction() as session:
        running = start_batch(session, "other", operator="", inputs=[], settings_json="{}")
    with pytest.raises(WrongInspection, match="not ended"), pair.database.transaction() as session:
        draw_sample(session, running.id, RULES, agent="An")
