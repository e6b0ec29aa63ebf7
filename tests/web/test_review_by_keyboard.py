"""A clerk's review in a real browser, by keyboard alone, with all that can go wrong on an office network."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import uvicorn
from playwright.sync_api import Browser, Page, Route, expect

from storage.records import DocumentRecord, get_document
from storage.scopes import Scope
from tests.api.house import House
from tests.services import free_port
from tests.web.browser import PHONE, desk
from tests.web.conftest import seat
from tests.web.papers import waiting_papers

NUMBER, ISSUER = ".item[data-name=number]", ".item[data-name=issuer]"


def _seen(house: House, document: str) -> DocumentRecord:
    with house.door.database.reading() as session:
        return get_document(session, document)


def _values(house: House, document: str) -> dict[str, tuple[str | None, str]]:
    return {field.name: (field.value, field.status) for field in _seen(house, document).fields}


def _saved(page: Page) -> None:
    expect(page.locator("#state")).to_have_class("saving saved", timeout=15_000)


def _at(page: Page, card: str) -> None:
    expect(page.locator(f"{card} input, {card} textarea").first).to_be_focused()


def test_a_right_field_costs_one_key_and_a_wrong_one_its_typing_plus_one(
    house: House, browser: Browser, base: str
) -> None:
    """Every further key is paid a million times in a province."""
    first, second = waiting_papers(house, "12/QĐ-UBND", "13/QĐ-UBND")
    with desk(browser, house, base) as lan:
        page = lan.open("/review")
        lan.keys("Enter")  # begins
        page.wait_for_url(f"**/review/{first}")
        _at(page, NUMBER)
        lan.keys("Enter")  # right
        _at(page, ISSUER)
        page.keyboard.type("ỦY BAN NHÂN DÂN XÃ TÂN AN")
        lan.keys("Enter")  # corrected; it was the last, so the next paper lies there
        page.wait_for_url(f"**/review/{second}")
        _at(page, NUMBER)
        enter = page.locator(f"{NUMBER} .actions button").first
        expect(enter).to_contain_text("Xác nhận")
        page.keyboard.press("Delete")
        expect(enter).to_contain_text("Không có")  # what Enter would say of an empty field
        lan.keys("F8")  # not on the paper
        _at(page, ISSUER)
        lan.keys("F9")  # unreadable
        expect(page.locator("#told")).to_contain_text("Đã duyệt hết danh sách")
        _saved(page)
        assert lan.faults == []
        assert lan.hosts == {base.removeprefix("http://")}
    assert _values(house, first) == {
        "number": ("12/QĐ-UBND", "accepted"),
        "issuer": ("ỦY BAN NHÂN DÂN XÃ TÂN AN", "accepted"),
    }
    assert {field.name: (field.value, field.confidence) for field in _seen(house, second).fields} == {
        "number": (None, 1.0),
        "issuer": (None, 0.0),
    }
    assert (_seen(house, first).status, _seen(house, first).version) == ("published", 3)


def test_undo_goes_back_field_by_field_and_paper_by_paper(house: House, browser: Browser, base: str) -> None:
    """A key pressed too often must be taken back by a key, on the paper before too."""
    first, second = waiting_papers(house, "12/QĐ-UBND", "13/QĐ-UBND")
    with desk(browser, house, base) as lan:
        page = lan.open(f"/review/{first}")
        lan.keys("Enter", "Enter")
        page.wait_for_url(f"**/review/{second}")
        _saved(page)
        lan.keys("Control+z")
        page.wait_for_url(f"**/review/{first}")
        _at(page, ISSUER)
        _saved(page)
        assert _values(house, first)["issuer"] == ("ỦY BAN NHÂN DÂN XÃ TÂN LẬP", "review")
        lan.keys("Control+z")
        _at(page, NUMBER)
        _saved(page)
    assert [status for _, status in _values(house, first).values()] == ["review", "review"]
    assert _seen(house, first).status == "review"


def test_nothing_typed_is_lost_when_the_network_goes_and_the_page_is_loaded_again(
    house: House, browser: Browser, base: str
) -> None:
    """District networks go away for minutes; a clerk who loses ten fields never trusts the page again."""
    first, _ = waiting_papers(house, "12/QĐ-UBND", "13/QĐ-UBND")
    with desk(browser, house, base) as lan:
        page = lan.open(f"/review/{first}")
        lan.context.set_offline(True)
        page.keyboard.type("99/QĐ-UBND")
        lan.keys("Enter")
        expect(page.locator("#state")).to_contain_text("Mất mạng")
        _at(page, ISSUER)
        page.keyboard.type("ỦY BAN NHÂN")  # half a word when the machine is switched off
        lan.context.set_offline(False)
        page.goto(f"{base}/review/{first}")
        _saved(page)
        expect(page.locator(f"{NUMBER} input")).to_have_value("99/QĐ-UBND")
        expect(page.locator(f"{ISSUER} input")).to_have_value("ỦY BAN NHÂN")
    assert _values(house, first)["number"] == ("99/QĐ-UBND", "accepted")


def test_a_decision_whose_answer_was_lost_is_saved_once(house: House, browser: Browser, base: str) -> None:
    """The line broke after the server had saved: a second version, or a false alarm of another clerk."""
    (paper,) = waiting_papers(house, "12/QĐ-UBND")
    with desk(browser, house, base) as lan:
        page = lan.open(f"/review/{paper}")
        lost: list[int] = []

        def lose(route: Route) -> None:
            if not lost:
                lost.append(route.fetch().status)
                route.abort()
            else:
                route.continue_()

        page.route("**/decisions", lose)
        page.keyboard.type("99/QĐ-UBND")
        lan.keys("Enter")
        expect(page.locator("#state")).to_contain_text("Mất mạng")
        _saved(page)
    assert lost == [200]
    assert (_seen(house, paper).version, _values(house, paper)["number"][0]) == (2, "99/QĐ-UBND")


def test_a_page_left_between_two_decisions_raises_no_false_alarm(house: House, browser: Browser, base: str) -> None:
    """A clerk who goes on before the second answer would be told that somebody else had changed her own paper."""
    (paper,) = waiting_papers(house, "12/QĐ-UBND")
    with desk(browser, house, base) as lan:
        page = lan.open(f"/review/{paper}")
        held: list[Route] = []
        lost: list[int] = []
        answers: list[int] = []
        page.on("response", lambda answer: answers.append(answer.status) if "/decisions" in answer.url else None)

        def lose(route: Route) -> None:
            if not held:
                held.append(route)  # the first one is slow, so that the second is made before its answer
                return
            lost.append(route.fetch().status)
            route.abort()

        page.route("**/decisions", lose, times=2)
        page.keyboard.type("99/QĐ-UBND")
        lan.keys("Enter", "Enter")
        held[0].continue_()
        expect(page.locator("#state")).to_contain_text("Mất mạng")
        page.goto(f"{base}/review/{paper}")
        lan.sent()
    assert (lost, set(answers)) == ([200], {200})
    assert _seen(house, paper).version == 3


def test_two_clerks_on_one_paper_are_told_and_neither_overwrites_the_other(
    house: House, browser: Browser, base: str
) -> None:
    """The slower of two would undo the faster one's work, and nobody would know."""
    (paper,) = waiting_papers(house, "12/QĐ-UBND")
    with ExitStack() as stack:
        lan = stack.enter_context(desk(browser, house, base))
        minh = stack.enter_context(desk(browser, house, base, "minh"))
        lan.open(f"/review/{paper}")
        page = minh.open(f"/review/{paper}")
        expect(page.locator("#others")).to_contain_text("Nguyễn Thị Lan")
        lan.page.keyboard.type("99/QĐ-UBND")
        lan.keys("Enter")
        _saved(lan.page)
        page.keyboard.type("77/QĐ-UBND")
        minh.keys("Enter")
        conflict = page.locator(f"{NUMBER} .conflict")
        expect(conflict).to_contain_text("99/QĐ-UBND")
        expect(conflict).to_contain_text("77/QĐ-UBND")
        assert _values(house, paper)["number"][0] == "99/QĐ-UBND"
        minh.keys("Escape")  # theirs was right
        expect(page.locator(f"{NUMBER} input")).to_have_value("99/QĐ-UBND")
        page.locator(f"{ISSUER} input").focus()  # another field: goes upon theirs without a question
        minh.keys("Enter")
        _saved(page)
    assert _values(house, paper)["number"][0] == "99/QĐ-UBND"
    assert _seen(house, paper).status == "published"


