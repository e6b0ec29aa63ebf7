"""Bringing in: what a clerk drops is sent once, and what became of it is told to whom it concerns."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pypdfium2
import zxingcpp
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from flows.errors import WrongUse
from flows.separators import write_separators
from storage.accounts import Role, account_by_login
from storage.records import get_document
from storage.records.models import EventTable
from storage.records.service_models import UploadTable
from storage.uploads import as_brought
from tests.api.house import AGENCY, DOSSIER, OTHER_AGENCY, House, PaperText
from tests.axe import grave_faults
from tests.web.browser import PHONE, desk
from tests.web.conftest import said, seat
from tests.web.papers import a_page, a_pdf
from tests.web.test_finding import SCRIPT, shot

WORD = "SOHOA-HS"


def sheets(codes: object, file: Path) -> int:
    """As `sohoa serve` makes them, with a word of the test's own."""
    try:
        return write_separators(codes, WORD, file)  # type: ignore[arg-type]
    except WrongUse as error:
        raise ValueError(str(error)) from error


def with_sheets(house: House) -> House:
    """The house, able to print sheets."""
    house.client.app.state.door = replace(house.door, separators=sheets)
    return house


def uploaded(house: House, client, name: str = "a.pdf", data: bytes = b"%PDF-1.7 a", **query: str) -> str:
    answer = client.client.post(
        "/v1/scans",
        params={"name": name, **query},
        content=data,
        headers=client.headers
        | {"Idempotency-Key": f"screen-{name.encode().hex()}", "Content-Type": "application/pdf"},
    )
    assert answer.status_code in (200, 202), answer.text
    return answer.json()["id"]


def worked_on(house: House, upload: str, *papers: PaperText) -> None:
    """The upload has become a batch with these papers."""
    ids = house.publish(*papers, scan=upload.encode())
    with house.door.database.transaction() as session:
        batch = get_document(session, ids[0]).batch_id
        session.execute(update(UploadTable).where(UploadTable.id == upload).values(state="done", batch_id=batch))


def test_files_that_are_chosen_come_in_once_and_are_followed(
    house: House, browser: Browser, base: str, tmp_path: Path
) -> None:
    """A clerk chooses the same folder again because she is not sure of the first time."""
    with_sheets(house)
    folder = tmp_path / "scanner"
    (folder / "2023").mkdir(parents=True)
    (folder / "2023" / "hồ sơ 1.pdf").write_bytes(a_pdf(a_page("một")))
    (folder / "2.png").write_bytes(b"\x89PNG two")
    (folder / "notes.docx").write_bytes(b"no scan")
    with desk(browser, house, base) as lan:
        page = lan.open("/bring")
        assert grave_faults(page) == []
        page.locator("#folder").set_input_files(folder)
        expect(page.locator("tr[data-upload]")).to_have_count(2, timeout=20_000)
        page.locator("#folder").set_input_files(folder)
        expect(page.locator("#sending .tag.good", has_text="đã đưa vào trước đây")).to_have_count(2, timeout=20_000)
        expect(page.locator("#sending .tag.bad")).to_have_count(1)
        with house.door.database.reading() as session:
            rows = {row.name: (row.id, row.agent) for row in session.scalars(select(UploadTable))}
            account = account_by_login(session, "lan")
        assert set(rows) == {"hồ sơ 1.pdf", "2.png"}
        assert account is not None
        assert {agent for _, agent in rows.values()} == {f"account {account.id}"}
        first = rows["hồ sơ 1.pdf"][0]
        worked_on(house, first, PaperText(name="a"), PaperText(name="b", status="review"))
        row = page.locator(f"tr[data-upload='{first}']")
        expect(row).to_contain_text("xong", timeout=10_000)
        expect(row).to_contain_text("1 chờ duyệt")
        page.reload()
        shot(page, "bringing-in")
        assert grave_faults(page) == []
        assert lan.faults == []


def test_a_network_that_breaks_while_sending_makes_no_second_paper(house: House, browser: Browser, base: str) -> None:
    """The answer to the first try is lost; the second must be the same upload."""
    with desk(browser, house, base) as lan:
        page = lan.open("/bring")
        tries = []

        def broken(route) -> None:
            tries.append(route.request.url)
            if len(tries) == 1:
                route.fetch()  # it arrives, and its answer does not
                route.abort()
            else:
                route.continue_()

        page.route("**/v1/scans*", broken)
        file = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
        page.locator("#files").set_input_files(files=[file])
        expect(page.locator("tr[data-upload]")).to_have_count(1, timeout=20_000)
        assert len(tries) == 2


def test_sheets_are_printed_that_scanners_read(house: House) -> None:
    """A pile that is scanned without its sheets is one endless paper."""
    lan = seat(with_sheets(house))
    answer = lan.client.get("/bring/separators.pdf", params={"codes": f"{DOSSIER.lower()}\n{DOSSIER}", "plain": 1})
    assert answer.headers["content-type"] == "application/pdf"
    with pypdfium2.PdfDocument(io.BytesIO(answer.content)) as pdf:
        assert len(pdf) == 2  # a code typed twice is one sheet
        picture = pdf[0].render(scale=2).to_pil()
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [f"{WORD} {DOSSIER}"]
    for wrong in ({"codes": "H23"}, {"codes": SCRIPT}, {}, {"codes": "é"}):
        refused = lan.client.get("/bring/separators.pdf", params=wrong)
        assert refused.status_code == 422
        assert "<script>document" not in refused.text


