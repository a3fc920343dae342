"""Invented people for demonstrations, tests and measurements. No number of theirs can be a real one.

All numbers begin with 999, which no province has; communes and hamlets do not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

from kiosk.domain.dates import PartialDate
from kiosk.domain.person import Person, Sex

T = TypeVar("T")

PREFIX = "999"

# Serials of the examples stay below; a stride without a common factor with the span visits each serial once.
_FIRST_SERIAL = 10
_SERIALS = 999_990
_STRIDE = 611_953

_FAMILIES = {
    "Nguyễn": 340, "Trần": 110, "Lê": 95, "Phạm": 70, "Hoàng": 45, "Phan": 40, "Vũ": 38, "Bùi": 35,
    "Đặng": 28, "Đỗ": 24, "Đinh": 22, "Quách": 18, "Hồ": 15, "Ngô": 14, "Dương": 12, "Hà": 12,
    "Lương": 10, "Trịnh": 10, "Mai": 9, "Cao": 9, "Lưu": 8, "Tạ": 7, "Đào": 7, "Lý": 6, "Vi": 5,
    "Nông": 5, "Lò": 5, "Giàng": 4, "Vàng": 4, "Thào": 3,
}  # fmt: skip
_MIDDLES = {
    Sex.MALE: {
        "Văn": 300, "Đức": 50, "Hữu": 45, "Xuân": 40, "Quang": 40, "Minh": 40, "Công": 35, "Đình": 30,
        "Ngọc": 30, "Thanh": 25, "Bá": 20, "Duy": 20, "Trọng": 15, "": 40,
    },
    Sex.FEMALE: {
        "Thị": 420, "Thị Ngọc": 30, "Thị Thu": 35, "Thị Thanh": 25, "Ngọc": 35, "Thu": 30, "Thanh": 25,
        "Minh": 15, "Phương": 15, "Kim": 12, "Thúy": 12, "Mai": 10, "": 15,
    },
}  # fmt: skip
_GIVEN = {
    Sex.MALE: (
        "An", "Anh", "Bảo", "Bình", "Chung", "Cường", "Dũng", "Duy", "Đạt", "Định", "Đông", "Đức", "Giang",
        "Hà", "Hải", "Hiếu", "Hòa", "Hoàng", "Hùng", "Huy", "Hưng", "Khánh", "Khoa", "Kiên", "Lâm", "Long",
        "Lộc", "Lợi", "Mạnh", "Minh", "Nam", "Nghĩa", "Phong", "Phú", "Phúc", "Quân", "Quang", "Quý", "Sơn",
        "Tài", "Tâm", "Thái", "Thành", "Thắng", "Thịnh", "Tiến", "Toàn", "Trung", "Tuấn", "Tùng", "Việt", "Vinh",
    ),
    Sex.FEMALE: (
        "An", "Anh", "Ánh", "Bích", "Châu", "Chi", "Dung", "Duyên", "Đào", "Giang", "Hà", "Hạnh", "Hằng", "Hiền",
        "Hoa", "Hòa", "Hồng", "Huệ", "Huyền", "Hương", "Khánh", "Lan", "Liên", "Linh", "Loan", "Lý", "Mai", "Minh",
        "My", "Nga", "Ngân", "Ngọc", "Nguyệt", "Nhung", "Oanh", "Phương", "Quyên", "Tâm", "Thảo", "Thơm", "Thu",
        "Thủy", "Thúy", "Tình", "Trang", "Tuyết", "Uyên", "Vân", "Xuân", "Yến",
    ),
}  # fmt: skip
_COMMUNES = {"Xã Mẫu": 45, "Xã Ví Dụ": 30, "Xã Thử Nghiệm": 15, "Phường Minh Họa": 10}
_HAMLETS = ("Thôn Mẫu", "Thôn Đầu", "Thôn Giữa", "Thôn Cuối", "Xóm Ví Dụ", "Xóm Trên", "Xóm Dưới", "Bản Thử")
_DECADES = {1920: 1, 1930: 4, 1940: 8, 1950: 12, 1960: 14, 1970: 15, 1980: 17, 1990: 15, 2000: 12, 2010: 8}

# Elders registered in the years of war often know only the year.
_ELDERS_BEFORE = 1956
_YEAR_ONLY, _MONTH_ONLY, _NO_PHONE = 0.25, 0.30, 0.2

EXAMPLES = (
    Person(
        "999085000001",
        "Nguyễn Văn Mẫu",
        PartialDate(1985, 3, 9),
        Sex.MALE,
        "Xã Mẫu",
        "Thôn Ví Dụ",
        "0999000001",
    ),
    Person(
        "999190000002",
        "Lê Thị Ví Dụ",
        PartialDate(1990, 6, 15),
        Sex.FEMALE,
        "Xã Mẫu",
        "Thôn Mẫu",
        "0999000002",
    ),
    Person(
        "999305000003",
        "Bùi Thị Thử",
        PartialDate(2005, 11, 20),
        Sex.FEMALE,
        "Xã Ví Dụ",
        "Xóm Ví Dụ",
        "0999000003",
    ),
    Person("999040000004", "Trần Văn Cụ", PartialDate(1940, 1, 1), Sex.MALE, "Xã Mẫu", "Thôn Đầu"),
)

MOST = _SERIALS + len(EXAMPLES)


def invented_people(count: int, seed: int) -> Iterator[Person]:
    """`count` people, the same for the same seed; the four examples of the documentation come first.

    Number, sex and year of birth agree. ValueError for more than 999,994 people.
    """
    if count > MOST:
        raise ValueError("there are not that many invented numbers")
    yield from EXAMPLES[:count]
    random = Random(seed)  # noqa: S311 (a repeatable choice of names, nothing secret)
    draw = _Draw(random)
    for place in range(count - len(EXAMPLES)):
        yield draw.person(_FIRST_SERIAL + place * _STRIDE % _SERIALS)


class _Weighted(Generic[T]):
    """A table of weights, ready to be drawn from."""

    def __init__(self, weights: Mapping[T, int]) -> None:
        self._items = tuple(weights)
        self._totals = tuple(accumulate(weights.values()))

    def draw(self, random: Random) -> T:
        return random.choices(self._items, cum_weights=self._totals)[0]


class _Draw:
    """Draws one person after the other from the tables."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._families = _Weighted(_FAMILIES)
        self._middles = {sex: _Weighted(weights) for sex, weights in _MIDDLES.items()}
        self._communes = _Weighted(_COMMUNES)
        self._decades = _Weighted(_DECADES)

    def person(self, serial: int) -> Person:
        sex = self._random.choice((Sex.MALE, Sex.FEMALE))
        birth = self._birth()
        century = 2 * (birth.year // 100 - 19) + (sex is Sex.FEMALE)
        return Person(
            number=f"{PREFIX}{century}{birth.year % 100:02d}{serial:06d}",
            full_name=self._name(sex),
            birth_date=birth,
            sex=sex,
            commune=self._communes.draw(self._random),
            hamlet=self._random.choice(_HAMLETS),
            phone="" if self._random.random() < _NO_PHONE else f"0999{serial:06d}",
        )

    def _name(self, sex: Sex) -> str:
        family, middle = self._families.draw(self._random), self._middles[sex].draw(self._random)
        return " ".join((family, middle, self._random.choice(_GIVEN[sex]))).replace("  ", " ")

    def _birth(self) -> PartialDate:
        year = self._decades.draw(self._random) + self._random.randrange(10)
        known = self._random.random() if year < _ELDERS_BEFORE else 1.0
        if known < _YEAR_ONLY:
            return PartialDate(year)
        month = self._random.randint(1, 12)
        return PartialDate(year, month, None if known < _MONTH_ONLY else self._random.randint(1, 28))
