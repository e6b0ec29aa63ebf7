"""`sohoa sign`: a person's act, a new version, keys that stay secret."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from asn1crypto import tsp
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps import DummyTimeStamper

from flows.errors import ExitCode, WrongSettings
from flows.installation import Installation
from flows.mending import Bench, arrange
from flows.settings import load_settings
from flows.signing import Role, SigningFailed, pens_of, sign_documents
from ocr.alto import write_alto
from ocr.pdf import assemble
from ocr.signatures import Integrity, find_signatures
from storage.events import events_of
from storage.records import DocumentRecord, get_document
from storage.scopes import Scope
from storage.signing import pdf_signatures
from tests.api.conftest import house, house_of_pair, records
from tests.api.house import House, PaperText
from tests.identities import PASSWORD, make_identity
from tests.ocr.pdf.made import METADATA, page

__all__ = ["house", "house_of_pair", "records"]  # fixtures

OFFICER, AGENCY = "Trần Thị Cán Bộ", "Ủy ban nhân dân xã Thử"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of an officer and an agency."""
    folder = tmp_path_factory.mktemp("keys")
    make_identity(folder / "officer", OFFICER)
    make_identity(folder / "agency", AGENCY)
    (folder / "password").write_text(f"{PASSWORD}\n")
    return folder


@pytest.fixture
def with_keys(keys: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings with both keys; the agency's password in a file."""
    monkeypatch.setenv("SOHOA_OFFICER_KEY__PKCS12", str(keys / "officer" / "key.p12"))
    monkeypatch.setenv("SOHOA_OFFICER_KEY__PASSWORD", PASSWORD)
    monkeypatch.setenv("SOHOA_AGENCY_KEY__PKCS12", str(keys / "agency" / "key.p12"))
    monkeypatch.setenv("SOHOA_AGENCY_KEY__PASSWORD_FILE", str(keys / "password"))
    return keys


def _paper(house: House, status: str = "published") -> str:
    """A finished paper of ours."""
    made = [page(house.folder, ["Quyết định", "về việc thử"])]
    assemble(made, METADATA, house.folder / "made.pdf")
    write_alto(made, METADATA, house.folder / "made.xml")
    files = {name: (house.folder / f"made.{end}").read_bytes() for name, end in (("pdf", "pdf"), ("alto", "xml"))}
    return house.publish(PaperText(name="a", status=status, files=files))[0]


def _sign(house: House, *documents: str, roles: tuple[Role, ...] = ()) -> list[str]:
    """What `sohoa sign` says of documents."""
    door, said = house.door, list[str]()
    inside = Installation(
        settings=load_settings(), data_dir=house.folder, store=door.store, database=door.database, index=door.index
    )
    with pens_of(inside.settings, roles) as pens:
        sign_documents(inside, documents, pens, agent="lan", tell=said.append)
    return said


def _seen(house: House, document: str) -> DocumentRecord:
    with house.door.database.reading() as session:
        return get_document(session, document)


def _pdf(house: House, document: str) -> Path:
    part = next(part for part in _seen(house, document).parts if part.name == "pdf")
    to = house.folder / f"{part.sha256}.pdf"
    if not to.exists():
        house.door.store.fetch(part.key, to)
    return to


def test_officer_and_agency_sign_a_new_version(house_of_pair: House, with_keys: Path) -> None:
    """The signed copy is what a citizen gets; the unsigned one stays, and who signed stands on the log."""
    paper = _paper(house_of_pair)
    before = _pdf(house_of_pair, paper).read_bytes()
    (said,) = _sign(house_of_pair, paper)
    assert "signed by officer and agency (PAdES B-B), version 2" in said
    after = _pdf(house_of_pair, paper)
    assert after.read_bytes().startswith(before)
    found = find_signatures(after)
    assert [(one.signer, one.integrity) for one in found] == [
        (OFFICER, Integrity.INTACT),
        (AGENCY, Integrity.INTACT),
    ]
    document = _seen(house_of_pair, paper)
    assert {field.name: field.value for field in document.fields}["number"] == "12/QĐ-UBND"
    with house_of_pair.door.database.reading() as session:
        assert events_of(session, "document", paper)[-1][1:3] == ("signed", "lan")
    told = house_of_pair.client.get(f"/v1/documents/{paper}", headers=house_of_pair.key(Scope.READ)).json()
    assert [one["signer"] for one in told["pdf_signatures"]] == [OFFICER, AGENCY]


def test_nobody_signs_twice(house: House, with_keys: Path) -> None:
    """The command again, after a cut connection, must not stamp over the first signature."""
    paper = _paper(house)
    assert "by officer (" in _sign(house, paper, roles=(Role.OFFICER,))[0]
    assert "already" in _sign(house, paper, roles=(Role.OFFICER,))[0]
    assert "by agency (" in _sign(house, paper)[0]
    assert "already" in _sign(house, paper)[0]
    assert _seen(house, paper).version == 3
    assert len(find_signatures(_pdf(house, paper))) == 2


def test_pages_mended_after_signing_make_an_unsigned_paper(house: House, with_keys: Path) -> None:
    """A stamp on a page that nobody signed as it is now would be a forgery of our own."""
    paper = _paper(house)
    _sign(house, paper)
    bench = Bench(database=house.door.database, store=house.door.store, folder=house.folder, agent="lan")
    arrange(bench, paper, version=2, order=(1,), turns={1: 90}, blank=())
    assert find_signatures(_pdf(house, paper)) == ()
    assert pdf_signatures(_seen(house, paper)) == []
    assert "signed by officer and agency" in _sign(house, paper)[0]
    assert all(one.integrity is Integrity.INTACT for one in find_signatures(_pdf(house, paper)))


def test_a_paper_under_a_secrecy_mark_and_one_that_is_not_there_are_not_signed(house: House, with_keys: Path) -> None:
    """One wrong id in a list must not stop the others."""
    held = _paper(house, status="held")
    said = _sign(house, held, "ffff")
    assert ["not signed" in line for line in said] == [True, True]
    assert _seen(house, held).version == 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SOHOA_OFFICER_KEY__PASSWORD", "falsch", "does not open"),
        ("SOHOA_OFFICER_KEY__PKCS12", "/nowhere/key.p12", "mend the path"),
        ("SOHOA_OFFICER_KEY__PKCS12", "", "does not open|mend the path|no key"),
        ("SOHOA_OFFICER_KEY__PKCS11_LIBRARY", "/nowhere/token.so", "pkcs11|token"),
    ],
)
def test_a_key_that_does_not_open_is_told_without_its_password(
    with_keys: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    """The message goes into tickets and chats."""
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettings, match=told) as raised, pens_of(load_settings(), (Role.OFFICER,)):
        pass
    assert PASSWORD not in str(raised.value)
    assert "falsch" not in str(raised.value)


