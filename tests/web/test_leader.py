"""The leader's page: the same figures as the report's, drawn, as a table, and on paper."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pypdfium2
from playwright.sync_api import Browser, expect

from storage.accounts import Role
from storage.records import AgencyRow, DossierRow, import_agencies
from storage.scopes import Scope
from tests.api.house import AGENCY, OTHER_AGENCY, House, PaperText
from tests.axe import grave_faults
from tests.web.browser import PHONE, desk
from tests.web.conftest import said, seat
from tests.web.test_finding import shot

YEAR = "first=2023-01-01&last=2023-12-31"


def a_year(house: House) -> None:
    """Dossiers of two agencies over some months; every second has its result."""
    rows, papers = [], []
    for number in range(1, 13):
        agency = AGENCY if number % 3 else OTHER_AGENCY
        code = f"{agency}-2301{number:02}-{number:04}"
        month = 1 + number % 5
        rows.append(
            DossierRow(
                code=code,
                agency_code=agency,
                received_on=date(2023, month, 5),
                written_result=True,
                status=9,
                reused=number % 4 == 0,
            )
        )
        papers.append(PaperText(name=f"tp{number}", dossier=code, number="", issued_on=date(2023, month, 1)))
        if number % 2:
            papers.append(PaperText(name=f"kq{number}", dossier=code, issued_on=date(2023, month, 20)))
    house.register(*rows)
    house.publish(*papers)


def test_the_page_shows_the_reports_own_figures(house: House) -> None:
    """Two numbers for one figure are no number."""
    a_year(house)
    page = said(seat(house, "chief", Role.LEADER).client.get(f"/figures?{YEAR}&by=agency&by=month").text)
    report = house.client.get(f"/v1/reports/kpi?{YEAR}", headers=house.key(Scope.FIGURES)).json()
    for value in report["rows"][0]["values"]:
        assert f"{value['rate']:.1f}".replace(".", ",") in page
        assert f"{value['numerator']} trên {value['denominator']} hồ sơ" in page
    assert "50,0 %" in page
    assert OTHER_AGENCY in page


def test_agencies_have_their_names_where_they_are_known(house: House) -> None:
    """A chairman knows his departments, not their codes."""
    a_year(house)
    with house.door.database.transaction() as session:
        import_agencies(session, [AgencyRow(code=OTHER_AGENCY, name="Sở <b>Xây dựng</b>")])
    page = seat(house, "chief", Role.LEADER).client.get(f"/figures?{YEAR}&by=agency").text
    assert "Sở &lt;b&gt;Xây dựng&lt;/b&gt;" in page
    assert AGENCY in page


def test_a_leader_of_one_agency_sees_its_figures_only(house: House) -> None:
    """A district is not measured by its neighbour's dossiers, nor shown them."""
    a_year(house)
    page = seat(house, "chief", Role.LEADER, agency=AGENCY).client.get(f"/figures?{YEAR}").text
    assert OTHER_AGENCY not in page
    assert "trên 8 hồ sơ" in said(page)


def test_the_page_is_drawn_and_prints_well(house: House, browser: Browser, base: str) -> None:
    """It goes on paper into a meeting; what runs over the edge is missing there."""
    a_year(house)
    with desk(browser, house, base, "chief", Role.LEADER) as one:
        page = one.open(f"/figures?{YEAR}")
        expect(page.locator(".chart svg")).to_have_count(4)
        assert page.locator(".column.short").count() > 0
        assert grave_faults(page) == []
        shot(page, "figures")
        printed = page.pdf(prefer_css_page_size=True, print_background=True)
        with pypdfium2.PdfDocument(printed) as pdf:
            assert pdf[0].get_width() > pdf[0].get_height()
            text = "".join(leaf.get_textpage().get_text_range() for leaf in pdf)
            first = pdf[0].render(scale=1.5).to_pil()
        assert "Tải XLSX" not in text
        assert "In lúc" in text
        shot_of_paper(first)
        with page.expect_download() as taken:
            page.locator("a", has_text="XLSX").click()
        with zipfile.ZipFile(io.BytesIO(taken.value.path().read_bytes())) as book:
            assert "xl/workbook.xml" in book.namelist()
        assert one.faults == []


def shot_of_paper(picture: object) -> None:
    import os
    from pathlib import Path

    if folder := os.environ.get("SOHOA_SHOTS"):
        picture.save(Path(folder) / "figures-printed.png")  # type: ignore[attr-defined]


def test_an_empty_or_impossible_period_says_so(house: House) -> None:
    """A page of zeros is taken for a result."""
    chief = seat(house, "chief", Role.LEADER)
    assert "Không có hồ sơ nào" in said(chief.client.get("/figures").text)
    wrong = chief.client.get("/figures?first=2023-02-01&last=2023-01-01")
    assert wrong.status_code == 422
    assert "Ngày kết thúc" in said(wrong.text)
    for query in ("first=<script>", "by=x", "first=0001-01-01&last=9999-12-31"):
        assert chief.client.get(f"/figures?{query}").status_code == 422


def test_the_page_fits_a_telephone(house: House, browser: Browser, base: str) -> None:
    """Leaders have telephones."""
    a_year(house)
    with desk(browser, house, base, "chief", Role.LEADER, screen=PHONE) as one:
        page = one.open(f"/figures?{YEAR}&by=agency&by=procedure&by=month")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert grave_faults(page) == []
        shot(page, "figures-phone")


def test_a_clerk_has_no_figures_of_the_house(house: House) -> None:
    """Each role has its own work."""
    assert seat(house).client.get("/figures").status_code == 403
