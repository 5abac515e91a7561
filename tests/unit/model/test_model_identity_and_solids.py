"""Identity codes, and block solids over every valid polygon."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tim.model.identity import feature_keys, identity_code
from tim.model.solid import Face, block, blocks, from_geometries, from_geometry, problems, to_geometry, volume

EAST, NORTH = 39_500_000.0, 3_400_000.0


def _far(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda places: places + np.array([EAST, NORTH]))


def test_codes_tell_classes_and_keys_apart() -> None:
    codes = {identity_code(kind, key) for kind in ("building", "land_use", "甲") for key in ("1", "2", "1 ")}
    assert len(codes) == 9
    assert all(len(code) == 24 and code.isascii() for code in codes)
    assert identity_code("building", "ab", "c") != identity_code("building", "a", "bc")
    assert identity_code("building", "x") == identity_code("building_footprint", "x")


def test_key_fields_must_be_complete_and_unique() -> None:
    shapes = np.array([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)])
    assert feature_keys({"bsm": np.array(["1", "2"], object)}, shapes) == (["1", "2"], "bsm")
    for values in (["1", "1"], ["1", None], ["1", " "]):
        assert feature_keys({"BSM": np.array(values, object)}, shapes)[1] is None
    later = {"BSM": np.array(["1", "1"], object), "gml_id": np.array(["a", "b"], object)}
    assert feature_keys(later, shapes) == (["a", "b"], "gml_id")


def test_shapes_are_keys_whatever_their_start_direction_and_order() -> None:
    ring = [(0, 0), (4, 0), (4, 4), (0, 4)]
    one = _far(shapely.MultiPolygon([shapely.Polygon(ring), shapely.box(6, 0, 7, 1)]))
    other = _far(shapely.MultiPolygon([shapely.box(6, 0, 7, 1), shapely.Polygon(ring[2:] + ring[:2]).reverse()]))
    moved = _far(shapely.MultiPolygon([shapely.Polygon(ring), shapely.box(6, 0, 7, 1.01)]))
    keys = [feature_keys({}, np.array([shape]))[0][0] for shape in (one, other, moved)]
    assert keys[0] == keys[1] != keys[2]
    twice, field = feature_keys({}, np.array([one, one, other]))
    assert field is None and len(set(twice)) == 3


SHAPES = {
    "square": shapely.box(0, 0, 10, 8),
    "clockwise": shapely.box(0, 0, 10, 8).reverse(),
    "court": shapely.Polygon(shapely.box(0, 0, 10, 10).exterior, [shapely.box(3, 3, 6, 6).exterior]),
    "two courts": shapely.Polygon(
        shapely.box(0, 0, 20, 10).exterior, [shapely.box(3, 3, 6, 6).exterior, shapely.box(13, 3, 16, 6).exterior]
    ),
    "two parts": shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)]),
    "touching parts": shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2)]),
    "hole that touches the rim": shapely.Polygon([(0, 0), (5, 0), (10, 0), (10, 10), (0, 10)],
                                                 [[(5, 0), (7, 4), (3, 4)]]),
    "holes that touch": shapely.Polygon(shapely.box(0, 0, 20, 10).exterior,
                                        [[(5, 5), (8, 3), (8, 7)], [(8, 3), (12, 2), (11, 4)]]),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_blocks_are_sound_and_have_the_volume_of_the_footprint(name: str) -> None:
    shape = SHAPES[name]
    assert shape.is_valid
    made = blocks(_far(shape), 12.25, 20.75)
    assert len(made) == shapely.get_num_geometries(shape)
    assert [problems(faces) for faces in made] == [[]] * len(made)
    assert sum(map(volume, made)) == pytest.approx(shape.area * 8.5, rel=0.002 if "touch" in name else 1e-6)
    for faces in made:
        again = from_geometry(to_geometry(faces))
        assert [face.kind for face in again] == [face.kind for face in faces]
        assert problems(again) == []


def test_a_layer_of_solids_is_read_as_each_of_them() -> None:
    shells = [faces for shape in SHAPES.values() for faces in blocks(_far(shape), 1.0, 4.0)]
    layer = np.array([None, shapely.MultiPolygon(), *map(to_geometry, shells), None], dtype=object)
    read = from_geometries(layer)
    assert read[:2] == [[], []] and read[-1] == []
    for faces, again in zip(shells, read[2:-1]):
        assert [face.kind for face in again] == [face.kind for face in faces]
        for face, same in zip(faces, again):
            assert all(map(np.array_equal, face.rings, same.rings)) and len(face.rings) == len(same.rings)


def test_a_bent_face_is_told() -> None:
    faces = block(_far(SHAPES["court"]), 0.0, 5.0)
    bent = [Face(tuple(_lifted(ring) for ring in face.rings), face.kind) for face in faces]
    assert "solid_not_planar" in [code for code, _ in problems(bent)]


def _lifted(ring: np.ndarray) -> np.ndarray:
    """The ring with 10 mm more height at the south-west corner of the roof."""
    corner = (ring[:, :2] == ring[:, :2].min(axis=0)).all(axis=1) & (ring[:, 2] == 5.0)
    return ring + np.where(corner, 0.01, 0.0)[:, None] * [0.0, 0.0, 1.0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=3, max_size=12, unique=True),
    st.floats(-50, 4000, allow_nan=False),
    st.floats(0.05, 600, allow_nan=False),
)
def test_any_polygon_gives_sound_blocks(places: list[tuple[int, int]], bottom: float, height: float) -> None:
    repaired = shapely.make_valid(shapely.Polygon(places))
    parts = shapely.get_parts(repaired)
    footprint = shapely.multipolygons(shapely.get_parts(parts[shapely.get_dimensions(parts) == 2]))
    if footprint.is_empty:
        return
    made = blocks(_far(footprint), bottom, bottom + height)
    assert made and all(problems(faces) == [] for faces in made)
    assert sum(map(volume, made)) == pytest.approx(footprint.area * height, rel=0.02)


def test_problems_name_what_is_wrong() -> None:
    faces = block(_far(SHAPES["court"]), 0.0, 5.0)
    assert [code for code, _ in problems(faces[:3])] == ["solid_too_few_faces"]
    assert "solid_not_closed" in [code for code, _ in problems(faces[1:])]
    assert "solid_edge_repeated" in [code for code, _ in problems([*faces, faces[0]])]
    assert [code for code, _ in problems(block(_far(SHAPES["court"]), 5.0, 0.0))] == ["solid_inside_out"]