def test_a_server_that_starts_again_finds_the_clerk_where_she_was(house: House, browser: Browser) -> None:
    """An update at noon must cost nobody a field."""
    (paper,) = waiting_papers(house, "12/QĐ-UBND")
    port = free_port()
    with desk(browser, house, f"http://127.0.0.1:{port}") as lan:
        with _server(house, port):
            page = lan.open(f"/review/{paper}")
        page.keyboard.type("99/QĐ-UBND")
        lan.keys("Enter")
        expect(page.locator("#state")).to_contain_text("Mất mạng")
        with _server(house, port):
            _saved(page)
    assert _values(house, paper)["number"] == ("99/QĐ-UBND", "accepted")


class _server:  # noqa: N801  (used as a function)
    """The house's door on a port, and away again."""

    def __init__(self, house: House, port: int) -> None:
        config = uvicorn.Config(house.client.app, port=port, log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> None:
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.02)

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()


def test_what_other_papers_and_the_register_say_is_one_key_away(house: House, browser: Browser, base: str) -> None:
    """Typing a name that three papers of the dossier say already costs a clerk ten seconds."""
    waiting_papers(house, "1/GP-UBND", scan=b"other", status="published", fields={"issuer": "SỞ XÂY DỰNG"})
    (paper,) = waiting_papers(house, "12/QĐ-UBND")
    with desk(browser, house, base) as lan:
        page = lan.open(f"/review/{paper}")
        lan.keys("Enter", "ArrowDown")
        expect(page.locator(f"{ISSUER} input")).to_have_value("SỞ XÂY DỰNG")
        lan.keys("Enter")
        _saved(page)
    assert _values(house, paper)["issuer"] == ("SỞ XÂY DỰNG", "accepted")