def test_a_certificate_that_has_ended_does_not_sign(
    tmp_path: Path, with_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its signatures would be worth nothing in court."""
    make_identity(tmp_path, OFFICER, days=-1)
    monkeypatch.setenv("SOHOA_OFFICER_KEY__PKCS12", str(tmp_path / "key.p12"))
    with pytest.raises(WrongSettings, match="valid until"), pens_of(load_settings(), ()):
        pass


@contextmanager
def _time_stamp_server(identity: Path) -> Iterator[str]:
    """A time-stamp authority on a port of this machine."""
    signer = SimpleSigner.load_pkcs12(identity / "key.p12", passphrase=PASSWORD.encode())
    assert signer is not None
    stamper = DummyTimeStamper(tsa_cert=signer.signing_cert, tsa_key=signer.signing_key)

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = stamper.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_time_stamp_server_is_asked_where_one_is_set(
    house: House, with_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its answer nothing is signed: a B-B signature in place of a B-T one would be found out years later."""
    paper = _paper(house)
    monkeypatch.setenv("SOHOA_SIGNATURES__TIME_STAMP_URL", "http://127.0.0.1:9/")
    with pytest.raises(SigningFailed, match="time-stamp server"):
        _sign(house, paper)
    assert _seen(house, paper).version == 1
    with _time_stamp_server(with_keys / "agency") as address:
        monkeypatch.setenv("SOHOA_SIGNATURES__TIME_STAMP_URL", address)
        assert "PAdES B-T" in _sign(house, paper, roles=(Role.OFFICER,))[0]
    (found,) = find_signatures(_pdf(house, paper))
    assert found.time_stamp is not None


def test_the_command_signs_and_keeps_passwords_to_itself(tmp_path: Path, with_keys: Path) -> None:
    """Arguments are seen by everybody on the machine; so passwords come from the environment or a file."""
    run = [sys.executable, "-c", "from flows.cli import main; main()", "sign"]
    environment = os.environ | {"SOHOA_DATA_DIR": str(tmp_path / "data")}
    ended = subprocess.run([*run, "abcd"], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == ExitCode.SOME_FAILED, ended.stderr
    assert "abcd: not signed" in ended.stdout
    wrong = subprocess.run(
        [*run, "--as", "king", "abcd"], env=environment, capture_output=True, text=True, check=False
    )
    assert wrong.returncode == ExitCode.WRONG_USE
    assert PASSWORD not in ended.stdout + ended.stderr + wrong.stderr
