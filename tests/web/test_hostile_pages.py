"""What papers, file names and strangers may try on the pages: nothing of it runs, nothing of it is done."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from urllib.parse import quote

from playwright.sync_api import Browser, Dialog

from storage.records import NewField, NewLink
from tests.api.house import House, PaperText
from tests.api.test_access import all_routes
from tests.web.browser import desk
from tests.web.conftest import seat
from tests.web.papers import NUMBER_BOX, a_page, a_pdf, an_alto

RUN = "window.ran=(window.ran||0)+1"
HOSTILE = {
    "image": f'"><img src=x onerror="{RUN}">',
    "svg": f"<svg/onload={RUN}><script>{RUN}</script></svg>",
    "end of script": f"</script><script>{RUN}</script>",
    "end of textarea": f"</textarea></title><script>{RUN}</script>",
    "template": "{{ 7 * 7 }}{% raw %}${7*7}",
    "attribute": f"' onfocus='{RUN}' autofocus='",
    "address": f"javascript:{RUN}",
    "separator": f"\u2028</script><script>{RUN}</script>\u2029",
}


def _paper(house: House, text: str) -> str:
    """A paper that says it everywhere: as text, as fields, as a title, as its file's name, as its dossier."""
    field = NewField(
        name="number", value=text, confidence=0.4, status="review", page=1, box=NUMBER_BOX, evidence=text
    )
    dossier = text[:60]
    files = {"pdf": a_pdf(a_page(text[:20])), "alto": an_alto(text.replace("\u2028", " ").replace("\u2029", " "))}
    return house.publish_pile(
        PaperText(name="a", files=files),
        scan=text.encode(),
        title=text,
        source=f"in/{text}.pdf",
        fields=(field, replace(field, name="subject"), replace(field, name="issuer", status="accepted")),
        dossier_code=dossier,
        agency_code="H23.16",
        link=NewLink(dossier_code=dossier, method="qr", confidence=0.5, status="review", reason=text),
        type=text[:20],
        status="review",
        reasons=(f"number: {text}", f"subject: {text}", text, f"scan again: {text}"),
        page_texts=((1, text),),
    )


SHOWN = "document.body.innerText + [...document.querySelectorAll('input, textarea')].map((one) => one.value).join()"


def _plain(text: str) -> str:
    return text.replace("\u2028", "").replace("\u2029", "")


def test_nothing_that_a_paper_says_runs(house: House, browser: Browser, base: str) -> None:
    """Whoever files a paper with the commune would work with its clerk's rights."""
    papers = {text: _paper(house, text) for text in HOSTILE.values()}
    with desk(browser, house, base) as lan:
        page = lan.page
        dialogs: list[str] = []

        def shut(dialog: Dialog) -> None:
            dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", shut)
        for path in ("/review", "/review/sheet?name=number"):
            shown = _plain(lan.open(path).evaluate(SHOWN))
            assert all(_plain(text)[:20].strip() in shown for text in papers), path
        for text, paper in papers.items():
            for path in (f"/mend/{paper}", f"/review/{paper}"):
                page.goto(base + path)
                page.wait_for_timeout(150)
                assert _plain(text)[:20].strip() in _plain(page.evaluate(SHOWN)), path
            lan.keys("Enter", "Enter", "Control+z", "F2")  # values go through the script and come back
            page.wait_for_timeout(150)
            lan.sent()
            assert page.evaluate("window.ran") is None, text
        assert (dialogs, lan.faults, lan.hosts) == ([], [], {base.removeprefix("http://")})


PARTS_OF_ADDRESSES = ("/review?dossier=", "/review?reason=", "/review/next?after=", "/review/", "/mend/", "/?to=")


def test_nothing_that_an_address_says_runs(house: House, browser: Browser, base: str) -> None:
    """A link in a mail would do what its sender wants."""
    with desk(browser, house, base) as lan:
        for path in PARTS_OF_ADDRESSES:
            for text in HOSTILE.values():
                lan.page.goto(base + path + quote(text, safe=""))
                assert lan.page.evaluate("window.ran") is None, path + text
        assert [fault for fault in lan.faults if "status of 4" not in fault] == []


def test_nothing_is_changed_for_a_request_that_our_own_page_did_not_send(house: House) -> None:
    """Another site in the clerk's browser would confirm, split and send away papers in her name."""
    lan = seat(house)
    routes = [route for route in all_routes(house.client) if route.endpoint.__module__.startswith("web.")]
    changing = [
        (method, route.path) for route in routes for method in set(route.methods or ()) - {"GET", "HEAD", "OPTIONS"}
    ]
    assert len(changing) > 8
    for method, path in changing:
        if path.startswith("/login") or path == "/language":
            continue
        address = path.format_map(defaultdict(lambda: "0" * 16))
        foreign = lan.headers | {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
        for headers in ({}, {"X-CSRF-Token": "0" * 64}, foreign):
            answer = lan.client.request(
                method, address, headers=headers | {"Accept": "application/json"}, follow_redirects=False
            )
            assert (answer.status_code, answer.json()["code"]) == (403, "forged"), f"{method} {path} {headers}"
    for form in ({"csrf": "0" * 64}, {"csrf": ""}, {}):
        answer = lan.client.post("/mend/" + "0" * 16 + "/rescan", data={"version": "1", "why": "x", **form})
        assert answer.status_code == 403


def test_a_session_is_no_use_in_a_frame_or_to_another_site(house: House) -> None:
    """A transparent frame over a game would have the clerk press our buttons."""
    lan = seat(house)
    answer = lan.client.get("/review")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers
