"""Signed papers: valid PDF/A, every signature intact, nothing of the paper changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps import DummyTimeStamper

from ocr.errors import PdfInvalid
from ocr.pdf import Profile, assemble
from ocr.pdf.checking import extracted_text, opened_by_pdfium
from ocr.pdf.images import ImageUnusable
from ocr.signatures import Integrity, find_signatures
from ocr.signing import Corner, Seal, seal_picture, sign_paper
from tests.identities import PASSWORD, make_identity
from tests.ocr.pdf.made import METADATA, page, rendered
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


@pytest.mark.parametrize("with_alpha", [True, False])
def test_the_agency_s_red_seal_stands_beside_its_name(tmp_path: Path, agency: Seal, *, with_alpha: bool) -> None:
    """TT 01/2019 wants the seal seen; a white square around it would hide the paper."""
    drawing = np.zeros((300, 300, 4), np.uint8) if with_alpha else np.full((300, 300, 3), 255, np.uint8)
    cv2.circle(drawing, (150, 150), 130, (40, 40, 210, 255)[: drawing.shape[2]], 30)
    cv2.imwrite(str(tmp_path / "seal.png"), drawing)
    assemble([page(tmp_path, ["Quyết định"])], METADATA, tmp_path / "a.pdf")
    texts = ("Ủy ban nhân dân xã Thử", MOMENT.isoformat())
    seal = replace(agency, texts=texts, picture=seal_picture(tmp_path / "seal.png"))
    sign_paper(tmp_path / "a.pdf", seal, tmp_path / "b.pdf")
    assert violations([tmp_path / "b.pdf"]) == {tmp_path / "b.pdf": []}
    with pikepdf.open(tmp_path / "b.pdf") as pdf:
        x0, y0, _, y1 = (float(value) for value in pdf.pages[0].Annots[0].Rect)
        high = float(pdf.pages[0].mediabox[3])
    before, after = (rendered(tmp_path / name, width=1190).astype(int) for name in ("a.pdf", "b.pdf"))
    red = (after[:, :, 2] - after[:, :, 1] > 80).nonzero()
    assert len(red[0]) > 500
    assert abs(red[1].min() / 2 - x0) < 6
    assert abs(red[0].mean() / 2 - (high - (y0 + y1) / 2)) < 2
    middle = int(red[0].mean()), int(red[1].mean())
    assert (before[middle] == after[middle]).all()


def test_what_is_no_picture_of_a_seal_is_told(tmp_path: Path) -> None:
    """An agency that gave the wrong file would sign a thousand papers without its seal."""
    (tmp_path / "a.png").write_bytes(b"no picture")
    cv2.imwrite(str(tmp_path / "b.png"), np.full((9, 9, 3), 255, np.uint8))
    for name in ("a.png", "b.png"):
        with pytest.raises(ImageUnusable, match=name):
            seal_picture(tmp_path / name)


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
