"""Composes papers: letters, decisions of today and of 1999, notices, permits, certificates, receipts."""

from __future__ import annotations

import random as randomness
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from samples.fonts import Face
from samples.ink import handwriting, seal, signature
from samples.sheet import BLACK, BLUE, DPI, RED, Align
from tests.benchmarks.unlike.sheet import Family, Sheet, with_pen
from tests.benchmarks.unlike.wording import (
    DEEDS,
    MATTERS,
    SENTENCES,
    Body,
    a_body,
    a_day,
    a_name,
    a_personal_number,
    in_words,
    two,
)

Random = randomness.Random
LEFT, RIGHT, MIDDLE, SIGNING, TOP = 62.0, 146.0, 108.0, 146.0, 18.0  # mm
TODAY = (date(2011, 1, 1), date(2025, 10, 1))
VIOLET = (92, 60, 150)
FACES = {"times": 5, "serif": 2, "sans": 2, "mono": 1}  # how often offices use them
WIDEST = "Mù Cang Chải, ngày 27 tháng 12 năm 2019"  # that stands beside the number in the head
LETTERS = {
    "QUYẾT ĐỊNH": "QĐ",
    "THÔNG BÁO": "TB",
    "BÁO CÁO": "BC",
    "KẾ HOẠCH": "KH",
    "TỜ TRÌNH": "TTr",
    "CHỈ THỊ": "CT",
}


@dataclass(slots=True)
class Made:
    """A paper: its sheets, what is true of it, and which of that is written by hand."""

    sheets: list[Sheet]
    kind: str
    fields: dict[str, str] = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)
    look: str = ""  #: of its scan


