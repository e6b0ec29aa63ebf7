"""The application: routes, layers around them, and what runs beside them."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from anyio import CapacityLimiter
from fastapi import FastAPI

from api import (
    documents,
    dossiers,
    feeds,
    files,
    health,
    kpi,
    metrics,
    pages,
    portal,
    portal_2026,
    scans,
    search,
    webhooks,
)
from api.access import FAILURES_PER_MINUTE, Limiter
from api.audit import Audit, AuditLayer
from api.background import Background
from api.door import Door, DoorSettings, PortalTarget
from api.models import ProblemAnswer
from api.oidc import Provider
from api.problems import MEDIA_TYPE, add_handlers
from api.requests import RequestLayer, log_to_stderr
from web.site import add_site, page_of_problem

__all__ = ["Door", "DoorSettings", "PortalTarget", "create_app", "log_to_stderr"]

DESCRIPTION = """
Search, documents, dossiers, notices and figures of a digitised archive.

* Keys: `Authorization: Bearer <key>`; each route names the scope it needs. A key may be bound to an agency, and sees
  that agency's papers and those below it only. Papers held for a state-secret mark are in nobody's sight.
* Access tokens of the province's OIDC provider open it too, where it is set up so, with the scopes of the person's
  roles.
* Errors: `application/problem+json` with a stable `code`, in Vietnamese or English by `Accept-Language`.
* Versions: within `/v1` fields and codes are added, never renamed or taken away; a route that will go answers with
  `Deprecation` and `Sunset` headers for at least a year before.
"""

ROOMS = (
    health,
    search,
    documents,
    files,
    pages,
    dossiers,
    scans,
    webhooks,
    kpi,
    metrics,
    feeds,
    portal,
    portal_2026,
)  # of routes

_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}
_WHY = {
    400: "The request cannot be read",
    401: "No key, or one that no longer holds",
    403: "The key lacks the scope, or its agency is another",
    404: "There is none, or the key may not see it",
    405: "Method not allowed",
    408: "The body came too slowly",
    409: "Somebody else wrote at the same moment, or the Idempotency-Key was used for something else",
    412: "Somebody else was first",
    413: "The body is too large",
    414: "The address is too long",
    415: "This type of content is not taken",
    422: "A value is not valid",
    428: "If-Match is missing",
    429: "Too many requests; Retry-After tells when",
    503: "The store or the database is away; Retry-After tells when to try again",
    507: "No room is left",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": why, "content": _PROBLEM} for status, why in _WHY.items()
}


def create_app(door: Door, *, background: bool = True) -> FastAPI:
    """The application on an installation.

    background: feed the index, tell webhooks and start work on uploads beside answering; off where another process
    of the same installation does.
    """
    app = FastAPI(
        title="Sohoa",
        version=version("sohoa"),
        description=DESCRIPTION,
        docs_url=None,  # its pages would fetch scripts from elsewhere; /openapi.json opens in any viewer
        redoc_url=None,
        lifespan=_lifespan,
        responses=PROBLEMS,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},  # it tells values
    )
    app.state.door = door
    app.state.background = Background(door) if background else None
    app.state.stopping = threading.Event()
    app.state.requests = Limiter(door.settings.requests_per_minute)
    app.state.failures = Limiter(FAILURES_PER_MINUTE)
    app.state.searches = CapacityLimiter(search.AT_ONCE)
    app.state.metered = metrics.Requests()
    app.state.counted = metrics.Counted(door)
    app.state.provider = Provider(door.settings.oidc) if door.settings.oidc else None
    add_handlers(app, page_of_problem)
    app.add_middleware(AuditLayer)
    app.add_middleware(
        RequestLayer,
        max_upload_bytes=door.settings.max_upload_bytes,
        body_seconds=door.settings.body_seconds,
        metered=app.state.metered.note,
    )
    for module in ROOMS:
        app.include_router(module.router)
    add_site(app)
    _describe(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.audit = Audit(app.state.door.database)
    background: Background | None = app.state.background
    if background:
        background.start()
    yield
    app.state.stopping.set()
    if background:
        background.stop()
    app.state.audit.close()


def _describe(app: FastAPI) -> None:
    """Put the problem document into the contract, in place of the framework's own validation errors.

    Made when it is first asked for: it takes a third of a second.
    """
    framework = app.openapi

    def contract() -> dict[str, Any]:
        if app.openapi_schema is None:
            _mended(framework())
        return framework()

    app.openapi = contract  # type: ignore[method-assign]  # as FastAPI's guide has it


def _mended(made: dict[str, Any]) -> None:
    schemas = made["components"]["schemas"]
    schemas["ProblemAnswer"] = ProblemAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, routes in made["paths"].items():
        for operation in routes.values():
            operation["responses"]["422"] = {"description": _WHY[422], "content": _PROBLEM}
            if path in ("/health", "/ready"):
                for status in ("401", "403", "404"):
                    operation["responses"].pop(status, None)
