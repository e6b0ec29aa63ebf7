"""The operator's evening: what went wrong is seen with its reason, and is tried again at one key."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from api.working import Worker
from storage.accounts import Role
from storage.heartbeats import note_heartbeat
from storage.outbox import INDEX
from storage.overview import pages_by_hour, weeks
from storage.records import note_refused, register_scan, save_page, silent_batches, start_batch
from storage.records.models import BatchTable, DocumentTable, EventTable, OutboxTable, ScanTable
from storage.records.service_models import UploadTable
from storage.records.unattended_models import BulkRunTable
from storage.uploads import claim_upload, end_upload
from tests.api.house import AGENCY, ByCommand, House, PaperText
from tests.axe import grave_faults
from tests.web.browser import PHONE, desk
from tests.web.conftest import said, seat
from tests.web.test_bringing_in import uploaded, worked_on
from tests.web.test_finding import SCRIPT, shot


def an_evening(house: House) -> tuple[str, str]:
    """A batch that ran, an upload that failed, a file that did not open, an index that was away."""
    clerk = seat(house)
    good, bad = uploaded(house, clerk, "tốt.pdf"), uploaded(house, clerk, "hỏng.pdf")
    worked_on(house, good, PaperText(name="a"), PaperText(name="b", status="review"))
    with house.door.database.transaction() as session:
        values = {"state": "failed", "error": "sohoa digitise ended with 3", "ended_at": datetime.now(UTC)}
        session.execute(update(UploadTable).where(UploadTable.id == bad).values(**values))
        batch = start_batch(session, "k", operator="account 1", inputs=["spool"], settings_json="{}")
        note_refused(session, batch.id, source="mật.pdf", error="mật.pdf: needs a password", reason="PasswordNeeded")
        session.execute(
            update(OutboxTable).where(OutboxTable.topic == INDEX).values(state="dead", error="the index is away")
        )
        note_heartbeat(session, name="watch@a:1", part="watch", host="a", detail={})
        session.execute(update(DocumentTable).values(published_at=datetime.now(UTC) - timedelta(hours=3)))
    return bad, batch.id


def test_failures_are_seen_by_reason_and_tried_again_at_one_key(house: House, browser: Browser, base: str) -> None:
    """At five o'clock forty files failed for one reason; forty clicks are a reason to leave them."""
    bad, batch = an_evening(house)
    with desk(browser, house, base, "op", Role.OPERATOR) as one:
        page = one.open("/operate")
        table = page.locator("#live table").first
        for reason in ("sohoa digitise ended with 3", "PasswordNeeded", "index"):
            expect(table).to_contain_text(reason)
        expect(page.locator("#live")).to_contain_text(batch)
        assert grave_faults(page) == []
        shot(page, "operator")
        button = page.locator("tr", has_text="sohoa digitise ended with 3").locator("button")
        one.keys(button.get_attribute("data-key") or "")
        expect(page.locator(".note.good")).to_contain_text("Làm lại 1")
        button = page.locator("tr", has_text="index is away").locator("button")
        one.keys(button.get_attribute("data-key") or "")
        page.wait_for_url("**/operate?again=*")
        expect(page.locator("#live")).not_to_contain_text("the index is away")
        assert one.faults == []
    with house.door.database.reading() as session:
        upload = session.get_one(UploadTable, bad)
        assert (upload.state, upload.attempts, upload.error) == ("waiting", 0, None)
        assert "dead" not in {row.state for row in session.scalars(select(OutboxTable))}
        agents = [row.agent for row in session.scalars(select(EventTable)) if row.type == "tried again"]
        assert len(agents) == 2
        assert all(agent.startswith("account ") for agent in agents)


def test_the_page_follows_what_runs(house: House, browser: Browser, base: str) -> None:
    """Nobody presses F5 all evening."""
    an_evening(house)
    with desk(browser, house, base, "op", Role.OPERATOR) as one:
        page = one.open("/operate")
        expect(page.locator("#live")).not_to_contain_text("20300101-000000-ffffff")
        with house.door.database.transaction() as session:
            row = session.scalars(select(BatchTable)).first()
            assert row is not None
            new = {"id": "20300101-000000-ffffff", "key": "z", "state": "running", "operator": "", "inputs": []}
            session.add(BatchTable(**new, settings="{}", started_at=datetime.now(UTC)))
        expect(page.locator("#live")).to_contain_text("20300101-000000-ffffff", timeout=15_000)
        assert one.faults == []
    with house.door.database.reading() as session:
        assert "/operate/live" not in [str(row.detail.get("route")) for row in session.scalars(select(EventTable))]


