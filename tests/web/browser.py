"""Debian's Chromium for the tests: a person's browser, and what it asked of whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from storage.accounts import Role
from tests.api.house import House, served
from tests.web.conftest import session_of
from web.session import COOKIE

CHROMIUM = "/usr/bin/chromium"
SCREEN = {"width": 1366, "height": 768}  # an old office PC's
PHONE = {"width": 390, "height": 844}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; ends with its tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True, kw_only=True)
class Desk:
    """A person's browser on a served house, with what went wrong in it."""

    base: str
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)  #: errors of scripts, refused scripts, failed answers
    hosts: set[str] = field(default_factory=set)  #: that anything was asked of
    received: list[int] = field(default_factory=list)  #: bytes of bodies, where their headers say

    def open(self, path: str) -> Page:
        """Go there and wait for the page's script."""
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def keys(self, *keys: str) -> None:
        """Press one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def sent(self) -> None:
        """Wait until no decision is on its way to the server any more."""
        # A function: an expression would be evaluated anew each time, which the house's policy of scripts refuses.
        empty = "() => Object.keys(localStorage).every((key) => !key.startsWith('sohoa.outbox.'))"
        self.page.wait_for_function(empty)


@contextmanager
def desk(
    browser: Browser, house: House, base: str, login: str = "lan", *roles: Role, screen: dict[str, int] | None = None
) -> Iterator[Desk]:
    """Somebody signed in, at a screen of their own."""
    context = browser.new_context(viewport=screen or SCREEN, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")  # type: ignore[arg-type]
    token = session_of(
        house, login, *(roles or (Role.CLERK,)), name={"lan": "Nguyễn Thị Lan"}.get(login, "Trần Văn Minh")
    )
    context.add_cookies([{"name": COOKIE, "value": token, "url": base}])
    page = context.new_page()
    one = Desk(base=base, context=context, page=page)
    page.on("pageerror", lambda error: one.faults.append(f"script: {error}"))
    page.on("console", lambda said: one.faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: one.hosts.add(urlsplit(asked.url).netloc))
    page.on("response", lambda answer: _weigh(one, answer))
    try:
        yield one
    finally:
        context.close()


def _weigh(one: Desk, answer: Response) -> None:
    length = answer.headers.get("content-length", "")
    if length.isdigit():
        one.received.append(int(length))


__all__ = ["PHONE", "SCREEN", "Desk", "chromium", "desk", "served"]
