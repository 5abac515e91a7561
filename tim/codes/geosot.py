"""GeoSOT codes in the plane and with height: GB/T 40087-2021.

With height a digit is 4 · latitude bit + 2 · longitude bit + height bit, after `GZ`, as published products write it.
The height is a word of degrees, minutes and seconds like the others, of the virtual angle of `height` (annex B of the
standard has the same formula and range). Up to 1839.58 m this agrees with layers that are counted through; above
nothing is published.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from tim.codes.angle import UNITS_PER_DEGREE, is_negative, whole_units
from tim.codes.height import height_of_units, height_units
from tim.codes.verdict import Verdict, broken
from tim.errors import UsageError

_Axis = tuple[np.ndarray, np.ndarray]  # whole units away from zero, whether negative
_MINUTE, _SECOND = 122_880, 2048
_NOTE = "西半球、南半球以符号位表示，没有公布的算例（未核实）"
_SOLID_NOTE = "1839.58 米以上和椭球面以下的三维编码没有公布的算例（未核实）"
_SOLID = re.compile(r"GZ([0-7]{1,32})")
_FORM = re.compile(r"G([0-3]{1,9})(?:-([0-3]{1,6})(?:-([0-3]{1,6})(?:\.([0-3]{1,11}))?)?)?")


@dataclass(frozen=True)
class Extent:
    """A cell in units of 1/2048″, west and south negative; `z` is the virtual angle of the height, below negative."""

    x: tuple[int, int]
    y: tuple[int, int]
    z: tuple[int, int] | None
    level: int


@dataclass(frozen=True)
class GeoSot:
    """Encoding and decoding; coordinates are truncated to 1/2048″."""

    name: str = "geosot"
    title: str = "GeoSOT 剖分编码"
    deepest: int = 32

    def encode(self, lon: object, lat: object, level: int = 32, height: object = None) -> np.ndarray:
        """Codes (text array) of points in degrees (floats or decimal texts), height in metres above the ellipsoid.

        Raises `UsageError` off the globe.
        """
        sides = (whole_units(lon), is_negative(lon)), (whole_units(lat), is_negative(lat))
        return self.encode_units(*sides, level, None if height is None else height_units(height))

    def encode_units(self, x: _Axis, y: _Axis, level: int = 32, z: _Axis | None = None) -> np.ndarray:
        """As `encode`, each axis as whole units away from zero and whether they are negative."""
        if not 1 <= level <= self.deepest:
            raise UsageError(f"{self.title}有 1 至 {self.deepest} 级，没有第 {level} 级")
        words = [_word(*y, 90, level), _word(*x, 180, level)] + ([] if z is None else [_word(*z, 256, level)])
        digits = np.empty((len(words[0]), level), dtype=np.uint8)
        one = np.uint64(1)
        for place in range(level):
            bit = np.uint64(31 - place)
            digit = np.zeros(len(words[0]), dtype=np.uint64)
            for word in words:
                digit = digit * np.uint64(2) + ((word >> bit) & one)
            digits[:, place] = digit
        texts = (digits + ord("0")).view(f"S{level}").ravel().astype(f"U{level}")
        return np.array([_punctuated(text) if z is None else "GZ" + text for text in texts])

    def morton(self, code: str) -> int:
        """The code as one 64-bit number: bit 2i from the longitude, bit 2i + 1 from the latitude."""
        digits = "".join(filter(str.isdigit, code))
        return int(digits, 4) << 2 * (32 - len(digits))

    def decode(self, code: str) -> Extent:
        """The cell of a code. Raises `UsageError` for a code that is none."""
        found = self._read(code)
        if isinstance(found, Verdict):
            raise UsageError(f"{self.title}“{code[:60]}”不对：{found.reason}")
        return found

    def bounds(self, code: str) -> tuple[float, float, float, float]:
        """(west, south, east, north) in degrees. Raises `UsageError` for a code that is none."""
        found = self.decode(code)
        west, south, east, north = (n / UNITS_PER_DEGREE for n in (found.x[0], found.y[0], found.x[1], found.y[1]))
        return west, south, east, north

    def heights(self, code: str) -> tuple[float, float] | None:
        """(bottom, top) in metres above the ellipsoid, None in the plane."""
        z = self.decode(code).z
        return None if z is None else (height_of_units(abs(z[0]), z[0] < 0), height_of_units(abs(z[1]), z[1] < 0))

    def neighbours(self, code: str) -> list[str]:
        """The codes around a cell, clockwise from the north, then those above and below a solid one.

        Across 180° the other side's cells are given; beyond the poles there are none.
        """
        cell = self.decode(code)
        columns, rows = (cell.x[0] - 1, cell.x[0], cell.x[1]), (cell.y[0] - 1, cell.y[0], cell.y[1])
        limit, turn = 90 * UNITS_PER_DEGREE, 360 * UNITS_PER_DEGREE
        places = [
            ((columns[a] + turn // 2) % turn - turn // 2, rows[b], None if cell.z is None else cell.z[0])
            for a, b in ((1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0), (0, 1), (0, 2))
            if -limit <= rows[b] < limit
        ]
        if cell.z is not None:
            places += [(cell.x[0], cell.y[0], z) for z in (cell.z[1], cell.z[0] - 1) if abs(z) < 256 * UNITS_PER_DEGREE]
        codes = [
            str(self.encode_units(_axis(x), _axis(y), cell.level, None if z is None else _axis(z))[0])
            for x, y, z in places
        ]
        return [other for other in dict.fromkeys(codes) if other != code]

    def check(self, code: str) -> Verdict:
        """Whether the code names a real cell: minutes and seconds below 60, degrees within the globe."""
        found = self._read(code)
        if isinstance(found, Verdict):
            return found
        return Verdict(True, note=_NOTE if found.z is None else f"{_NOTE}；{_SOLID_NOTE}")

    def _read(self, code: str) -> Extent | Verdict:
        axes: tuple[tuple[int, int, str], ...] = ((0, 180, "经度"), (1, 90, "纬度"))
        if code.startswith("GZ"):
            solid = _SOLID.fullmatch(code)
            if not solid:
                return broken("形式", 3, "应为 GZ 加 1 至 32 位八进制数字", _NOTE)
            digits, axes = solid[1], ((1, 180, "经度"), (2, 90, "纬度"), (0, 256, "高程"))
        else:
            match = _FORM.fullmatch(code)
            groups = [group or "" for group in match.groups()] if match else []
            full = (9, 6, 6)
            if not match or any(groups[i + 1] and len(groups[i]) != full[i] for i in range(3)):
                place = _wrong_place(code)
                return broken("形式", place, "应为 G 加四进制数字，写作 G#########-######-######.###########", _NOTE)
            digits = "".join(groups)
        sides: list[tuple[int, int]] = []
        for bit, limit, name in axes:
            word = int("".join(str(int(digit) >> bit & 1) for digit in digits), 2)
            side = _extent(word << (32 - len(digits)), len(digits), limit)
            if side is None:
                return broken(name, 0, f"{name}的度、分或秒超出范围，这样的网格不存在", _NOTE)
            sides.append(side)
        return Extent(sides[0], sides[1], sides[2] if len(sides) > 2 else None, len(digits))


def _word(units: np.ndarray, negative: np.ndarray, limit: int, level: int) -> np.ndarray:
    if (units > limit * UNITS_PER_DEGREE).any():
        raise UsageError(f"坐标超出 ±{limit}°")
    units = np.minimum(units, limit * UNITS_PER_DEGREE - 1)  # the end of the globe belongs to the last cell
    degrees, rest = np.divmod(units, UNITS_PER_DEGREE)
    minutes, rest = np.divmod(rest, _MINUTE)
    seconds, part = np.divmod(rest, _SECOND)
    word = (negative.astype(np.int64) << 31) | degrees << 23 | minutes << 17 | seconds << 11 | part
    return np.asarray((word >> (32 - level) << (32 - level)).astype(np.uint64))


def _axis(unit: int) -> _Axis:
    """The square of one unit from `unit` on, as an axis of `encode_units`."""
    return np.array([-unit - 1 if unit < 0 else unit]), np.array([unit < 0])


def _extent(word: int, level: int, limit: int) -> tuple[int, int] | None:
    """From and to in units, west, south or below negative; None for a cell that does not exist."""
    size = 1 << (32 - level)
    negative, magnitude = word >> 31, word & 0x7FFFFFFF
    start = _units(magnitude)
    if start is None or start >= limit * UNITS_PER_DEGREE:
        return None
    after = magnitude + size
    end = min(_rounded_up(after), limit * UNITS_PER_DEGREE)
    return (-end, -start) if negative else (start, end)


def _units(magnitude: int) -> int | None:
    degrees, minutes, seconds = magnitude >> 23, magnitude >> 17 & 63, magnitude >> 11 & 63
    if minutes >= 60 or seconds >= 60:
        return None
    return degrees * UNITS_PER_DEGREE + minutes * _MINUTE + seconds * _SECOND + (magnitude & 2047)


def _rounded_up(magnitude: int) -> int:
    """Units of a border; a border inside the unused slots 60–63 lies at the next whole minute or degree."""
    degrees, minutes, seconds = magnitude >> 23, magnitude >> 17 & 63, magnitude >> 11 & 63
    rest = min(seconds * _SECOND + (magnitude & 2047), _MINUTE)
    return degrees * UNITS_PER_DEGREE + min(minutes * _MINUTE + rest, UNITS_PER_DEGREE)


def _punctuated(digits: str) -> str:
    text = "G" + digits[:9]
    for start, end, mark in ((9, 15, "-"), (15, 21, "-"), (21, 32, ".")):
        if len(digits) > start:
            text += mark + digits[start:end]
    return text


def _wrong_place(code: str) -> int:
    """The first character (from 1) after which nothing can make the code right; 0 when only its end is missing."""
    pattern = "G" + "d" * 9 + "-" + "d" * 6 + "-" + "d" * 6 + "." + "d" * 11
    for place, character in enumerate(code):
        if place >= len(pattern):
            return place + 1
        if character not in "0123" if pattern[place] == "d" else character != pattern[place]:
            return place + 1
    return 0


GEOSOT = GeoSot()
