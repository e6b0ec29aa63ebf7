"""A platform that dossiers are pushed to: its tokens, its calls, and what its answers mean."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import urllib3

from api.door import PortalTarget

TAKEN = "0"  # error_code of an answer that says yes
SPARE_SECONDS = 30.0  # before its end that a token is not used any more
_TIMEOUT = urllib3.Timeout(connect=5.0, read=20.0)


class NotTaken(Exception):
    """The other side did not take something; the message has its code, never its text, which may name people."""


@dataclass(slots=True)
class _Token:
    text: str = ""
    until: float = 0.0  # monotonic seconds


class Platform:
    """A target, as it is called."""

    def __init__(self, target: PortalTarget) -> None:
        self._target = target
        self._http = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)
        self._token = _Token()
        self._lock = threading.Lock()

    def call(self, name: str, told: Any) -> dict[str, Any]:  # noqa: ANN401  (a value that JSON has)
        """Say something to a call below the address, or to the address itself where it has no name; the answer.

        Raises NotTaken, urllib3's HTTPError.
        """
        return self._sent(name, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def upload(self, name: str, *, file_name: str, size: int, chunks: Iterable[bytes]) -> dict[str, Any]:
        """Send a PDF as a form's `file`, some bytes in memory at a time; the answer. Raises as `call`."""
        boundary = secrets.token_hex(16)
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
            "Content-Type: application/pdf\r\n\r\n"
        ).encode()
        tail = f"\r\n--{boundary}--\r\n".encode()

        def body() -> Iterator[bytes]:
            yield head
            yield from chunks
            yield tail

        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + size + len(tail)),
        }
        return self._sent(name, body(), headers)

    def _sent(self, name: str, body: bytes | Iterable[bytes], headers: dict[str, str]) -> dict[str, Any]:
        if self._target.token_url:
            headers["Authorization"] = f"Bearer {self._bearer()}"
        address = f"{self._target.url.rstrip('/')}/{name}" if name else self._target.url
        answer = self._http.request("POST", address, body=body, headers=headers, redirect=False)
        where = f"{name}: " if name else ""
        if answer.status == 401:
            self._token = _Token()  # it was taken back; the next try asks for a new one
        if answer.status != 200:
            raise NotTaken(f"{where}status {answer.status}")
        told = _object(answer.data)
        code = str(told.get("error_code", "none"))
        if code != TAKEN:
            raise NotTaken(f"{where}error_code {code[:20]}")
        return told

    def _bearer(self) -> str:
        """A token of the client credentials grant (RFC 6749 §4.4), asked for again when it has ended."""
        with self._lock:
            if time.monotonic() >= self._token.until:
                fields = {
                    "grant_type": "client_credentials",
                    "client_id": self._target.client_id,
                    "client_secret": self._target.client_secret,
                }
                answer = self._http.request(
                    "POST", self._target.token_url, fields=fields, encode_multipart=False, redirect=False
                )
                told = _object(answer.data)
                if answer.status != 200 or not isinstance(told.get("access_token"), str):
                    raise NotTaken(f"no token (status {answer.status})")
                lasts = told.get("expires_in")
                seconds = float(lasts) if isinstance(lasts, int | float) else SPARE_SECONDS
                self._token = _Token(told["access_token"], time.monotonic() + seconds - SPARE_SECONDS)
            return self._token.text


def _object(data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except ValueError:
        raise NotTaken("an answer that is no JSON") from None
    return told if isinstance(told, dict) else {}
