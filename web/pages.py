"""Pages from templates: escaped always, in the person's language, with a policy that lets no foreign script run."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from web.group import Entry, PageGroup
from web.session import Person, language_of
from web.words import Catalogue

#: Scripts, styles, pictures and answers from here alone; nothing inline, no frames, no plugins, no foreign forms.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
VENDOR = Path(__file__).resolve().parent / "static" / "vendor"


class Site:
    """All groups of pages: their templates, words and files."""

    def __init__(self, groups: Iterable[PageGroup]) -> None:
        self.groups = tuple(groups)
        self.words = Catalogue()
        for group in self.groups:
            self.words.add(group.words)
        self._folders = {group.name: group.folder / "static" for group in self.groups} | {"vendor": VENDOR}
        loaders = {group.name: FileSystemLoader(group.folder / "templates") for group in self.groups}
        self.templates = Environment(
            loader=PrefixLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.globals |= {
            "when": when,
            "t": _say,
            "asset": self.asset,
            "address": address_of,
            "words_below": _below,
        }

    def entries(self, person: Person) -> list[Entry]:
        """What stands in the bar for a person."""
        return [entry for group in self.groups for entry in group.entries if not entry.roles.isdisjoint(person.roles)]

    def file(self, group: str, path: str) -> Path | None:
        """A file that is served; None where there is none."""
        folder = self._folders.get(group)
        if folder is None:
            return None
        file = (folder / path).resolve()
        return file if file.is_relative_to(folder) and file.is_file() else None

    def asset(self, name: str) -> str:
        """The address of a file, which changes with its bytes, so that browsers may keep it."""
        group, _, path = name.partition("/")
        file = self.file(group, path)
        if file is None:
            raise FileNotFoundError(name)
        return f"/static/{name}?v={digest_of(file)}"


def when(moment: datetime, *, day: bool = False) -> str:
    """A moment as people here write it, in the server's own zone."""
    return moment.astimezone().strftime("%d/%m/%Y" if day else "%d/%m/%Y %H:%M")


def digest_of(file: Path) -> str:
    """What changes with the file's bytes."""
    return _digest(file, file.stat().st_mtime_ns)


@cache
def _digest(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


@pass_context
def _say(context: Context, key: str, /, **values: object) -> str:
    words: Catalogue = context["site"].words
    return words.say(context["language"], key, **values)


@pass_context
def _below(context: Context, prefix: str) -> dict[str, str]:
    words: Catalogue = context["site"].words
    return words.beginning(context["language"], prefix)


def site_of(request: Request) -> Site:
    """The pages of this application."""
    site: Site = request.app.state.site
    return site


def say(request: Request, key: str, /, **values: object) -> str:
    """Words in the language of who asks."""
    return site_of(request).words.say(language_of(request), key, **values)


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401
    """A page. Every template knows `person` (or none), `language`, `site`, `t()`, `asset()`, `here`, `status`."""
    person: Person | None = getattr(request.state, "person", None)
    site = site_of(request)
    known: dict[str, Any] = {
        "site": site,
        "person": person,
        "language": language_of(request),
        "here": path_and_query(request),
        "entries": site.entries(person) if person else [],
        "csrf": person.csrf if person else "",
        "status": status,
    }
    content = site.templates.get_template(template).render(known | values)
    return HTMLResponse(content, status_code=status, headers={**HEADERS, "Vary": "Cookie"})


def address_of(path: str, /, **query: object) -> str:
    """A path of ours with a query, its parts quoted."""
    told = {name: str(value) for name, value in query.items() if value not in (None, "")}
    return quote(path) + (f"?{urlencode(told)}" if told else "")


def path_and_query(request: Request) -> str:
    """Where the browser is, without the host."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def own_path(text: str, *, otherwise: str = "/") -> str:
    """A path on this site that somebody was sent with, or `otherwise` where it leads elsewhere."""
    ours = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and len(text) < 2000
    return text if ours else otherwise


def content_type(file: Path) -> str:
    """By its name; scripts and styles are UTF-8."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    kind = {".js": "text/javascript", ".woff2": "font/woff2"}.get(file.suffix, kind)
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
