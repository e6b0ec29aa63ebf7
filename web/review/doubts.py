"""Why a field is doubted, in the clerk's language: the machine writes its doubts in English."""

from __future__ import annotations

import re

#: What the machine writes, as a pattern, and how it is said in Vietnamese; groups are put in.
_SAID: tuple[tuple[str, str], ...] = (
    (r"not found", "không tìm thấy trên giấy"),
    (r"not clear", "chữ không rõ"),
    (r"a word of it is not clear", "có từ không rõ"),
    (r"its digits are written by hand", "số viết tay"),
    (r"(the day|the month|the year|the date) is written by hand", "{0} viết tay"),
    (r"(the day|the month|the year|the date) is not clear", "{0} không rõ"),
    (r"(the day|the month|the year|the date) cannot be read", "không đọc được {0}"),
    (r"(the day|the month|the year|the date) is not all digits", "{0} có ký tự không phải số"),
    (r"(the day|the month|the year|the date) is glued to a word", "{0} dính vào chữ bên cạnh"),
    (r"(the day|the month|the year|the date) does not sit in line with .*", "{0} lệch dòng so với chữ in bên cạnh"),
    (r"there is no such day(?: yet)?", "không có ngày này"),
    (r"it lies in the future", "ngày ở tương lai"),
    (r"it is too old", "ngày quá xa"),
    (r"it says (.+), the date (.+)", "ghi {0}, ngày ghi {1}"),
    (r"its digits stand apart from its symbol, as written ones do", "số đứng tách khỏi ký hiệu, như khi viết tay"),
    (r"its digits are not clear", "chữ số không rõ"),
    (r"its digits cannot be read", "không đọc được chữ số"),
    (r"its digits were torn apart", "chữ số bị tách rời"),
    (r"its digits are glued to its label", "chữ số dính vào nhãn"),
    (r"its digits do not sit in line with .*", "chữ số lệch dòng so với chữ in bên cạnh"),
    (r"the letters of its symbol are not clear", "chữ của ký hiệu không rõ"),
    (r"(?:a letter|letters) among its digits", "có chữ cái lẫn trong số"),
    (r"its symbol has strange letters", "ký hiệu có chữ lạ"),
    (r"its symbol says (.+), the paper is a (.+)", "ký hiệu là {0}, giấy là {1}"),
    (r"its symbol ends like a word of the line beside it", "cuối ký hiệu giống chữ của dòng bên cạnh"),
    (r"a letter of its symbol put right after .*", "một chữ của ký hiệu được sửa theo tên cơ quan"),
    (r"nothing that can be a number", "không có gì giống số, ký hiệu"),
    (r"no label before it", "không có nhãn phía trước"),
    (r"it does not stand in the head", "không nằm ở phần đầu giấy"),
    (r"a part of it may stand in the number beside it", "một phần có thể nằm trong số bên cạnh"),
    (r"accents put right as the date line has them", "dấu được sửa theo dòng ngày tháng"),
    (r"accents put right: it was read (.+)", "dấu được sửa, máy đọc là: {0}"),
    (r"no body that the rules know", "không có trong danh mục cơ quan"),
    (r"the number's symbol, (.+), is of another body", "ký hiệu {0} là của cơ quan khác"),
    (r"there is (.+) since (.+), the paper is of (.+)", "{0} có từ {1}, giấy lại đề ngày {2}"),
    (r"there was (.+) until (.+), the paper is of (.+)", "{0} chỉ có đến {1}, giấy lại đề ngày {2}"),
    (r"it is after the first signature, of (.+)", "sau ngày ký số đầu tiên, {0}"),
    (r"the line below it stands so near that it may go on", "dòng dưới sát quá, có thể còn tiếp"),
    (r"its lines are not centred", "các dòng không canh giữa"),
    (r"no Vietnamese syllable: (.+)", "không phải âm tiết tiếng Việt: {0}"),
    (r"a word of it is no Vietnamese syllable", "có từ không phải âm tiết tiếng Việt"),
    (r"it may be misread: (.+)", "có thể đọc sai: {0}"),
    (r"something stands beside it", "có chữ khác nằm cạnh"),
    (r"a name has two to six words", "tên người có từ hai đến sáu chữ"),
    (r"it does not begin with a known family name", "không bắt đầu bằng họ quen thuộc"),
    (r"a deputy's title should follow", "phía sau phải có chức vụ cấp phó"),
    (r"a deputy signs for somebody, and KT\. was not read", "cấp phó ký thay nhưng không đọc được chữ KT."),
    (r"two words may be the end of a name whose beginning is covered", "hai chữ có thể là phần cuối của tên bị che"),
    (r"its first letters are covered, and more words may be", "chữ đầu bị che, có thể còn từ khác bị che"),
    (r"not 12 digits", "không đủ 12 chữ số"),
    (r"(.+) is no province's code", "{0} không phải mã tỉnh"),
    (r"its owner would be born in (.+)", "theo số này thì sinh năm {0}"),
    (r"it says born in (.+), the paper (.+)", "số ghi sinh năm {0}, giấy ghi {1}"),
    (r"its sex is not the one on the paper", "giới tính theo số khác với trên giấy"),
    (r"needs a look", "cần xem lại"),
    # of papers and bindings
    (r"no dossier code was found", "không tìm thấy mã hồ sơ"),
    (r"no dossier code was found; (\d+) dossiers of the register fit it", "không có mã hồ sơ, {0} hồ sơ cùng khớp"),
    (r"no dossier code was found; the nearest .+ and no more", "không có mã, hồ sơ gần nhất chưa đủ chắc chắn"),
    (r"no dossier code was found; the nearest .+ but .+", "không có mã, hồ sơ gần nhất có chỗ không khớp"),
    (r"the procedures system has no dossier (.+)", "hệ thống một cửa không có hồ sơ {0}"),
    (r"(\w+) names (.+), other evidence names (.+)", "nơi này ghi {1}, nơi khác ghi {2}"),
    (r"what kind of paper it is was not recognised", "chưa nhận ra loại giấy tờ"),
    (r"it may be (.+), or another kind", "có thể là {0}, hoặc loại khác"),
    (r"it may be (.+), or (.+)", "có thể là {0} hoặc {1}"),
    (r"it is a certified copy on paper.*", "là bản sao chứng thực giấy, TT 01/2023/TT-VPCP không cho số hoá"),
    (r"print in red at its head could not be read.*", "chữ đỏ ở đầu giấy không đọc được: xem có phải dấu mật, khẩn"),
    (r"it names the dossier (.+), and lies in the pile of (.+)", "giấy ghi hồ sơ {0} nhưng nằm trong tập của {1}"),
    (r"it names the dossier (.+), and .+", "giấy ghi hồ sơ {0}, nơi khác ghi hồ sơ khác"),
    (r"page (\d+) could not be read", "trang {0} không đọc được"),
    (r"no page of it could be read", "không trang nào đọc được"),
    (r"nothing but blank pages or separators", "chỉ có trang trắng hoặc tờ ngăn"),
    (r"scan again: (.+)", "chờ quét lại: {0}"),
    (r"taken apart by a person", "vừa được tách, ghép: xem lại các trường"),
)
_PARTS = {"the day": "ngày", "the month": "tháng", "the year": "năm", "the date": "ngày tháng"}
_PATTERNS = tuple((re.compile(pattern), vi) for pattern, vi in _SAID)
_BETWEEN = re.compile(r", (?=[a-z])")


