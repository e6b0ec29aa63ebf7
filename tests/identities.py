"""Keys and self-signed certificates of invented people and offices, for tests that sign."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter

PASSWORD = "mật khẩu thử"


def make_identity(folder: Path, name: str, *, days: int = 30) -> Path:
    """Write key.pem, cert.pem and key.p12 (locked with PASSWORD) of `name`; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 7)
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    locked = serialization.BestAvailableEncryption(PASSWORD.encode())
    (folder / "key.p12").write_bytes(pkcs12.serialize_key_and_certificates(None, key, certificate, None, locked))
    return folder


def sign(pdf: Path, identity: Path, field: str = "So1") -> None:
    """Add a signature to a file, as some other program would."""
    signer = SimpleSigner.load(identity / "key.pem", identity / "cert.pem")
    assert signer is not None
    wanted = PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES)
    with pdf.open("rb") as file:
        signed = sign_pdf(IncrementalPdfFileWriter(file, strict=False), wanted, signer=signer)
    pdf.write_bytes(signed.getvalue())
