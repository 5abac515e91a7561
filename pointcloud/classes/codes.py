"""Numbers of the classes (ASPRS LAS 1.4 R15, table 17) and the heights that part vegetation."""

from __future__ import annotations

from dataclasses import dataclass

UNCLASSIFIED, GROUND, LOW, MEDIUM, HIGH, BUILDING, NOISE = 1, 2, 3, 4, 5, 6, 7
WATER, WIRE, BRIDGE = 9, 14, 17
TITLES = {
    UNCLASSIFIED: "未归类",
    GROUND: "地面",
    LOW: "低植被",
    MEDIUM: "中植被",
    HIGH: "高植被",
    BUILDING: "建筑",
    NOISE: "低噪声",
    WATER: "水面",
    WIRE: "导线",
    BRIDGE: "桥面",
}


@dataclass(frozen=True)
class VegetationHeights:
    """Metres above ground where medium and high vegetation begin.

    The LAS standard states none; the defaults are those of IGN's LiDAR HD (0.5 m, 1.5 m).
    """

    medium: float = 0.5
    high: float = 1.5
