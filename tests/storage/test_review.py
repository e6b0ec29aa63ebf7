"""Review: what waits, in which order, and decisions that can be told apart and taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from storage.corrections import FieldName
from storage.errors import DocumentChanged, WrongCorrection
from storage.publication import publish_scan
from storage.records import Database, DocumentRecord, NewField, NewLink, get_document
from storage.records.sight import Sight
from storage.review import (
    DOSSIER,
    Filter,
    Verdict,
    count_waiting,
    decide,
    fields_alike,
    restore_field,
    settle_paper,
    waiting,
)
from tests.conftest import Pair
from tests.storage.papers import a_batch, a_document, a_scan

EVERYTHING = Sight()
UNSURE = "the procedures system has no dossier H23.16-230712-0009"


def _paper(pair: Pair, folder: Path, number: int = 1, **changes: object) -> str:
    batch = a_batch(pair.database)
    scan = a_scan(pair.database, batch, f"scan {number}".encode())
    document = a_document(folder, batch, name=f"paper-{number}")
    field = NewField(
        name="number",
        value="12/QĐ-UBND",
        confidence=0.5,
        status="review",
        page=1,
        box=(1.0, 2.0, 3.0, 4.0),
        evidence="Số: 12/QĐ-UBND",
    )
    changed = {
        "title": "Quyết định 12/QĐ-UBND về đất",
        "fields": (field,),
        "status": "review",
        "reasons": ("number: its digits are written by hand",),
        "report": {"fields": {"number": {"value": "12/QĐ-UBND", "doubts": ["its digits are written by hand"]}}},
        **changes,
    }
    publish_scan(pair.database, pair.store, scan.id, [replace(document, **changed)])  # type: ignore[arg-type]
    return document.id


def _seen(database: Database, document_id: str) -> DocumentRecord:
    with database.reading() as session:
        return get_document(session, document_id)


def _decide(database: Database, document_id: str, version: int, verdict: Verdict, value: str | None = None) -> int:
    with database.transaction() as session:
        return decide(
            session,
            document_id,
            version=version,
            name=FieldName.NUMBER,
            verdict=verdict,
            value=value,
            agent="account lan",
        )


def test_a_decided_field_is_doubted_no_more_and_the_paper_waits_no_more(pair: Pair, tmp_path: Path) -> None:
    """A confirmed paper that comes back to the queue is looked at twice, for ever."""
    paper = _paper(pair, tmp_path)
    _decide(pair.database, paper, 1, Verdict.CORRECTED, "13/QĐ-UBND")
    seen = _seen(pair.database, paper)
    assert (seen.status, seen.reasons, seen.fields[0].value) == ("published", (), "13/QĐ-UBND")
    assert seen.title == "Quyết định 13/QĐ-UBND về đất"
    with pair.database.reading() as session:
        assert waiting(session, EVERYTHING, Filter(), after=None, limit=10) == []


def test_unreadable_and_absent_are_told_apart(pair: Pair, tmp_path: Path) -> None:
    """Who asks for the number must know whether the paper has none or nobody could read it."""
    paper = _paper(pair, tmp_path)
    _decide(pair.database, paper, 1, Verdict.UNREADABLE)
    unreadable = _seen(pair.database, paper).fields[0]
    _decide(pair.database, paper, 2, Verdict.ABSENT)
    absent = _seen(pair.database, paper).fields[0]
    assert (unreadable.value, unreadable.confidence, unreadable.status) == (None, 0.0, "accepted")
    assert (absent.value, absent.confidence, absent.status) == (None, 1.0, "accepted")
    with pytest.raises(WrongCorrection):
        _decide(pair.database, paper, 3, Verdict.CONFIRMED, None)


def test_undo_brings_the_doubts_back_as_a_new_version(pair: Pair, tmp_path: Path) -> None:
    """A slip of the key must be taken back without losing what the machine had doubted, nor that it happened."""
    paper = _paper(pair, tmp_path)
    before = _seen(pair.database, paper)
    _decide(pair.database, paper, 1, Verdict.CORRECTED, "31/QĐ-UBND")
    with pair.database.transaction() as session:
        restore_field(session, paper, version=2, name=FieldName.NUMBER, from_version=1, agent="account lan")
    after = _seen(pair.database, paper)
    assert after.version == 3
    assert (after.status, after.reasons, after.title) == (before.status, before.reasons, before.title)
    assert after.fields == before.fields


def test_undo_of_a_binding_brings_the_doubtful_one_back(pair: Pair, tmp_path: Path) -> None:
    """A paper bound to the wrong dossier by a slip would be lost among another citizen's papers."""
    link = NewLink(dossier_code="H23.16-230712-0009", method="qr", confidence=0.5, status="review", reason=UNSURE)
    paper = _paper(pair, tmp_path, fields=(), link=link, dossier_code=link.dossier_code, reasons=(UNSURE,))
    before = _seen(pair.database, paper)
    with pair.database.transaction() as session:
        decide(
            session,
            paper,
            version=1,
            name=FieldName.DOSSIER_CODE,
            verdict=Verdict.CORRECTED,
            value="H23.16-230712-0001",
            agent="account lan",
        )
    assert _seen(pair.database, paper).status == "published"
    with pair.database.transaction() as session:
        restore_field(session, paper, version=2, name=FieldName.DOSSIER_CODE, from_version=1, agent="account lan")
    after = _seen(pair.database, paper)
    assert (after.links, after.dossier_code, after.reasons) == (before.links, before.dossier_code, before.reasons)


