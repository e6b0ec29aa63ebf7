"""Pages as images, and words marked on them."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pikepdf
from PIL import Image

from storage.scopes import Scope
from tests.api.house import AGENCY, OTHER_DOSSIER, House, PaperText

ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout>
<Page ID="P1" PHYSICAL_IMG_NR="1" WIDTH="1000" HEIGHT="2000"><PrintSpace><TextBlock ID="b"><TextLine ID="l">
<String HPOS="100" VPOS="200" WIDTH="50" HEIGHT="20" CONTENT="Giấy"/><SP/>
<String HPOS="160" VPOS="200" WIDTH="60" HEIGHT="20" CONTENT="phép,"/><SP/>
<String HPOS="240" VPOS="200" WIDTH="60" HEIGHT="20" CONTENT="khác"/>
</TextLine></TextBlock></PrintSpace></Page></Layout></alto>"""


def a_pdf(pages: int) -> bytes:
    """A PDF of blank A4 pages."""
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(595, 842))
        pdf.docinfo["/CreationDate"] = pikepdf.String(f"D:{datetime.now(UTC):%Y%m%d}")
        written = io.BytesIO()
        pdf.save(written)
    return written.getvalue()


def test_a_page_comes_as_an_image_of_the_width_asked_for(house: House) -> None:
    """A reviewer's old machine would draw whole PDFs to show one page."""
    (document,) = house.publish(PaperText(name="a", files={"pdf": a_pdf(1)}))
    key = house.key(Scope.READ)
    address = f"/v1/documents/{document}/pages/1/image"
    answer = house.client.get(address, params={"width": 300}, headers=key)
    picture = Image.open(io.BytesIO(answer.content))
    assert (answer.headers["Content-Type"], picture.format, picture.width) == ("image/jpeg", "JPEG", 300)
    assert abs(picture.height - 300 * 842 / 595) < 2
    again = house.client.get(address, params={"width": 300}, headers={**key, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert house.client.get(f"/v1/documents/{document}/pages/2/image", headers=key).status_code == 404
    assert house.client.get(address, params={"width": 100_000}, headers=key).status_code == 422


def test_a_pdf_that_does_not_open_is_no_fault_of_ours(house: House) -> None:
    """One damaged object would look like a broken server."""
    (document,) = house.publish(PaperText(name="a"))
    assert (
        house.client.get(f"/v1/documents/{document}/pages/1/image", headers=house.key(Scope.READ)).status_code == 404
    )


def test_words_are_marked_where_they_stand(house: House) -> None:
    """A viewer would show the page and leave the clerk to look for the word."""
    (document,) = house.publish(PaperText(name="a", files={"alto": ALTO.encode()}))
    key = house.key(Scope.SEARCH)
    address = f"/v1/documents/{document}/pages/1/marks"
    told = house.client.get(address, params={"q": "giay phép"}, headers=key).json()
    assert told["boxes"] == [[0.1, 0.1, 0.15, 0.11], [0.16, 0.1, 0.22, 0.11]]
    assert house.client.get(address, params={"q": "giày"}, headers=key).json()["boxes"] == []
    assert (
        house.client.get(f"/v1/documents/{document}/pages/9/marks", params={"q": "a"}, headers=key).status_code == 404
    )


def test_pages_of_another_agency_are_not_there(house: House) -> None:
    """What a document hides its pages would show."""
    (document,) = house.publish(PaperText(name="a", dossier=OTHER_DOSSIER))
    key = house.key(*Scope, agency=AGENCY)
    for part in ("image", "marks?q=a"):
        assert house.client.get(f"/v1/documents/{document}/pages/1/{part}", headers=key).status_code == 404
