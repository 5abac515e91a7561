"""What every map sheet has: frame, scale bar, north arrow, legend; and how shapes are drawn on it."""

from __future__ import annotations

from typing import Any

import matplotlib

matplotlib.use("Agg")

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.ticker import MaxNLocator
from pyproj import CRS

from tim.declare import Text
from tim.picture.fonts import chinese_font, label

SIZE, DPI = (11.7, 8.27), 200  # A4, landscape


def style() -> Any:
    """Settings of matplotlib for Chinese labels."""
    family = chinese_font()
    return {
        "font.family": [family, "DejaVu Sans"] if family else ["DejaVu Sans"],
        "axes.unicode_minus": False,
        "hatch.linewidth": 0.5,
    }


def sheet(figure: Figure, title: str) -> tuple[Axes, Axes]:
    """An A4 sheet: the axes of the map and those of the legend."""
    figure.text(0.5, 0.955, title, ha="center", va="center", fontsize=20)
    axes = figure.add_axes((0.055, 0.06, 0.70, 0.855))
    axes.set_aspect("equal", adjustable="box", anchor="C")
    axes.set_facecolor("#f4f4f0")
    axes.tick_params(labelsize=7, direction="in", length=3)
    axes.ticklabel_format(style="plain", useOffset=False)
    axes.tick_params(axis="y", labelrotation=90)
    legend = figure.add_axes((0.775, 0.06, 0.205, 0.855))
    legend.set_axis_off()
    return axes, legend


def frame(axes: Axes, extent: tuple[float, float, float, float]) -> None:
    """The map's frame, with coordinates that keep clear of its corners."""
    west, east, south, north = extent
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    for low, high, place in ((west, east, axes.set_xticks), (south, north, axes.set_yticks)):
        ticks = MaxNLocator(6).tick_values(low, high)
        margin = 0.03 * (high - low)
        place([tick for tick in ticks if low + margin < tick < high - margin])


def fill(axes: Axes, geometry: np.ndarray, *, zorder: float = 2.0, **style: Any) -> None:
    """Draw polygons, holes left open."""
    patches = []
    for part in shapely.get_parts(np.asarray(geometry, dtype=object)):
        if part.geom_type == "Polygon" and not part.is_empty:
            rings = [part.exterior, *part.interiors]
            patches.append(
                PathPatch(
                    Outline.make_compound_path(*[Outline(shapely.get_coordinates(r), closed=True) for r in rings])
                )
            )
    if patches:
        axes.add_collection(PatchCollection(patches, match_original=False, zorder=zorder, **style))


def strokes(axes: Axes, geometry: np.ndarray, **style: Any) -> None:
    """Draw lines and points."""
    parts = shapely.get_parts(np.asarray(geometry, dtype=object))
    lines = [shapely.get_coordinates(part) for part in parts if part.geom_type in ("LineString", "LinearRing")]
    if lines:
        axes.add_collection(LineCollection(lines, zorder=6, **style))
    points = shapely.get_coordinates([part for part in parts if part.geom_type == "Point"])
    if len(points):
        axes.plot(points[:, 0], points[:, 1], "o", color=style["color"], markersize=4, zorder=6)


def scale_bar(axes: Axes, extent: tuple[float, float, float, float]) -> None:
    """A bar of a round length in metres."""
    west, east, south, north = extent
    width, height = east - west, north - south
    length = _round_length(width / 4.0)
    x, y, thick = west + 0.03 * width, south + 0.035 * height, 0.008 * height
    box: dict[str, Any] = {"facecolor": "white", "alpha": 0.8, "zorder": 8, "linewidth": 0}
    axes.add_patch(
        Rectangle((x - 0.015 * width, y - 0.02 * height), length + 0.075 * width, thick + 0.06 * height, **box)
    )
    for number in range(4):
        colour = "black" if number % 2 == 0 else "white"
        axes.add_patch(
            Rectangle(
                (x + number * length / 4, y),
                length / 4,
                thick,
                facecolor=colour,
                edgecolor="black",
                linewidth=0.6,
                zorder=9,
            )
        )
    for share in (0.0, 0.5, 1.0):
        text = f"{length * share:g}" + (" m" if share == 1.0 else "")
        axes.text(x + share * length, y + thick * 1.6, text, fontsize=7, ha="center", va="bottom", zorder=9)


def _round_length(length: float) -> float:
    power = 10.0 ** np.floor(np.log10(length))
    return float(max(step for step in (1.0, 2.0, 4.0, 5.0) if step * power <= length) * power)


def north_arrow(axes: Axes, crs: CRS | None, extent: tuple[float, float, float, float]) -> None:
    """An arrow to grid north."""
    west, east, south, north = extent
    size = 0.045 * min(east - west, north - south)
    x, y = east - 1.3 * size, north - 2.2 * size
    axes.add_patch(
        Rectangle(
            (x - size * 0.8, y - size * 0.3),
            1.6 * size,
            2.3 * size,
            facecolor="white",
            alpha=0.8,
            linewidth=0,
            zorder=8,
        )
    )
    for side, colour in ((-1, "black"), (1, "white")):
        tip = [(x, y + size), (x + side * 0.42 * size, y - 0.1 * size), (x, y + 0.2 * size)]
        axes.add_patch(Polygon(tip, closed=True, facecolor=colour, edgecolor="black", linewidth=0.7, zorder=9))
    letter = label(Text("北", "N")) if crs is None or crs.is_projected else "N"
    axes.text(x, y + 1.45 * size, letter, fontsize=10, ha="center", va="center", zorder=9)


def write_legend(axes: Axes, entries: list[Patch], notes: list[str]) -> None:
    """The legend, with notes below it."""
    title = label(Text("图例", "Legend"))
    axes.legend(
        handles=entries, loc="upper left", fontsize=8, title=title, title_fontsize=11, frameon=False, borderaxespad=0.0,
        handlelength=2.0, handleheight=1.1, labelspacing=0.42, alignment="left",
    )  # fmt: skip
    axes.text(
        0.0,
        0.0,
        "\n".join(notes),
        fontsize=7.5,
        va="bottom",
        ha="left",
        linespacing=1.6,
        wrap=True,
        transform=axes.transAxes,
    )


def crs_notes(crs: CRS | None) -> list[str]:
    """The CRS in words, a line each."""
    if crs is None:
        return [label(Text("坐标系：未知", "CRS: unknown"))]
    parts = crs.sub_crs_list or [crs]
    titles = (Text("坐标系", "CRS"), Text("高程基准", "Heights"))
    lines = []
    for part, title in zip(parts, titles):
        code = part.to_authority()
        lines += [f"{label(title)}:", f"  {part.name}", *([f"  {':'.join(code)}"] if code else [])]
    return lines
