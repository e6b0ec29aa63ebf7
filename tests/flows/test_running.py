"""Running an installation: what ends is started again, one stop ends all, what is left behind is finished."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from flows.errors import WrongSettings
from flows.installation import opened
from flows.recover import command_of, orphans
from flows.sampling import load_sampling
from flows.scheduled import CommandFailed, load_deployments, run_command
from flows.settings import REPOSITORY, load_settings
from flows.status import lines_of, status_of
from flows.supervising import Part, Supervisor, parts_of
from storage.heartbeats import note_heartbeat
from storage.records import start_batch
from storage.records.models import BatchTable
from storage.records.unattended_models import HeartbeatTable
from tests.flows import papers
from tests.flows.conftest import House


def test_a_part_that_ends_is_started_again_and_one_stop_ends_all(tmp_path: Path) -> None:
    """A watcher that died on Friday evening and stays dead is a week-end lost."""
    starts = tmp_path / "starts"
    once = f"open({str(starts)!r}, 'a').write('x')"
    parts = [
        Part(name="short", command=(sys.executable, "-c", once)),
        Part(name="long", command=(sys.executable, "-c", "import time; time.sleep(600)")),
    ]
    supervisor = Supervisor(parts, os.environ.copy())
    stopping = threading.Event()
    thread = threading.Thread(target=supervisor.run, args=(stopping,))
    thread.start()
    until = time.monotonic() + 60
    while time.monotonic() < until and (not starts.exists() or len(starts.read_text()) < 2):
        time.sleep(0.5)
    pid = supervisor.detail()["long"]["pid"]  # type: ignore[index]
    stopping.set()
    thread.join(60)
    assert len(starts.read_text()) >= 2
    assert not Path(f"/proc/{pid}").exists()


def test_only_what_is_set_up_is_started(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watcher without folders would end and be started again for ever."""
    assert [part.name for part in parts_of(load_settings(), pool=None)] == ["tend", "api"]
    monkeypatch.setenv("SOHOA_WATCH", json.dumps([{"name": "a", "path": "/srv/a"}]))
    assert [part.name for part in parts_of(load_settings(), pool="p")] == ["tend", "watch", "api", "worker"]


