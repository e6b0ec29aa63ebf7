"""A small installation with papers in it, its keys and a client, for the tests of the door."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import uvicorn
from fastapi.testclient import TestClient

from api.app import Door, DoorSettings, create_app
from api.door import Digitiser
from storage.credentials import add_key
from storage.index import SearchIndex
from storage.index.feed import feed
from storage.keys import derived_key, original_key
from storage.objects import ObjectStore
from storage.publication import publish_scan
from storage.records import (
    Database,
    DossierRow,
    NewDocument,
    NewField,
    NewLink,
    Part,
    import_dossiers,
    register_scan,
    start_batch,
)
from storage.scopes import Scope
from storage.sealing import Seals
from storage.uploads import Upload
from tests.services import free_port

ALL = tuple(Scope)
AGENCY, OTHER_AGENCY = "H23.16", "H23.17"
DOSSIER, OTHER_DOSSIER = "H23.16-230712-0001", "H23.17-230712-0002"
CITIZEN = "001085012345"
SEALS = Seals((b"k" * 32,))
LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperText:
    """What a made paper says."""

    name: str
    text: str = "Quyết định về việc cấp giấy phép xây dựng"
    dossier: str | None = DOSSIER
    accepted: bool = True
    type: str | None = "QĐ"
    status: str = "published"
    issued_on: date | None = date(2023, 7, 12)
    number: str = "12/QĐ-UBND"
    agency: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)  #: in place of made-up ones


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An installation behind a door."""

    door: Door
    client: TestClient
    folder: Path

    def key(self, *scopes: Scope, agency: str | None = None, days: int = 1) -> dict[str, str]:
        """Headers of a new key."""
        with self.door.database.transaction() as session:
            token, _ = add_key(session, name="test", scopes=scopes, agency=agency, days=days, agent="test")
        return {"Authorization": f"Bearer {token}"}

    def publish(self, *papers: PaperText, scan: bytes = b"scan") -> list[str]:
        """Publish papers of one scan and index them; their ids."""
        with self.door.database.transaction() as session:
            batch = start_batch(
                session, hashlib.sha256(scan).hexdigest(), operator="", inputs=["in"], settings_json="{}"
            )
        sha256 = hashlib.sha256(scan).hexdigest()
        original = self.folder / sha256
        original.write_bytes(scan)
        self.door.store.put(original_key(sha256), original, sha256=sha256, content_type="application/pdf")
        with self.door.database.transaction() as session:
            noted = register_scan(
                session,
                batch.id,
                source="in/scan.pdf",
                sha256=sha256,
                kind="pdf",
                size=len(scan),
                page_count=len(papers),
                object_key=original_key(sha256),
            )
        documents = [self.document(batch.id, sha256, paper, number) for number, paper in enumerate(papers, 1)]
        publish_scan(self.door.database, self.door.store, noted.id, documents)
        feed(self.door.database, self.door.index)
        return [document.id for document in documents]

    def publish_pile(self, paper: PaperText, *, scan: bytes = b"pile", **changes: Any) -> str:
        """Publish one paper of several pages, changed as told; its id."""
        sha256 = hashlib.sha256(scan).hexdigest()
        with self.door.database.transaction() as session:
            batch = start_batch(session, sha256, operator="", inputs=["in"], settings_json="{}")
            noted = register_scan(
                session,
                batch.id,
                source="in/pile.pdf",
                sha256=sha256,
                kind="pdf",
                size=4,
                page_count=9,
                object_key=original_key(sha256),
            )
        document = replace(self.document(batch.id, sha256, paper, 1), **changes)
        publish_scan(self.door.database, self.door.store, noted.id, [document])
        feed(self.door.database, self.door.index)
        return document.id

    def document(self, batch_id: str, sha256: str, paper: PaperText, page: int) -> NewDocument:
        """A made paper, ready to be published."""
        document_id = hashlib.sha256(f"{sha256}:{page}".encode()).hexdigest()[:16]
        fields = {"number": paper.number, **paper.fields}
        doubtful = paper.status == "review"
        link = NewLink(
            dossier_code=paper.dossier,
            method="qr",
            confidence=0.99,
            status="accepted" if paper.accepted else "review",
            reason="" if paper.accepted else "the procedures system has no such dossier",
        )
        return NewDocument(
            id=document_id,
            version=1,
            batch_id=batch_id,
            source=f"in/{paper.name}.pdf",
            pages=(page,),
            blank_pages=(),
            type=paper.type,
            title=f"Quyết định {paper.number} {paper.name}",
            issued_on=paper.issued_on,
            dossier_code=paper.dossier,
            procedure_code="1.004199",
            link=link if paper.dossier else None,
            fields=tuple(
                NewField(
                    name=name,
                    value=value,
                    confidence=0.5 if doubtful else 0.97,
                    status="review" if doubtful else "accepted",
                    page=page,
                    box=(72.0, 90.0, 180.0, 104.0),
                    evidence=f"{name}: {value}",
                )
                for name, value in fields.items()
            ),
            page_texts=((page, paper.text),),
            confidence=0.9,
            status=paper.status,
            reasons=tuple(f"{name} needs a look" for name in fields) if doubtful else (),
            parts=(
                self._part(
                    document_id,
                    "pdf",
                    paper.files.get("pdf", f"%PDF-1.7 {paper.name}".encode() * 100),
                    "application/pdf",
                ),
                self._part(document_id, "text", paper.text.encode(), "text/plain; charset=utf-8"),
                self._part(
                    document_id,
                    "alto",
                    paper.files.get("alto", f"<alto>{paper.text}</alto>".encode()),
                    "application/xml",
                ),
                *(
                    self._part(document_id, "previews", paper.files[one], "application/zip")
                    for one in ("previews",)
                    if one in paper.files
                ),
            ),
            report={"id": document_id, "fields": {}},
            agency_code=paper.agency,
        )

    def _part(self, document_id: str, name: str, data: bytes, content_type: str) -> Part:
        path = self.folder / f"{document_id}-{name}"
        path.write_bytes(data)
        sha256 = hashlib.sha256(data).hexdigest()
        return Part(
            name=name,
            key=derived_key(document_id, 1, name, sha256),
            path=path,
            sha256=sha256,
            size=len(data),
            content_type=content_type,
        )

    def register(self, *dossiers: DossierRow) -> None:
        """Let the procedures system have told of dossiers."""
        with self.door.database.transaction() as session:
            import_dossiers(session, dossiers)


