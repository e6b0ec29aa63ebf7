"""Names, bodies, subjects and sentences, put together at random; none is any corpus's."""

from __future__ import annotations

import random as randomness
from dataclasses import dataclass
from datetime import date, timedelta

Random = randomness.Random

PROVINCES = (
    "Lào Cai", "Yên Bái", "Sơn La", "Hòa Bình", "Tuyên Quang", "Phú Thọ", "Vĩnh Phúc", "Nam Định", "Thanh Hóa",
    "Hà Tĩnh", "Quảng Bình", "Quảng Trị", "Bình Định", "Phú Yên", "Khánh Hòa", "Gia Lai", "Đắk Lắk", "Lâm Đồng",
    "Tây Ninh", "Long An", "Tiền Giang", "Bến Tre", "Trà Vinh", "Đồng Tháp", "Hậu Giang", "Sóc Trăng", "Cà Mau",
)  # fmt: skip
DISTRICTS = (
    "Bảo Thắng", "Mù Cang Chải", "Phù Yên", "Lạc Thủy", "Sơn Dương", "Thanh Thủy", "Lập Thạch", "Hải Hậu",
    "Thọ Xuân", "Can Lộc", "Lệ Thủy", "Hướng Hóa", "Tuy Phước", "Sông Cầu", "Diên Khánh", "Chư Sê", "Krông Pắc",
    "Đức Trọng", "Gò Dầu", "Cần Giuộc", "Cái Bè", "Giồng Trôm", "Càng Long", "Lấp Vò", "Phụng Hiệp", "Kế Sách",
)  # fmt: skip
COMMUNES = (
    "Gia Phú", "Nậm Có", "Mường Do", "Yên Bồng", "Tân Trào", "Đào Xá", "Bắc Bình", "Hải Minh", "Xuân Lai",
    "Thiên Lộc",
    "Phong Thủy", "Tân Liên", "Phước Sơn", "Xuân Cảnh", "Diên Lạc", "Ia Blang", "Ea Kly", "Phú Hội", "Phước Thạnh",
    "Long Hậu", "An Hữu", "Hưng Nhượng", "Mỹ Cẩm", "Bình Thạnh Trung", "Tân Long", "Ba Trinh",
)  # fmt: skip
DEPARTMENTS = {
    "SỞ Y TẾ": "SYT", "SỞ XÂY DỰNG": "SXD", "SỞ TÀI CHÍNH": "STC", "SỞ CÔNG THƯƠNG": "SCT",
    "SỞ TƯ PHÁP": "STP", "SỞ NỘI VỤ": "SNV", "SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG": "STNMT",
    "SỞ GIAO THÔNG VẬN TẢI": "SGTVT", "SỞ KẾ HOẠCH VÀ ĐẦU TƯ": "SKHĐT", "SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH": "SVHTTDL",
}  # fmt: skip
FAMILIES = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý",
    "Đinh", "Trịnh", "Mai", "Lương", "Đoàn", "Tạ", "Nông", "Hà", "Cao", "Châu",
)  # fmt: skip
MIDDLES = ("Văn", "Thị", "Đức", "Minh", "Thanh", "Quốc", "Ngọc", "Hữu", "Thị Thu", "Xuân", "Bích", "Công", "Thế")
GIVEN = (
    "An", "Bình", "Chung", "Dũng", "Đạt", "Giang", "Hải", "Hạnh", "Khánh", "Lan", "Lợi", "Mạnh", "Nga", "Oanh",
    "Phúc", "Quyết", "Sáng", "Tâm", "Thủy", "Tuấn", "Uyên", "Vinh", "Yến", "Ước", "Thưởng", "Huyền", "Diệu", "Kỷ",
)  # fmt: skip
DEEDS = (
    "phê duyệt kế hoạch sử dụng đất năm", "thành lập Tổ công tác kiểm tra công vụ năm", "giao chỉ tiêu biên chế năm",
    "ban hành Kế hoạch phòng, chống thiên tai năm", "điều chỉnh dự toán ngân sách năm",
    "công bố danh mục thủ tục hành chính được sửa đổi năm", "công nhận xã đạt chuẩn nông thôn mới năm",
)  # fmt: skip
MATTERS = (
    "giải quyết đơn kiến nghị của công dân", "bồi thường, hỗ trợ khi Nhà nước thu hồi đất", "cấp nước sạch nông thôn",
    "tăng cường quản lý hoạt động khai thác khoáng sản", "kiểm tra an toàn thực phẩm tại các bếp ăn tập thể",
    "triển khai thực hiện công tác tuyển quân", "báo cáo kết quả cải cách hành chính quý III",
    "rà soát, thống kê nhà ở cho người có công", "tổ chức kỳ thi tuyển viên chức ngành giáo dục",
    "thu hồi giấy phép hoạt động vận tải", "duy tu, sửa chữa đường giao thông nông thôn",
    "chuẩn bị nội dung kỳ họp thứ mười lăm", "hỗ trợ lao động bị ảnh hưởng bởi dịch bệnh",
)  # fmt: skip
SENTENCES = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;",
    "Căn cứ Luật Xây dựng ngày 18 tháng 6 năm 2014;",
    "Theo đề nghị của Trưởng phòng Tài chính - Kế hoạch tại Tờ trình số 118/TTr-TCKH ngày 05 tháng 3 năm 2019;",
    "Giao các cơ quan, đơn vị có liên quan tổ chức thực hiện và báo cáo kết quả trước ngày 15 hằng tháng.",
    "Trong quá trình thực hiện, nếu có vướng mắc, đề nghị phản ánh về cơ quan thường trực để tổng hợp, giải quyết.",
    "Kinh phí thực hiện được bố trí từ nguồn ngân sách sự nghiệp, tổng số tiền là 1.250.400.000 đồng.",
    "Ủy ban nhân dân các xã, thị trấn niêm yết công khai tại trụ sở và nhà văn hóa thôn, bản trong thời hạn 30 ngày.",
    "Thủ trưởng các phòng, ban, ngành và các hộ gia đình, cá nhân có tên trên chịu trách nhiệm thi hành.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Who issues: its lines in the head, the name that counts, its letters, its place, its head's title."""

    above: tuple[str, ...]
    lines: tuple[str, ...]
    name: str
    letters: str
    place: str
    council: bool  #: a people's committee signs TM.
    chief: str


