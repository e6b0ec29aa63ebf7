"""What a receiver of notices checks, as Standard Webhooks has it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

WINDOW_SECONDS = 300  # that a message's time may be off; older ones are replays
PREFIX = "whsec_"


def verified(headers: Mapping[str, str], body: bytes, secret: str, *, now: float | None = None) -> bool:
    """Whether a notice is the server's own and fresh.

    headers: of the request, however their names are written. body: its bytes as they came.
    secret: `whsec_…`, as it was shown when the address was added.
    """
    told = {name.lower(): value for name, value in headers.items()}
    try:
        at = int(told["webhook-timestamp"])
        message_id, given = told["webhook-id"], told["webhook-signature"].split()
    except (KeyError, ValueError):
        return False
    if abs((time.time() if now is None else now) - at) > WINDOW_SECONDS:
        return False
    signed = f"{message_id}.{at}.".encode() + body
    key = base64.b64decode(secret.removeprefix(PREFIX))
    wanted = b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    return any(hmac.compare_digest(wanted, one.encode()) for one in given)