def test_the_repositorys_schedules_are_commands_that_exist() -> None:
    """A schedule that names what is not there fails every night, unseen."""
    import typer

    from flows.cli.app import app

    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    given = load_deployments(REPOSITORY / "configs")
    assert {one.command[0] for one in given.schedules} <= known
    assert given.timezone == "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize(
    "text",
    [
        "timezone: UTC\npool: p\nqueues: {a: 1}\nschedules: [{name: x, command: [tend], cron: 0 1 * * *, queue: b}]",
        "timezone: UTC\npool: p\nqueues: {a: 0}\nschedules: []",
        "[]",
    ],
)
def test_schedules_that_cannot_be_are_told(tmp_path: Path, text: str) -> None:
    """What is wrong is said at the start, and not by a schedule that never runs."""
    (tmp_path / "deployments.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(WrongSettings, match=r"deployments\.yaml"):
        load_deployments(tmp_path)


@pytest.mark.parametrize("table", ["[{most_faults: 0}, {most_faults: 1}]", "[{up_to: 5, most_faults: 0}]", "[]"])
def test_an_acceptance_table_with_gaps_is_told(tmp_path: Path, table: str) -> None:
    """A lot that no line is for would be accepted by nobody's decision."""
    (tmp_path / "sampling.yaml").write_text(f"share: 0.1\nat_least: 10\ntable: {table}\n", encoding="utf-8")
    with pytest.raises(WrongSettings, match=r"sampling\.yaml"):
        load_sampling(tmp_path)
    assert load_sampling(REPOSITORY / "configs").size(1000) == 100


def test_a_scheduled_command_that_fails_says_its_last_words(house: House) -> None:
    """`exit code 2` in a list of runs helps nobody."""
    with pytest.raises(CommandFailed, match="there is no such bulk run"):
        run_command(["bulk-run", "pause", "none"])


def test_status_fits_a_screen_and_shows_who_is_gone(house: House) -> None:
    """The first look in the morning must tell whether a second one is needed."""
    with opened(house.settings()) as inside:
        with inside.database.transaction() as session:
            detail = {"folders": {"mot": {"waiting": 3, "unfinished": 1, "takes": 0, "trouble": "No such device"}}}
            note_heartbeat(session, name="watch@m:1", part="watch", host="m", detail=detail)
            note_heartbeat(session, name="bulk@m:2", part="bulk", host="m", detail={"doing": "chunk 7"})
        with inside.database.transaction() as session:
            late = datetime.now(UTC) - timedelta(hours=1)
            session.execute(update(HeartbeatTable).where(HeartbeatTable.part == "bulk").values(seen_at=late))
            start_batch(session, "k", operator="", inputs=[], settings_json="{}")
            session.execute(update(BatchTable).values(seen_at=late))
        lines = list(lines_of(status_of(inside)))
    text = "\n".join(lines)
    assert len(lines) <= 24
    assert "GONE bulk@m:2" in text
    assert "mot: 3 waiting, 1 unfinished, TROUBLE: No such device" in text
    assert "1 batch under way, 1 of them without a process" in text
    said = house.sohoa("status")
    assert said.returncode == 1
    assert "disk" in said.stdout


def test_a_process_that_was_started_again_is_not_missed_for_a_week(house: House) -> None:
    """An alarm that stays after it was seen to is an alarm that nobody reads."""
    now = datetime.now(UTC)
    with opened(house.settings()) as inside:
        with inside.database.transaction() as session:
            for pid, part, began, seen in (
                (1, "watch", 60, 50),
                (2, "watch", 40, 0),  # in place of 1
                (3, "bulk", 60, 50),
                (4, "bulk", 60, 45),
                (5, "bulk", 40, 0),  # in place of one of two
                (6, "up", 60, 0),
                (7, "up", 1, 0),  # beside 6, which lives
            ):
                session.add(
                    HeartbeatTable(
                        name=f"{part}@m:{pid}",
                        part=part,
                        host="m",
                        started_at=now - timedelta(minutes=began),
                        seen_at=now - timedelta(minutes=seen),
                        detail={},
                    )
                )
            session.add(
                HeartbeatTable(
                    name="watch@n:1",
                    part="watch",
                    host="n",  # another machine's, which nobody started again
                    started_at=now - timedelta(minutes=60),
                    seen_at=now - timedelta(minutes=50),
                    detail={},
                )
            )
        lines = [line.split(",")[0].strip() for line in lines_of(status_of(inside))]
    told = [line for line in lines if line.startswith(("GONE", "ok"))]
    assert told == [
        "GONE bulk@m:4",
        "ok   bulk@m:5",
        "ok   up@m:6",
        "ok   up@m:7",
        "ok   watch@m:2",
        "GONE watch@n:1",
    ]


def test_a_batch_whose_process_is_gone_is_found_and_finished(house: House, tmp_path: Path) -> None:
    """A batch that a power cut ended is remembered by nobody on Monday."""
    papers.save(papers.decision(), tmp_path / "hồ sơ" / "giấy.png")
    process = house.start("digitise", tmp_path / "hồ sơ", "--operator", "An", "--dossier", "H23.16-230712-0001")
    until = time.monotonic() + 120
    while time.monotonic() < until:
        time.sleep(0.3)
        with opened(house.settings()) as inside, inside.database.reading() as session:
            if session.query(BatchTable).count():
                break
    process.kill()
    process.wait()
    if process.stderr:
        process.stderr.close()
    with opened(house.settings()) as inside:
        assert list(orphans(inside)) == []  # it may be thinking
        with inside.database.transaction() as session:
            session.execute(update(BatchTable).values(seen_at=datetime.now(UTC) - timedelta(hours=1)))
        (left,) = orphans(inside)
        command = command_of(left)
    assert command[-2:] == ["--dossier=H23.16-230712-0001", "--operator=An"]
    said = house.sohoa("recover")
    assert said.returncode == 0, said.stderr
    assert f"{left.id} ended with 0" in said.stdout
    assert house.sohoa("recover").returncode == 4