class ByCommand:
    """In place of the process that digitises uploads: a command for each, where a test is about what it leaves."""

    def __init__(self, command: Callable[[Upload, Path], list[str]]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, upload: Upload, folder: Path, log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(self._command(upload, folder), stdout=output, stderr=output)

    def ended(self) -> int | None:
        assert self._process is not None
        return self._process.poll()

    def rest(self) -> None:
        pass

    def stop(self, seconds: float) -> int:
        if self._process is None:
            return 130
        self._process.terminate()
        return self._process.wait(seconds)


def nothing_to_do(upload: Upload, folder: Path) -> list[str]:
    """In place of `sohoa digitise`, where a test is not about it: ends at once without a batch."""
    return [sys.executable, "-c", "raise SystemExit(3)"]


@contextmanager
def a_house(
    database: Database,
    store: ObjectStore,
    folder: Path,
    settings: DoorSettings | None = None,
    *,
    digitiser: Digitiser | None = None,
) -> Iterator[House]:
    """An installation that answers in this process."""
    (folder / "spool").mkdir(exist_ok=True)
    door = Door(
        database=database,
        store=store,
        index=SearchIndex(folder / "index"),
        spool=folder / "spool",
        digitiser=digitiser or ByCommand(nothing_to_do),
        seals=SEALS,
        settings=settings or DoorSettings(requests_per_minute=100_000, webhook_networks=LOOPBACK),
    )
    with house_of(door, folder) as house:
        yield house


@contextmanager
def house_of(door: Door, folder: Path) -> Iterator[House]:
    """A house behind a door; what runs beside the door is started by the tests that are about it."""
    with TestClient(create_app(door, background=False), raise_server_exceptions=False) as client:
        yield House(door=door, client=client, folder=folder)


@contextmanager
def served(house: House) -> Iterator[str]:
    """The house's door on a real socket; its address."""
    port = free_port()
    config = uvicorn.Config(house.client.app, port=port, log_level="critical", lifespan="off", server_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
