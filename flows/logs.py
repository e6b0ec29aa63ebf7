"""What long-running commands say to stderr: a JSON object a line, event and fields, never a person's name."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from storage.correlation import correlation


class JsonLines(logging.Formatter):
    """One line for each record."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": record.name.removeprefix("sohoa."),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if request := correlation():
            said["correlation_id"] = request
        if record.exc_info and record.exc_info[0] is not None:  # its message may hold what stands on a paper
            said["error"] = record.exc_info[0].__name__
            said["trace"] = [
                f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(said, ensure_ascii=False, default=str)


def log_to_stderr(part: str) -> None:
    """Send what `sohoa.<part>` logs to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(f"sohoa.{part}")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
