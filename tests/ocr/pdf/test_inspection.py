"""`sohoa check`: an archivist asks of any PDF whether it may be taken over."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from ocr.errors import DamagedFile, PasswordNeeded
from ocr.opening import Limits
from ocr.page import Colour
from ocr.pdf import Profile, assemble
from ocr.pdf.inspection import Verdict, inspect_pdf
from tests.ocr.pdf.made import METADATA, page


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """One of our own, of 100 dpi."""
    made = page(tmp_path, ["Quyết định", "về việc thử"])
    assemble([made], METADATA, tmp_path / "a.pdf", profile=Profile.ORIGINAL)
    return tmp_path / "a.pdf"


def test_what_a_paper_of_ours_meets_is_told(paper: Path) -> None:
    """What we deliver must pass our own question, but for what the scanner did not do."""
    facts = inspect_pdf(paper, limits=Limits())
    assert (facts.version, facts.pages, facts.unreadable) == ("1.7", 1, ())
    assert (facts.pdfa_claim, facts.pdfa) == ("2b", Verdict.PASSED)
    assert facts.least_dpi == pytest.approx(100, abs=1)
    assert facts.signatures == ()
    assert any("100 dpi is below 200" in one for one in facts.shortcomings)


def test_a_claim_that_is_not_kept_is_told(paper: Path) -> None:
    """Many files only claim to be PDF/A."""
    with pikepdf.open(paper, allow_overwriting_input=True) as pdf:
        del pdf.Root["/OutputIntents"]
        pdf.save(paper)
    facts = inspect_pdf(paper, limits=Limits())
    assert (facts.pdfa_claim, facts.pdfa) == ("2b", Verdict.FAILED)
    assert facts.pdfa_finding


def test_black_and_white_and_old_versions_are_told(tmp_path: Path) -> None:
    """The legal profile asks for colour and PDF 1.4; a fax has neither."""
    made = page(tmp_path, ["Đen trắng"], colour=Colour.BILEVEL)
    assemble([made], METADATA, tmp_path / "a.pdf")
    with pikepdf.open(tmp_path / "a.pdf", allow_overwriting_input=True) as pdf:
        pdf.save(tmp_path / "a.pdf", force_version="1.3", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    said = "; ".join(inspect_pdf(tmp_path / "a.pdf", limits=Limits()).shortcomings)
    assert "PDF 1.3 is older than 1.4" in said
    assert "1 of 1 pages are not in colour" in said


def test_what_cannot_be_opened_is_an_error(paper: Path, tmp_path: Path) -> None:
    """Silence would be taken for a pass."""
    (tmp_path / "b.pdf").write_bytes(b"no pdf at all")
    with pytest.raises(DamagedFile, match=r"b\.pdf"):
        inspect_pdf(tmp_path / "b.pdf", limits=Limits())
    with pikepdf.open(paper) as pdf:
        pdf.save(tmp_path / "c.pdf", encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(PasswordNeeded, match=r"c\.pdf"):
        inspect_pdf(tmp_path / "c.pdf", limits=Limits())
