"""Keys on PKCS#11 tokens, which officials carry: a real library (SoftHSM) with an invented agency's key."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11.util.x509 import decode_x509_certificate

from flows.errors import WrongSettings
from flows.settings import load_settings
from flows.signing import Role, pens_of
from ocr.pdf import assemble
from ocr.signatures import Integrity
from ocr.signing import Corner, Seal, sign_paper
from tests.identities import make_identity
from tests.ocr.pdf.made import METADATA, page
from tests.ocr.signing.test_applying import MOMENT

LIBRARY = "/usr/lib/softhsm/libsofthsm2.so"  # Debian: softhsm2
TOKEN, LABEL, PIN = "thử", "agency", "87654321"
AGENCY = "Ủy ban nhân dân xã Thử"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A token with key and certificate of an agency, under LABEL."""
    folder = make_identity(tmp_path_factory.mktemp("token"), AGENCY)
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        program = ["softhsm2-util", "--pin", PIN]
        subprocess.run([*program, "--init-token", "--free", "--label", TOKEN, "--so-pin", "12345678"], check=True)
        named = ["--token", TOKEN, "--label", LABEL, "--id", "01"]
        subprocess.run([*program, "--import", folder / "key.pem", *named], check=True)
        certificate = x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes())
        entry = decode_x509_certificate(certificate.public_bytes(Encoding.DER))
        entry |= {pkcs11.Attribute.LABEL: LABEL, pkcs11.Attribute.ID: b"\x01", pkcs11.Attribute.TOKEN: True}
        with pkcs11.lib(LIBRARY).get_token(token_label=TOKEN).open(rw=True, user_pin=PIN) as session:
            session.create_object(entry)
        yield


@pytest.fixture
def settings_of_token(token: None, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Settings that name the token."""
    named = {"LIBRARY": LIBRARY, "TOKEN": TOKEN, "LABEL": LABEL}
    for name, value in named.items():
        monkeypatch.setenv(f"SOHOA_AGENCY_KEY__PKCS11_{name}", value)
    monkeypatch.setenv("SOHOA_AGENCY_KEY__PASSWORD", PIN)
    return monkeypatch


def test_a_token_signs(tmp_path: Path, settings_of_token: pytest.MonkeyPatch) -> None:
    """An agency's key never leaves its token; most have no file to give."""
    assemble([page(tmp_path, ["Quyết định"])], METADATA, tmp_path / "a.pdf")
    with pens_of(load_settings(), ()) as (pen,):
        assert (pen.role, pen.name) == (Role.AGENCY, AGENCY)
        seal = Seal(field="a", corner=Corner.TOP_RIGHT, texts=("SAO Y", pen.name), moment=MOMENT, signer=pen.signer)
        found = sign_paper(tmp_path / "a.pdf", seal, tmp_path / "b.pdf")
    assert (found.signer, found.integrity) == (AGENCY, Integrity.INTACT)


@pytest.mark.parametrize(("name", "value"), [("PASSWORD", "11111111"), ("PKCS11_LABEL", "x"), ("PKCS11_TOKEN", "x")])
def test_a_token_that_does_not_open_is_told_without_its_pin(
    settings_of_token: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Three wrong PINs lock a token: the message must say at once what to check."""
    settings_of_token.setenv(f"SOHOA_AGENCY_KEY__{name}", value)
    with pytest.raises(WrongSettings, match="check library, label and PIN") as raised, pens_of(load_settings(), ()):
        pass
    assert PIN not in str(raised.value)
