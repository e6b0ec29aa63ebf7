"""Papers that came in signed: the original keeps its signatures, the derivative and the record name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.errors import WrongSettings
from flows.installation import opened
from flows.reading import trusted_roots
from ocr.signatures import Integrity, find_signatures
from storage.events import events_of
from storage.records import get_document
from tests.flows import papers
from tests.flows.conftest import House
from tests.identities import make_identity, sign

OFFICE = "Văn phòng Thử"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office that signs; its certificate lies in a folder of its own."""
    folder = make_identity(tmp_path_factory.mktemp("office"), OFFICE)
    (folder / "roots").mkdir()
    (folder / "cert.pem").rename(folder / "roots" / "office.pem")
    (folder / "cert.pem").write_bytes((folder / "roots" / "office.pem").read_bytes())
    return folder


def test_who_signed_the_original_is_on_record_and_shown(
    house: House, tmp_path: Path, office: Path, monkeypatch: pytest.MonkeyPatch
):
    """A court asks who signed; the searchable copy must lead to the file that can prove it."""
    monkeypatch.setenv("SOHOA_SIGNATURES__TRUSTED_ROOTS", str(office / "roots"))
    scan = papers.save(papers.decision(), tmp_path / "giấy.pdf")
    sign(scan, office)
    document = house.digitise(scan).report["documents"][0]
    (found,) = document["signatures"]
    assert (found["signer"], found["integrity"], found["trust"]) == (OFFICE, "intact", "known")
    assert not any("signature" in reason for reason in document["reasons"])
    with opened(house.settings()) as inside:
        inside.store.fetch(document["objects"]["original"], tmp_path / "original.pdf")
        inside.store.fetch(document["objects"]["pdf"], tmp_path / "derivative.pdf")
        with inside.database.reading() as session:
            sha256 = get_document(session, document["id"]).scan_sha256
            events = [event[1] for event in events_of(session, "scan", sha256)]
    assert events == ["ingested", "signatures read"]
    assert (tmp_path / "original.pdf").read_bytes() == scan.read_bytes()
    assert find_signatures(tmp_path / "original.pdf")[0].integrity is Integrity.INTACT
    assert find_signatures(tmp_path / "derivative.pdf") == ()
    assert f"signed-original:sha256:{sha256}".encode() in (tmp_path / "derivative.pdf").read_bytes()
    shown = house.sohoa("show", document["id"]).stdout
    assert f"original signed by {OFFICE}" in shown
    assert "intact, chain known" in shown


def test_a_signed_paper_that_was_changed_waits_for_a_person(house: House, tmp_path: Path, office: Path):
    """A forged number in a signed decision must not be published as if nothing were wrong."""
    scan = papers.save(papers.decision(), tmp_path / "giấy.pdf")
    sign(scan, office)
    data = bytearray(scan.read_bytes())
    data[data.index(b"stream") + 4000] ^= 1  # in the page's image
    scan.write_bytes(data)
    document = house.digitise(scan).report["documents"][0]
    assert document["signatures"][0]["integrity"] == "broken"
    assert document["status"] == "review"
    assert any("signature" in reason for reason in document["reasons"])


def test_a_folder_of_roots_that_holds_none_is_told(tmp_path: Path):
    """A wrong path would silently make every signer a stranger."""
    with pytest.raises(WrongSettings, match="trusted_roots"):
        trusted_roots(tmp_path / "missing")
    with pytest.raises(WrongSettings, match="holds no certificate"):
        trusted_roots(tmp_path)
    (tmp_path / "a.pem").write_text("nothing")
    with pytest.raises(WrongSettings, match=r"a\.pem"):
        trusted_roots(tmp_path)
