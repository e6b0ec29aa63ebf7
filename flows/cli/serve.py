"""`sohoa serve`: the HTTP door on this installation."""

from __future__ import annotations

import uvicorn
from rich.console import Console

from api.app import Door, create_app
from flows.installation import opened
from flows.settings import Settings


def serve(settings: Settings, out: Console) -> None:
    """Serve until stopped."""
    with opened(settings) as house:
        door = Door(database=house.database, store=house.store, index=house.index, api_keys=settings.api.keys)
        out.print(f"listening on http://{settings.api.host}:{settings.api.port}")
        uvicorn.run(create_app(door), host=settings.api.host, port=settings.api.port, log_level="warning")
