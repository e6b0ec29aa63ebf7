"""Typesets small pages for tests: Vietnamese print, seals, stamps and the dirt that scanners add."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from ocr.opening.raw import Image, RawPage
from ocr.page import Colour

FONTS = "/usr/share/fonts/truetype/dejavu/DejaVu{}.ttf"
RED, BLUE, BLACK = (200, 30, 45), (40, 60, 170), (25, 25, 25)
TEXT = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Thông báo về việc tiếp nhận hồ sơ của công dân",
    "Căn cứ quy định hiện hành, bộ phận tiếp nhận trả kết quả",
    "kính đề nghị ông bà bổ sung giấy tờ còn thiếu trước ngày",
    "hai mươi tháng sáu để được giải quyết đúng thời hạn quy",
    "định. Mọi vướng mắc xin liên hệ số điện thoại ghi dưới",
    "đây trong giờ hành chính các ngày làm việc trong tuần.",
    "Nếu quá thời hạn nói trên mà không nhận được giấy tờ bổ",
    "sung thì hồ sơ được trả lại theo quy định của pháp luật.",
    "Trân trọng cảm ơn sự hợp tác của quý ông bà./.",
)


def face(name: str, pixels: int) -> ImageFont.FreeTypeFont:
    """A DejaVu face by Pillow's own layout: the other one sometimes asks for gigapixels."""
    return ImageFont.truetype(FONTS.format(name), pixels, layout_engine=ImageFont.Layout.BASIC)


class Sheet:
    """An A4 sheet that is printed and stamped on; places in millimetres."""

    def __init__(self, *, dpi: int = 150, paper: tuple[int, int, int] = (250, 249, 246)) -> None:
        self.dpi = dpi
        self.image = Pillow.new("RGB", (self.px(210), self.px(297)), paper)
        self.draw = ImageDraw.Draw(self.image)

    def px(self, millimetres: float) -> int:
        return round(millimetres / 25.4 * self.dpi)

    def write(
        self,
        text: str,
        x: float,
        y: float,
        *,
        points: float = 13,
        font: str = "Serif",
        ink: tuple[int, int, int] = BLACK,
    ) -> Sheet:
        letters = face(font, round(points / 72 * self.dpi))
        self.draw.text((self.px(x), self.px(y)), text, font=letters, fill=ink)
        return self

    def print(self, lines: Sequence[str] = TEXT, *, x: float = 25, y: float = 25, leading: float = 8, **how) -> Sheet:
        for number, line in enumerate(lines):
            self.write(line, x, y + number * leading, **how)
        return self

    def seal(self, x: float, y: float, *, radius: float = 18, ink: tuple[int, int, int] = RED) -> Sheet:
        """A round seal about a middle: two rings, letters between them, a star."""
        for share, thick in ((1.0, 0.8), (0.68, 0.5)):
            sides = [
                self.px(value)
                for value in (x - share * radius, y - share * radius, x + share * radius, y + share * radius)
            ]
            self.draw.ellipse(sides, outline=ink, width=max(1, self.px(thick)))
        letters = face("Sans-Bold", self.px(3.2))
        for number, letter in enumerate("ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM"):
            angle = np.deg2rad(number * 12 - 200)
            at = (self.px(x + 0.84 * radius * np.cos(angle)), self.px(y + 0.84 * radius * np.sin(angle)))
            self.draw.text(at, letter, font=letters, fill=ink, anchor="mm")
        star = [(x + r * np.sin(k * np.pi / 5), y - r * np.cos(k * np.pi / 5)) for k, r in enumerate((6, 2.5) * 5)]
        self.draw.polygon([(self.px(a), self.px(b)) for a, b in star], fill=ink)
        return self

    def signature(self, x: float, y: float, *, ink: tuple[int, int, int] = BLUE) -> Sheet:
        points = [(x + t * 1.6, y + 6 * np.sin(t * 1.3) * (1 - t / 40)) for t in np.linspace(0, 22, 120)]
        self.draw.line(
            [(self.px(a), self.px(b)) for a, b in points], fill=ink, width=max(2, self.px(0.5)), joint="curve"
        )
        return self

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> Sheet:
        self.draw.line([self.px(value) for value in (x0, y0, x1, y1)], fill=BLACK, width=2)
        return self

    def table(
        self, x: float, y: float, cells: Sequence[Sequence[str]], *, wide: float = 30, high: float = 9
    ) -> Sheet:
        right, bottom = x + len(cells[0]) * wide, y + len(cells) * high
        for row in range(len(cells) + 1):
            self.rule(x, y + row * high, right, y + row * high)
        for column in range(len(cells[0]) + 1):
            self.rule(x + column * wide, y, x + column * wide, bottom)
        for row, texts in enumerate(cells):
            for column, text in enumerate(texts):
                self.write(text, x + column * wide + 2, y + row * high + 2, points=11)
        return self

    @property
    def colour(self) -> Image:
        return np.ascontiguousarray(np.asarray(self.image)[:, :, ::-1])

    @property
    def grey(self) -> Image:
        return np.asarray(cv2.cvtColor(self.colour, cv2.COLOR_BGR2GRAY), np.uint8)


def scanned(image: Image, *, dpi: float = 150, jpeg: bytes | None = None, bilevel: bool = False) -> RawPage:
    """The page as opening a scan gives it."""
    colour = Colour.COLOUR if image.ndim == 3 else Colour.BILEVEL if bilevel else Colour.GREY
    return RawPage(number=1, image=image, dpi=dpi, dpi_is_known=True, colour=colour, jpeg=jpeg)


def leaning(image: Image, degrees: float, *, ground: int | None = None) -> Image:
    """The image turned counter-clockwise about its middle, its own paper or a dark ground around."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    border = tuple(float(v) for v in np.atleast_1d(image[2, 2])) if ground is None else (ground,) * 3
    return np.asarray(
        cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=border), np.uint8
    )


def turned(image: Image, degrees: int) -> Image:
    """The image turned counter-clockwise by quarters."""
    return np.ascontiguousarray(np.rot90(image, degrees // 90))


def grainy(image: Image, *, spread: float = 6.0) -> Image:
    """The image with the noise of a scanner's glass."""
    noise = np.random.default_rng(7).normal(0, spread, image.shape[:2])
    noise = noise if image.ndim == 2 else noise[:, :, None]
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def showing_through(image: Image, other: Image, *, strength: float = 0.22) -> Image:
    """The image with the other side's print shining through, mirrored, pale and blurred by the paper."""
    back = cv2.GaussianBlur(np.ascontiguousarray(other[:, ::-1]), (0, 0), 0.45 / 25.4 * 150)
    pale = 255 - (255 - back.astype(np.float32)) * strength
    return np.minimum(image, pale.astype(np.uint8))
