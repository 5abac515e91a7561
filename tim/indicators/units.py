"""Units of indicators and statistics as factors to base units (m, m², m³, persons, yuan, one)."""

from __future__ import annotations

from tim.errors import UnusableInput

_MU = 2000 / 3  # m², exact by definition (1 公顷 = 15 亩)
_FACTORS: dict[str, float] = {
    **dict.fromkeys(("m", "米", "m²", "平方米", "m³", "立方米", "人", "元", "t", "吨", "t标煤", "吨标煤"), 1.0),
    **dict.fromkeys(("个", "处", "件", "幢", "套", "张", "班", "种", "座", "条", "户", "", "—", "1:X"), 1.0),
    **dict.fromkeys(("km", "千米", "公里", "千人"), 1e3),
    **dict.fromkeys(("万", "万人", "万元", "万m²", "万平方米", "万m³", "万立方米", "万户", "公顷", "hm²", "ha"), 1e4),
    **dict.fromkeys(("万吨", "万t"), 1e4),
    **dict.fromkeys(("km²", "平方千米", "平方公里"), 1e6),
    **dict.fromkeys(("亿", "亿元", "亿m³", "亿立方米"), 1e8),
    "10万人": 1e5,
    "亩": _MU,
    "万亩": 1e4 * _MU,
    "%": 1e-2,
    "‰": 1e-3,
    "mm": 1e-3,
    "min": 60.0,
    "分钟": 60.0,
    "天": 86400.0,
}
_LISTED = "、".join(name for name in _FACTORS if name)


def factor(unit: str) -> float:
    """How many base units one unit is; `甲/乙` is a quotient. Raises `UnusableInput` for an unknown unit."""
    text = unit.strip().replace("㎡", "m²").replace("m2", "m²").replace("m3", "m³").replace("％", "%")
    above, _, below = text.partition("/")
    for part in (above, below):
        if part not in _FACTORS:
            raise UnusableInput(f"不认识单位“{unit}”；可以用 {_LISTED}，或它们的商")
    return _FACTORS[above] / _FACTORS[below]
