"""`sohoa sign`: papers signed by the officer who digitised them and by the agency, as new versions.

Signing is a person's act and therefore a command of its own, never a by-product of a batch. The profiles are those of
TT 01/2023/TT-VPCP (officer: name and time, top left of page 1), NĐ 30/2020/NĐ-CP, Phụ lục I (agency: kind of copy,
name, time in ISO 8601, top right), TT 01/2019 and TT 02/2019/TT-BNV (agency: red seal, name, time, top right).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.errors import WrongSettings, WrongUse
from flows.installation import Installation
from flows.report import signature_entry
from flows.settings import Settings
from flows.signing_settings import KeySettings, SignatureSettings
from ocr.pdf.images import ImageUnusable
from ocr.signatures import find_signatures
from ocr.signing import Corner, Seal, SealPicture, seal_picture, sign_paper
from storage.errors import StorageError
from storage.parts import part_of
from storage.records import get_document
from storage.records.values import UNSEEN
from storage.signing import PDF, keep_signed, pdf_signatures

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer
    from pyhanko.sign.timestamps import TimeStamper

VIET_NAM = timezone(timedelta(hours=7))
TIME_STAMP_SECONDS = 15  # that a time-stamp server may take


class Role(StrEnum):
    """Who signs; also the name of the signature's field, behind `FIELD`."""

    OFFICER = "officer"
    AGENCY = "agency"


FIELD = "Sohoa-"
COPY_STAMP = "ecopy_nd30"  # the one agency's stamp without a seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """A role with its opened key."""

    role: Role
    name: str  #: as the stamp has it
    signer: Signer
    picture: SealPicture | None = None  #: of the agency's seal, where its stamp shows one


class SigningFailed(WrongUse):
    """A key, its password or the time-stamp server fails; nothing was signed with it."""


@contextmanager
def pens_of(settings: Settings, roles: Sequence[Role]) -> Iterator[tuple[Pen, ...]]:
    """The keys of these roles, or where none is named of all that are configured, officer first.

    Raises WrongSettings where a key is missing, cannot be opened, or its certificate is not valid now.
    """
    given = {Role.OFFICER: settings.officer_key, Role.AGENCY: settings.agency_key}
    wanted = [role for role in Role if (role in roles if roles else _is_set(given[role]))]
    missing = [role for role in wanted if not _is_set(given[role])]
    if missing or not wanted:
        named = " and ".join(f"{role}_key.pkcs12" for role in missing or Role)
        raise WrongSettings(f"there is no key to sign with: set {named}, or pkcs11_library (docs/signing.md)")
    with ExitStack() as stack:
        yield tuple(_pen(role, given[role], settings, stack) for role in wanted)


def _is_set(key: KeySettings) -> bool:
    return key.pkcs12 is not None or key.pkcs11_library is not None


def _pen(role: Role, key: KeySettings, settings: Settings, stack: ExitStack) -> Pen:
    signer = _from_token(role, key, stack) if key.pkcs11_library is not None else _from_file(role, key)
    certificate = signer.signing_cert
    if certificate is None:
        raise WrongSettings(f"{role}_key: holds no certificate")
    now, ends = datetime.now(UTC), certificate.not_valid_after
    if not certificate.not_valid_before <= now <= ends:
        raise WrongSettings(f"{role}_key: its certificate is valid until {ends:%Y-%m-%d} only; ask for a new one")
    holder = certificate.subject.native
    name = holder.get("common_name") or holder.get("organizational_unit_name") or holder.get("organization_name")
    told = str(name[0] if isinstance(name, list) else name or "")
    if role is Role.OFFICER:
        return Pen(role=role, name=told, signer=signer)
    return Pen(
        role=role, name=settings.signatures.agency_name or told, signer=signer, picture=_picture(settings.signatures)
    )


def _picture(given: SignatureSettings) -> SealPicture | None:
    if given.agency_stamp == COPY_STAMP:
        return None
    if given.seal_picture is None:
        raise WrongSettings(f"signatures.agency_stamp {given.agency_stamp} needs signatures.seal_picture, a PNG")
    try:
        return seal_picture(given.seal_picture)
    except (OSError, ImageUnusable) as error:
        raise WrongSettings(f"signatures.seal_picture: {error}; mend the path or the file") from error


def _password(role: Role, key: KeySettings) -> str:
    if key.password.get_secret_value() or key.password_file is None:
        return key.password.get_secret_value()
    try:
        return key.password_file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings(f"{role}_key.password_file: {key.password_file} cannot be read; mend the path") from error


def _from_file(role: Role, key: KeySettings) -> Signer:
    from pyhanko.sign.signers import SimpleSigner

    if key.pkcs12 is None:
        raise WrongSettings(f"{role}_key.pkcs12 is not set")
    try:
        data = key.pkcs12.read_bytes()
        signer: Signer = SimpleSigner.load_pkcs12_data(
            data, other_certs=[], passphrase=_password(role, key).encode() or None
        )
    except OSError as error:
        raise WrongSettings(f"{role}_key.pkcs12: {key.pkcs12}: {error.strerror or error}; mend the path") from error
    except ValueError as error:
        raise WrongSettings(
            f"{role}_key.pkcs12: {key.pkcs12} does not open; check {role}_key.password or password_file"
        ) from error
    return signer


