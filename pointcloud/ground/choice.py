"""Which ground: the classes of the file, or computed ones."""

from __future__ import annotations

import numpy as np

from pointcloud.errors import UnusableSource

GROUND_CLASS = 2
SMALLEST_SHARE = 0.02
SMALLEST_SPREAD = 0.5
METHODS = ("auto", "file", "smrf")


def choose_ground(wanted: str, classes: dict[int, int], spread: float) -> tuple[str, str]:
    """("file" or "smrf", a Chinese sentence why).

    `wanted`: "auto", "file" or "smrf"; `classes`: points by class number; `spread`: share of the 25 m cells with points
    that hold, or have beside them, a ground point of the file. Raises `UnusableSource` when "file" has no ground.
    """
    if wanted not in METHODS:
        raise UnusableSource(f"不认识的地面分类方法“{wanted}”；可用 auto、file、smrf")
    total = sum(classes.values())
    share = classes.get(GROUND_CLASS, 0) / max(total, 1)
    if wanted == "smrf":
        return "smrf", "按要求重新计算地面点（SMRF）"
    if wanted == "file":
        if share == 0.0:
            raise UnusableSource("点云文件里没有地面类（类别 2）的点；请改用 --ground smrf 重新计算")
        return "file", f"按要求采用文件里的地面分类（类别 2 占 {share:.1%}）"
    if share < SMALLEST_SHARE:
        return "smrf", f"文件里的地面点（类别 2）只占 {share:.1%}，不可信，重新计算（SMRF）"
    if spread < SMALLEST_SPREAD:
        return "smrf", f"文件里的地面点（类别 2）只分布在 {spread:.0%} 的范围里，不可信，重新计算（SMRF）"
    return "file", f"采用文件里的地面分类（类别 2 占 {share:.1%}，分布在 {spread:.0%} 的范围里）"


def ground_spread(
    all_cells: tuple[np.ndarray, np.ndarray], ground_cells: tuple[np.ndarray, np.ndarray], factor: int
) -> float:
    """Share of the coarse cells with points that hold a ground point or lie beside one that does.

    Both arguments are (columns, rows) of lattice cells; `factor` of them make the side of one coarse cell.
    """
    held = {*zip((all_cells[0] // factor).tolist(), (all_cells[1] // factor).tolist())}
    ground = {*zip((ground_cells[0] // factor).tolist(), (ground_cells[1] // factor).tolist())}
    near = {(column + dx, row + dy) for column, row in ground for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
    return len(held & near) / max(len(held), 1)