def a_body(random: Random, on: date) -> Body:
    """A committee of one of three levels or a department; districts are none after June 2025."""
    province, level = random.choice(PROVINCES), random.choice("tdhx")
    if level == "d" or (level == "h" and on >= date(2025, 7, 1)):
        name = random.choice(sorted(DEPARTMENTS))
        above = (
            (f"ỦY BAN NHÂN DÂN TỈNH {province.upper()}",) if len(province) < 6 else (f"UBND TỈNH {province.upper()}",)
        )
        lines = tuple(name.split(" VÀ ")) if len(name) > 26 and " VÀ " in name else (name,)
        if len(lines) == 2:
            lines = (lines[0], f"VÀ {lines[1]}")
        return Body(
            above=above,
            lines=lines,
            name=name,
            letters=DEPARTMENTS[name],
            place=province,
            council=False,
            chief="GIÁM ĐỐC",
        )
    if level == "t":
        where, place = f"TỈNH {province.upper()}", province
    elif level == "h":
        place = random.choice(DISTRICTS)
        where = f"HUYỆN {place.upper()}"
    else:
        place = random.choice(COMMUNES)
        where = f"XÃ {place.upper()}"
    return Body(
        above=(), lines=("ỦY BAN NHÂN DÂN", where), name=f"ỦY BAN NHÂN DÂN {where}", letters="UBND", place=place,
        council=True, chief="CHỦ TỊCH",
    )  # fmt: skip


def a_name(random: Random) -> str:
    """A person's."""
    return f"{random.choice(FAMILIES)} {random.choice(MIDDLES)} {random.choice(GIVEN)}"


def a_day(random: Random, first: date, last: date) -> date:
    """A day between two."""
    return first + timedelta(days=random.randrange((last - first).days))


def in_words(day: date, form: int) -> str:
    """`05 tháng 02 năm 2019`, or without zeros where the form is odd and the month is not January or February."""
    short = form % 2 and day.month > 2
    return f"tháng {day.month if short else f'{day.month:02}'} năm {day.year}"


def two(day: date, form: int) -> str:
    """The day of the month, with two digits where the form is even."""
    return str(day.day) if form % 2 and day.day > 9 else f"{day.day:02}"


def a_personal_number(random: Random, born: date, *, woman: bool) -> str:
    """Twelve digits by TT 59/2021: province, century and sex, year, six more."""
    province = random.choice(
        ("010", "014", "015", "017", "025", "026", "036", "038", "042", "045", "052", "066", "077")
    )
    return f"{province}{(0 if born.year < 2000 else 2) + woman}{born.year % 100:02}{random.randrange(10**6):06}"
