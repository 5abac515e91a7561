"""Runs one function over independent tile jobs: one after the other, or on the workers of a cluster."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Protocol, TypeVar

from pointcloud.task import Task

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")
FEWEST_JOBS = 2  # below which workers are not asked


class Workers(Protocol):
    """Who runs jobs side by side."""

    def run(
        self, function: Callable[[Any, Task], Any], jobs: Sequence[Any], task: Task, text: str
    ) -> Iterator[tuple[int, Any]]:
        """Yield (place in `jobs`, outcome) as jobs end. Raises what the first failed job raised."""


@dataclass(frozen=True)
class Setting:
    """How jobs are run: by `workers` (None: one after the other); outcomes are kept in the folder `done` if given."""

    workers: Workers | None = None
    done: Path | None = None


_PLAIN = Setting()
_setting: ContextVar[Setting] = ContextVar("setting", default=_PLAIN)


@contextmanager
def running(setting: Setting) -> Iterator[None]:
    """Run the tile jobs of the block in this way."""
    token = _setting.set(setting)
    try:
        yield
    finally:
        _setting.reset(token)


def run_tiles(
    function: Callable[[Job, Task], Outcome],
    jobs: Sequence[Job],
    task: Task,
    text: str,
    shares: Sequence[float],
    *,
    stage: str = "",
) -> list[Outcome]:
    """`function(job, task)` for every job, results in the order of the jobs.

    `function` lives at the level of a module and depends on nothing but its job; `shares` (points of each job) weigh
    the progress, equally when empty; `text` names the stage. Where a stopped run may go on, outcomes of a `stage` that
    has a name are kept, and jobs that have one are not run again.
    """
    shares = shares or [1.0] * len(jobs)
    setting = _setting.get()
    kept = setting.done / stage if setting.done is not None and stage else None
    outcomes: dict[int, Outcome] = {} if kept is None else _load(kept, len(jobs))
    left = [place for place in range(len(jobs)) if place not in outcomes]
    total = float(sum(shares)) or 1.0
    done = sum(shares[place] for place in outcomes)
    if setting.workers is not None and len(left) >= FEWEST_JOBS:
        task.progress(done / total, text)
        for number, outcome in setting.workers.run(function, [jobs[place] for place in left], task, text):
            place = left[number]
            outcomes[place] = outcome
            _keep(kept, place, outcome)
            done += shares[place]
            task.progress(done / total, text)
    else:
        for place in left:
            task.progress(done / total, text)
            outcomes[place] = function(jobs[place], task.part(done / total, (done + shares[place]) / total))
            _keep(kept, place, outcomes[place])
            done += shares[place]
    task.progress(1.0, text)
    return [outcomes[place] for place in range(len(jobs))]


def _keep(folder: Path | None, place: int, outcome: Any) -> None:
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    working = folder / f".{place}"
    working.write_bytes(pickle.dumps(outcome))
    os.replace(working, folder / f"{place}.pickle")


def _load(folder: Path, count: int) -> dict[int, Any]:
    """Outcomes of jobs by their places. The folder is the user's own and is made by this module."""
    paths = {place: folder / f"{place}.pickle" for place in range(count)}
    return {place: pickle.loads(path.read_bytes()) for place, path in paths.items() if path.is_file()}
