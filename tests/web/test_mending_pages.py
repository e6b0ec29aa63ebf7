"""Mending in a real browser: pages turned, ordered, split and joined by whoever sees them."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from storage.records import DocumentRecord, get_document
from storage.review import Verdict
from tests.api.house import House, PaperText
from tests.web.browser import PHONE, desk
from tests.web.conftest import seat
from tests.web.papers import a_page, a_pdf, an_alto


def _pile(house: House) -> str:
    """A paper of three pages."""
    parts = [an_alto(f"trang {page}", page=page).decode() for page in (1, 2, 3)]
    inner = "".join(part[part.index("<Page") : part.index("</Layout>")] for part in parts)
    alto = f'<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout>{inner}</Layout></alto>'.encode()
    pdf = a_pdf(*(a_page(f"trang {page}") for page in (1, 2, 3)))
    return house.publish_pile(PaperText(name="a", files={"pdf": pdf, "alto": alto}), pages=(1, 2, 3))


def _seen(house: House, document: str) -> DocumentRecord:
    with house.door.database.reading() as session:
        return get_document(session, document)


def test_a_clerk_turns_orders_and_splits_by_looking(house: House, browser: Browser, base: str) -> None:
    """Two papers scanned as one are two clicks away from being two."""
    paper = _pile(house)
    with desk(browser, house, base) as lan:
        page = lan.open(f"/mend/{paper}")
        third = page.locator(".leaf[data-page='3']")
        third.locator("[data-act=right]").click()
        third.locator("[data-act=earlier]").click()
        page.locator(".leaf[data-page='1'] [data-act=blank]").click()
        page.locator("#arrange button.first").click()
        page.wait_for_url("**saved=2")
        seen = _seen(house, paper)
        assert (seen.order, seen.pages, seen.blank_pages) == ((1, 3, 2), (3, 2), (1,))
        assert page.locator(".leaf").evaluate_all("all => all.map((one) => one.dataset.page)") == ["1", "3", "2"]
        turned = ".leaf[data-page='3'] img"
        page.wait_for_function(
            "(leaf) => ((one) => one.naturalWidth > one.naturalHeight)(document.querySelector(leaf))", arg=turned
        )
        page.locator(".leaf[data-page='2'] [data-act=cut]").click()
        page.locator("#split button").click()
        page.wait_for_url("**saved=3")
        assert page.locator(".neighbour").count() == 1
        assert lan.faults == []
        page.locator(".neighbour button").click()
        page.wait_for_url("**saved=4")
        assert page.locator(".neighbour").count() == 0
        expect(page.locator(".history")).to_contain_text("Nguyễn Thị Lan")
    assert _seen(house, paper).order == (1, 3, 2)


def test_the_second_of_two_who_mend_is_shown_the_paper_as_it_is_now(house: House) -> None:
    """Pages that two people move at once would end in neither's order."""
    paper = _pile(house)
    lan = seat(house)
    form = {"csrf": lan.csrf, "version": "1", "order": "3,2,1"}
    first = lan.client.post(f"/mend/{paper}/arrange", data=form, follow_redirects=False)
    second = lan.client.post(f"/mend/{paper}/arrange", data=form | {"order": "2,3,1"}, follow_redirects=False)
    assert (first.headers["location"], second.headers["location"]) == (
        f"/mend/{paper}?saved=2",
        f"/mend/{paper}?changed=true",
    )
    assert "Người khác vừa sửa" in lan.client.get(second.headers["location"]).text
    assert _seen(house, paper).order == (3, 2, 1)


def test_a_paper_is_sent_to_the_scanner_and_to_another_dossier(house: House) -> None:
    """What cannot be mended here must not be forgotten here."""
    paper = _pile(house)
    lan = seat(house)
    asked = {"csrf": lan.csrf, "version": "1", "why": "Mất góc"}
    lan.client.post(f"/mend/{paper}/rescan", data=asked)
    assert "Mất góc" in lan.client.get(f"/mend/{paper}").text
    moved = {"csrf": lan.csrf, "version": "2", "dossier_code": "H23.16-230712-0009"}
    lan.client.post(f"/mend/{paper}/attach", data=moved)
    seen = _seen(house, paper)
    assert (seen.dossier_code, seen.reasons) == ("H23.16-230712-0009", ("scan again: Mất góc",))
    versions = lan.client.get(f"/v1/documents/{paper}/versions").json()
    assert versions[-1]["reason"] == Verdict.CORRECTED
    far = seat(house, "near", agency="H23.16")
    answer = far.client.post(
        f"/mend/{paper}/attach", data={"csrf": far.csrf, "version": "3", "dossier_code": "H23.17-230712-0001"}
    )
    assert answer.status_code == 403


def test_pages_that_are_not_the_papers_are_refused(house: House) -> None:
    """A form that was tampered with must not lose a page."""
    paper = _pile(house)
    lan = seat(house)
    for change in ({"order": "1,2"}, {"order": "1,2,9"}, {"order": "1,2,3", "turns": "1:45"}, {"order": "x"}):
        form = {"csrf": lan.csrf, "version": "1", **change}
        assert lan.client.post(f"/mend/{paper}/arrange", data=form).status_code == 422
    assert (
        lan.client.post(f"/mend/{paper}/split", data={"csrf": lan.csrf, "version": "1", "pages": "1,2,3"}).status_code
        == 422
    )
    assert _seen(house, paper).version == 1


def test_mending_fits_a_phone(house: House, browser: Browser, base: str) -> None:
    """A page that scrolls sideways hides its buttons."""
    paper = _pile(house)
    with desk(browser, house, base, screen=PHONE) as lan:
        page = lan.open(f"/mend/{paper}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
