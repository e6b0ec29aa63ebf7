"""Puts a signature into a finished paper, as PDF/A and PAdES want it: behind its bytes, which stay as they are.

PAdES B-B (ETSI EN 319 142-1): CAdES within, signing time in the signature's dictionary; with a time stamp B-T. The
file's metadata are not touched: the signature says who signed and when, and rewritten XMP may not be PDF/A any more.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pikepdf import pdfa

from ocr.errors import PdfInvalid
from ocr.pdf.assembly import FLAVOUR, into_place
from ocr.signatures import Integrity, Signature, find_signatures
from ocr.signing.picture import SealPicture
from ocr.signing.places import Corner, find_place
from ocr.signing.stamp import make_stamp, write_stamp

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer
    from pyhanko.sign.timestamps import TimeStamper

DIGEST = "sha256"
_BLOCK = 1 << 20  # bytes hashed at a time
_MEND = "nothing was published; keep the paper and report this as a fault of Sohoa"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One signature: whose, where and with what words."""

    field: str  #: name of its form field; a file has it once
    corner: Corner
    texts: Sequence[str]  #: lines of its stamp
    moment: datetime  #: of signing, with time zone; the one that the stamp tells
    signer: Signer  #: of pyHanko, with key and certificate
    time_stamper: TimeStamper | None = None  #: B-T where there is one
    picture: SealPicture | None = None  #: of the agency's seal, beside the texts


def sign_paper(pdf: Path, seal: Seal, to: Path) -> Signature:
    """Write the paper with one more signature, whole or not at all; the signature as it is read back.

    Raises PdfInvalid where the result is not PDF/A-2b, or a signature in it not intact; what pyHanko raises where the
    key or the time-stamp server fails (pyhanko.sign.general.SigningError, TimestampRequestError, OSError).
    """
    stamp = make_stamp(seal.texts, seal.picture)
    place = find_place(pdf, seal.corner, stamp.width, stamp.height)
    with tempfile.TemporaryDirectory(prefix=".sign-", dir=to.parent) as folder:
        look, signed = Path(folder) / "stamp.pdf", Path(folder) / "signed.pdf"
        write_stamp(stamp, look, turn=place.turn, scale=place.scale)
        _write_signed(pdf, seal, look, place.box, signed)
        found = _checked(pdf, signed, seal.field)
        into_place(signed, to)
    return found


def _write_signed(pdf: Path, seal: Seal, look: Path, box: tuple[float, float, float, float], signed: Path) -> None:
    from pyhanko.pdf_utils.content import ImportedPdfPage
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.layout import AxisAlignment, SimpleBoxLayoutRule
    from pyhanko.sign import PdfSignatureMetadata
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSigner
    from pyhanko.stamp import StaticStampStyle

    class Writer(IncrementalPdfFileWriter):
        """Leaves document information and XMP as they are."""

        def _update_meta(self) -> None:
            return

    class AtMoment(PdfSigner):
        """Signs at the moment that the stamp tells."""

        def init_signing_session(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401  (as pyHanko has it)
            session = super().init_signing_session(*given, **named)
            session.system_time = seal.moment
            return session

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what fails is raised
    signing = AtMoment(
        PdfSignatureMetadata(field_name=seal.field, subfilter=SigSeedSubFilter.PADES, md_algorithm=DIGEST),
        signer=seal.signer,
        timestamper=seal.time_stamper,
        stamp_style=StaticStampStyle(
            background=ImportedPdfPage(str(look)),  # type: ignore[no-untyped-call]
            background_layout=SimpleBoxLayoutRule(AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID),
            background_opacity=1.0,
            border_width=0,
        ),
        new_field_spec=SigFieldSpec(sig_field_name=seal.field, on_page=0, box=box),  # type: ignore[arg-type]
    )
    with pdf.open("rb") as source, signed.open("wb+") as target:
        signing.sign_pdf(Writer(source), output=target, chunk_size=_BLOCK)


def _checked(pdf: Path, signed: Path, field: str) -> Signature:
    """The new signature, where the file is what it must be. Raises PdfInvalid."""
    with pdf.open("rb") as before, signed.open("rb") as after:
        while block := before.read(_BLOCK):
            if after.read(len(block)) != block:
                raise PdfInvalid(pdf.name, "was changed by signing it", mend=_MEND)
    against = [one for one in pdfa.validate_written(signed, FLAVOUR).findings if not _is_the_form(one)]
    if against:
        raise PdfInvalid(pdf.name, f"is not PDF/A-{FLAVOUR} once it is signed: {against[0]}", mend=_MEND)
    found = find_signatures(signed)
    broken = [one for one in found if one.integrity is not Integrity.INTACT]
    new = next((one for one in found if one.field == field), None)
    if broken or new is None:
        why = broken[0].note if broken else "it is not found"
        raise PdfInvalid(pdf.name, f"a signature of it is not intact: {why}", mend=_MEND)
    return new


def _is_the_form(finding: pdfa.Finding) -> bool:
    """Whether a finding says only that the validator does not look into forms, which every signature needs.

    PDF/A-2 allows them (ISO 19005-2, 6.4); that ours pass is tested with veraPDF.
    """
    return finding.kind == "unsupported" and finding.where.endswith("/AcroForm")
