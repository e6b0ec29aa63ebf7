"""Watched folders with the real command: dropped, replaced, killed, and every file accounted for."""

from __future__ import annotations

import fcntl
import json
import shutil
import threading
import time
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select

from flows.installation import opened
from flows.watching.notes import NOTES
from storage.heartbeats import heartbeats
from storage.intakes import IntakeState, find_intakes, watch_counts
from storage.notices import find_notices
from storage.overview import latest_batches
from storage.records import documents_of_dossier, find_dossier, pause_batch, resume_batch
from storage.records.unattended_models import HeartbeatTable
from tests.flows.conftest import House
from tests.flows.watching.accounts import faults_of
from tests.flows.watching.drop import Dropper, final_files, tiny_page

QUICK = {
    "SOHOA_WATCHING__POLL_SECONDS": "0.3",
    "SOHOA_WATCHING__SETTLE_SECONDS": "0.6",
    "SOHOA_WATCHING__PATIENCE_SECONDS": "2",
    "SOHOA_WATCHING__MOST_CPU": "1",
}
FILES = 36
KILLS = 3  # tests/benchmarks/watching.py drops 300 files and kills five times


def watching(house: House, monkeypatch: pytest.MonkeyPatch, *folders: dict[str, object]) -> list[Path]:
    """Make folders and have the house watch them."""
    paths = [Path(str(folder["path"])) for folder in folders]
    for path in paths:
        path.mkdir(parents=True, exist_ok=True)
    for name, value in {**QUICK, "SOHOA_WATCH": json.dumps(folders)}.items():
        house.environment[name] = value
        monkeypatch.setenv(name, value)
    return paths


def wait_for_watcher(folder: Path) -> None:
    """Until somebody holds the tree."""
    lock = folder / "đang xử lý" / ".lock"
    while True:
        time.sleep(0.2)
        if not lock.exists():
            continue
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return


def watched(house: House) -> None:
    """Watch until nothing is left to do."""
    ended = house.sohoa("watch", "--until-idle")
    assert ended.returncode == 0, ended.stderr


