"""Whether the door stands, and whether what is behind it answers. Both without a key, and without a detail."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from api.access import TheDoor
from api.models import Answer
from storage.errors import StorageError

router = APIRouter(tags=["health"])


class Health(Answer):
    """How it is."""

    status: Literal["ok", "unavailable"] = Field(examples=["ok"])
    checks: dict[str, Literal["ok", "unavailable"]] = Field(default_factory=dict)


@router.get("/health", operation_id="health")
def health() -> Health:
    """This process answers."""
    return Health(status="ok")


READY: dict[int | str, dict[str, Any]] = {503: {"model": Health, "description": "Something behind the door is away"}}


@router.get("/ready", response_model=Health, responses=READY, operation_id="ready")
def ready(request: Request, door: TheDoor) -> JSONResponse:
    """Records, store and index answer, and the server is not stopping; 503 where one does not."""
    checks = {
        "records": _answers(door.database.check),
        "store": _answers(lambda: door.store.head("probes/ready")),
        "index": _answers(door.index.check),
        "server": "unavailable" if request.app.state.stopping.is_set() else "ok",
        "beside": _beside(request),
    }
    ok = all(state == "ok" for state in checks.values())
    body = {"status": "ok" if ok else "unavailable", "checks": checks}
    return JSONResponse(body, status_code=200 if ok else 503, headers={"Cache-Control": "no-store"})


def _beside(request: Request) -> Literal["ok", "unavailable"]:
    """Whether events are written, and index, webhooks and uploads looked after, where this process does that."""
    background = request.app.state.background
    alive = request.app.state.audit.alive and (background is None or background.alive)
    return "ok" if alive else "unavailable"


def _answers(check: Any) -> Literal["ok", "unavailable"]:  # noqa: ANN401  (any check, whatever it returns)
    try:
        check()
    except StorageError:
        return "unavailable"
    return "ok"
