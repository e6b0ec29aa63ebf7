"""The second person: a batch is accepted or sent back by somebody whose hands it did not go through."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from playwright.sync_api import Browser, expect
from sqlalchemy import update

from storage.accounts import Role, account_by_login
from storage.corrections import correct_fields
from storage.records import get_document
from storage.records.keeping_models import DisposalItemTable, DisposalTable
from storage.records.models import BatchTable
from storage.sampling import AcceptanceRow, SamplingRules, draw_sample, find_sample, sample_pages
from tests.api.house import AGENCY, OTHER_AGENCY, House
from tests.axe import grave_faults
from tests.web.browser import PHONE, desk
from tests.web.conftest import Seat, said, seat
from tests.web.papers import waiting_papers
from tests.web.test_finding import SCRIPT, shot

RULES = SamplingRules(share=1.0, at_least=1, table=(AcceptanceRow(up_to=None, most_faults=0),))


def a_sample(house: House, *, operator: str = "Nguyễn Văn Quét", agency: str | None = None) -> tuple[int, list[str]]:
    """An ended batch of three papers, and the sample that was drawn of it."""
    papers = waiting_papers(house, "1/QĐ", "2/QĐ", "3/QĐ", agency=agency)
    with house.door.database.transaction() as session:
        batch = get_document(session, papers[0]).batch_id
        values = {"state": "ended", "operator": operator, "documents": 3, "ended_at": datetime.now(UTC)}
        session.execute(update(BatchTable).where(BatchTable.id == batch).values(**values))
        sample = draw_sample(session, batch, RULES, agent="test", chance=random.Random(1))
    assert sample is not None
    return sample.id, papers


def state_of(house: House, number: int) -> str:
    with house.door.database.reading() as session:
        return str(find_sample(session, number).state)


def judge(house: House, who: Seat, number: int, verdict: str = "good", **more: str):
    with house.door.database.reading() as session:
        page = next(one for one in sample_pages(session, number) if one.verdict is None)
    form = {"csrf": who.csrf, "document": page.document_id, "page": str(page.page), "verdict": verdict, **more}
    return who.client.post(f"/samples/{number}/pages", data=form, follow_redirects=False)


def test_a_batch_is_accepted_page_by_page_with_one_key(house: House, browser: Browser, base: str) -> None:
    """Two hundred pages a day are looked at; each costs a look and a key."""
    number, _ = a_sample(house)
    with desk(browser, house, base, "minh", Role.SECOND) as minh:
        page = minh.open("/samples")
        assert grave_faults(page) == []
        page.locator("a.button", has_text="Kiểm tra").click()
        for place in (1, 2, 3):
            expect(page.locator("h1")).to_contain_text(f"trang {place}/3")
            if place == 1:
                page.wait_for_load_state("networkidle")
                assert grave_faults(page) == []
                shot(page, "second-person")
            minh.keys("Enter")
        expect(page.locator(".deciding")).to_contain_text("lô đạt")
        assert grave_faults(page) == []
        page.locator("button", has_text="Chấp nhận lô").click()
        expect(page.locator(".tag.good", has_text="đạt")).to_be_visible()
        assert minh.faults == []
    assert state_of(house, number) == "accepted"


def test_a_bad_batch_is_sent_back_with_its_reason(house: House, browser: Browser, base: str) -> None:
    """Who scanned crookedly must read why, and its papers must not be taken for good."""
    number, papers = a_sample(house)
    with desk(browser, house, base, "minh", Role.SECOND) as minh:
        page = minh.open(f"/samples/{number}")
        minh.keys("F2")
        page.keyboard.type("mất chữ ở lề")
        minh.keys("Enter")
        expect(page.locator("h1")).to_contain_text("trang 2/3")
        minh.keys("Enter")
        expect(page.locator("h1")).to_contain_text("trang 3/3")
        minh.keys("Enter")
        page.locator("#reason").fill("quét lại cả tập")
        page.locator("button", has_text="Trả lại lô").click()
        expect(page.locator("main")).to_contain_text("quét lại cả tập")
        assert minh.faults == []
    assert state_of(house, number) == "sent_back"
    with house.door.database.reading() as session:
        assert all("quét lại cả tập" in str(get_document(session, paper).reasons) for paper in papers)


def test_nobody_inspects_what_they_scanned_or_confirmed(house: House) -> None:
    """Whoever made a mistake does not see it; and may not wish it to be seen."""
    minh = seat(house, "minh", Role.SECOND, Role.CLERK)
    with house.door.database.reading() as session:
        account = account_by_login(session, "minh")
    assert account is not None
    number, papers = a_sample(house)
    with house.door.database.transaction() as session:
        agent, values = f"account {account.id}", {"number": "1/QĐ-UBND"}
        correct_fields(session, papers[1], version=1, values=values, agent=agent, reason="đọc lại")
    assert "lô của chính bạn" in said(minh.client.get("/samples").text)
    assert "người khác phải kiểm tra" in said(minh.client.get(f"/samples/{number}").text)
    assert judge(house, minh, number).status_code == 409
    decided = minh.client.post(f"/samples/{number}/decide", data={"csrf": minh.csrf}, follow_redirects=False)
    assert decided.status_code == 409
    with house.door.database.transaction() as session:
        session.execute(update(BatchTable).values(operator=f"account {account.id}"))
    assert judge(house, minh, number).status_code == 409
    assert judge(house, seat(house, "lan2", Role.SECOND), number).status_code == 303


def test_one_person_judges_one_sample(house: House) -> None:
    """Two halves of a look are no look."""
    number, _ = a_sample(house)
    minh, hoa = seat(house, "minh", Role.SECOND), seat(house, "hoa", Role.SECOND)
    assert judge(house, minh, number).status_code == 303
    assert judge(house, hoa, number).status_code == 409
    assert judge(house, minh, number, "bad").status_code == 409  # without saying what is wrong
    early = minh.client.post(f"/samples/{number}/decide", data={"csrf": minh.csrf}, follow_redirects=False)
    assert early.status_code == 409
    assert state_of(house, number) == "open"


def test_samples_of_other_agencies_and_other_roles_stay_closed(house: House) -> None:
    """A sample shows whole pages."""
    number, _ = a_sample(house, agency=OTHER_AGENCY)
    minh = seat(house, "minh", Role.SECOND, agency=AGENCY)
    assert minh.client.get(f"/samples/{number}").status_code == 404
    assert judge(house, minh, number).status_code == 404
    assert minh.client.get("/samples/99").status_code == 404
    assert seat(house, "lan").client.get("/samples").status_code == 403
    forged = seat(house, "hoa", Role.SECOND)
    form = {"document": "0" * 16, "page": "1", "verdict": "good"}
    assert forged.client.post(f"/samples/{number}/pages", data=form).status_code == 403


def test_a_list_of_disposal_needs_a_second_person(house: House, browser: Browser, base: str) -> None:
    """What is destroyed does not come back."""
    papers = waiting_papers(house, "1/QĐ", status="published")
    with house.door.database.transaction() as session:
        for by in ("sohoa retention (root)", "minh"):
            row = DisposalTable(state="proposed", proposed_by=by, proposed_at=datetime.now(UTC))
            session.add(row)
            session.flush()
            item = {"document_id": papers[0], "class_code": "10", "keep_until": datetime.now(UTC).date()}
            session.add(DisposalItemTable(disposal_id=row.id, **item))
    minh = seat(house, "minh", Role.SECOND)
    answer = minh.client.post("/samples/disposals/2", data={"csrf": minh.csrf, "verdict": "approve"})
    assert answer.status_code == 409
    with desk(browser, house, base, "minh", Role.SECOND) as one:
        page = one.open("/samples")
        assert grave_faults(page) == []
        page.locator("details", has_text="Danh mục 1").locator("button", has_text="Đồng ý tiêu hủy").click()
        expect(page.locator("details", has_text="Danh mục 1")).to_contain_text("chờ thực hiện")
        assert one.faults == []


def test_faults_are_never_markup_and_the_page_fits_a_telephone(house: House, browser: Browser, base: str) -> None:
    """A reason is text that somebody typed."""
    number, _ = a_sample(house)
    minh = seat(house, "minh", Role.SECOND)
    for _ in range(3):
        assert judge(house, minh, number, "bad", fault=SCRIPT).status_code == 303
    with desk(browser, house, base, "minh", Role.SECOND, screen=PHONE) as one:
        for path in (f"/samples/{number}?place=1", f"/samples/{number}", "/samples"):
            page = one.open(path)
            assert page.title() != "x"
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            assert grave_faults(page) == []
        shot(page, "second-person-phone")
        form = {"csrf": minh.csrf, "reason": SCRIPT}
        minh.client.post(f"/samples/{number}/decide", data=form)
        page = one.open("/samples")
        assert page.title() != "x"
        assert one.faults == []
