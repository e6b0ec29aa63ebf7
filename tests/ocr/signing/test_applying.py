"""Signed papers: valid PDF/A, every signature intact, nothing of the paper changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pikepdf
import pytest
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps import DummyTimeStamper

from ocr.errors import PdfInvalid
from ocr.pdf import Profile, assemble
from ocr.pdf.checking import extracted_text, opened_by_pdfium
from ocr.signatures import Integrity, find_signatures
from ocr.signing import Corner, Seal, sign_paper
from tests.identities import PASSWORD, make_identity
from tests.ocr.pdf.made import METADATA, page
from tests.verapdf import violations

NAME = "Trần Thị Cán Bộ"
MOMENT = datetime(2026, 11, 24, 9, 15, 30, tzinfo=timezone(timedelta(hours=7)))


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> SimpleSigner:
    """An officer's key."""
    folder = make_identity(tmp_path_factory.mktemp("officer"), NAME)
    opened = SimpleSigner.load_pkcs12(folder / "key.p12", passphrase=PASSWORD.encode())
    assert opened is not None
    return opened


@pytest.fixture
def officer(signer: SimpleSigner) -> Seal:
    texts = (f"Ký bởi: {NAME}", "Thời gian ký: 24/11/2026 09:15:30 +07:00")
    return Seal(field="officer", corner=Corner.TOP_LEFT, texts=texts, moment=MOMENT, signer=signer)


@pytest.fixture
def agency(officer: Seal) -> Seal:
    return replace(
        officer,
        field="agency",
        corner=Corner.TOP_RIGHT,
        texts=("SAO Y", "Văn phòng Hội đồng nhân dân và Ủy ban nhân dân xã Thử", MOMENT.isoformat()),
    )


def test_a_paper_signed_twice_is_valid_pdfa_in_every_profile(tmp_path: Path, officer: Seal, agency: Seal) -> None:
    """What the archive gets must be both: signed, and PDF/A by the reference validator."""
    made = [page(tmp_path, ["Quyết định", "về việc thử"]), page(tmp_path, ["Trang hai"], number=2)]
    files = []
    for profile in Profile:
        plain, once, twice = (tmp_path / f"{profile}-{step}.pdf" for step in (0, 1, 2))
        assemble(made, METADATA, plain, profile=profile)
        first = sign_paper(plain, officer, once)
        sign_paper(once, agency, twice)
        assert [(one.field, one.integrity) for one in find_signatures(twice)] == [
            ("officer", Integrity.INTACT),
            ("agency", Integrity.INTACT),
        ]
        assert (first.signer, first.signed_at, first.sub_filter) == (NAME, MOMENT, "ETSI.CAdES.detached")
        assert twice.read_bytes().startswith(plain.read_bytes())
        files += [once, twice]
    assert violations(files) == {file: [] for file in files}


def test_the_stamp_says_who_and_when(tmp_path: Path, officer: Seal, agency: Seal) -> None:
    """On paper print-outs the stamp is all that is left of the signature."""
    assemble([page(tmp_path, ["Quyết định"])], METADATA, tmp_path / "a.pdf")
    sign_paper(tmp_path / "a.pdf", officer, tmp_path / "b.pdf")
    sign_paper(tmp_path / "b.pdf", agency, tmp_path / "c.pdf")
    with pikepdf.open(tmp_path / "c.pdf") as pdf:
        left, right = (list(one.Rect) for one in pdf.pages[0].Annots)
        high = pdf.pages[0].mediabox[3]
    assert left[2] < right[0]
    assert left[3] > high - 20
    assert right[3] > high - 20


def test_a_time_stamp_makes_it_bt(tmp_path: Path, officer: Seal, signer: SimpleSigner) -> None:
    """The signer's own clock proves nothing after the certificate has ended."""
    stamper = DummyTimeStamper(tsa_cert=signer.signing_cert, tsa_key=signer.signing_key)
    assemble([page(tmp_path, ["Quyết định"])], METADATA, tmp_path / "a.pdf")
    found = sign_paper(tmp_path / "a.pdf", replace(officer, time_stamper=stamper), tmp_path / "b.pdf")
    assert found.integrity is Integrity.INTACT
    assert found.time_stamp is not None
    assert found.time_stamp_digest == "sha256"


def test_a_paper_that_was_signed_and_changed_is_not_signed_again(tmp_path: Path, officer: Seal, agency: Seal) -> None:
    """The agency must not vouch for what was forged behind the officer's back."""
    assemble([page(tmp_path, ["Quyết định"])], METADATA, tmp_path / "a.pdf")
    sign_paper(tmp_path / "a.pdf", officer, tmp_path / "b.pdf")
    data = bytearray((tmp_path / "b.pdf").read_bytes())
    data[data.index(b"\xff\xda") + 200] ^= 1  # in the page's image
    (tmp_path / "b.pdf").write_bytes(data)
    with pytest.raises(PdfInvalid, match="not intact"):
        sign_paper(tmp_path / "b.pdf", agency, tmp_path / "c.pdf")
    assert not (tmp_path / "c.pdf").exists()


def test_text_and_letters_that_no_font_has_do_not_stop_a_signature(tmp_path: Path, officer: Seal) -> None:
    """Names on certificates hold what their makers liked."""
    made = [page(tmp_path, ["Quyết định về việc thử"])]
    assemble(made, METADATA, tmp_path / "a.pdf")
    odd = replace(officer, texts=("Ký bởi: 山田 " + "Nguyễn Thị Tên Rất Dài " * 6, "…"))
    sign_paper(tmp_path / "a.pdf", odd, tmp_path / "b.pdf")
    with opened_by_pdfium(tmp_path / "b.pdf") as document:
        assert extracted_text(document, 0) == "Quyết định về việc thử"
