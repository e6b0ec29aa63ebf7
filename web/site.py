"""Puts the pages beside the API: every group of pages, what stands in the bar above them, their files and errors."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from api.problems import Code, Problem, words_of
from web import accounts, base, bringing_in, finding, leader, mending, operator, review, sampling, viewer
from web.group import PageGroup
from web.pages import Site, address_of, path_and_query, render
from web.session import caller_of, language_of

#: Every group of pages, in the order of the bar.
GROUPS: tuple[PageGroup, ...] = (
    base.GROUP,
    viewer.GROUP,
    bringing_in.GROUP,
    review.GROUP,
    mending.GROUP,
    sampling.GROUP,
    finding.GROUP,
    operator.GROUP,
    leader.GROUP,
    accounts.GROUP,
)

API_PATHS = ("/v1/", "/health", "/ready", "/metrics", "/openapi.json", "/static/")


def add_site(app: FastAPI) -> None:
    """Serve the pages from this application."""
    app.state.site = Site(GROUPS)
    app.state.signed_in = caller_of
    for group in GROUPS:
        if group.prepare is not None:
            group.prepare(app)
        app.include_router(group.router, include_in_schema=False)


def page_of_problem(request: Request, problem: Problem) -> Response | None:
    """What a person's browser is shown; None where a program asked, which gets the problem document."""
    if request.url.path.startswith(API_PATHS) or "text/html" not in request.headers.get("accept", ""):
        return None
    if problem.code is Code.UNAUTHENTICATED:
        return RedirectResponse(address_of("/login", next=path_and_query(request)), status_code=303)
    title, advice = words_of(problem, language_of(request))
    response = render(
        request,
        "base/problem.html",
        status=problem.status_code,
        title=title,
        advice=advice,
        correlation_id=getattr(request.state, "correlation_id", ""),
    )
    response.headers.update(problem.headers or {})
    return response
