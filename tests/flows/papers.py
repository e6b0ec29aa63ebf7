"""Small invented papers for tests that run the whole way: typeset here, read by the real Tesseract."""

from __future__ import annotations

from pathlib import Path

import qrcode
from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
DPI = 150
SIZE = (1240, 1000)  # pixels at DPI: the upper half of a page reads in half the time


def decision(*, number: str = "12/QĐ-UBND", subject: str = "cấp giấy phép môi trường", day: int = 5) -> Image.Image:
    """A decision of one page."""
    page = Image.new("L", SIZE, 250)
    _write(page, 90, 70, "ỦY BAN NHÂN DÂN", 24)
    _write(page, 90, 105, "XÃ TÂN LẬP", 24)
    _write(page, 620, 70, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 22)
    _write(page, 690, 105, "Độc lập - Tự do - Hạnh phúc", 24)
    _write(page, 90, 170, f"Số: {number}", 24)
    _write(page, 640, 170, f"Tân Lập, ngày {day:02} tháng 3 năm 2024", 24)
    _write(page, 500, 260, "QUYẾT ĐỊNH", 28)
    _write(page, 380, 310, f"Về việc {subject}", 26)
    for row, text in enumerate(
        (
            "Điều 1. Cho phép đơn vị thực hiện theo hồ sơ đã nộp tại bộ phận",
            "tiếp nhận và trả kết quả của Ủy ban nhân dân xã.",
            "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.",
        )
    ):
        _write(page, 110, 400 + 44 * row, text, 26)
    _write(page, 760, 640, "CHỦ TỊCH", 26)
    _write(page, 740, 820, "Trần Văn Bình", 26)
    return page


def form(*, name: str, number: str) -> Image.Image:
    """A form that a citizen filled in on a computer; it names no dossier."""
    page = Image.new("L", SIZE, 250)
    _write(page, 340, 70, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 22)
    _write(page, 430, 105, "Độc lập - Tự do - Hạnh phúc", 24)
    _write(page, 500, 220, "TỜ KHAI", 30)
    _write(page, 380, 270, "Đăng ký lại khai sinh", 26)
    for row, text in enumerate(
        (
            f"Họ và tên: {name}",
            f"Số căn cước công dân: {number}",
            "Nơi cư trú: thôn Đông, xã Tân Lập",
            "Tôi cam đoan những nội dung khai trên đây là đúng sự thật.",
        )
    ):
        _write(page, 110, 370 + 50 * row, text, 26)
    _write(page, 640, 640, "Tân Lập, ngày 12 tháng 7 năm 2023", 24)
    _write(page, 760, 690, "Người làm đơn", 26)
    _write(page, 740, 860, name, 26)
    return page


def receipt(code: str) -> Image.Image:
    """A receipt that opens a dossier, with its code as QR."""
    page = Image.new("L", SIZE, 250)
    page.paste(qrcode.make(code, box_size=7, border=4).convert("L").resize((260, 260)), (60, 40))
    _write(page, 420, 90, "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", 26)
    _write(page, 420, 150, f"Mã hồ sơ: {code}", 26)
    _write(page, 110, 360, "Bộ phận Tiếp nhận và Trả kết quả đã tiếp nhận hồ sơ của", 26)
    _write(page, 110, 410, "Ông: Nguyễn Văn An", 26)
    return page


def save(page: Image.Image, path: Path) -> Path:
    """Write a page as its suffix says, with its dpi."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.save(path, dpi=(DPI, DPI), **({"resolution": DPI} if path.suffix == ".pdf" else {}))
    return path


def save_pile(pages: list[Image.Image], path: Path) -> Path:
    """Write pages as one file: PDF or TIFF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"resolution": DPI} if path.suffix == ".pdf" else {"dpi": (DPI, DPI), "compression": "tiff_lzw"}
    pages[0].save(path, save_all=True, append_images=pages[1:], **options)
    return path


def _write(page: Image.Image, x: int, y: int, text: str, size: int) -> None:
    # The plain layout: Pillow's other one loses letters in a process that has loaded libvips and its libraries.
    font = ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)
    ImageDraw.Draw(page).text((x, y), text, fill=20, font=font)
