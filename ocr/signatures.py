"""Electronic signatures of a PDF: who signed, when, and whether the signed bytes are still the same.

Two facts are kept apart. Integrity needs nothing but the file: the digest of the signed bytes and the signature over
it. Trust needs roots that somebody chose to believe (in Viet Nam: Ban Cơ yếu Chính phủ and the National CA); they are
configured, never fetched, and a signature without a known chain is not a broken one.

Signatures are found by walking the form's fields, not by a flag; what pyHanko cannot open is still told of.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pikepdf

if TYPE_CHECKING:
    from pyhanko.sign.validation import EmbeddedPdfSignature

OLD_DIGESTS = frozenset(("md5", "sha1"))  # no longer safe against forgers; old time stamps use them all the same
_COMMON_NAMES = ("common_name", "organizational_unit_name", "organization_name")  # the first that is there
_DEEPEST = 32  # levels of a form's fields; a form that holds itself has no end
_JUNK = 1024  # bytes before the header that readers put up with
# What pyHanko and asn1crypto raise where a byte of the signature itself was changed; ValueError has most beneath it.
_DAMAGED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, NotImplementedError)
# DER of a digest in a PKCS#1 signature, without the NULL that belongs there, up to the digest's bytes.
_DIGEST_WITHOUT_NULL = {
    "sha1": "301f300706052b0e03021a0414",
    "sha256": "302f300b06096086480165030402010420",
    "sha384": "303f300b06096086480165030402020430",
    "sha512": "304f300b06096086480165030402030440",
}


class Integrity(StrEnum):
    """Whether the signed bytes are still what was signed."""

    INTACT = "intact"
    BROKEN = "broken"
    NOT_CHECKED = "not checked"  # the file or the signature cannot be opened; see `note`


class Trust(StrEnum):
    """Whether the signer's certificate hangs on a root that was configured."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    NOT_CHECKED = "not checked"  # no roots are configured


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature as it was found."""

    field: str  #: full name of its form field
    signer: str  #: whom the certificate names; "" where it cannot be read
    issuer: str  #: of the certificate
    signed_at: datetime | None  #: as the signer's own clock said
    sub_filter: str  #: kind of signature: adbe.pkcs7.detached, ETSI.CAdES.detached …
    digest: str  #: algorithm over the signed bytes
    integrity: Integrity
    covers_file: bool  #: False where something was added after it, as every further signature does
    time_stamp: datetime | None = None  #: of a time-stamp authority, over the signature
    time_stamp_digest: str = ""
    trust: Trust = Trust.NOT_CHECKED
    note: str = ""  #: for people: why it is broken or was not checked, or that its time stamp is old
    bodies: tuple[str, ...] = ()  #: names of the holder and of the units and organisations that it belongs to

    @property
    def old_time_stamp(self) -> bool:
        """Whether the time stamp uses a digest that is no longer safe; that does not break the signature."""
        return self.time_stamp_digest in OLD_DIGESTS


class _Told(NamedTuple):
    """What a signature's dictionary says, unchecked."""

    name: str
    sub_filter: str
    moment: str


_NOTHING_TOLD = _Told("", "", "")


def find_signatures(pdf: Path, *, roots: Sequence[Path] = ()) -> tuple[Signature, ...]:
    """All signatures of a PDF, in the order of its fields; nothing for a file without, or one that is no PDF.

    roots: certificates (PEM or DER) that are believed.
    Raises OSError where the file cannot be read.
    """
    fields = dict(_signed_fields(pdf))
    if not fields and not _mentions_signature(pdf):
        return ()
    read, failures, why = _read_by_pyhanko(pdf, roots)
    for name in (*read, *failures):
        fields.setdefault(name, _NOTHING_TOLD)
    if not fields:
        return (
            _not_checked("", _NOTHING_TOLD, "the file holds a signature that no form field leads to; it is damaged"),
        )
    return tuple(read.get(name) or _not_checked(name, told, failures.get(name, why)) for name, told in fields.items())


