"""Pushes dossiers to the national portal, or to the province's platform (LGSP) before it, from an outbox of its own.

What is down keeps nothing else waiting: an item is tried again with growing pauses, and is dead, to be seen in
`/metrics`, when it was refused for a day.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from api.door import Door, PortalTarget
from api.portal import DossierExport, dossier_export
from storage.errors import UnknownDocument
from storage.outbox import OutboxItem, claim, mark_done, mark_failed
from storage.records import find_dossier, get_document
from storage.records.sight import Sight

PORTAL = "portal"  # topic of the outbox
AT_ONCE = 10  # items claimed together; a platform takes a second for each
LEASE_SECONDS = 900.0  # longer than all of them may take
TAKEN = "0"  # error_code of an answer that says yes
SPARE_SECONDS = 30.0  # before its end that a token is not used any more
_TIMEOUT = urllib3.Timeout(connect=5.0, read=20.0)


class NotTaken(Exception):
    """The other side did not take a dossier; the message has its code, never its text, which may name people."""


@dataclass(slots=True)
class _Token:
    text: str = ""
    until: float = 0.0  # monotonic seconds


class Syncer:
    """Pushes what waits."""

    def __init__(self, door: Door, target: PortalTarget) -> None:
        self._door = door
        self._target = target
        self._http = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)
        self._token = _Token()
        self._lock = threading.Lock()

    def sync(self) -> int:
        """Push the items that are due; how many were taken."""
        with self._door.database.transaction() as session:
            items = claim(session, PORTAL, limit=AT_ONCE, lease_s=LEASE_SECONDS)
        taken = 0
        for item in items:
            try:
                for export in self._exports(item):
                    self._push(export)
            except (NotTaken, HTTPError) as error:
                why = str(error) if isinstance(error, NotTaken) else f"no answer ({type(error).__name__})"
                with self._door.database.transaction() as session:
                    mark_failed(session, item, why)
                continue
            with self._door.database.transaction() as session:
                mark_done(session, [item])
            taken += 1
        return taken

    def _exports(self, item: OutboxItem) -> list[DossierExport]:
        """The dossiers that a document is bound to for certain, each as it is now, whole numbers and all."""
        everything = Sight()
        with self._door.database.reading() as session:
            try:
                document = get_document(session, item.document_id)
            except UnknownDocument:
                return []
            codes = [link.dossier_code for link in document.links if link.status == "accepted"]
            made = []
            for code in codes:
                if find_dossier(session, code) is None or not everything.sees(document):
                    continue
                made.append(dossier_export(session, everything, code, self._door.settings, personal=True))
        return made

    def _push(self, export: DossierExport) -> None:
        headers = {"Authorization": f"Bearer {self._bearer()}"} if self._target.token_url else {}
        answer = self._http.request(
            "POST", self._target.url, json=export.model_dump(mode="json"), headers=headers, redirect=False
        )
        if answer.status == 401:
            self._token = _Token()  # it was taken back; the next try asks for a new one
        if answer.status != 200:
            raise NotTaken(f"status {answer.status}")
        code = str(_object(answer.data).get("error_code", "none"))
        if code != TAKEN:
            raise NotTaken(f"error_code {code[:20]}")

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
