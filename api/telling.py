"""Tells webhooks: signed as Standard Webhooks have it, one try at a time, with an end to every wait."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.addresses import Network, Target, WrongAddress, checked
from storage.webhooks import SECRET_PREFIX, Delivery, Webhook

CONNECT_SECONDS = 5.0
SILENT_SECONDS = 10.0  # between two packets of an answer
TOTAL_SECONDS = 20.0  # of one try, however slowly an answer drips; less than a delivery's lease
WINDOW_SECONDS = 300  # that a receiver should take a message's time to be off: older ones are replays


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one try."""

    http_status: int | None
    error: str | None  #: None where it was taken


def signed(message_id: str, at: int, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """The headers that go with a body; a signature for each secret, so that a new one can be taken into use."""
    signatures = " ".join(f"v1,{_signature(message_id, at, body, secret)}" for secret in secrets)
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": signatures}


def _signature(message_id: str, at: int, body: str, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    message = f"{message_id}.{at}.{body}".encode()
    return base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()


def verified(headers: Mapping[str, str], body: str, secret: str, *, now: float | None = None) -> bool:
    """What a receiver checks: one signature is right, and the time is near. The guide tells receivers the same."""
    try:
        at = int(headers["webhook-timestamp"])
        message_id, given = headers["webhook-id"], headers["webhook-signature"].split()
    except (KeyError, ValueError):
        return False
    if abs((time.time() if now is None else now) - at) > WINDOW_SECONDS:
        return False
    wanted = f"v1,{_signature(message_id, at, body, secret)}"
    return any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given)


def tell(hook: Webhook, delivery: Delivery, allowed: Sequence[Network]) -> Outcome:
    """Try once. Time-outs, redirects and refusals are failures like any other; nothing is raised."""
    try:
        target = checked(hook.url, allowed)
        headers = signed(delivery.id, int(time.time()), delivery.body, hook.secrets)
        status = _post(target, delivery.body.encode(), headers)
    except WrongAddress as error:
        return Outcome(http_status=None, error=str(error))
    except TimeoutError:
        return Outcome(http_status=None, error="no answer in time")
    except (OSError, http.client.HTTPException) as error:
        return Outcome(http_status=None, error=f"no answer ({type(error).__name__})")
    if 200 <= status < 300:
        return Outcome(http_status=status, error=None)
    why = "redirects are not followed" if 300 <= status < 400 else "the receiver did not take it"
    return Outcome(http_status=status, error=f"{why} ({status})")


def _post(target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    """Send and return the status; the answer's body is of no interest and not read."""
    raw = socket.create_connection((str(target.address), target.port), timeout=CONNECT_SECONDS)
    try:
        raw.settimeout(SILENT_SECONDS)
        connected = ssl.create_default_context().wrap_socket(raw, server_hostname=target.host) if target.tls else raw
        with connected, _Deadline(connected) as deadline:
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = connected
            own = {"Host": _host(target), "Content-Type": "application/json", "User-Agent": "sohoa-webhooks"}
            try:
                connection.request("POST", target.path, body=body, headers={**own, **headers, "Connection": "close"})
                status = connection.getresponse().status
            except (OSError, http.client.HTTPException) as error:
                if deadline.passed:
                    raise TimeoutError from error
                raise
            if deadline.passed:  # the end of a cut answer reads like the end of its headers
                raise TimeoutError
            return status
    finally:
        raw.close()


def _host(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == (443 if target.tls else 80) else f"{host}:{target.port}"


class _Deadline:
    """Shuts a socket down after a while, so that dripping answers end too."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._timer = threading.Timer(TOTAL_SECONDS, self._pass)
        self.passed = False

    def _pass(self) -> None:
        self.passed = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
