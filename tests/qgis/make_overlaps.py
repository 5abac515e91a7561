"""Run by the engine's Python: a survey layer with overlaps, and what the check finds in it. Prints JSON.

usage: make_overlaps.py FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.quality import SHARED, make  # noqa: E402
from tim.job import Job  # noqa: E402
from tim.quality.command import check_database  # noqa: E402
from tim.sources.vector import read_layer  # noqa: E402


def main() -> None:
    folder = Path(sys.argv[1])
    data, out, standard = folder / "data.gpkg", folder / "out.gpkg", folder / "standard"
    make(data, 1500)
    standard.mkdir()
    (standard / "shared.zh").write_text(SHARED, "utf-8")
    check_database(str(data), standard=str(standard), out=str(out), job=Job())
    found = read_layer(f"{out}|layername=error_polygon")
    rows = list(zip(found.columns["rule"], found.columns["feature"], found.columns["other"], found.geometry))
    pairs = [[feature, other, len(shape.geoms)] for rule, feature, other, shape in rows if rule == "O"]
    points = read_layer(f"{out}|layername=error_point").columns
    invalid = [name for rule, name in zip(points["rule"], points["feature"]) if rule == "V"]
    print(json.dumps({"pairs": pairs, "invalid": invalid}))


main()
