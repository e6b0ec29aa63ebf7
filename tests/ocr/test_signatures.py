"""Signatures of other offices: a court asks who signed, when, and whether anything was changed since."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from ocr.pdf import assemble
from ocr.signatures import Integrity, Trust, find_signatures
from tests.identities import make_identity, sign
from tests.ocr.pdf.made import METADATA, page

SIGNER = "Ủy ban nhân dân xã Thử"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an office's key and its self-signed certificate."""
    return make_identity(tmp_path_factory.mktemp("identity"), SIGNER)


@pytest.fixture
def signed(tmp_path: Path, identity: Path) -> Path:
    """A paper with one signature."""
    pdf = tmp_path / "a.pdf"
    assemble([page(tmp_path, ["Quyết định"])], METADATA, pdf)
    sign(pdf, identity)
    return pdf


def test_who_signed_and_when_is_read(signed: Path) -> None:
    """The record must name the office that signed, not only that somebody did."""
    (found,) = find_signatures(signed)
    assert (found.field, found.signer, found.sub_filter) == ("So1", SIGNER, "ETSI.CAdES.detached")
    assert found.bodies == (SIGNER,)
    assert found.integrity is Integrity.INTACT
    assert found.covers_file
    assert found.signed_at is not None
    assert abs(found.signed_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert found.trust is Trust.NOT_CHECKED


def test_a_changed_byte_breaks_the_signature(signed: Path) -> None:
    """A forged number in a signed decision must not pass."""
    data = bytearray(signed.read_bytes())
    data[data.index(b"\xff\xda") + 200] ^= 1  # in the page's image
    signed.write_bytes(data)
    (found,) = find_signatures(signed)
    assert found.integrity is Integrity.BROKEN
    assert "changed" in found.note


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_damage_anywhere_is_never_taken_for_unsigned_or_intact(signed: Path, part: float) -> None:
    """Damage that hides the form's fields would otherwise make a signed paper an unsigned one."""
    data = bytearray(signed.read_bytes())
    start = int(part * data.index(b"/ByteRange"))
    data[start : start + 40] = bytes(byte ^ 0x55 for byte in data[start : start + 40])
    signed.write_bytes(data)
    found = find_signatures(signed)
    assert found
    assert Integrity.INTACT not in {one.integrity for one in found}


def test_damage_within_the_signature_itself_is_told_and_stops_nothing(signed: Path) -> None:
    """One changed digit of the signature ended the whole scan with a fault of the program."""
    data = signed.read_bytes()
    start = data.rindex(b"/Contents <") + len(b"/Contents <")
    length = len(data[start : data.index(b">", start)].rstrip(b"0"))
    verdicts = set()
    for place in range(40, length, length // 60):
        changed = bytearray(data)
        changed[start + place] = ord("0") if changed[start + place] != ord("0") else ord("f")
        signed.write_bytes(changed)
        (found,) = find_signatures(signed)
        verdicts.add(found.integrity)
    assert Integrity.NOT_CHECKED in verdicts
    assert Integrity.BROKEN in verdicts


def test_a_second_signature_does_not_break_the_first(signed: Path, identity: Path) -> None:
    """Arrival stamps are signatures too; with each the first no longer covers the whole file, and is intact."""
    sign(signed, identity, "So2")
    first, second = find_signatures(signed)
    assert (first.integrity, first.covers_file) == (Integrity.INTACT, False)
    assert (second.integrity, second.covers_file) == (Integrity.INTACT, True)


def test_bytes_before_the_header_do_not_hide_a_signature(signed: Path) -> None:
    """Web servers prepend line ends; the signature counts from the header on."""
    signed.write_bytes(b"\r\n junk\r\n" + signed.read_bytes())
    (found,) = find_signatures(signed)
    assert found.integrity is Integrity.INTACT
    assert "before the header" in found.note


def test_trust_is_a_fact_of_its_own(signed: Path, identity: Path, tmp_path: Path) -> None:
    """An unknown office's signature is not a broken one."""
    (known,) = find_signatures(signed, roots=[identity / "cert.pem"])
    assert (known.integrity, known.trust) == (Integrity.INTACT, Trust.KNOWN)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Khác")])
    now = datetime.now(UTC)
    stranger = x509.CertificateBuilder(name, name, other.public_key(), 8, now, now + timedelta(days=1)).sign(
        other, hashes.SHA256()
    )
    (tmp_path / "other.pem").write_bytes(stranger.public_bytes(serialization.Encoding.PEM))
    (unknown,) = find_signatures(signed, roots=[tmp_path / "other.pem"])
    assert (unknown.integrity, unknown.trust) == (Integrity.INTACT, Trust.UNKNOWN)


def test_a_signature_that_cannot_be_opened_is_still_told_of(signed: Path) -> None:
    """Silence would mean that nobody signed."""
    with pikepdf.open(signed, allow_overwriting_input=True) as pdf:
        value = pdf.Root.AcroForm.Fields[0].V
        value.Contents = pikepdf.String("no signature")
        value.Name = pikepdf.String("Nguyễn Văn A")
        pdf.save(signed)
    (found,) = find_signatures(signed)
    assert (found.integrity, found.signer) == (Integrity.NOT_CHECKED, "Nguyễn Văn A")


@pytest.mark.parametrize("data", [b"", b"no pdf", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_has_no_signatures(tmp_path: Path, data: bytes) -> None:
    """The question is asked of every file that comes in."""
    (tmp_path / "a.pdf").write_bytes(data)
    assert find_signatures(tmp_path / "a.pdf") == ()


def test_an_unsigned_field_is_no_signature(tmp_path: Path) -> None:
    """A prepared empty field only says where to sign."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="empty"))
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field], SigFlags=3)
    written = io.BytesIO()
    pdf.save(written)
    (tmp_path / "a.pdf").write_bytes(written.getvalue())
    assert find_signatures(tmp_path / "a.pdf") == ()
