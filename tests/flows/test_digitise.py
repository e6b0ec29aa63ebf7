"""The main job from files to searchable, linked papers, on both pairs of store and database."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pikepdf
import pytest

from flows.digitise import Request, batch_key
from flows.errors import ExitCode
from flows.export import export_documents
from flows.find import rebuild_index
from flows.installation import opened
from flows.link import Told
from flows.register import import_dossier_file
from storage.events import events_of
from storage.records import get_document, is_paused, pause_batch, resume_batch, start_batch
from tests.flows import papers
from tests.flows.conftest import House

CODE = "H23.16-230712-0001"
SECOND = "H23.16-230712-0002"


def _import(house: House, folder: Path, *codes: str) -> None:
    folder.mkdir(exist_ok=True)
    rows = "".join(f"{code},1.004199,Nguyễn Văn An,,2023-07-12\n" for code in codes)
    file = folder / "dossiers.csv"
    file.write_text("dossier_code,procedure_code,owner_name,owner_id,received_on\n" + rows)
    import_dossier_file(file, house.settings())


def test_a_pile_becomes_linked_searchable_papers(paired_house: House, tmp_path: Path):
    """The whole promise: a pile of two dossiers goes in, each paper is found and lies in its own dossier."""
    house = paired_house
    _import(house, tmp_path / "register", CODE, SECOND)
    pile = [
        papers.receipt(CODE),
        papers.decision(number="12/QĐ-UBND", subject="cấp giấy phép môi trường"),
        papers.receipt(SECOND),
        papers.decision(number="13/QĐ-UBND", subject="thu hồi đất"),
    ]
    scan = papers.save_pile(pile, tmp_path / "tập.pdf")
    summary = house.digitise(scan)

    assert summary.exit_code is ExitCode.ALL_PUBLISHED, house.said.getvalue()
    documents = summary.report["documents"]
    assert [document["pages"] for document in documents] == [[1], [2], [3], [4]]
    assert [document["dossier_code"] for document in documents] == [CODE, CODE, SECOND, SECOND]
    assert {document["link"]["status"] for document in documents} == {"accepted"}
    with opened(house.settings()) as inside:
        found = inside.index.search("thu hoi dat")
        assert [hit.document_id for hit in found.hits] == [documents[3]["id"]]
        assert found.hits[0].page == 4
        assert inside.index.search("giấy phép môi trường").hits[0].document_id == documents[1]["id"]
        with inside.database.transaction() as session:
            record = get_document(session, documents[1]["id"])
        original = tmp_path / "original"
        inside.store.fetch(documents[1]["objects"]["original"], original)
        assert original.read_bytes() == scan.read_bytes()
        finished = tmp_path / "finished.pdf"
        inside.store.fetch(next(part.key for part in record.parts if part.name == "pdf"), finished)
    text = subprocess.run(["pdftotext", finished, "-"], capture_output=True, text=True, check=True).stdout
    assert "QUYẾT ĐỊNH" in text
    assert "Ủy ban nhân dân" in text
    with pikepdf.open(finished) as pdf:
        assert len(pdf.pages) == 1


def test_the_same_bytes_again_are_linked_and_not_read_twice(paired_house: House, tmp_path: Path):
    """A paper handed in for a second dossier belongs to both; nobody pays for reading it again."""
    house = paired_house
    _import(house, tmp_path / "register", CODE, SECOND)
    scan = papers.save(papers.decision(), tmp_path / "giấy.png")
    first = house.digitise(scan, told=Told(dossier_code=CODE))
    copy = tmp_path / "bản sao.png"
    copy.write_bytes(scan.read_bytes())
    again = house.digitise(copy, told=Told(dossier_code=SECOND))

    identity = first.report["documents"][0]["id"]
    assert again.report["documents"][0]["id"] == identity
    assert again.report["known"] == ["bản sao.png"]
    assert again.exit_code is ExitCode.NOTHING_DONE
    with opened(house.settings()) as inside, inside.database.transaction() as session:
        record = get_document(session, identity)
        assert [(link.dossier_code, link.status) for link in record.links] == [
            (CODE, "accepted"),
            (SECOND, "accepted"),
        ]


def test_a_code_that_the_procedures_system_does_not_know_is_held_for_a_person(house: House, tmp_path: Path):
    """A misread digit would file somebody's paper with a stranger."""
    scan = papers.save(papers.decision(), tmp_path / CODE / "giấy.png")
    summary = house.digitise(scan.parent)
    document = summary.report["documents"][0]
    assert document["dossier_code"] == CODE
    assert document["link"]["method"] == "path"
    assert document["link"]["status"] == "review"
    assert "has no dossier" in document["link"]["reason"]
    assert document["status"] == "review"