class Composer:
    """Draws papers in random families of type; one seed, one paper."""

    def __init__(self, families: Sequence[Family], hands: Sequence[str], seed: int) -> None:
        self.random = Random(seed)
        self.noise = np.random.default_rng(seed)
        self.hands = hands
        there = {kind: weight for kind, weight in FACES.items() if any(one.kind == kind for one in families)}
        kind = self.random.choices(list(there), list(there.values()))[0]
        self.sheet = Sheet(self.random.choice([one for one in families if one.kind == kind]))
        self.size = self.random.choice((12.0, 13.0, 13.0, 14.0))
        while self.sheet.width_of(WIDEST, Face.ITALIC, self.size) > 80:
            self.size -= 0.5

    def paper(self) -> Made:
        """One of all kinds."""
        kinds: tuple[tuple[Callable[[], Made], int], ...] = (
            (self.administrative, 8), (self.letter, 6), (self.of_1999, 2), (self.permit, 3), (self.certificate, 3),
            (self.receipt, 2), (self.with_regulation, 2), (self.business, 2),
        )  # fmt: skip
        make, _ = self.random.choices(kinds, [weight for _, weight in kinds])[0]
        return make()

    # Parts

    def _maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def _pen(self, text: str, x: float, y: float) -> None:
        """Write with a pen, its left edge at x."""
        if self.hands and self._maybe(0.5):
            ink = with_pen(text, self.random.choice(list(self.hands)), self.random)
        else:
            ink = handwriting(text, self.noise, height_mm=self.random.uniform(4.5, 6.5))
        wide = ink.width / DPI * 25.4
        self.sheet.press(ink, x + wide / 2, y + 2.2, self.random.choice((BLUE, BLUE, BLACK)))

    def _filled(self, parts: Sequence[tuple[str, bool]], x: float, y: float, *, face: Face) -> float:
        """A centred line of which some parts are written in by hand."""
        size = self.size
        gap = 4.0
        widths = [len(text) * 4.2 + gap if pen else self.sheet.width_of(text, face, size) for text, pen in parts]
        at = x - sum(widths) / 2
        for (text, pen), width in zip(parts, widths, strict=True):
            if pen:
                self._pen(text, at + gap / 2, y)
            else:
                self.sheet.say(text, at, y, face=face, size=size, align=Align.LEFT)
            at += width
        return y + size * 1.18 / 72 * 25.4

    def _nation(self, y: float) -> float:
        y = self.sheet.say("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", RIGHT, y, face=Face.BOLD, size=self._fit_nation())
        dash = self.random.choice(("-", "-", "–"))
        y = self.sheet.say(f"Độc lập {dash} Tự do {dash} Hạnh phúc", RIGHT, y, face=Face.BOLD, size=self.size)
        self.sheet.rule(RIGHT - 26, RIGHT + 26, y + 0.4)
        return y + 2.5

    def _fit_nation(self) -> float:
        size = self.size - 1
        while self.sheet.width_of("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", Face.BOLD, size) > 90:
            size -= 0.5
        return size

    def _fitting(self, text: str, room: float, face: Face) -> float:
        size = self.size
        while self.sheet.width_of(text, face, size) > room:
            size -= 0.5
        return size

    def _issuer(self, body: Body) -> float:
        """The names in the head's left column; returns the y under them."""
        y = TOP
        for text in body.above:
            y = self.sheet.say(text, LEFT, y, size=self._fitting(text, 72, Face.REGULAR))
        for text in body.lines:
            y = self.sheet.say(text, LEFT, y, face=Face.BOLD, size=self._fitting(text, 72, Face.BOLD))
        return y

    def _head(self, body: Body, number: str, day: date, made: Made) -> float:
        """The head's two columns; number and day by hand now and then."""
        form = self.random.randrange(2)
        y = self._issuer(body)
        self.sheet.rule(LEFT - 12, LEFT + 12, y + 0.4)
        y = max(y + 3.0, self._nation(TOP))
        pen_number, pen_day = self._maybe(0.4), self._maybe(0.4)
        digits, _, symbol = number.partition("/")
        low = self._filled([("Số: ", False), (digits, pen_number), (f"/{symbol}", False)], LEFT, y, face=Face.REGULAR)
        told = [(f"{body.place}, ngày ", False), (two(day, form), pen_day), (f" {in_words(day, form)}", False)]
        low = max(low, self._filled(told, RIGHT, y, face=Face.ITALIC))
        made.by_hand |= {name for name, pen in (("number", pen_number), ("date", pen_day)) if pen}
        made.fields |= {"number": number, "date": str(day), "issuer": body.name, "place": body.place}
        return low + 3.0

    def _subject(self, kind: str) -> str:
        if self._maybe(0.5):
            year = self.random.randrange(2010, 2026)
            text = f"{self.random.choice(DEEDS)} {year}"
        else:
            text = self.random.choice(MATTERS)
        return text if kind != "QĐ" else f"Về việc {text}"

    def _body(self, y: float, count: int) -> float:
        for sentence in self.random.sample(SENTENCES, count):
            y = self.sheet.write(sentence, y, size=self.size)
        return y

    def _sign(self, body: Body, made: Made, y: float, *, recipients: bool = True) -> None:
        """Titles, signature, seal, name; recipients at the left."""
        deputy, signer = self._maybe(0.5), a_name(self.random)
        titles = ["TM. ỦY BAN NHÂN DÂN"] if body.council and self._maybe(0.7) else []
        titles += [f"KT. {body.chief}", f"PHÓ {body.chief}"] if deputy else [body.chief]
        if recipients:
            low = self.sheet.say("Nơi nhận:", 30, y, face=Face.BOLD_ITALIC, size=12, align=Align.LEFT)
            for text in ("- Như trên;", "- Thường trực Tỉnh ủy;", "- Lưu: VT, TH."):
                low = self.sheet.say(text, 30, low, size=11, align=Align.LEFT)
        below = self.sheet.stacked(titles, SIGNING, y, face=Face.BOLD, size=self.size)
        place = below + 24.0
        self.sheet.press(signature(self.noise), SIGNING + 4, below + 11, self.random.choice((BLUE, BLUE, BLACK)))
        self.sheet.press(
            seal(body.name, self.noise),
            SIGNING - self.random.uniform(12, 20),
            below + self.random.uniform(8, 14),
            RED,
        )
        self.sheet.say(signer, SIGNING, place, face=Face.BOLD, size=self.size)
        made.fields |= {"signer": signer}

    def _arrived(self) -> None:
        """An incoming stamp in the head's corner, filled in by hand."""
        x, y, colour = (
            self.random.uniform(12, 30),
            self.random.uniform(40, 62),
            self.random.choice((RED, BLUE, VIOLET)),
        )
        self.sheet.frame(x, y, x + 48, y + 24, colour)
        where = self.random.choice(("VĂN PHÒNG UBND", "TRUNG TÂM VĂN THƯ", "BAN TIẾP CÔNG DÂN"))
        self.sheet.say(where, x + 24, y + 1, face=Face.BOLD, size=9, colour=colour)
        at = y + 6
        for label, digits in (
            ("ĐẾN Số:", str(self.random.randrange(100, 9999))),
            ("Ngày:", f"{self.random.randrange(1, 29)}"),
            ("Chuyển:", "12"),
        ):
            self.sheet.say(label, x + 2, at, size=9, align=Align.LEFT, colour=colour)
            self._pen(digits, x + 20, at)
            at += 6

    # Papers

    def administrative(self) -> Made:
        """A decision, notice, report, plan, submission or directive."""
        heading, letters = self.random.choice(sorted(LETTERS.items()))
        day = a_day(self.random, *TODAY)
        body = a_body(self.random, day)
        made = Made([self.sheet], letters)
        y = self._head(body, f"{self.random.randrange(1, 4000):02}/{letters}-{body.letters}", day, made)
        subject = self._subject(letters)
        if self._maybe(0.25):
            self._arrived()
            y = max(y, 88.0)
        y = self.sheet.say(heading, MIDDLE, y + 3, face=Face.BOLD, size=self.size + 1)
        lines = self.sheet.broken(subject[0].upper() + subject[1:], 120, Face.BOLD, self.size)
        y = self.sheet.stacked(lines, MIDDLE, y, face=Face.BOLD, size=self.size)
        self.sheet.rule(MIDDLE - 15, MIDDLE + 15, y + 0.5)
        made.fields["subject"] = subject
        y = self._body(y + 5, 4)
        self._sign(body, made, y + 4)
        return made

    def with_regulation(self) -> Made:
        """A decision with the regulation that it brings, which has a head of its own kind on the next page."""
        made = self.administrative()
        sheet = Sheet(self.sheet.family)
        number = made.fields["number"]
        y = sheet.say("QUY CHẾ", MIDDLE, 20, face=Face.BOLD, size=self.size + 1)
        y = sheet.say("Phối hợp quản lý nhà nước trên địa bàn", MIDDLE, y, face=Face.BOLD, size=self.size)
        y = sheet.say(f"(Ban hành kèm theo Văn bản số {number})", MIDDLE, y, face=Face.ITALIC, size=self.size)
        for chapter in ("Điều 1. Phạm vi điều chỉnh", "Điều 2. Đối tượng áp dụng", "Điều 3. Nguyên tắc phối hợp"):
            y = sheet.write(chapter, y + 3, face=Face.BOLD, size=self.size)
            for sentence in self.random.sample(SENTENCES, 3):
                y = sheet.write(sentence, y, size=self.size)
        made.sheets.append(sheet)
        return made

    def letter(self) -> Made:
        """An official letter, its subject under the symbol over one to five lines."""
        day = a_day(self.random, *TODAY)
        body = a_body(self.random, day)
        made = Made([self.sheet], "CV")
        unit = self.random.choice(("VP", "TH", "KT", "NC", "KGVX", "TCKH", "NV"))
        y = self._head(body, f"{self.random.randrange(1, 9000)}/{body.letters}-{unit}", day, made)
        subject = self.random.choice(MATTERS)
        if self._maybe(0.5):
            subject += f" và {self.random.choice(MATTERS)}"
        lines = self.sheet.broken(f"V/v {subject}", self.random.choice((55, 65, 72)), Face.REGULAR, 12)
        y = self.sheet.stacked(lines, LEFT, y - 2.0, face=Face.REGULAR, size=12)
        made.fields["subject"] = subject
        if self._maybe(0.25):
            self._arrived()
            y = max(y, 88.0)
        y = self.sheet.say(f"Kính gửi: Sở Tài chính tỉnh {body.place}.", MIDDLE, y + 5, size=self.size)
        y = self._body(y + 4, 3)
        self._sign(body, made, y + 4)
        return made

    def of_1999(self) -> Made:
        """An old decision: UỶ, HOÀ, the year in the number, who decides under the title."""
        day = a_day(self.random, date(1995, 1, 1), date(2004, 12, 1))
        body = a_body(self.random, day)
        while not body.council or "XÃ" in body.name:
            body = a_body(self.random, day)
        made = Made([self.sheet], "QĐ")
        where = body.lines[1]
        y = TOP
        for text in ("UỶ BAN NHÂN DÂN", where):
            y = self.sheet.say(text, LEFT, y, face=Face.BOLD, size=self.size)
        self.sheet.say("CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM", RIGHT, 18.0, face=Face.BOLD, size=self._fit_nation())
        self.sheet.say("Độc lập - Tự do - Hạnh phúc", RIGHT, 23.5, face=Face.BOLD, size=self.size)
        number, pen = f"{self.random.randrange(1, 3000)}/{day.year}/QĐ-UB", self._maybe(0.5)
        digits, _, symbol = number.partition("/")
        self._filled([("Số: ", False), (digits, pen), (f"/{symbol}", False)], LEFT, 32, face=Face.REGULAR)
        told = f"{body.place}, ngày {day.day} tháng {day.month} năm {day.year}"
        self.sheet.say(told, RIGHT, 32, face=Face.ITALIC, size=self.size)
        made.by_hand |= {"number"} if pen else set()
        heading = f"QUYẾT ĐỊNH CỦA UỶ BAN NHÂN DÂN {where}"
        y = self.sheet.say(heading, MIDDLE, 44, face=Face.BOLD, size=self._fitting(heading, 150, Face.BOLD))
        subject = f"Về việc {self.random.choice(MATTERS)}"
        y = self.sheet.stacked(self.sheet.broken(subject, 120, Face.REGULAR, self.size), MIDDLE, y,
                               face=Face.BOLD, size=self.size)  # fmt: skip
        y = self.sheet.say(f"UỶ BAN NHÂN DÂN {where}", MIDDLE, y + 6, face=Face.BOLD, size=self.size)
        y = self._body(y + 3, 3)
        made.fields |= {
            "number": number, "date": str(day), "issuer": f"ỦY BAN NHÂN DÂN {where}", "place": body.place,
            "subject": subject,
        }  # fmt: skip
        signer = a_name(self.random)
        below = self.sheet.stacked(
            [f"T/M UỶ BAN NHÂN DÂN {where.split()[0]}", "K/T CHỦ TỊCH", "PHÓ CHỦ TỊCH"], SIGNING, y + 5,
            face=Face.BOLD, size=self.size,
        )  # fmt: skip
        self.sheet.press(seal(body.name, self.noise), SIGNING - 16, below + 10, RED)
        self.sheet.press(signature(self.noise), SIGNING + 4, below + 10, BLUE)
        self.sheet.say(signer, SIGNING, below + 24, face=Face.BOLD, size=self.size)
        made.fields["signer"] = signer
        return made

    def permit(self) -> Made:
        """A building permit: its number under the title, its day over the signature."""
        day = a_day(self.random, *TODAY)
        body = a_body(self.random, day)
        made = Made([self.sheet], "GP")
        y = self._issuer(body)
        y = max(y, self._nation(TOP))
        y = self.sheet.say("GIẤY PHÉP XÂY DỰNG", MIDDLE, y + 6, face=Face.BOLD, size=self.size + 2)
        number, pen = f"{self.random.randrange(1, 900)}/GPXD", self._maybe(0.3)
        digits, _, symbol = number.partition("/")
        y = self._filled([("Số: ", False), (digits, pen), (f"/{symbol}", False)], MIDDLE, y, face=Face.REGULAR)
        made.by_hand |= {"number"} if pen else set()
        owner = a_name(self.random)
        title = "Bà" if " Thị" in owner else "Ông"
        for text in (
            f"1. Cấp cho: {title} {owner}",
            f"Địa chỉ: thôn {self.random.randrange(1, 12)}, xã Tân Lập, huyện {body.place}.",
            "2. Được phép xây dựng công trình: Nhà ở riêng lẻ.",
            f"- Tổng diện tích sàn: {self.random.randrange(60, 400)},5 m2; số tầng: {self.random.randrange(1, 5)}.",
            "3. Giấy tờ về đất đai: Giấy chứng nhận quyền sử dụng đất số CK 482193.",
            "4. Giấy phép này có hiệu lực khởi công xây dựng trong thời hạn 12 tháng kể từ ngày ký.",
        ):
            y = self.sheet.write(text, y + 1, size=self.size)
        y = self.sheet.say(
            f"{body.place}, ngày {day.day:02} tháng {day.month:02} năm {day.year}", SIGNING, y + 4, face=Face.ITALIC,
            size=self.size,
        )  # fmt: skip
        made.fields |= {
            "number": number, "date": str(day), "issuer": body.name, "place": body.place, "applicant": owner,
        }  # fmt: skip
        self._sign(body, made, y, recipients=False)
        return made

    def certificate(self) -> Made:
        """A certificate of birth by a commune, filled in by its software."""
        day = a_day(self.random, date(2016, 1, 1), TODAY[1])
        body = a_body(self.random, day)
        while "XÃ" not in body.name:
            body = a_body(self.random, day)
        made = Made([self.sheet], "KS")
        y = TOP
        for text in body.lines:
            y = self.sheet.say(text, LEFT, y, face=Face.BOLD, size=self.size)
        number = f"{self.random.randrange(1, 400):02}/{day.year}"
        self.sheet.say(f"Số: {number}", LEFT, y + 3, size=self.size)
        y = self._nation(TOP)
        y = self.sheet.say("GIẤY KHAI SINH", MIDDLE, y + 10, face=Face.BOLD, size=self.size + 4)
        child = a_name(self.random)
        rows = (
            f"Họ, chữ đệm, tên: {child.upper()}",
            f"Ngày, tháng, năm sinh: {a_day(self.random, date(2015, 1, 1), date(2016, 1, 1)):%d/%m/%Y}",
            f"Giới tính: {'Nữ' if ' Thị' in child else 'Nam'}        Dân tộc: Kinh        Quốc tịch: Việt Nam",
            f"Nơi sinh: Trung tâm y tế huyện {body.place}",
            f"Họ, chữ đệm, tên người mẹ: {a_name(self.random)}",
            f"Họ, chữ đệm, tên người cha: {a_name(self.random)}",
            f"Họ, chữ đệm, tên người đi khai sinh: {a_name(self.random)}",
            f"Nơi đăng ký khai sinh: Ủy ban nhân dân xã {body.place}",
            f"Ngày, tháng, năm đăng ký: {day:%d/%m/%Y}",
        )
        for text in rows:
            y = self.sheet.write(text, y + 2, size=self.size, indent=0)
        made.fields |= {"number": number, "date": str(day), "issuer": body.name, "applicant": child}
        self._sign(body, made, y + 4, recipients=False)
        return made

    def business(self) -> Made:
        """A household business's certificate, its number under the title."""
        day = a_day(self.random, *TODAY)
        body = a_body(self.random, day)
        while "HUYỆN" not in body.name:
            day = a_day(self.random, TODAY[0], date(2025, 6, 1))
            body = a_body(self.random, day)
        made = Made([self.sheet], "HKD")
        y = self.sheet.say(f"UBND {body.lines[1]}", LEFT, 18, size=self.size)
        issuer = "PHÒNG TÀI CHÍNH - KẾ HOẠCH"
        y = self.sheet.say(issuer, LEFT, y, face=Face.BOLD, size=self.size)
        y = max(y, self._nation(TOP))
        y = self.sheet.say("GIẤY CHỨNG NHẬN", MIDDLE, y + 6, face=Face.BOLD, size=self.size + 2)
        y = self.sheet.say("ĐĂNG KÝ HỘ KINH DOANH", MIDDLE, y, face=Face.BOLD, size=self.size + 2)
        number = f"{self.random.randrange(10, 99)}{self.random.choice('ABCDEGHK')}8{self.random.randrange(10**6):06}"
        y = self.sheet.say(f"Số: {number}", MIDDLE, y, size=self.size)
        y = self.sheet.say(
            f"Đăng ký lần đầu, ngày {day.day:02} tháng {day.month:02} năm {day.year}", MIDDLE, y, face=Face.ITALIC,
            size=self.size,
        )  # fmt: skip
        owner = a_name(self.random)
        born = a_day(self.random, date(1960, 1, 1), date(1998, 1, 1))
        woman = " Thị" in owner
        personal = a_personal_number(self.random, born, woman=woman)
        for text in (
            f"1. Tên hộ kinh doanh: {owner.split()[-1].upper()} {body.place.upper()}",
            f"2. Địa điểm kinh doanh: khu {self.random.randrange(1, 9)}, thị trấn {body.place}",
            "3. Ngành, nghề kinh doanh: Bán lẻ vật liệu xây dựng",
            f"4. Vốn kinh doanh: {self.random.randrange(50, 900)}.000.000 đồng",
            f"5. Họ và tên đại diện hộ kinh doanh: {owner}",
            f"Giới tính: {'Nữ' if woman else 'Nam'}. Sinh ngày: {born:%d/%m/%Y}. Dân tộc: Kinh",
            f"Số định danh cá nhân: {personal}",
        ):
            y = self.sheet.write(text, y + 1.5, size=self.size, indent=0)
        made.fields |= {
            "number": number, "date": str(day), "issuer": issuer, "applicant": owner, "citizen_id": personal,
        }  # fmt: skip
        signer = a_name(self.random)
        below = self.sheet.say("TRƯỞNG PHÒNG", SIGNING, y + 4, face=Face.BOLD, size=self.size)
        self.sheet.press(seal(issuer, self.noise), SIGNING - 15, below + 10, RED)
        self.sheet.press(signature(self.noise), SIGNING + 3, below + 11, BLUE)
        self.sheet.say(signer, SIGNING, below + 24, face=Face.BOLD, size=self.size)
        made.fields["signer"] = signer
        return made

    def receipt(self) -> Made:
        """A commune's centre's of 2025, or a department's desk's before, without a QR code."""
        day = a_day(self.random, date(2021, 1, 1), date(2026, 1, 1))
        new = day >= date(2025, 7, 1)
        commune = self.random.choice(("Tân Bình", "Gia Phú", "Diên Lạc", "Phú Hội"))
        made = Made([self.sheet], "BN")
        above = f"ỦY BAN NHÂN DÂN XÃ {commune.upper()}"
        issuer = "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG" if new else "BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ"
        y = self.sheet.say(above, LEFT, 18, size=self._fitting(above, 72, Face.REGULAR))
        y = self.sheet.stacked(self.sheet.broken(issuer, 68, Face.BOLD, 12), LEFT, y, face=Face.BOLD, size=12)
        body, count = self.random.randrange(10, 200), self.random.randrange(10**4)
        code = f"H{self.random.randrange(10, 70)}.{body}-{day:%y%m%d}-{count:04}"
        y = max(y, self._nation(TOP))
        low = self.sheet.say(
            f"Mã hồ sơ: {code}", LEFT, y + 2, size=self._fitting(f"Mã hồ sơ: {code}", 72, Face.REGULAR)
        )
        told = f"{commune}, ngày {day.day:02} tháng {day.month:02} năm {day.year}"
        self.sheet.say(told, RIGHT, y + 2, face=Face.ITALIC, size=self.size)
        y = self.sheet.say("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", MIDDLE, low + 5, face=Face.BOLD,
                           size=self._fitting("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", 150, Face.BOLD))  # fmt: skip
        owner = a_name(self.random)
        born = a_day(self.random, date(1960, 1, 1), date(2002, 1, 1))
        personal = a_personal_number(self.random, born, woman=" Thị" in owner)
        procedure = f"{self.random.randrange(1, 4)}.{self.random.randrange(10**6):06}"
        for text in (
            f"Tiếp nhận hồ sơ của: {'Bà' if ' Thị' in owner else 'Ông'} {owner}",
            f"Số CCCD: {personal}",
            f"Địa chỉ: thôn {self.random.randrange(1, 9)}, xã {commune}",
            f"Nội dung yêu cầu giải quyết: Đăng ký biến động quyền sử dụng đất. Mã thủ tục: {procedure}",
            "Thành phần hồ sơ nộp gồm: 1. Đơn đăng ký (bản chính); 2. Giấy chứng nhận (bản chính).",
            "Số lượng hồ sơ: 01 (bộ).",
            f"Thời gian nhận hồ sơ: 08 giờ 30 phút, ngày {day.day:02} tháng {day.month:02} năm {day.year}.",
        ):
            y = self.sheet.write(text, y + 1.5, size=self.size, indent=0)
        made.fields |= {
            "date": str(day), "applicant": owner, "citizen_id": personal, "dossier_code": code,
            "procedure_code": procedure, "issuer": issuer, "place": commune,
        }  # fmt: skip
        for x, title, name in ((60.0, "NGƯỜI NỘP HỒ SƠ", owner), (150.0, "NGƯỜI TIẾP NHẬN", a_name(self.random))):
            self.sheet.say(title, x, y + 5, face=Face.BOLD, size=11)
            self.sheet.press(signature(self.noise, width_mm=26), x, y + 18, BLUE)
            self.sheet.say(name, x, y + 27, size=12)
        return made
