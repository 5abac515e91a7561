"""Building heights in classes: their limits, colours and names, for the map and for the 3D view.

The limits 27 m and 100 m are those of high-rise and super-high-rise housing in GB 50352-2019 (3.1.2).
"""

from __future__ import annotations

from ..texts import tr

UNKNOWN_COLOR = "#b0b0b0"
UNKNOWN = -1.0
# lower limit in metres, colour
CLASSES = (
    (0.0, "#fff3c7"),
    (6.0, "#fedc8c"),
    (10.0, "#fdb863"),
    (18.0, "#f68d4a"),
    (27.0, "#e25b3b"),
    (54.0, "#b73239"),
    (100.0, "#7f1d4e"),
)
HEIGHT = f'coalesce("height", {UNKNOWN})'


def class_label(index: int) -> str:
    """The legend's text of one class."""
    low = f"{CLASSES[index][0]:g}"
    if index == 0:
        return tr("{} 米以下").format(f"{CLASSES[1][0]:g}")
    if index == len(CLASSES) - 1:
        return tr("{} 米以上").format(low)
    return tr("{} – {} 米").format(low, f"{CLASSES[index + 1][0]:g}")


def class_filter(index: int) -> str:
    """A QGIS expression that is true for the buildings of one class."""
    low = (
        f'"height" {">" if index else ">="} {CLASSES[index][0]}'  # as ranges on the map: the upper limit belongs to it
    )
    return low if index == len(CLASSES) - 1 else f'{low} AND "height" <= {CLASSES[index + 1][0]}'
