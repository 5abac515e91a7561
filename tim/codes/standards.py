"""The grids of the standards."""

from __future__ import annotations

from tim.codes.grid import Grid, Level

_DEGREE, _MINUTE, _SECOND = 7_372_800, 122_880, 2048

BEIDOU = Grid(
    "beidou",
    "北斗网格位置码",
    (  # GB/T 39409-2020, clause 6
        Level(6 * _DEGREE, 4 * _DEGREE, 60, 22, "band", 4 * _DEGREE, 2),
        Level(30 * _MINUTE, 30 * _MINUTE, 12, 8, "pair", 30 * _MINUTE),
        Level(15 * _MINUTE, 10 * _MINUTE, 2, 3, "single", 15 * _MINUTE),
        Level(_MINUTE, _MINUTE, 15, 10, "pair", _MINUTE),
        Level(4 * _SECOND, 4 * _SECOND, 15, 15, "pair", 4 * _SECOND),
        Level(2 * _SECOND, 2 * _SECOND, 2, 2, "single", 2 * _SECOND),
        Level(512, 512, 8, 8, "pair", 512),
        Level(64, 64, 8, 8, "pair", 64),
        Level(8, 8, 8, 8, "pair", 8),
        Level(1, 1, 8, 8, "pair", 1),
    ),
    ("N", "N", "S", "S"),
    numbered=True,
    note="高程按逐级进位取码（GB/T 39409-2020 第 6.2 条）；东北半球以外没有公布的算例",
    polar=True,
)

LOCATION = Grid(
    "location",
    "基础地理实体位置码",
    (  # structure of the 26 and 44 characters, reproduced from published codes; the standard's text was not seen
        Level(90 * _DEGREE, 44 * _DEGREE, 2, 2, "single", 44 * _DEGREE),
        Level(6 * _DEGREE, 4 * _DEGREE, 15, 11, "band", 4 * _DEGREE, 2),
        Level(3 * _DEGREE, 2 * _DEGREE, 2, 2, "single", 2 * _DEGREE),
        Level(_DEGREE, _DEGREE, 3, 2, "single", _DEGREE),
        Level(30 * _MINUTE, 30 * _MINUTE, 2, 2, "single", 30 * _MINUTE),
        Level(15 * _MINUTE, 10 * _MINUTE, 2, 3, "single", 10 * _MINUTE),
        Level(5 * _MINUTE, 5 * _MINUTE, 3, 2, "single", 5 * _MINUTE),
        Level(_MINUTE, _MINUTE, 5, 5, "pair", _MINUTE),
        Level(12 * _SECOND, 12 * _SECOND, 5, 5, "pair", 12 * _SECOND),
        Level(4 * _SECOND, 4 * _SECOND, 3, 3, "single", 4 * _SECOND),
        Level(2 * _SECOND, 2 * _SECOND, 2, 2, "single", 2 * _SECOND),
        Level(_SECOND, _SECOND, 2, 2, "single", _SECOND),
        Level(512, 512, 4, 4, "pair", 512),
        Level(64, 64, 8, 8, "pair", 64),
        Level(8, 8, 8, 8, "pair", 8),
        Level(1, 1, 8, 8, "pair", 1),
    ),
    ("NE", "NW", "SE", "SW"),
    numbered=False,
    note="结构由公开的编码实例推得，未见标准原文（未核实）",
)
