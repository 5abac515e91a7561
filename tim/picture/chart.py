"""Charts of reports: bars of values, lines through years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

import matplotlib
from matplotlib.figure import Figure

from tim.picture.sheet import style

_WIDTH, _DPI = 7.5, 180


def bars(names: Sequence[str], values: Sequence[float], colours: Sequence[str], *, title: str, unit: str) -> bytes:
    """Horizontal bars, the first at the top, each with its value (PNG)."""
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(_WIDTH, max(2.0, 0.32 * len(names) + 1.0)), layout="constrained")
        axes = figure.add_subplot()
        drawn = axes.barh(range(len(names)), values, color=list(colours), edgecolor="#555555", linewidth=0.5)
        axes.bar_label(drawn, [f"{value:g}" for value in values], fontsize=8, padding=2)
        axes.set_yticks(range(len(names)), names, fontsize=8)
        axes.invert_yaxis()
        axes.margins(x=0.12)
        axes.set_xlabel(unit, fontsize=9)
        axes.set_title(title, fontsize=12)
        return _png(figure)


def lines(
    series: Mapping[str, Sequence[tuple[int, float]]], *, title: str, unit: str, target: float | None = None
) -> bytes:
    """Values by year, a line a name; the target as a dashed line (PNG)."""
    with matplotlib.rc_context(style()):
        figure = Figure(figsize=(_WIDTH, 3.4), layout="constrained")
        axes = figure.add_subplot()
        for name, points in series.items():
            axes.plot([year for year, _ in points], [value for _, value in points], marker="o", label=name or None)
        if target is not None:
            axes.axhline(target, color="#b00000", linestyle="--", linewidth=1, label="目标值")
        years = sorted({year for points in series.values() for year, _ in points})
        axes.set_xticks(years, [str(year) for year in years], fontsize=8)
        axes.set_ylabel(unit, fontsize=9)
        axes.set_title(title, fontsize=12)
        if target is not None or any(series):
            axes.legend(fontsize=8, frameon=False)
        return _png(figure)


def _png(figure: Figure) -> bytes:
    stream = BytesIO()
    figure.savefig(stream, dpi=_DPI, facecolor="white", format="png")
    return stream.getvalue()
