"""LoD1.3: level parts of a roof, one for each height that stands out."""

from __future__ import annotations

import numpy as np

from pointcloud.roofs.partition import shared_edges

STEP = 3.0  # metres: parts whose heights differ less are one, as in the 3D BAG
PERCENTILE = 70.0


def level_parts(cells: np.ndarray, plane: np.ndarray, heights: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(number of each cell's level part, level planes (k, 3)) for cells with their roof `plane` and points' `heights`.

    Touching cells of one plane start as one part; then the two touching parts closest in height are joined until all
    that touch differ by `STEP`.
    """
    part = np.arange(len(cells))
    pairs = shared_edges(cells)[0]
    for one, other in pairs[plane[pairs[:, 0]] == plane[pairs[:, 1]]].tolist():
        part[part == part[other]] = part[one]
    while True:
        level = {number: _level(heights, part == number) for number in np.unique(part).tolist()}
        touching = sorted(
            (round(abs(level[a] - level[b]), 6), a, b)
            for a, b in {tuple(sorted((int(part[i]), int(part[j])))) for i, j in pairs.tolist()}
            if a != b
        )
        if not touching or touching[0][0] >= STEP:
            break
        _, one, other = touching[0]
        part[part == other] = one
    numbers, number = np.unique(part, return_inverse=True)
    return number, np.array([[0.0, 0.0, level[n]] for n in numbers.tolist()])


def _level(heights: list[np.ndarray], chosen: np.ndarray) -> float:
    return float(np.percentile(np.concatenate([heights[i] for i in np.flatnonzero(chosen)]), PERCENTILE))
