"""Finding a paper and taking it along: in a real browser, and past those who should not."""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from storage.accounts import Role
from storage.records import DossierRow
from storage.records.models import EventTable
from tests.api.house import AGENCY, DOSSIER, OTHER_AGENCY, OTHER_DOSSIER, House, PaperText
from tests.axe import grave_faults
from tests.web.browser import PHONE, desk
from tests.web.conftest import said, seat
from tests.web.papers import a_page, a_pdf, an_alto

SCRIPT = '<script>document.title="x"</script><img src=x onerror=alert(1)>'


SIGNATURE = {
    "field": "Signature1",
    "signer": "Ủy ban nhân dân xã Tân Lập",
    "issuer": "CA",
    "signed_at": None,
    "sub_filter": "ETSI.CAdES.detached",
    "covers_file": True,
    "time_stamp": None,
    "trust": "known",
    "note": "",
}


def shot(page: Page, name: str) -> None:
    """Keep a picture of the page where SOHOA_SHOTS names a folder: for the docs, and to be looked at."""
    if folder := os.environ.get("SOHOA_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def a_paper(name: str, text: str, *, page: int, **more: object) -> PaperText:
    files = {"pdf": a_pdf(a_page(text)), "alto": an_alto(text, page=page)}
    return PaperText(name=name, text=text, files=files, **more)  # type: ignore[arg-type]


def a_dossier(house: House) -> list[str]:
    """A dossier with a component and a result, and another agency's paper."""
    house.register(
        DossierRow(code=DOSSIER, agency_code=AGENCY, owner_name="Lò Thị Mai", received_on=date(2023, 7, 12)),
        DossierRow(code=OTHER_DOSSIER, agency_code=OTHER_AGENCY, received_on=date(2023, 7, 12)),
    )
    return house.publish(
        a_paper(
            "don", "Đơn đề nghị cấp giấy phép xây dựng", page=1, type="ĐƠN", number="", issued_on=date(2023, 7, 1)
        ),
        a_paper("qd", "Quyết định về việc cấp giấy phép xây dựng", page=2, issued_on=date(2023, 7, 20)),
        a_paper("khac", "Giấy phép xây dựng của nơi khác", page=3, agency=OTHER_AGENCY, dossier=OTHER_DOSSIER),
    )


def test_a_paper_is_found_in_one_line_and_its_words_are_marked_where_they_stand(
    house: House, browser: Browser, base: str
) -> None:
    """A clerk with a citizen at the counter has one line and ten seconds."""
    _, decision, _ = a_dossier(house)
    with desk(browser, house, base, screen={"width": 1366, "height": 768}) as lan:
        page = lan.open("/find")
        expect(page.locator("#q")).to_be_focused()
        page.keyboard.type("giay phep")
        lan.keys("Enter")
        page.wait_for_url("**/find?q=giay+phep*")
        expect(page.locator(".hit")).to_have_count(3)
        expect(page.locator(".hit .mark-word").first).to_be_attached()
        assert page.locator(".hit mark").first.inner_text().lower() in ("giấy", "phép")
        assert grave_faults(page) == []
        page.wait_for_load_state("networkidle")
        shot(page, "finding")
        page.locator(".filters a", has_text="H23.16").first.click()
        expect(page.locator(".hit")).to_have_count(2)
        page.locator(f".hit h2 a[href*='{decision}']").click()
        expect(page.locator(".page.big .mark-word")).not_to_have_count(0)
        page.wait_for_load_state("networkidle")
        assert grave_faults(page) == []
        shot(page, "finding-paper")
        page.locator("#zoom").click()
        expect(page.locator(".page.big")).to_have_class("page big enlarged")
        with page.expect_download() as taken:
            page.locator("a[download]", has_text="PDF").click()
        assert Path(taken.value.path()).read_bytes().startswith(b"%PDF")
        assert lan.faults == []
        assert lan.hosts == {base.removeprefix("http://")}


def test_a_dossier_shows_components_and_results_in_order(house: House, browser: Browser, base: str) -> None:
    """Who decides reads the application before the decision."""
    application, decision, _ = a_dossier(house)
    with desk(browser, house, base) as lan:
        page = lan.open(f"/dossiers/{DOSSIER}")
        sections = page.locator("main section:has(> h2)")
        assert application in sections.nth(0).inner_html()
        assert decision in sections.nth(1).inner_html()
        assert grave_faults(page) == []
        shot(page, "finding-dossier")
        assert lan.faults == []


@pytest.mark.parametrize("path", ["/find?q=giay+phep", "/papers/{paper}?page=2&q=giay", "/dossiers/" + DOSSIER])
def test_pages_fit_a_telephone(house: House, browser: Browser, base: str, path: str) -> None:
    """A leader looks a paper up between two meetings."""
    _, decision, _ = a_dossier(house)
    with desk(browser, house, base, screen=PHONE) as lan:
        page = lan.open(path.format(paper=decision))
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert grave_faults(page) == []
        shot(page, f"finding-phone-{path[1:3]}")


@pytest.mark.parametrize(
    ("integrity", "told"),
    [
        ((), ""),
        (("intact",), "đã ký số"),
        (("intact", "broken"), "chữ ký số không còn nguyên vẹn"),
        (("not checked",), "chữ ký số chưa kiểm tra được"),
    ],
)
def test_an_original_is_called_signed_where_it_is(house: House, integrity: tuple[str, ...], told: str) -> None:
    """A citizen would be handed a plain scan as the signed original."""
    signatures = [dict(SIGNATURE, integrity=one) for one in integrity]
    paper = house.publish_pile(a_paper("qd", "Quyết định", page=1), report={"signatures": signatures})
    page = seat(house).client.get(f"/papers/{paper}").text
    (files,) = re.findall(r'<ul class="files">(.*?)</ul>', page, re.DOTALL)
    (original,) = (line for line in files.split("</li>") if "/original" in line)
    assert said(original).strip() == f"Bản gốc như khi đưa vào {told}".strip()
    assert files.count("chữ ký") + files.count("đã ký") == bool(told)


def test_another_agencys_papers_are_in_no_list_count_or_file(house: House) -> None:
    """A clerk of one district must not learn that a paper of another exists."""
    _, _, other = a_dossier(house)
    lan = seat(house, agency=AGENCY)
    page = said(lan.client.get("/find?q=giấy phép").text)
    assert "2 giấy tờ" in page
    assert OTHER_AGENCY not in page
    assert "2 giấy tờ" in said(lan.client.get(f"/find?q=giấy phép&agency={OTHER_AGENCY}").text)
    nothing = lan.client.get(f"/papers/{'0' * 16}")
    for path in (f"/papers/{other}", f"/dossiers/{OTHER_DOSSIER}", f"/dossiers/{OTHER_DOSSIER}/zip"):
        answer = lan.client.get(path)
        assert answer.status_code == 404
        assert said(answer.text).split("Mã để")[0] == said(nothing.text).split("Mã để")[0]


def test_a_dossiers_zip_holds_its_papers_and_a_list_of_them(house: House) -> None:
    """An inspection asks for the whole dossier on a stick."""
    a_dossier(house)
    answer = seat(house).client.get(f"/dossiers/{DOSSIER}/zip")
    assert answer.headers["content-disposition"].endswith(f"{DOSSIER}.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        rows = list(csv.reader(io.StringIO(archive.read("danh-muc.csv").decode("utf-8-sig"))))
        assert all(archive.read(name).startswith(b"%PDF") for name in names[:-1])
    assert [name[:3] for name in names] == ["01-", "02-", "dan"]
    assert [row[0] for row in rows[1:]] == names[:2]


def test_views_and_downloads_are_events_of_the_person(house: House) -> None:
    """Somebody sold a neighbour's papers; who looked at them?"""
    _, decision, _ = a_dossier(house)
    lan = seat(house)
    for path in (f"/papers/{decision}", f"/v1/documents/{decision}/pdf", f"/dossiers/{DOSSIER}/zip", "/find?q=a"):
        assert lan.client.get(path).status_code == 200
    with house.door.database.reading() as session:
        rows = [
            (row.type, row.object_id)
            for row in session.scalars(select(EventTable))
            if row.agent.startswith("account") and row.object_kind in ("document", "dossier", "route")
        ]
    assert rows == [("viewed", decision), ("downloaded", decision), ("downloaded", DOSSIER), ("searched", "/find")]
    history = said(lan.client.get(f"/papers/{decision}").text)
    assert "đã tải về Nguyễn Thị Lan" in history


def test_text_names_and_queries_are_never_markup(house: House, browser: Browser, base: str) -> None:
    """A scanned page, a file's name or a link in a letter may hold a script."""
    files = {"pdf": a_pdf(a_page("giấy phép")), "alto": an_alto(SCRIPT + " giấy phép")}
    (paper,) = house.publish(
        PaperText(
            name=SCRIPT.replace("/", ""), text=f"{SCRIPT} giấy phép", number=SCRIPT, files=files, dossier=DOSSIER
        )
    )
    with desk(browser, house, base) as lan:
        for path in ("/find?q=giấy phép", f"/find?q={SCRIPT}", f"/papers/{paper}?q={SCRIPT}", f"/dossiers/{DOSSIER}"):
            page = lan.open(path)
            assert page.title() != "x"
            assert page.locator("img[onerror]").count() == 0
            assert page.locator("main script").count() == 0
        assert lan.faults == []
    lan_ = seat(house)
    assert re.search(
        r"\d\d-.*\.pdf",
        str(zipfile.ZipFile(io.BytesIO(lan_.client.get(f"/dossiers/{DOSSIER}/zip").content)).namelist()),
    )


def test_an_administrator_of_accounts_sees_no_papers(house: House) -> None:
    """Who keeps the accounts need not read what citizens wrote."""
    a_dossier(house)
    admin = seat(house, "admin", Role.ADMINISTRATOR)
    assert admin.client.get("/find?q=giấy").status_code == 403
    assert admin.client.get(f"/dossiers/{DOSSIER}").status_code == 403
