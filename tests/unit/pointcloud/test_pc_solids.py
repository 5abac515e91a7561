"""Solids: the numbers of val3dity's errors for one defect each."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from pointcloud.solids.check import defects
from pointcloud.solids.faces import Face
from tim.model.solid import block

FAR = np.array([500_000.0, 3_400_000.0, 0.0])


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> list[Face]:
    return block(shapely.box(*low[:2], *high[:2]), low[2], high[2])


def moved(faces: list[Face], shift: np.ndarray) -> list[Face]:
    return [Face(tuple(ring + shift for ring in face.rings), face.kind) for face in faces]


def codes(faces: list[Face], **tolerances: float) -> set[int]:
    here = {defect.code for defect in defects(faces, **tolerances)}
    assert here == {defect.code for defect in defects(moved(faces, FAR), **tolerances)}
    return here


CUBE = box((0, 0, 0), (10, 10, 10))
GROUND, ROOF = 0, 5


def with_rings(place: int, *rings: list[tuple[float, float, float]]) -> list[Face]:
    faces = list(CUBE)
    faces[place] = Face(tuple(np.array(ring, dtype=float) for ring in rings), faces[place].kind)
    return faces


def flat(*places: tuple[float, float]) -> list[tuple[float, float, float]]:
    return [(x, y, 10.0) for x, y in places]


RIM = flat((0, 0), (10, 0), (10, 10), (0, 10))
HOLE = flat((2, 2), (2, 6), (6, 6), (6, 2))

DEFECTIVE = {
    101: with_rings(ROOF, RIM[:2]),
    102: with_rings(ROOF, [RIM[0], RIM[0], *RIM[1:]]),
    104: with_rings(ROOF, flat((0, 0), (10, 0), (0, 10), (10, 11))),
    201: with_rings(ROOF, RIM, flat((5, 5), (5, 8), (12, 8), (12, 5))),
    203: with_rings(ROOF, [(0, 0, 10), (10, 0, 10), (10, 10, 10.1), (0, 10, 10)]),
    206: with_rings(ROOF, RIM, flat((12, 2), (12, 6), (16, 6), (16, 2))),
    207: with_rings(ROOF, RIM, HOLE, flat((3, 3), (3, 5), (5, 5), (5, 3))),
    208: with_rings(ROOF, RIM, HOLE[::-1]),
    301: CUBE[:3],
    302: CUBE[:-1],
    303: [*CUBE, *box((10, 10, 0), (20, 20, 10))],
    305: [*CUBE, *box((20, 0, 0), (30, 10, 10))],
    307: [*CUBE[:-1], Face((CUBE[-1].rings[0][::-1],), CUBE[-1].kind)],
}


@pytest.mark.parametrize("code", DEFECTIVE)
def test_one_defect_has_its_number(code: int) -> None:
    assert codes(DEFECTIVE[code]) == {code}


def test_sound_solids_have_no_defect() -> None:
    ring = shapely.box(0, 0, 20, 20) - shapely.box(5, 5, 15, 15)
    assert codes(CUBE) == codes(block(ring, 3.0, 9.0)) == set()


def test_an_inside_out_solid_and_an_open_corner() -> None:
    assert codes([Face((face.rings[0][::-1],), face.kind) for face in CUBE]) == {307}
    assert codes([*CUBE, *box((10, 10, 10), (20, 20, 20))]) == {303}  # they share a corner


def test_disconnected_inside_is_told() -> None:
    diamond = flat((5, 0), (0, 5), (5, 10), (10, 5))
    assert codes(with_rings(ROOF, RIM, diamond)) == {205}


def test_a_shell_that_crosses_itself() -> None:
    """A spike of the roof that reaches through the floor."""
    tip = np.array([5.0, 5.0, -3.0])
    rim = np.array(RIM)
    spike = [Face((np.array([a, b, tip]),)) for a, b in zip(rim, np.roll(rim, -1, axis=0))]
    assert codes([*CUBE[:-1], *spike]) == {306}
    tip[2] = 3.0
    assert codes([*CUBE[:-1], *(Face((np.array([*face.rings[0][:2], tip]),)) for face in spike)]) == set()


def test_tolerances_are_metres() -> None:
    bent = with_rings(ROOF, [(0, 0, 10), (10, 0, 10), (10, 10, 10.008), (0, 10, 10)])
    assert 203 not in codes(bent)
    assert 203 in codes(bent, planarity=0.001)