def test_a_damaged_file_that_was_repaired_says_so(paired_house: House, tmp_path: Path):
    """Pages behind a broken copy's end are lost in silence unless somebody looks into the scanner's own file."""
    scan = papers.save(papers.decision(), tmp_path / "giấy.pdf")
    scan.write_bytes(scan.read_bytes().replace(b"startxref\n", b"startxref\n9"))
    document = paired_house.digitise(scan).report["documents"][0]
    assert any("repaired" in note for note in document["page_info"][0]["notes"])
    assert any(reason.startswith("scan again: the file was damaged") for reason in document["reasons"])
    with opened(paired_house.settings()) as inside, inside.database.reading() as session:
        sha256 = get_document(session, document["id"]).scan_sha256
        assert [event[1] for event in events_of(session, "scan", sha256)] == ["ingested", "repaired"]


def test_the_report_keeps_its_contract(house: House, tmp_path: Path):
    """Other systems read it: a key that changes its meaning breaks them in the night."""
    scan = papers.save(papers.decision(), tmp_path / "giấy.png")
    report_file = tmp_path / "report.json"
    ended = house.sohoa("digitise", scan, "--report", report_file)
    assert ended.returncode == ExitCode.ALL_PUBLISHED, ended.stderr
    report = json.loads(report_file.read_text())
    assert {"batch", "pages", "seconds", "failed", "documents"} <= set(report)
    document = report["documents"][0]
    assert {
        "id",
        "source",
        "pages",
        "blank_pages",
        "type",
        "dossier_code",
        "link",
        "fields",
        "objects",
        "page_info",
    } <= set(document)
    assert set(document["link"]) >= {"method", "confidence", "status"}
    assert set(document["objects"]) == {"original", "pdf", "alto", "text", "reading", "previews"}
    field = document["fields"]["number"]
    assert field["value"] == "12/QĐ-UBND"
    assert field["page"] == 1
    x0, y0, x1, y1 = field["box"]
    assert 0 < x0 < x1 < 8.3 * 72  # points: the paper is 1240 pixels of 150 dpi across
    assert 0 < y0 < y1
    assert {"page", "dpi", "rotation", "skew", "blank", "confidence"} <= set(document["page_info"][0])
    assert re.search(rf"batch {report['batch']}: 1 documents, 1 pages", ended.stdout)


