"""A group of pages: its routes, its words, its folder of templates and files, its place in the bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, FastAPI

from storage.accounts import Role
from web.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A link in the bar above every page."""

    key: str  #: of its words
    path: str
    roles: frozenset[Role]  #: who is shown it


@dataclass(frozen=True, slots=True, kw_only=True)
class PageGroup:
    """Pages that belong together.

    Templates are named `<name>/…`, from the folder's `templates/`; files are served from its `static/`, under
    `/static/<name>/…`.
    """

    name: str
    folder: Path
    router: APIRouter
    words: Words
    entries: tuple[Entry, ...] = ()
    prepare: Callable[[FastAPI], None] | None = None  #: what its routes need of an application, once
