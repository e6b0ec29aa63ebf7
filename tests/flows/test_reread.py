"""`sohoa reread`: newer rules over papers of years ago, without recognising anything, without undoing people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import update

from flows.installation import opened
from flows.reread import Reread, Wanted, reread
from storage.corrections import correct_fields
from storage.events import events_of
from storage.records import DocumentRecord, iter_documents
from storage.records.models import DocumentTable, FieldTable
from tests.flows import papers
from tests.flows.conftest import House

RECEIPT_CODE = "H23.16-230712-0001"


def _all(house: House) -> Sequence[DocumentRecord]:
    with opened(house.settings()) as inside, inside.database.reading() as session:
        return list(iter_documents(session))


def _value(document: DocumentRecord, name: str) -> str | None:
    return next((field.value for field in document.fields if field.name == name), None)


def test_values_that_older_rules_misread_are_mended_and_people_s_stay(
    paired_house: House, tmp_path: Path, prefect_api: str
):
    """A better rule must reach the papers of last year, and no clerk's word may be lost to it."""
    house = paired_house
    pile = papers.save_pile([papers.receipt(RECEIPT_CODE), papers.decision()], tmp_path / "tập.pdf")
    assert house.sohoa("digitise", pile).returncode == 0
    receipt, decision = sorted(_all(house), key=lambda one: one.pages)
    true_number, signer = _value(decision, "number"), "Trần Thị Bình"
    assert true_number == "12/QĐ-UBND"
    with opened(house.settings()) as inside, inside.database.transaction() as session:
        correct_fields(
            session, decision.id, version=1, values={"signer": signer}, agent="account lan", reason="corrected"
        )
        old = (FieldTable.document_id == decision.id) & (FieldTable.name == "number")
        session.execute(update(FieldTable).where(old).values(value="1/QĐ-UBND", status="accepted"))
        session.execute(update(DocumentTable).where(DocumentTable.id == receipt.id).values(type=None))

    dry = house.sohoa("reread", "--dry-run")
    assert f"{decision.id}  number: 1/QĐ-UBND → {true_number}" in dry.stdout
    assert f"{receipt.id}  type: – → {receipt.type}" in dry.stdout
    settings = house.settings()
    assert {one.id: one.version for one in _all(house)} == {decision.id: 2, receipt.id: 1}

    assert reread(Wanted(type=decision.type), settings, lambda _: None) == (1, 1)
    now = {one.id: one for one in _all(house)}
    assert (_value(now[decision.id], "number"), _value(now[decision.id], "signer")) == (true_number, signer)
    assert (now[decision.id].version, now[receipt.id].version) == (3, 1)
    assert now[decision.id].report["fields"]["number"]["value"] == true_number
    assert now[decision.id].report["fields"]["signer"]["value"] == signer
    assert {link.dossier_code for link in now[decision.id].links} == {RECEIPT_CODE}, "what its pile told is kept"

    assert reread(Wanted(), settings, lambda _: None) == (2, 1)
    assert reread(Wanted(model="another engine"), settings, lambda _: None) == (0, 0)
    with opened(house.settings()) as inside, inside.database.reading() as session:
        for document in (decision, receipt):
            kinds = [kind for _, kind, *_ in events_of(session, "document", document.id)]
            assert kinds.count("reread") == 1, kinds


def test_a_damaged_reading_leaves_its_paper_and_the_run_as_they_were(house: House, tmp_path: Path, prefect_api: str):
    """One lost object must not keep the province's other papers from better rules."""
    scans = [papers.save(papers.decision(number=f"{n}/QĐ-UBND"), tmp_path / f"giấy {n}.png") for n in (7, 8)]
    assert house.sohoa("digitise", *scans).returncode == 0
    lost, whole = _all(house)
    for key in [part.key for part in lost.parts if part.name == "reading"]:
        (house.data_dir / "objects" / key).unlink()
    told: list[Reread] = []
    looked, _ = reread(Wanted(), house.settings(), told.append)
    assert looked == 2
    assert {one.document_id for one in told if one.unread} == {lost.id} != {whole.id}


def test_nobody_is_read_again_by_mistake(house: House, tmp_path: Path):
    """A day that is none, or ids beside a choice by kind, are told and not guessed."""
    for words, said in (
        (["--since", "2026"], "is no day"),
        (["ab12", "--type", "QĐ"], "one of the two"),
        (["ab12"], "there is no such document"),
    ):
        ran = house.sohoa("reread", *words)
        assert ran.returncode in (2, 3), ran.stderr
        assert said in ran.stderr
    assert house.sohoa("reread").returncode == 4