def test_a_failure_that_was_seen_to_is_gone(house: House) -> None:
    """A list that only grows is read by nobody."""
    house.publish(PaperText(name="a"), scan=b"twice")
    an_evening(house)
    op = seat(house, "op", Role.OPERATOR)
    assert "PasswordNeeded" in op.client.get("/operate").text
    with house.door.database.transaction() as session:
        session.execute(update(BatchTable).values(started_at=datetime.now(UTC) - timedelta(days=15)))
    assert "PasswordNeeded" not in op.client.get("/operate").text


def test_trying_again_needs_the_token_and_the_role(house: House) -> None:
    """Another site must not start forty hours of work."""
    an_evening(house)
    op = seat(house, "op", Role.OPERATOR)
    form = {"kind": "outbox", "reason": "index"}
    assert op.client.post("/operate/again", data=form).status_code == 403
    assert seat(house, "chief", Role.LEADER).client.get("/operate").status_code == 403
    chief = seat(house, "chief")
    assert chief.client.post("/operate/again", data=form | {"csrf": chief.csrf}).status_code == 403
    done = op.client.post("/operate/again", data=form | {"csrf": op.csrf}, follow_redirects=False)
    assert done.headers["location"] == "/operate?again=2"
    nothing = op.client.post(
        "/operate/again", data={"csrf": op.csrf, "kind": "x", "reason": "y"}, follow_redirects=False
    )
    assert nothing.headers["location"] == "/operate?again=0"


def test_an_operator_of_one_agency_sees_no_names_of_others(house: House) -> None:
    """Names of files tell of people."""
    _, batch = an_evening(house)
    op = seat(house, "op2", Role.OPERATOR, agency=AGENCY)
    page = op.client.get("/operate").text
    assert "mật.pdf" not in page
    assert batch not in page
    form = {"kind": "outbox", "reason": "index", "csrf": op.csrf}
    assert op.client.post("/operate/again", data=form).status_code == 403


def test_reasons_and_names_are_never_markup(house: House, browser: Browser, base: str) -> None:
    """An error repeats the name of a file, and a file may be called anything."""
    with house.door.database.transaction() as session:
        batch = start_batch(session, "k", operator=SCRIPT, inputs=["spool"], settings_json="{}")
        note_refused(session, batch.id, source=SCRIPT, error=SCRIPT, reason="X")
    with desk(browser, house, base, "op", Role.OPERATOR) as one:
        page = one.open("/operate")
        page.wait_for_timeout(4500)  # until the live part was replaced by the script, once
        assert page.title() != "x"
        assert page.locator("img[onerror]").count() == 0
        assert one.faults == []


def test_charts_count_pages_by_hour_and_shares_by_week(house: House) -> None:
    """A chart that is wrong is believed longer than a table."""
    house.publish(PaperText(name="a"), PaperText(name="b", status="review"), PaperText(name="c"))
    now = datetime.now(UTC)
    with house.door.database.transaction() as session:
        session.execute(update(DocumentTable).values(published_at=now - timedelta(hours=2)))
    with house.door.database.reading() as session:
        hours, of_weeks = pages_by_hour(session, now=now), weeks(session, now=now)
    assert [count for _, count in hours if count] == [3]
    assert hours[-3][1] == 3
    assert sum(one.papers for one in of_weeks) == 3
    assert [one.looked_at for one in of_weeks if one.papers] == [1]
    assert [round(one.confidence or 0, 2) for one in of_weeks if one.papers] == [0.9]


def test_the_page_fits_a_telephone(house: House, browser: Browser, base: str) -> None:
    """The operator is at home when it rings."""
    an_evening(house)
    with desk(browser, house, base, "op", Role.OPERATOR, screen=PHONE) as one:
        page = one.open("/operate")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert grave_faults(page) == []
        shot(page, "operator-phone")


def test_an_archive_that_comes_in_is_paused_and_goes_on(house: House, browser: Browser, base: str) -> None:
    """At eight the clerks come; the archive may use the machine at night."""
    with house.door.database.transaction() as session:
        run = BulkRunTable(id="20300101-000000-bbbbbb", key="k", state="running", sources=["kho"], operator="")
        run.started_at = datetime.now(UTC)
        session.add(run)
    with desk(browser, house, base, "op", Role.OPERATOR) as one:
        page = one.open("/operate")
        page.get_by_role("button", name="Tạm dừng").click()
        expect(page.locator("tr", has_text="20300101-000000-bbbbbb")).to_contain_text("tạm dừng")
        assert grave_faults(page) == []
        page.get_by_role("button", name="Chạy tiếp").click()
        expect(page.locator("tr", has_text="20300101-000000-bbbbbb")).to_contain_text("đang chạy")
        assert one.faults == []
    op = seat(house, "op", Role.OPERATOR)
    path = "/operate/runs/20300101-000000-bbbbbb"
    assert op.client.post(path, data={"state": "paused"}).status_code == 403  # without the token
    assert op.client.post(path, data={"state": "ended", "csrf": op.csrf}).status_code == 422
    assert op.client.post("/operate/runs/x", data={"state": "paused", "csrf": op.csrf}).status_code == 404
    bound = seat(house, "op2", Role.OPERATOR, agency=AGENCY)
    assert bound.client.post(path, data={"state": "paused", "csrf": bound.csrf}).status_code == 403