def test_the_embedded_default_looks_after_a_server_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`sohoa digitise` alone just works, its task records are all there, and nothing runs on when it has ended."""
    from flows.prefect_server import _healthy

    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    data_dir = tmp_path / "data"
    environment = {
        "SOHOA_DATA_DIR": str(data_dir),
        "SOHOA_RUN__MIN_FREE_GIB": "0.05",
        "SOHOA_PREFECT__START_SECONDS": "240",
    }
    house = House(data_dir=data_dir, environment=environment)
    folder = tmp_path / "hồ sơ"
    for number in (1, 2):
        papers.save(papers.decision(number=f"{number}/QĐ-UBND"), folder / f"{number}.png")
    (folder / "2.png").rename(folder / "hai.png")
    (folder / "1.png").rename(folder / "một.png")
    ended = house.sohoa("digitise", folder)
    assert ended.returncode == ExitCode.ALL_PUBLISHED, ended.stderr

    import sqlite3
    import time

    address = json.loads((data_dir / "prefect" / "server.json").read_text())["api_url"]
    until = time.monotonic() + 60
    while _healthy(address) and time.monotonic() < until:
        time.sleep(0.2)
    assert not _healthy(address), "the server outlived its users"
    with sqlite3.connect(data_dir / "prefect" / "prefect.db") as records:
        states = records.execute("select state_type, count(*) from task_run group by 1").fetchall()
        flows = records.execute("select state_type from flow_run").fetchall()
    assert states == [("COMPLETED", 2)]
    assert flows == [("COMPLETED",)]


@pytest.mark.parametrize("count", [1, 2, 100, 101, 250, 5000])
def test_every_document_of_a_batch_has_its_place_in_one_task(count: int):
    """A scan that no task was given would be missing on Monday without a word."""
    from flows.batch import MOST_TASKS, _shares

    shares = _shares(count)
    assert [number for share in shares for number in share] == list(range(count))
    assert len(shares) <= MOST_TASKS
    assert count > MOST_TASKS or len(shares) == count


def test_files_are_exported_under_their_sources_names(house: House, tmp_path: Path):
    """Clerks look for the name that the scanner gave; the second paper of a pile gets a number."""
    pile = papers.save_pile(
        [papers.receipt(CODE), papers.decision(), papers.receipt(SECOND), papers.decision()], tmp_path / "tập.pdf"
    )
    summary = house.digitise(pile)
    to = tmp_path / "ra"
    written = export_documents([], summary.batch_id, to, house.settings())
    names = sorted(path.name for path in to.iterdir())
    assert written == len(names) == 3 * len(summary.report["documents"])
    assert {"tập.pdf", "tập-2.pdf", "tập.txt", "tập.alto.xml"} <= set(names)
    first = summary.report["documents"][0]
    with opened(house.settings()) as inside:
        sha256 = inside.store.sha256(first["objects"]["pdf"])
    assert hashlib.sha256((to / "tập.pdf").read_bytes()).hexdigest() == sha256


def test_the_index_is_built_again_from_the_records(house: House, tmp_path: Path):
    """The index's folder is lost or of an old format: everything in it comes back."""
    import shutil

    house.digitise(papers.save(papers.decision(subject="cấp giấy phép môi trường"), tmp_path / "giấy.png"))
    shutil.rmtree(house.data_dir / "index")
    assert rebuild_index(house.settings()) == 1
    with opened(house.settings()) as inside:
        assert inside.index.search("moi truong").total == 1


def test_one_paper_per_file_is_taken_at_its_word(house: House, tmp_path: Path):
    """A clerk who says that a file is one paper is right, whatever the pages look like."""
    pile = papers.save_pile([papers.decision(), papers.decision(number="13/QĐ-UBND")], tmp_path / "tập.pdf")
    summary = house.digitise(pile, one_paper=True)
    assert [document["pages"] for document in summary.report["documents"]] == [[1, 2]]


def test_a_paused_batch_begins_nothing_more_and_goes_on_where_it_was(house: House, tmp_path: Path):
    """An operator needs the machine at eight; what the night has read must not be read again."""
    scan = papers.save(papers.decision(), tmp_path / "0001.pdf")
    request = Request(inputs=(scan,), operator="thử nghiệm")
    with opened(house.settings()) as inside:
        with inside.database.transaction() as session:
            batch = start_batch(session, batch_key(request), operator="", inputs=["0001.pdf"], settings_json="{}")
            assert pause_batch(session, batch.id, agent="account 1")
            assert not pause_batch(session, batch.id, agent="account 1")
        paused = house.digitise(scan)
        assert (paused.batch_id, paused.report["documents"]) == (batch.id, [])
        assert "paused" in paused.stopped
        with inside.database.transaction() as session:
            assert is_paused(session, batch.id)
            assert resume_batch(session, batch.id, agent="account 1")
    gone_on = house.digitise(scan)
    assert (gone_on.batch_id, gone_on.exit_code) == (batch.id, ExitCode.ALL_PUBLISHED), house.said.getvalue()
    assert len(gone_on.report["documents"]) == 1
