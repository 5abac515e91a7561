"""OBJ: closed bodies around a local origin, to a tenth of a millimetre."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from small_scene import BUILDINGS, SOUTH, WEST

from tim.exchange.export import export_model
from tim.exchange.triangles import polygon_triangles
from tim.job import Job


def _groups(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """(origin, vertices, group → triangles)"""
    vertices, faces, name, origin = [], {}, "", np.zeros(3)
    for line in path.read_text("utf-8").splitlines():
        word, *rest = line.split()
        if line.startswith("# origin:"):
            origin = np.array(rest[1:], dtype=float)
        elif word == "v":
            vertices.append([float(value) for value in rest])
        elif word == "g":
            name = rest[0]
        elif word == "f":
            faces.setdefault(name, []).append([int(value) - 1 for value in rest])
    return origin, np.array(vertices), {key: np.array(value) for key, value in faces.items()}


def test_bodies_are_closed_and_have_their_volume(small_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "小区.obj"
    job = Job()
    result = export_model(str(small_model), to=str(path), job=job)
    assert result.data == {"entities": {"building": 3, "terrain": 1}, "format": "OBJ"}
    origin, vertices, groups = _groups(path)
    assert origin.tolist() == [WEST, SOUTH, 0.0]
    assert np.abs(vertices[:, :2]).max() < 1000
    volumes = []
    for name, triangles in groups.items():
        if name.startswith("TER"):
            continue
        edges = Counter(edge for a, b, c in triangles.tolist() for edge in ((a, b), (b, c), (c, a)))
        assert all(count == 1 and edges[end, start] == 1 for (start, end), count in edges.items())
        a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
        volumes.append(float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6))
    expected = [shape.area * height for shape, height in BUILDINGS.values() if height is not None]
    assert sorted(volumes) == pytest.approx(sorted(expected), rel=0.005)
    assert any("土地利用" in text for text in job.warnings)


def test_triangles_fill_a_polygon_with_holes() -> None:
    shape = shapely.Polygon(
        [(0, 0), (10, 0), (10, 10), (5, 6), (0, 10)], [[(1, 1), (2, 1), (2, 2)], [(6, 2), (8, 2), (7, 4)]]
    )
    triangles = polygon_triangles(shapely.transform(shape, lambda places: places + np.array([WEST, SOUTH])))
    areas = [shapely.Polygon(corners).area for corners in triangles]
    assert sum(areas) == pytest.approx(shape.area, abs=1e-6)
    assert all(shapely.LinearRing(corners).is_ccw for corners in triangles)