def test_undo_of_a_binding_brings_the_candidates_back(pair: Pair, tmp_path: Path) -> None:
    """The clerk takes the wrong one of two candidates, sees it, and must find the other still there."""
    reason = "no dossier code was found; 2 dossiers of the register fit it"
    link = {"method": "none", "candidates": [{"dossier_code": "H23.16-230712-0009", "score": 0.9, "reasons": []}]}
    paper = _paper(
        pair,
        tmp_path,
        fields=(),
        link=None,
        dossier_code=None,
        reasons=(reason,),
        report={"fields": {}, "link": link},
    )
    name, agent = FieldName.DOSSIER_CODE, "account lan"
    with pair.database.transaction() as session:
        verdict, code = Verdict.CORRECTED, "H23.16-230712-0001"
        decide(session, paper, version=1, name=name, verdict=verdict, value=code, agent=agent)
    decided = _seen(pair.database, paper)
    assert (decided.status, decided.reasons, "candidates" in decided.report["link"]) == ("published", (), False)
    with pair.database.transaction() as session:
        restore_field(session, paper, version=2, name=name, from_version=1, agent=agent)
    after = _seen(pair.database, paper)
    assert (after.status, after.reasons, after.report["link"]) == ("review", (reason,), link)


def test_the_second_of_two_clerks_is_told_and_overwrites_nothing(pair: Pair, tmp_path: Path) -> None:
    """Two clerks on one paper: the slower one would undo the faster one's work unseen."""
    paper = _paper(pair, tmp_path)
    _decide(pair.database, paper, 1, Verdict.CORRECTED, "13/QĐ-UBND")
    with pytest.raises(DocumentChanged):
        _decide(pair.database, paper, 1, Verdict.CONFIRMED, "12/QĐ-UBND")
    assert _seen(pair.database, paper).fields[0].value == "13/QĐ-UBND"


def test_the_queue_is_walked_in_order_and_counts_what_it_shows(pair: Pair, tmp_path: Path) -> None:
    """A paper that no page of the queue shows is never reviewed."""
    papers = [_paper(pair, tmp_path, number) for number in (1, 2, 3)]
    unbound = _paper(
        pair, tmp_path, 4, fields=(), reasons=("no dossier code was found",), link=None, dossier_code=None
    )
    seen: list[str] = []
    after = None
    with pair.database.reading() as session:
        while found := waiting(session, EVERYTHING, Filter(), after=after, limit=2):
            seen += [one.id for one in found]
            after = (found[-1].published_at, found[-1].id)
        numbers = waiting(session, EVERYTHING, Filter(reason="number"), after=None, limit=10)
        dossiers = waiting(session, EVERYTHING, Filter(reason=DOSSIER), after=None, limit=10)
        counts = count_waiting(session, EVERYTHING)
        sheet = fields_alike(session, EVERYTHING, "number", agency=None, after=None, limit=10)
    assert sorted(seen) == sorted([*papers, unbound])
    assert [one.id for one in numbers] == papers
    assert [one.document_id for one in sheet] == papers
    assert unbound in [one.id for one in dossiers]
    assert (counts.total, dict(counts.by_reason)["number"]) == (4, 3)


def test_a_paper_of_unknown_kind_is_settled_by_naming_its_kind(pair: Pair, tmp_path: Path) -> None:
    """A paper whose fields are all right would wait for ever for its kind."""
    paper = _paper(pair, tmp_path, fields=(), reasons=("what kind of paper it is was not recognised",), type=None)
    with pair.database.transaction() as session:
        settle_paper(session, paper, version=1, type="QĐ", agent="account lan")
    seen = _seen(pair.database, paper)
    assert (seen.type, seen.status, seen.reasons, seen.version) == ("QĐ", "published", (), 2)
