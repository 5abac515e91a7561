"""Footprints from points."""

from __future__ import annotations

import numpy as np

from pointcloud.plan import Plan
from pointcloud.task import Task


def find_footprints(plan: Plan, task: Task) -> np.ndarray:
    return np.empty(0, dtype=object)
