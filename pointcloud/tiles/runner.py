"""Runs one function over independent tile jobs, one after the other; jobs are picklable, so a cluster can take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, TypeVar

from pointcloud.task import Task

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")


def run_tiles(
    function: Callable[[Job, Task], Outcome], jobs: Sequence[Job], task: Task, text: str, shares: Sequence[float]
) -> list[Outcome]:
    """`function(job, task)` for every job, results in the order of the jobs.

    `function` lives at the level of a module and depends on nothing but its job; `shares` (points of each job) weigh
    the progress, equally when empty; `text` names the stage.
    """
    shares = shares or [1.0] * len(jobs)
    total = float(sum(shares)) or 1.0
    done = 0.0
    outcomes = []
    for job, share in zip(jobs, shares):
        task.progress(done / total, text)
        outcomes.append(function(job, task.part(done / total, (done + share) / total)))
        done += share
    task.progress(1.0, text)
    return outcomes
