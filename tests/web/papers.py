"""Papers whose pages can be seen: a PDF drawn here, ALTO with its lines, fields where they stand."""

from __future__ import annotations

import io
from xml.sax.saxutils import quoteattr

from PIL import Image, ImageDraw, ImageFont

from tests.api.house import House, PaperText

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
DPI = 100
A4 = (827, 1169)  # pixels at DPI
NUMBER_BOX = (72.0, 90.0, 180.0, 104.0)  # points; where tests.api.house says that a field stands


def a_page(text: str, *, size: tuple[int, int] = A4) -> Image.Image:
    """A page with a text where the fields are, and lines below it."""
    page = Image.new("RGB", size, (250, 249, 245))
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(FONT, 16, layout_engine=ImageFont.Layout.BASIC)
    draw.text((100, 124), text, font=font, fill=(20, 20, 30))
    for row in range(24):
        draw.text(
            (100, 260 + 30 * row), f"Điều {row + 1}. Nội dung của văn bản được số hoá", font=font, fill=(40, 40, 50)
        )
    draw.ellipse((560, 900, 700, 1040), outline=(190, 40, 40), width=6)
    return page


def a_pdf(*pages: Image.Image, dpi: int = DPI) -> bytes:
    """The pages as a PDF."""
    written = io.BytesIO()
    pages[0].save(written, "PDF", resolution=dpi, save_all=True, append_images=list(pages[1:]))
    return written.getvalue()


def an_alto(*lines: str, page: int = 1) -> bytes:
    """ALTO of a page with some lines."""
    said = "".join(
        f'<TextLine HPOS="100" VPOS="{260 + 30 * row}" WIDTH="500" HEIGHT="24">'
        f'<String HPOS="100" VPOS="{260 + 30 * row}" WIDTH="500" HEIGHT="24" CONTENT={quoteattr(line)}/></TextLine>'
        for row, line in enumerate(lines)
    )
    body = f'<Page PHYSICAL_IMG_NR="{page}" WIDTH="{A4[0]}" HEIGHT="{A4[1]}"><PrintSpace>{said}</PrintSpace></Page>'
    return f'<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout>{body}</Layout></alto>'.encode()


def waiting_papers(house: House, *numbers: str, scan: bytes = b"scan", **more: object) -> list[str]:
    """Papers that wait for review, each with a number and an issuer to decide; their ids."""
    papers = []
    for place, number in enumerate(numbers, 1):
        fields = {"issuer": "ỦY BAN NHÂN DÂN XÃ TÂN LẬP"}
        files = {"pdf": a_pdf(a_page(f"Số: {number}")), "alto": an_alto(f"Số: {number}", page=place)}
        told: dict[str, object] = {"fields": fields, "files": files, "status": "review", **more}
        papers.append(PaperText(name=f"p{place}", number=number, **told))  # type: ignore[arg-type]
    return house.publish(*papers, scan=scan)
