"""Pushes dossiers to the national portal and the province's platform (LGSP), from an outbox of each one's own.

What is down keeps nothing else waiting: an item is tried again with growing pauses, and is dead, to be seen in
`/metrics`, when it was refused for a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

from sqlalchemy.orm import Session
from urllib3.exceptions import HTTPError

from api.door import Door, PortalTarget
from api.platform import NotTaken, Platform
from api.portal import DossierExport, dossier_export, found
from api.portal_2026 import CreateDossier, FileToSend, Pushed, pushed
from storage.errors import StorageError, UnknownDocument
from storage.outbox import OutboxItem, claim, mark_done, mark_failed
from storage.records import find_dossier, get_document
from storage.records.sight import Sight

AT_ONCE = 10  # items claimed together; a platform takes a second for each
LEASE_SECONDS = 900.0  # longer than all of them may take
CHUNK = 1 << 20  # bytes of a file in memory at a time


Told = TypeVar("Told")


class Syncer:
    """Pushes what waits for one target."""

    def __init__(self, door: Door, target: PortalTarget) -> None:
        self._door = door
        self._target = target
        self._platform = Platform(target)

    def sync(self) -> int:
        """Push the items that are due; how many were taken."""
        with self._door.database.transaction() as session:
            items = claim(session, self._target.name, limit=AT_ONCE, lease_s=LEASE_SECONDS)
        taken = 0
        for item in items:
            try:
                self._push(item)
            except (NotTaken, HTTPError, StorageError) as error:
                why = str(error) if isinstance(error, NotTaken) else f"no answer ({type(error).__name__})"
                with self._door.database.transaction() as session:
                    mark_failed(session, item, why)
                continue
            with self._door.database.transaction() as session:
                mark_done(session, [item])
            taken += 1
        return taken

    def _push(self, item: OutboxItem) -> None:
        """Tell of each dossier of a document, as it is now, whole numbers and all. Raises NotTaken, HTTPError."""
        if self._target.form == "sync":
            for export in self._of_dossiers(item, self._export):
                self._platform.call("", export.model_dump(mode="json"))
            return
        for one in self._of_dossiers(item, self._created):
            self._push_2026(one)

    def _of_dossiers(self, item: OutboxItem, told: Callable[[Session, str], Told]) -> list[Told]:
        """What is told of each dossier that a document is bound to for certain."""
        with self._door.database.reading() as session:
            try:
                document = get_document(session, item.document_id)
            except UnknownDocument:
                return []
            if not Sight().sees(document):
                return []
            codes = [link.dossier_code for link in document.links if link.status == "accepted"]
            return [told(session, code) for code in codes if find_dossier(session, code) is not None]

    def _export(self, session: Session, code: str) -> DossierExport:
        return dossier_export(session, Sight(), code, self._door.settings, personal=True)

    def _created(self, session: Session, code: str) -> Pushed:
        dossier, _, documents = found(session, Sight(), code)
        return pushed(dossier, documents, self._door.settings.paper_codes)

    def _push_2026(self, told: Pushed) -> None:
        """Files first, then the dossier that names them by the ids they got, then how far it is."""
        ids = {file.document_id: self._sent(file) for file in told.files}
        self._platform.call("CreateDossier", _with_ids(told.dossier, ids).model_dump(mode="json"))
        self._platform.call("CapNhatTienTrinh", [told.progress.model_dump(mode="json")])
        if told.state is not None:
            self._platform.call("CapNhatTrangThai", told.state.model_dump(mode="json"))

    def _sent(self, file: FileToSend) -> str:
        """Upload a file; its id there. Raises NotTaken, also where the other side has other bytes."""
        with self._door.store.open(file.key) as reader:
            told = self._platform.upload(
                "UploadFile", file_name=f"{file.document_id}.pdf", size=file.size, chunks=_chunks(reader)
            )
        given, hashed = str(told.get("IdTepTin") or ""), str(told.get("HashTepTin") or "")
        if not given:
            raise NotTaken("UploadFile: no IdTepTin")
        if len(hashed) == len(file.sha256) and hashed.lower() != file.sha256:
            raise NotTaken("UploadFile: another HashTepTin than the file's")
        return given


def _chunks(reader: BinaryIO) -> Iterator[bytes]:
    while chunk := reader.read(CHUNK):
        yield chunk


def _with_ids(dossier: CreateDossier, ids: dict[str, str]) -> CreateDossier:
    parts = [
        part.model_copy(
            update={
                "GiayToDinhKem": [
                    one.model_copy(update={"IdGiayTo": ids.get(one.IdGiayTo, one.IdGiayTo)})
                    for one in part.GiayToDinhKem
                ]
            }
        )
        for part in dossier.ThanhPhanHoSo
    ]
    return dossier.model_copy(update={"ThanhPhanHoSo": parts})