def test_a_batch_is_paused_lets_others_pass_and_goes_on(house: House, browser: Browser, base: str) -> None:
    """A cabinet is being read, and a citizen waits at the counter for one page."""
    clerk = seat(house)
    cabinet = uploaded(house, clerk, "tủ.pdf")
    request = {"inputs": [str(house.door.spool / cabinet)], "key": ""}
    with house.door.database.transaction() as session:
        batch = start_batch(session, "k", operator="x", inputs=[cabinet], settings_json="{}", request=request)
        watched = start_batch(session, "w", operator="", inputs=["v"], settings_json="{}", request={"key": "v"})
    door = replace(
        house.door, digitiser=ByCommand(lambda *_: ["false"])
    )  # as sohoa digitise ends where it was paused
    with desk(browser, house, base, "op", Role.OPERATOR) as one:
        page = one.open("/operate")
        row = page.locator("tr", has_text=batch.id)
        expect(page.locator("tr", has_text=watched.id).get_by_role("button")).to_have_count(0)
        row.get_by_role("button", name="Tạm dừng").click()
        expect(row).to_contain_text("tạm dừng")
        assert grave_faults(page) == []
        assert Worker(door, threading.Event()).work()
        urgent = uploaded(house, clerk, "gấp.pdf")
        with house.door.database.transaction() as session:
            rests = session.get_one(UploadTable, cabinet)
            assert (rests.state, rests.attempts, rests.batch_id) == ("waiting", 0, batch.id)
            taken = claim_upload(session)
            assert taken is not None
            assert taken.id == urgent
            end_upload(session, urgent, error=None)
            assert claim_upload(session) is None
            assert [one.id for one in silent_batches(session, datetime.now(UTC) + timedelta(days=1))] == [watched.id]
        row.get_by_role("button", name="Chạy tiếp").click()
        expect(row).to_contain_text("đang chạy")
        with house.door.database.transaction() as session:
            taken = claim_upload(session)
            assert taken is not None
            assert taken.id == cabinet
            assert {"batch paused", "batch let go on"} <= {row.type for row in session.scalars(select(EventTable))}
        assert one.faults == []
    op, path = seat(house, "op", Role.OPERATOR), f"/operate/batches/{batch.id}"
    assert op.client.post(path, data={"state": "paused"}).status_code == 403  # without the token
    bound = seat(house, "op2", Role.OPERATOR, agency=AGENCY)
    assert bound.client.post(path, data={"state": "paused", "csrf": bound.csrf}).status_code == 403


def test_a_scan_of_which_no_page_could_be_read_is_tried_again_with_its_upload(house: House) -> None:
    """The machine had too little memory for an hour; the scanner's pages are whole."""
    clerk = seat(house)
    upload = uploaded(house, clerk, "nặng.pdf")
    with house.door.database.transaction() as session:
        batch = start_batch(session, "k", operator="", inputs=[upload], settings_json="{}")
        for number, (name, ended) in enumerate((("nặng.pdf", "failed"), ("khác.pdf", "published"))):
            noted = register_scan(
                session,
                batch.id,
                source=name,
                sha256=f"{number:064}",
                kind="pdf",
                size=4,
                page_count=2,
                object_key=f"o/{number}",
            )
            save_page(session, noted.id, 1, state="failed", error="no memory", result_sha256=None)
            session.get_one(ScanTable, noted.id).state = ended
        session.execute(update(UploadTable).values(state="done", batch_id=batch.id, ended_at=datetime.now(UTC)))
    op = seat(house, "op", Role.OPERATOR)
    page = said(op.client.get("/operate").text)
    assert "không đọc được trang nào của tệp 1" in page
    assert "giấy tờ chờ duyệt; quét lại trang" in page
    for reason, done in (("a page within a paper", 0), ("no page of a scan", 1)):
        told = op.client.post("/operate/again", data={"kind": "page", "reason": reason, "csrf": op.csrf})
        assert told.url.query == f"again={done}".encode()
    with house.door.database.reading() as session:
        assert session.get_one(UploadTable, upload).state == "waiting"
