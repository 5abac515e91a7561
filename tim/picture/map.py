"""Map pictures: a model with legend, scale bar and north arrow; findings of a check over the checked layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from pyproj import CRS

from tim.declare import Text
from tim.picture.content import Grid, ModelContent, land_colours
from tim.picture.fonts import label
from tim.picture.sheet import (
    DPI,
    SIZE,
    crs_notes,
    fill,
    frame,
    north_arrow,
    scale_bar,
    sheet,
    strokes,
    style,
    write_legend,
)

HEIGHT_CLASSES = (6.0, 12.0, 20.0, 30.0, 60.0)  # metres, upper limits
HEIGHT_COLOURS = ("#fde0b2", "#fdbb6b", "#f28a3c", "#d9562b", "#a82a2a", "#5e1027")
_CONTROL = {
    "YJJBNTTB": (Text("永久基本农田", "Permanent farmland"), "#8a6d00", "////"),
    "STBHHX": (Text("生态保护红线", "Ecological redline"), "#d7191c", ""),
    "CZKFBJ": (Text("城镇开发边界", "Urban growth boundary"), "#6a3d9a", ""),
}


def draw_model(content: ModelContent, path: str | Path, *, title: str = "") -> None:
    """Draw a model as an A4 map (PNG, 200 dpi): relief, land use, control lines, buildings by height."""
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=SIZE)
        axes, legend = sheet(figure, title or label(Text("国土空间信息模型", "Territory information model")))
        entries = (
            _relief(axes, content.terrain)
            + _land_use(axes, content)
            + _control_lines(axes, content)
            + _buildings(axes, content)
        )
        frame(axes, content.extent)
        scale_bar(axes, content.extent)
        north_arrow(axes, content.crs, content.extent)
        write_legend(legend, entries, _notes(content))
        figure.savefig(path, dpi=DPI, facecolor="white", format="png")


def draw_findings(
    layers: Mapping[str, np.ndarray],
    findings: Sequence[shapely.Geometry],
    path: str | Path,
    *,
    crs: CRS | None = None,
    title: str = "",
) -> None:
    """Draw where a check found violations (PNG): `layers` name → shapely array, pale; `findings` in red with numbers.

    Everything is in one CRS. Without findings the layers alone are drawn; `ValueError` when there is nothing at all.
    """
    every = [geometry for geometry in findings if geometry is not None and not geometry.is_empty]
    shown = np.concatenate([np.asarray(every, dtype=object), *([] if every else layers.values())])
    if not len(shown):
        raise ValueError("nothing to draw")
    extent = _padded(shapely.total_bounds(shown))
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=SIZE)
        axes, legend = sheet(figure, title or label(Text("审查问题位置图", "Findings")))
        entries: list[Patch] = []
        for number, (name, geometry) in enumerate(layers.items()):
            colour = matplotlib.colormaps["Pastel2"](number % 8)
            edge = matplotlib.colors.to_hex((0.55 * colour[0], 0.55 * colour[1], 0.55 * colour[2]))
            window = geometry[shapely.intersects(geometry, shapely.box(extent[0], extent[2], extent[1], extent[3]))]
            fill(axes, window, facecolor=(*colour[:3], 0.6), edgecolor=edge, linewidth=0.8)
            strokes(axes, window, color=edge, linewidth=1.2)
            entries.append(Patch(facecolor=colour, edgecolor=edge, label=name))
        fill(
            axes, np.array(every, dtype=object), facecolor=(0.86, 0.08, 0.08, 0.55), edgecolor="#9b0000", linewidth=1.4
        )
        strokes(axes, np.array(every, dtype=object), color="#9b0000", linewidth=2.0)
        for number, geometry in enumerate(every, start=1):
            place = geometry.representative_point()
            axes.annotate(
                str(number), (place.x, place.y), ha="center", va="center", fontsize=11, color="white",
                bbox={"boxstyle": "circle,pad=0.25", "facecolor": "#9b0000", "edgecolor": "white"},
            )  # fmt: skip
        if every:
            entries.append(
                Patch(
                    facecolor=(0.86, 0.08, 0.08, 0.55), edgecolor="#9b0000", label=label(Text("问题部位", "Findings"))
                )
            )
        frame(axes, extent)
        scale_bar(axes, extent)
        north_arrow(axes, crs, extent)
        count = label(Text(f"问题 {len(every)} 处", f"{len(every)} findings"))
        write_legend(legend, entries, [count, *crs_notes(crs)])
        figure.savefig(path, dpi=DPI, facecolor="white", format="png")


def _relief(axes: Axes, grid: Grid | None) -> list[Patch]:
    if grid is None:
        return []
    shade = hillshade(grid.values, abs(grid.transform.a))
    axes.imshow(
        np.ma.masked_invalid(shade),
        extent=grid.extent,
        cmap="gray",
        vmin=0.0,
        vmax=1.0,
        interpolation="bilinear",
        zorder=1,
    )
    return []


def hillshade(
    heights: np.ndarray, cell: float, azimuth: float = 315.0, altitude: float = 45.0, exaggeration: float = 2.0
) -> np.ndarray:
    """Shaded relief 0..1 (NaN where the height is NaN) of rows that run from north to south; angles in degrees."""
    north_south, east_west = np.gradient(heights.astype(float) * exaggeration, cell)
    east, north, up = -east_west, north_south, np.ones_like(east_west)
    length = np.sqrt(east**2 + north**2 + 1.0)
    a, h = np.radians(azimuth), np.radians(altitude)
    light = (east * np.sin(a) * np.cos(h) + north * np.cos(a) * np.cos(h) + up * np.sin(h)) / length
    return np.where(np.isfinite(heights), np.clip(0.25 + 0.85 * light, 0.0, 1.0), np.nan)


def _land_use(axes: Axes, content: ModelContent) -> list[Patch]:
    colours, entries = land_colours(), []
    for code in sorted(set(content.land_codes)):
        name, colour = colours.get(code, ("", (0.8, 0.8, 0.8)))
        text = label(Text(f"{code} {name}", code)) if code else label(Text("未分类", "Unclassified"))
        fill(
            axes,
            content.land_use[content.land_codes == code],
            facecolor=(*colour, 0.62),
            edgecolor=(0.4, 0.4, 0.4, 0.35),
            linewidth=0.3,
        )
        entries.append(Patch(facecolor=(*colour, 0.8), edgecolor="#888888", linewidth=0.4, label=text))
    return entries


def _control_lines(axes: Axes, content: ModelContent) -> list[Patch]:
    entries = []
    for layer, geometry in content.control.items():
        text, colour, hatch = _CONTROL[layer]
        fill(axes, geometry, facecolor="none", edgecolor=colour, linewidth=1.3, hatch=hatch, zorder=4)
        entries.append(Patch(facecolor="none", edgecolor=colour, linewidth=1.3, hatch=hatch, label=label(text)))
    return entries


def _buildings(axes: Axes, content: ModelContent) -> list[Patch]:
    if not len(content.footprints):
        return []
    entries, limits = [], (0.0, *HEIGHT_CLASSES, np.inf)
    for low, high, colour in zip(limits, limits[1:], HEIGHT_COLOURS):
        chosen = (content.heights >= low) & (content.heights < high)
        if chosen.any():
            fill(axes, content.footprints[chosen], facecolor=colour, edgecolor="#402010", linewidth=0.5, zorder=5)
        span = f"{low:.0f}–{high:.0f}" if np.isfinite(high) else f"≥ {low:.0f}"
        entries.append(
            Patch(
                facecolor=colour,
                edgecolor="#402010",
                linewidth=0.5,
                label=f"{label(Text('建筑', 'Building'))} {span} m",
            )
        )
    unknown = ~np.isfinite(content.heights)
    if unknown.any():
        fill(
            axes,
            content.footprints[unknown],
            facecolor="white",
            edgecolor="#402010",
            linewidth=0.6,
            hatch="xxxx",
            zorder=5,
        )
        text = label(Text("建筑（无高程）", "Building, no height"))
        entries.append(Patch(facecolor="white", edgecolor="#402010", hatch="xxxx", label=text))
    return entries


def _notes(content: ModelContent) -> list[str]:
    measured = content.heights[np.isfinite(content.heights)]
    notes = [label(Text(f"建筑 {len(content.footprints)} 栋", f"{len(content.footprints)} buildings"))]
    if len(measured):
        notes.append(
            label(Text(f"最高 {measured.max():.1f} m，平均 {measured.mean():.1f} m", f"up to {measured.max():.1f} m"))
        )
    if content.terrain is not None and np.isfinite(content.terrain.values).any():
        low, high = np.nanmin(content.terrain.values), np.nanmax(content.terrain.values)
        notes.append(label(Text(f"地面高程 {low:.1f}–{high:.1f} m", f"terrain {low:.1f}–{high:.1f} m")))
    return notes + crs_notes(content.crs)


def _padded(bounds: np.ndarray) -> tuple[float, float, float, float]:
    """Bounds with a margin, at least 50 m wide and high."""
    west, south, east, north = (float(value) for value in bounds)
    reach = max(east - west, (north - south) * 1.15, 50.0) * 1.1
    x, y = (west + east) / 2, (south + north) / 2
    return x - reach, x + reach, y - reach / 1.15, y + reach / 1.15