def _mentions_signature(pdf: Path) -> bool:
    """Whether a signature's dictionary stands in the file, even where damage hides its field."""
    if pdf.stat().st_size == 0:
        return False
    with pdf.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(b"/ByteRange") >= 0


def _signed_fields(pdf: Path) -> Iterator[tuple[str, _Told]]:
    """Names of signed fields, each with what its dictionary says."""
    try:
        with pikepdf.open(pdf, suppress_warnings=True) as opened:
            form = opened.Root.get("/AcroForm")
            tops = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
            if isinstance(tops, pikepdf.Array):
                yield from list(_walk(tops, "", 0))
    except pikepdf.PdfError:
        return


def _walk(fields: pikepdf.Array, above: str, depth: int) -> Iterator[tuple[str, _Told]]:
    for one in fields if depth < _DEEPEST else ():
        if not isinstance(one, pikepdf.Dictionary):
            continue
        name = ".".join(part for part in (above, str(one.get("/T", ""))) if part)
        value, kids = one.get("/V"), one.get("/Kids")
        if isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value:
            yield name, _Told(*(str(value.get(key, "")) for key in ("/Name", "/SubFilter", "/M")))
        elif isinstance(kids, pikepdf.Array):
            yield from _walk(kids, name, depth + 1)


def _not_checked(name: str, told: _Told, why: str) -> Signature:
    try:
        moment = pikepdf.models.metadata.decode_pdf_date(told.moment)
    except (ValueError, TypeError):
        moment = None
    return Signature(
        field=name,
        signer=told.name,
        issuer="",
        signed_at=moment,
        sub_filter=told.sub_filter.removeprefix("/"),
        digest="",
        integrity=Integrity.NOT_CHECKED,
        covers_file=False,
        note=why,
    )


def _read_by_pyhanko(pdf: Path, roots: Sequence[Path]) -> tuple[dict[str, Signature], dict[str, str], str]:
    """Signatures by the name of their field, why some could not be taken apart, and why others are not found."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.pdf_utils.reader import PdfFileReader

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # it warns of what the notes here tell
    found: dict[str, Signature] = {}
    failures: dict[str, str] = {}
    with pdf.open("rb") as file:
        junk = max(file.read(_JUNK).find(b"%PDF-"), 0)
        file.seek(junk)
        source = io.BytesIO(file.read()) if junk else file
        try:
            reader = PdfFileReader(source, strict=False)
            signatures = reader.embedded_signatures
        except (PdfReadError, ValueError, KeyError, TypeError, AssertionError) as error:
            return {}, {}, f"pyHanko cannot open the file ({error})"
        for signature in signatures:
            name = str(signature.field_name)  # pyHanko's own texts hold on to its reader
            try:
                found[name] = _checked(signature, roots, f"{junk} bytes before the header" if junk else "")
            except (PdfReadError, UnsupportedAlgorithm, *_DAMAGED) as error:
                failures[name] = f"it is damaged or of an unknown kind ({error})"
    return found, failures, "pyHanko does not find it"


def _checked(signature: EmbeddedPdfSignature, roots: Sequence[Path], note: str) -> Signature:
    certificate = signature.signer_cert
    integrity, why, covers = _integrity(signature)
    stamped, stamp_digest = _time_stamp(signature)
    signed_at = signature.self_reported_timestamp
    old = stamp_digest in OLD_DIGESTS
    old_stamp = f"its time stamp of {stamped:%Y-%m-%d} uses {stamp_digest}" if stamped and old else ""
    return Signature(
        field=str(signature.field_name),
        signer=_name(certificate.subject.native),
        issuer=_name(certificate.issuer.native),
        signed_at=signed_at,
        sub_filter=str(signature.sig_object.get("/SubFilter", "")).removeprefix("/"),
        digest=signature.md_algorithm,
        integrity=integrity,
        covers_file=covers,
        time_stamp=stamped,
        time_stamp_digest=stamp_digest,
        trust=_trust(signature, roots, stamped or signed_at) if roots else Trust.NOT_CHECKED,
        bodies=_bodies(certificate.subject.native),
        note="; ".join(part for part in (why, old_stamp, note) if part),
    )


def _integrity(signature: EmbeddedPdfSignature) -> tuple[Integrity, str, bool]:
    """Verdict, reason where it is broken, and whether the whole file is covered."""
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.sign.general import CMSExtractionError
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    kind = signature.signed_data["encap_content_info"]["content_type"].native
    try:
        signature.compute_integrity_info(skip_diff=True)  # type: ignore[no-untyped-call]
        same, signed = validate_sig_integrity(
            signature.signer_info, signature.signer_cert, kind, signature.compute_digest()
        )
    except (SignatureValidationError, CMSExtractionError, PdfReadError, ValueError, KeyError) as error:
        return Integrity.BROKEN, str(error), False
    coverage = signature.coverage or SignatureCoverageLevel.UNCLEAR
    whole = coverage is SignatureCoverageLevel.ENTIRE_FILE
    if not same:
        return Integrity.BROKEN, "the signed bytes were changed", whole
    if not signed and not _signed_without_null(signature):
        return Integrity.BROKEN, "the signature does not belong to the certificate", whole
    if coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return Integrity.BROKEN, "it leaves out parts of what was signed", whole
    return Integrity.INTACT, "", whole


def _signed_without_null(signature: EmbeddedPdfSignature) -> bool:
    """Whether the RSA signature is right but for the digest's missing NULL, which some signing programs leave out.

    RFC 8017, 9.2, note 1 and A.2.4: verifiers shall accept both. OpenSSL does not.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(signature.signer_cert.public_key.dump())
    prefix = _DIGEST_WITHOUT_NULL.get(signature.md_algorithm)
    attributes = signature.signer_info["signed_attrs"]
    if not isinstance(key, RSAPublicKey) or prefix is None or not attributes:
        return False
    digest = hashlib.new(signature.md_algorithm, attributes.untag().dump()).digest()
    try:
        recovered = key.recover_data_from_signature(signature.signer_info["signature"].native, PKCS1v15(), None)
    except InvalidSignature:
        return False
    return recovered == bytes.fromhex(prefix) + digest