def _from_token(role: Role, key: KeySettings, stack: ExitStack) -> Signer:
    try:
        from pkcs11.exceptions import PKCS11Error
        from pyhanko.config.pkcs11 import TokenCriteria
        from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
    except ImportError as error:
        raise WrongSettings(f"{role}_key.pkcs11_library needs python-pkcs11: uv sync --extra tokens") from error
    criteria = TokenCriteria(label=key.pkcs11_token) if key.pkcs11_token else None
    try:
        session = open_pkcs11_session(
            str(key.pkcs11_library), token_criteria=criteria, user_pin=_password(role, key) or None
        )
        stack.callback(session.close)
        signer = PKCS11Signer(session, cert_label=key.pkcs11_label or None)
        signer.signing_cert  # noqa: B018  (asks the token for it, so that a wrong label is told now)
    except (PKCS11Error, RuntimeError) as error:
        why = str(error) or type(error).__name__
        raise WrongSettings(f"{role}_key: the token does not open ({why}); check library, label and PIN") from error
    return signer


def time_stamper_of(settings: Settings) -> TimeStamper | None:
    """The time-stamp server of the settings; None where none is set."""
    if not settings.signatures.time_stamp_url:
        return None
    from pyhanko.sign.timestamps import HTTPTimeStamper

    return HTTPTimeStamper(settings.signatures.time_stamp_url, timeout=TIME_STAMP_SECONDS)


def sign_documents(
    house: Installation, documents: Sequence[str], pens: Sequence[Pen], *, agent: str, tell: Callable[[str], None]
) -> int:
    """Sign documents one by one; how many could not be signed. Each is told of in a line.

    Raises SigningFailed where the key or the time-stamp server fails: the next one would fail alike.
    """
    stamper = time_stamper_of(house.settings)
    failed = 0
    for wanted in documents:
        try:
            tell(_sign_document(house, wanted, pens, stamper, agent))
        except StorageError as error:
            failed += 1
            tell(f"{wanted}: not signed: {error}")
    return failed


def _sign_document(
    house: Installation, wanted: str, pens: Sequence[Pen], stamper: TimeStamper | None, agent: str
) -> str:
    with house.database.reading() as session:
        document = get_document(session, wanted)
    there = {one["field"] for one in pdf_signatures(document)}
    missing = [pen for pen in pens if FIELD + pen.role not in there]
    pdf = next((part for part in document.parts if part.name == PDF), None)
    if document.status in UNSEEN or pdf is None:
        return f"{document.id}: not signed: it is {document.status}, or has no PDF"
    if not missing:
        return f"{document.id}: bears the signature of {' and '.join(pen.role for pen in pens)} already"
    with tempfile.TemporaryDirectory(dir=house.data_dir, prefix=".sign-") as folder:
        file = Path(folder) / "document.pdf"
        house.store.fetch(pdf.key, file)
        for pen in missing:
            _sign(file, pen, house.settings, stamper)
        part = part_of(document.id, document.version + 1, PDF, file)
        house.store.put(part.key, part.path, sha256=part.sha256, content_type=part.content_type)
        found: list[dict[str, Any]] = [signature_entry(one) for one in find_signatures(file)]
        with house.database.transaction() as session:
            version = keep_signed(
                session, document.id, version=document.version, part=part, signatures=found, agent=agent
            )
    level = "PAdES B-T" if stamper else "PAdES B-B"
    return f"{document.id}: signed by {' and '.join(pen.role for pen in missing)} ({level}), version {version}"


def _sign(file: Path, pen: Pen, settings: Settings, stamper: TimeStamper | None) -> None:
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.timestamps import TimestampRequestError

    moment = datetime.now(VIET_NAM).replace(microsecond=0)
    texts: tuple[str, ...]
    if pen.role is Role.OFFICER:
        corner = Corner.TOP_LEFT
        texts = (f"Ký bởi: {pen.name}", f"Thời gian ký: {moment:%d/%m/%Y %H:%M:%S} +07:00")
    else:
        corner = Corner.TOP_RIGHT
        texts = (pen.name, moment.isoformat())
        if settings.signatures.agency_stamp == COPY_STAMP:
            texts = (settings.signatures.copy_kind, *texts)
    seal = Seal(
        field=FIELD + pen.role,
        corner=corner,
        texts=texts,
        moment=moment,
        signer=pen.signer,
        time_stamper=stamper,
        picture=pen.picture,
    )
    try:
        sign_paper(file, seal, file)
    except TimestampRequestError as error:
        raise SigningFailed(
            f"the time-stamp server {settings.signatures.time_stamp_url} does not answer ({error}); try again, or "
            "empty signatures.time_stamp_url and sign without"
        ) from error
    except SigningError as error:
        raise SigningFailed(f"the key of the {pen.role} does not sign ({error}); check token and PIN") from error
