"""Thematic maps: layers with colours of their own, such as service areas, districts by value, warnings by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import matplotlib
import numpy as np
import shapely
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from pyproj import CRS

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

_MARGIN = 0.06  # of the extent, on each side
_LEAST = 50.0  # metres a map is wide at least
_PROPORTION = 1.15  # width to height of the map on the sheet


@dataclass(frozen=True)
class Theme:
    """Shapes of one colour (a name or #RRGGBB) and one entry of the legend; `texts` are written at them."""

    name: str
    shapes: np.ndarray
    colour: str
    opacity: float = 0.7
    texts: Sequence[str] = ()


def draw_themes(
    themes: Sequence[Theme],
    path: str | Path | IO[bytes],
    *,
    crs: CRS | None = None,
    title: str = "",
    notes: Sequence[str] = (),
) -> None:
    """Draw the themes, the first at the bottom, as an A4 map (PNG, 200 dpi). All in one CRS, in metres.

    `path`: a file or a binary stream. Raises `ValueError` when no theme has a shape.
    """
    every = [theme.shapes[~shapely.is_missing(theme.shapes)] for theme in themes]
    shown = np.concatenate([shapes[~shapely.is_empty(shapes)] for shapes in every]) if every else np.array([])
    if not len(shown):
        raise ValueError("nothing to draw")
    extent = _around(shapely.total_bounds(shown))
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=SIZE)
        axes, legend = sheet(figure, title)
        entries = []
        for level, (theme, shapes) in enumerate(zip(themes, every)):
            face = (*matplotlib.colors.to_rgb(theme.colour), theme.opacity)
            edge = (0.6 * face[0], 0.6 * face[1], 0.6 * face[2])
            fill(axes, shapes, facecolor=face, edgecolor=(*edge, 0.8), linewidth=0.4, zorder=2 + level / 100)
            strokes(axes, shapes, color=theme.colour, linewidth=1.4)
            entries.append(Patch(facecolor=face, edgecolor=edge, linewidth=0.5, label=theme.name))
            for text, shape in zip(theme.texts, theme.shapes):
                if shape is not None and text:
                    place = shape.representative_point()
                    axes.text(place.x, place.y, text, fontsize=8, ha="center", va="center", zorder=7)
        frame(axes, extent)
        scale_bar(axes, extent)
        north_arrow(axes, crs, extent)
        write_legend(legend, entries, [*notes, *crs_notes(crs)])
        figure.savefig(path, dpi=DPI, facecolor="white", format="png")


def _around(bounds: np.ndarray) -> tuple[float, float, float, float]:
    west, south, east, north = (float(value) for value in bounds)
    height = max((east - west) / _PROPORTION, north - south, _LEAST) * (1 + 2 * _MARGIN)
    x, y = (west + east) / 2, (south + north) / 2
    half = height * _PROPORTION / 2
    return x - half, x + half, y - height / 2, y + height / 2