def test_everything_that_is_dropped_lies_in_one_final_place_however_often_the_watcher_is_killed(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clerks drop scans and go home; what is gone or doubled on Monday nobody can find out any more."""
    folders = watching(
        house,
        monkeypatch,
        {"name": "mot", "path": str(tmp_path / "một"), "operator": "An"},
        {"name": "hai", "path": str(tmp_path / "hai"), "events": False},
        {"name": "ba", "path": str(tmp_path / "ba"), "events": False},
    )
    dropper = Dropper(folders, pause=0.1)
    dropping = threading.Thread(target=dropper.run, args=(FILES,))
    dropping.start()
    for number in range(KILLS):
        process = house.start("watch")
        wait_for_watcher(folders[0])
        time.sleep(0.5 + 1.5 * number)
        process.kill()
        process.communicate()
    dropping.join()
    watched(house)
    with opened(house.settings()) as inside:
        assert faults_of(inside, dropper) == []
        with inside.database.reading() as session:
            counts = watch_counts(session)
            silent = session.scalar(select(func.count()).select_from(HeartbeatTable))
    assert sum(one.done + one.failed for one in counts) > 0
    assert all(one.taken == 0 for one in counts)
    assert silent == KILLS  # the killed ones did not say goodbye, the last one did


def test_a_note_says_in_vietnamese_what_to_do(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clerk cannot do anything with an exit code."""
    (folder,) = watching(
        house, monkeypatch, {"name": "mot", "path": str(tmp_path / "một"), "owner": "chi.lan@example.vn"}
    )
    monkeypatch.setitem(house.environment, "SOHOA_NOTICES__SMTP_HOST", "127.0.0.1")
    (folder / "hỏng.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (folder / "rỗng.pdf").write_bytes(b"")
    (folder / "bảng.xlsx").write_bytes(b"no scan")
    with zipfile.ZipFile(folder / "gói.zip", "w") as archive:
        archive.writestr("hộp 1/trống.pdf", b"")
        archive.writestr("hộp 1/tốt.png", tiny_page(1))
    watched(house)
    notes = {
        file.name: (folder / "lỗi" / f"{file.name}.ghi-chú.txt").read_text(encoding="utf-8-sig")
        for file in final_files(folder)
    }
    assert "bị hỏng hoặc chưa chép xong" in notes["hỏng.pdf"]
    assert "Tệp rỗng" in notes["rỗng.pdf"]
    assert "không phải bản quét" in notes["bảng.xlsx"]
    assert f"- hộp 1/trống.pdf: {NOTES['EmptyFile'].happened}" in notes["gói.zip"].splitlines()
    assert "tốt.png" not in notes["gói.zip"]
    assert all("Việc cần làm: " in note for note in notes.values())
    with opened(house.settings()) as inside, inside.database.reading() as session:
        failed = find_intakes(session, state=IntakeState.FAILED)
        told = find_notices(session)
    assert {one.reason for one in failed} == {"DamagedFile", "EmptyFile", "NotAScan", "InArchive"}
    assert len(told) == len({one.take for one in failed})  # one for each take, not one for each file
    assert {one.address for one in told} == {"chi.lan@example.vn"}
    assert all("cần xem lại" in one.subject for one in told)


def test_subfolders_manifests_and_markers_tell_what_belongs_where(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan that is bound to the wrong dossier is worse than one that is bound to none."""
    by_folder, marked = watching(
        house,
        monkeypatch,
        {"name": "ho-so", "path": str(tmp_path / "hồ sơ"), "layout": "{procedure}/{dossier}", "agency": "H23.16"},
        {"name": "danh-dau", "path": str(tmp_path / "đánh dấu"), "ready": "marker"},
    )
    place = by_folder / "1.000001" / "H23.16-230712-0001"
    place.mkdir(parents=True)
    (place / "đơn.png").write_bytes(tiny_page(1))
    (marked / "xong.png").write_bytes(tiny_page(2))
    (marked / "xong.png.done").touch()
    (marked / "chưa xong.png").write_bytes(tiny_page(3))
    batch = marked / "lô"
    batch.mkdir()
    (batch / "manifest.csv").write_text("source,dossier_code\nmột.png,H23.16-230712-0002\n", encoding="utf-8")
    (batch / "một.png").write_bytes(tiny_page(4))
    (marked / "lô.done").touch()
    process = house.start("watch")
    until = time.monotonic() + 120
    while len([*final_files(by_folder), *final_files(marked)]) < 3 and time.monotonic() < until:
        time.sleep(1)
    process.terminate()
    process.communicate()
    assert {file.name for file in final_files(marked)} == {"xong.png", "một.png"}
    assert (marked / "chưa xong.png").exists()
    with opened(house.settings()) as inside, inside.database.reading() as session:
        first = documents_of_dossier(session, "H23.16-230712-0001")
        second = documents_of_dossier(session, "H23.16-230712-0002")
        assert find_dossier(session, "H23.16-230712-0001") is None
    assert [(one.source, one.agency_code) for one in first] == [("1.000001/H23.16-230712-0001/đơn.png", "H23.16")]
    assert [one.source for one in second] == ["lô/một.png"]


def test_the_two_sides_of_two_clerks_piles_never_mix(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of another citizen's dossier in mine are a leak, and nobody sees it for years."""
    (folder,) = watching(
        house, monkeypatch, {"name": "mot-mat", "path": str(tmp_path / "một mặt"), "one_sided": "reversed"}
    )
    from tests.flows.papers import decision, save_pile

    def side(clerk: str, name: str, *numbers: int) -> None:
        save_pile([decision(number=f"{number}/QĐ-UBND") for number in numbers], folder / clerk / f"{name}.pdf")

    side("chị Lan", "tập 1 lẻ", 11, 13)
    side("anh Hùng", "tập 1 lẻ", 21, 23)
    side("anh Hùng", "tập 1 chẵn", 24, 22)
    side("chị Lan", "tập 1 chẵn", 14, 12)
    side("chị Lan", "tập 2 lẻ", 15)  # its other side never comes
    watched(house)
    with opened(house.settings()) as inside, inside.database.reading() as session:
        done = find_intakes(session, state=IntakeState.DONE)
        failed = find_intakes(session, state=IntakeState.FAILED)
        from storage.records.models import DocumentPageTable, DocumentTable

        texts: dict[str, list[str]] = {}
        rows = session.query(DocumentTable.source, DocumentPageTable.text, DocumentPageTable.page).join(
            DocumentPageTable, DocumentPageTable.document_id == DocumentTable.id
        )
        for source, text, _ in sorted(rows, key=lambda row: (row[0], row[2])):
            texts.setdefault(source, []).append(text)
    assert len(done) == 2
    assert [(one.path, one.reason) for one in failed] == [("chị Lan/tập 2 lẻ.pdf", "MissingFiles")]
    assert [
        [f"{number}/" in text for number, text in zip((11, 12, 13, 14), texts["chị Lan/tập 1 lẻ.pdf"], strict=True)]
    ]
    for source, numbers in (("chị Lan/tập 1 lẻ.pdf", (11, 12, 13, 14)), ("anh Hùng/tập 1 lẻ.pdf", (21, 22, 23, 24))):
        assert all(str(number) in text for number, text in zip(numbers, texts[source], strict=True)), texts[source]


def test_a_second_watcher_keeps_away(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two watchers on one share would take each other's files."""
    watching(house, monkeypatch, {"name": "mot", "path": str(tmp_path / "một")})
    process = house.start("watch")
    wait_for_watcher(tmp_path / "một")
    second = house.sohoa("watch", "--until-idle")
    process.terminate()
    process.communicate()
    assert second.returncode == 2
    assert "another process watches it" in second.stderr
    with opened(house.settings()) as inside, inside.database.reading() as session:
        assert heartbeats(session) == []  # neither says that it lives, and neither is missed
    shutil.rmtree(tmp_path / "một")


def test_a_paused_batch_of_a_watched_folder_waits_and_lets_later_files_pass(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cabinet lies in the folder, and a citizen waits at the counter for one page."""
    (folder,) = watching(house, monkeypatch, {"name": "mot", "path": str(tmp_path / "một")})
    (folder / "tủ.png").write_bytes(tiny_page(1))
    process = house.start("watch")
    try:
        with opened(house.settings()) as inside:

            def states() -> dict[str, str]:
                with inside.database.reading() as session:
                    return {one.path: str(one.state) for one in find_intakes(session)}

            def until(path: str, state: str) -> None:
                while states().get(path) != state:
                    assert process.poll() is None
                    time.sleep(0.2)

            batch = ""
            while not batch:
                time.sleep(0.05)
                with inside.database.transaction() as session:
                    batch = next((one.progress.batch_id for one in latest_batches(session) if one.steered), "")
                    assert not batch or pause_batch(session, batch, agent="op")
            (folder / "gấp.png").write_bytes(tiny_page(2))
            until("gấp.png", "done")
            assert states()["tủ.png"] == "taken"
            with inside.database.transaction() as session:
                resume_batch(session, batch, agent="op")
            until("tủ.png", "done")
    finally:
        process.terminate()
        process.communicate()