def _time_stamp(signature: EmbeddedPdfSignature) -> tuple[datetime | None, str]:
    """Moment and digest of the first time stamp over the signature."""
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    try:
        for token in extract_tst_data_iter(signature.signer_info, signed=False):
            info = token["encap_content_info"]["content"].parsed
            return info["gen_time"].native, info["message_imprint"]["hash_algorithm"]["algorithm"].native
    except (ValueError, KeyError, TypeError):
        return None, ""
    return None, ""


def _trust(signature: EmbeddedPdfSignature, roots: Sequence[Path], moment: datetime | None) -> Trust:
    """Whether the chain ends at a root, judged at the moment of signing; revocation would need the network."""
    from pyhanko.keys import load_certs_from_pemder
    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import PathError, ValidationError

    context = ValidationContext(
        trust_roots=list(load_certs_from_pemder([str(root) for root in roots])),  # type: ignore[no-untyped-call]
        other_certs=signature.other_embedded_certs,
        allow_fetching=False,
        moment=moment.astimezone(UTC) if moment else None,
        revocation_mode="soft-fail",
        weak_hash_algos=set(),
    )
    validator = CertificateValidator(signature.signer_cert, validation_context=context)
    try:
        asyncio.run(validator.async_validate_path())
    except (PathError, ValidationError):
        return Trust.UNKNOWN
    return Trust.KNOWN


def _bodies(names: Mapping[str, Any]) -> tuple[str, ...]:
    """All names that could be a body's."""
    found = (names.get(key) or () for key in _COMMON_NAMES)
    each = (name for one in found for name in (one if isinstance(one, list | tuple) else [one]))
    return tuple(dict.fromkeys(str(name) for name in each))


def _name(names: Mapping[str, Any]) -> str:
    """What people call the holder of a certificate."""
    found = next((names[key] for key in _COMMON_NAMES if names.get(key)), "")
    return str(found[0] if isinstance(found, list) else found)
