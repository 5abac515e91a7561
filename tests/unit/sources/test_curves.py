"""Layers with arcs: found, refused where figures come of them, listed by the database check; nothing else is."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing

import numpy as np
import pyogrio.raw
import pytest
import shapely

from tim.errors import UnusableInput
from tim.job import Job
from tim.measure import area_ellipsoid
from tim.quality.command import check_database
from tim.sources.curves import curved_features
from tim.sources.vector import read_layer

X, Y = 40_500_000, 3_400_000
PLACES = [(X, Y), (X + 100, Y + 100), (X + 200, Y), (X + 100, Y - 100), (X, Y)]


def _circle(order="<"):
    """A disc of 100 m as CURVEPOLYGON of a CIRCULARSTRING."""
    mark = 1 if order == "<" else 0
    arc = struct.pack(f"{order}BII", mark, 8, len(PLACES))
    arc += b"".join(struct.pack(f"{order}dd", *place) for place in PLACES)
    return struct.pack(f"{order}BII", mark, 10, 1) + arc


def _layer(path, shapes, declared="Unknown"):
    names = [np.array([str(n) for n in range(len(shapes))], dtype=object)]
    pyogrio.raw.write(
        str(path), np.array(shapes, dtype=object), names, ["BSM"], layer="DLTB", driver="GPKG", geometry_type=declared,
        crs="EPSG:4528",
    )  # fmt: skip
    return str(path)


@pytest.mark.parametrize("declared", ["GEOMETRY", "CURVEPOLYGON", "MULTISURFACE"])
def test_arcs_are_refused_where_areas_come_of_them(tmp_path, declared):
    square = shapely.to_wkb(shapely.box(X, Y + 500, X + 10, Y + 510))
    path = _layer(tmp_path / "曲线.gpkg", [square, _circle(), None, square])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = ?", (declared,))
    with pytest.raises(UnusableInput, match=r"1 个真曲线（第 2 号要素，CURVEPOLYGON）.*打散为折线"):
        read_layer(path)
    with pytest.raises(UnusableInput, match="真曲线"):
        area_ellipsoid(path, job=Job())


def test_the_database_check_lists_arcs(tmp_path):
    path = _layer(tmp_path / "曲线.gpkg", [_circle(), shapely.to_wkb(shapely.box(X, Y + 500, X + 10, Y + 510))])
    told = {rule["number"]: rule["states"]["错误"] for rule in check_database(path, job=Job()).data["rules"]}
    assert told["ARC"] == 1


def test_straight_shapes_of_every_kind_are_no_arcs(tmp_path):
    shapes = ["POINT (1 2)", "POINT Z (1 2 3)", "LINESTRING Z (0 0 1, 1 1 2)", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))"]
    shapes += ["POLYGON ((0 0, 1 0, 1 1, 0 0))", "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))"]
    path = tmp_path / "直.gpkg"
    _layer(path, [shapely.to_wkb(shapely.from_wkt(text)) for text in shapes])
    assert len(curved_features(path, "DLTB")[0]) == 0
    assert len(read_layer(str(path))) == len(shapes)