def doubts_in(reason: str, name: str) -> list[str]:
    """The doubts that a reason for review names for a field: `number: its digits are not clear, not found`."""
    told = reason.removeprefix(f"{name}: ").removeprefix(f"{name} ")
    return _split(told)


def _split(told: str) -> list[str]:
    """Doubts are joined by commas, and some have commas of their own: the longest that is known wins."""
    parts = _BETWEEN.split(told)
    found: list[str] = []
    while parts:
        for count in range(len(parts), 0, -1):
            joined = ", ".join(parts[:count])
            if count == 1 or any(pattern.fullmatch(joined) for pattern, _ in _exact()):
                found.append(joined)
                parts = parts[count:]
                break
    return found


def _exact() -> list[tuple[re.Pattern[str], str]]:
    """Patterns that name a doubt to its end: one that swallows anything would swallow the next doubt too."""
    return [(pattern, vi) for pattern, vi in _PATTERNS if "," in pattern.pattern and ".*" not in pattern.pattern]


def in_words(doubt: str, language: str) -> str:
    """A doubt as the clerk reads it; one that has no Vietnamese yet stays as it is."""
    if language == "en":
        return doubt
    for pattern, vi in _PATTERNS:
        match = pattern.fullmatch(doubt)
        if match:
            return vi.format(*(_PARTS.get(part, part) for part in match.groups()))
    return doubt