def test_what_was_brought_is_shown_and_printed_with_its_hash(house: House, browser: Browser, base: str) -> None:
    """Whoever hands a box of originals over wants a paper that says what was in it."""
    lan = seat(house)
    upload = uploaded(house, lan, "hộp 12.pdf")
    worked_on(house, upload, PaperText(name="a"), PaperText(name="b", status="review"))
    assert "chờ duyệt" in said(lan.client.get(f"/bring/{upload}").text)
    with desk(browser, house, base) as one:
        page = one.open(f"/bring/{upload}/receipt")
        expect(page.locator("article")).to_contain_text("PHIẾU TIẾP NHẬN")
        assert grave_faults(page) == []
        shot(page, "receipt")
        assert page.pdf().startswith(b"%PDF")
        assert one.faults == []


def test_another_agencys_uploads_are_not_found(house: House) -> None:
    """What a district brings in is nobody else's business."""
    other = seat(house, "minh", agency=OTHER_AGENCY)
    upload = uploaded(house, other)
    lan = seat(house, "lan", agency=AGENCY)
    assert upload not in lan.client.get("/bring").text
    assert lan.client.get("/bring/progress", params={"upload": upload}).json() == []
    for path in (f"/bring/{upload}", f"/bring/{upload}/receipt", f"/bring/{'0' * 32}"):
        assert lan.client.get(path).status_code == 404
    assert other.client.get(f"/bring/{upload}").status_code == 200
    refused = lan.client.post(
        "/v1/scans",
        params={"name": "a.pdf", "agency": OTHER_AGENCY},
        content=b"%PDF",
        headers=lan.headers | {"Idempotency-Key": "screen-000000", "Content-Type": "application/pdf"},
    )
    assert refused.json()["code"] == "outside-agency"


def test_a_file_that_another_site_sends_is_refused(house: House) -> None:
    """A page in another tab must not bring papers in a clerk's name."""
    lan = seat(house)
    headers = {"Idempotency-Key": "screen-000000", "Content-Type": "application/pdf"}
    for more in ({}, {"X-CSRF-Token": "0" * 64}, lan.headers | {"Origin": "https://evil.example"}):
        answer = lan.client.post("/v1/scans", params={"name": "a.pdf"}, content=b"%PDF", headers=headers | more)
        assert answer.json()["code"] == "forged"


def test_names_of_files_are_never_markup(house: House, browser: Browser, base: str) -> None:
    """A file may be called anything."""
    lan = seat(house)
    name = SCRIPT.replace("/", "")[:70] + ".pdf"
    upload = uploaded(house, lan, name)
    with desk(browser, house, base) as one:
        for path in ("/bring", f"/bring/{upload}", f"/bring/{upload}/receipt"):
            page = one.open(path)
            assert page.title() != "x"
            assert page.locator("img[onerror]").count() == 0
        page = one.open("/bring")
        page.locator("#files").set_input_files(
            files=[{"name": "<img src=x onerror=alert(1)>.exe", "mimeType": "x/y", "buffer": b"x"}]
        )
        expect(page.locator("#sending li")).to_have_count(1)
        assert page.locator("img[onerror]").count() == 0
        assert one.faults == []


def test_the_page_fits_a_telephone(house: House, browser: Browser, base: str) -> None:
    """Photos are brought in by telephone."""
    lan = seat(with_sheets(house))
    uploaded(house, lan)
    with desk(browser, house, base, screen=PHONE) as one:
        page = one.open("/bring")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert grave_faults(page) == []
        shot(page, "bringing-in-phone")


def test_asking_how_far_it_is_fills_no_log(house: House) -> None:
    """A page left open over night asks forty thousand times."""
    lan = seat(house)
    upload = uploaded(house, lan)
    for _ in range(3):
        assert lan.client.get("/bring/progress", params={"upload": upload}).json()[0]["state"] == "waiting"
    with house.door.database.reading() as session:
        routes = [str(row.detail.get("route")) for row in session.scalars(select(EventTable))]
    assert "/bring/progress" not in routes


def test_a_leader_brings_nothing_in(house: House) -> None:
    """Each role has its own work."""
    assert seat(house, "chief", Role.LEADER).client.get("/bring").status_code == 403


def test_a_paper_in_review_names_the_file_that_its_clerk_brought(house: House, browser: Browser, base: str) -> None:
    """Nobody finds the sheet again in a pile by thirty-two digits that the server made up."""
    lan = seat(house)
    name = "Đơn <img src=x onerror=alert(1)>.pdf"
    upload = uploaded(house, lan, name)
    waiting = PaperText(name="a", status="review", accepted=False)
    paper = house.publish_pile(waiting, scan=upload.encode(), source=f"{upload}/{name}")
    with house.door.database.transaction() as session:
        batch = get_document(session, paper).batch_id
        session.execute(update(UploadTable).where(UploadTable.id == upload).values(state="done", batch_id=batch))
        assert as_brought(session, batch, "0" * 32 + "/a.pdf") == "0" * 32 + "/a.pdf", "a folder of their own"
    with desk(browser, house, base) as one:
        page = one.open(f"/review/{paper}")
        expect(page.locator("#facts")).to_contain_text(name)
        assert name in (page.locator("#facts").get_attribute("title") or ""), "whole where it is cut"
        assert upload not in (page.locator("#facts").text_content() or "")
        assert page.locator("img[onerror]").count() == 0
        assert one.faults == []
