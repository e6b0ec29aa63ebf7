"""The forms in which events leave the house; apart, so that the command line can name them at once."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """How an event is written, one a line."""

    JSONL = "jsonl"  #: as PREMIS names things, with the hashes of the chain
    ECS = "ecs"  #: Elastic Common Schema 8
    CEF = "cef"  #: ArcSight's Common Event Format 0
