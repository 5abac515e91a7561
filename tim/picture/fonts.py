"""A font for Chinese, chosen from what the machine has."""

from __future__ import annotations

from functools import lru_cache

from tim.declare import Text

_FAMILIES = (
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Microsoft YaHei",
    "HarmonyOS Sans SC",
    "PingFang SC",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Noto Sans CJK JP",
    "AR PL UMing CN",
    "SimSun",
)


@lru_cache(maxsize=1)
def chinese_font() -> str | None:
    """The family name of the first Chinese font found on this machine, None without one."""
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    return next((family for family in _FAMILIES if family in there), None)


def label(text: Text) -> str:
    """The text as it can be drawn here: Chinese, or English where the machine has no Chinese font."""
    return str(text) if chinese_font() else text.en