def test_forty_like_fields_are_confirmed_one_below_the_other(house: House, browser: Browser, base: str) -> None:
    """Forty numbers in forty seconds, where forty papers take ten minutes."""
    papers = waiting_papers(house, *(f"{number}/QĐ-UBND" for number in range(1, 6)))
    with desk(browser, house, base) as lan:
        page = lan.open("/review/sheet?name=number")
        assert page.locator(".sheet-cell .crop img").count() == 5
        lan.keys("Enter", "Enter")
        page.keyboard.type("33/QĐ-UBND")
        lan.keys("Enter", "F9", "Control+z", "Enter", "Enter")
        _saved(page)
        assert lan.faults == []
    values = [_values(house, paper)["number"] for paper in papers]
    assert values == [(f"{number}/QĐ-UBND", "accepted") for number in ("1", "2", "33", "4", "5")]


def test_all_of_it_works_on_a_phone(house: House, browser: Browser, base: str) -> None:
    """A deputy looks at one paper on the way home."""
    (paper,) = waiting_papers(house, "12/QĐ-UBND")
    with desk(browser, house, base, screen=PHONE) as lan:
        page = lan.open(f"/review/{paper}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator(f"{NUMBER} .actions button").first.click()
        _at(page, ISSUER)
        _saved(page)
    assert _values(house, paper)["number"][1] == "accepted"


def test_a_paper_whose_pdf_does_not_open_keeps_nobody_from_the_others(house: House) -> None:
    """One damaged file among forty would close the whole sheet."""
    (damaged,) = waiting_papers(house, "12/QĐ-UBND", files={"pdf": b"no PDF", "alto": b"<alto/>"})
    waiting_papers(house, "13/QĐ-UBND", scan=b"another")
    lan = seat(house).client
    sheet = lan.get("/review/sheet?name=number")
    assert sheet.status_code == 200
    assert all(number in sheet.text for number in ("12/Q", "13/Q"))  # the rest may be escaped
    shown = lan.get(f"/review/{damaged}/data").json()
    assert shown["pages"] == []
    assert shown["items"][0]["value"] == "12/QĐ-UBND"


def test_the_queue_fits_a_phone_without_scrolling_sideways(house: House, browser: Browser, base: str) -> None:
    """What is doubted, and the dossier, would stand beyond the glass."""
    waiting_papers(house, "12/QĐ-UBND")
    with desk(browser, house, base, screen=PHONE) as lan:
        table = lan.open("/review").locator("table.queue")
        assert table.evaluate("(one) => one.parentElement.scrollWidth <= one.parentElement.clientWidth")


def test_a_paper_of_another_agency_is_not_there(house: House) -> None:
    """A commune's clerk sees the papers of the commune."""
    (paper,) = waiting_papers(house, "12/QĐ-UBND")
    other = seat(house, "other", agency="H23.17")
    assert other.client.get(f"/review/{paper}").status_code == 404
    assert paper not in other.client.get("/review").text
    assert other.client.get(f"/iiif/image/{paper}/1/full/max/0/default.jpg").status_code == 404
    assert house.client.get(f"/iiif/image/{paper}/1/info.json", headers=house.key(Scope.SEARCH)).status_code == 403
