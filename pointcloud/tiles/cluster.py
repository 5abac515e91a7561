"""Workers on Dask: processes of this machine, or those of a cluster with a scheduler of its own.

Workers and caller share the scratch folder, in which the caller leaves a note when the work is cancelled.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Callable

from pointcloud.errors import PointCloudError, UnusableSource
from pointcloud.task import Cancelled, Task

_LOOK_SECONDS = 0.2
_AHEAD = 2  # jobs per worker that are sent before any has ended
_OVERSTAYED = 70  # exit status of a worker whose native call did not return
# one thread in every native library: there are as many processes as cores
_ENVIRONMENT = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "RAYON", "GDAL")}
_READING = "读取"


@contextmanager
def local_workers(count: int, memory: int, notes: Path) -> Iterator[DaskWorkers]:
    """`count` worker processes on this machine with `memory` bytes each; none is left when the block ends."""
    import dask
    from distributed import Client, LocalCluster

    settings = {
        "distributed.worker.daemon": True,
        "distributed.scheduler.allowed-failures": 0,
        "distributed.admin.tick.limit": "60s",
        "distributed.comm.timeouts.connect": "30s",
        "distributed.nanny.pre-spawn-environ": _ENVIRONMENT,
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            memory_limit=memory,
            dashboard_address=None,
            host="127.0.0.1",
            silence_logs=logging.CRITICAL,
            local_directory=str(notes),
        ) as cluster,
        Client(cluster) as client,
    ):
        yield DaskWorkers(client, notes)


@contextmanager
def remote_workers(address: str, notes: Path) -> Iterator[DaskWorkers]:
    """The workers of the Dask scheduler at `address` (tcp://…). They have to see the scratch folder under its path."""
    from distributed import Client

    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise UnusableSource(
            f"连不上计算集群“{address}”；请检查地址（如 tcp://10.0.0.5:8786）和调度程序是否在运行", detail=str(error)
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise UnusableSource(f"计算集群“{address}”里没有工作进程；请先启动 dask worker")
        yield DaskWorkers(client, notes)


class DaskWorkers:
    """Runs jobs on the workers of a Dask client; `notes` is a folder that all of them see."""

    def __init__(self, client: Any, notes: Path) -> None:
        self._client = client
        self._notes = notes
        self._numbers = itertools.count()
        notes.mkdir(parents=True, exist_ok=True)

    def run(
        self, function: Callable[[Any, Task], Any], jobs: Sequence[Any], task: Task, text: str
    ) -> Iterator[tuple[int, Any]]:
        """See `pointcloud.tiles.runner.Workers`."""
        from distributed import wait

        ahead = _AHEAD * max(len(self._client.scheduler_info()["workers"]), 1)
        waiting = iter(enumerate(jobs))
        running: dict[Any, tuple[int, str]] = {}
        try:
            while True:
                for place, job in itertools.islice(waiting, ahead - len(running)):
                    number = str(next(self._numbers))
                    future = self._client.submit(_call, function, job, str(self._notes), number, pure=False)
                    running[future] = place, number
                if not running:
                    return
                ended = self._wait(wait, list(running), task)
                for future in ended:
                    place, number = running.pop(future)
                    yield place, self._outcome(future, number, task, text)
        except BaseException:
            (self._notes / "stop").touch()
            with suppress(Exception):
                self._client.cancel(list(running), force=True)
            raise

    def _wait(self, wait: Callable[..., Any], futures: list[Any], task: Task) -> list[Any]:
        while True:
            task.check()
            with suppress(TimeoutError):
                return list(wait(futures, timeout=_LOOK_SECONDS, return_when="FIRST_COMPLETED").done)

    def _outcome(self, future: Any, number: str, task: Task, text: str) -> Any:
        from distributed.scheduler import KilledWorker

        try:
            outcome, events = future.result()
        except KilledWorker as error:
            note = self._notes / f"{number}.watch"
            what = note.read_text(encoding="utf-8") if note.is_file() else ""
            kind = UnusableSource if what.startswith(_READING) else PointCloudError
            raise kind(f"{what or text}时工作进程崩溃或内存不足，任务已停止；请检查数据", detail=str(error)) from error
        for name, data in events:
            task.emit(name, **data)
        return outcome


def _call(function: Callable[[Any, Task], Any], job: Any, notes: str, number: str) -> tuple[Any, list[Any]]:
    """Runs in a worker."""
    import cv2

    cv2.setNumThreads(1)
    task = _RemoteTask(Path(notes), number)
    return function(job, task), task.events


class _RemoteTask(Task):
    """Keeps what is told for the caller; stops when the caller has left its note."""

    def __init__(self, notes: Path, number: str) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self._notes, self._number = notes, number
        self._looked = 0.0

    def check(self) -> None:
        now = time.monotonic()
        if now - self._looked > _LOOK_SECONDS:
            self._looked = now
            if (self._notes / "stop").exists():
                raise Cancelled

    @contextmanager
    def watch(self, seconds: float, text: str) -> Iterator[None]:
        note = self._notes / f"{self._number}.watch"
        note.write_text(text, encoding="utf-8")
        alarm = threading.Timer(seconds, os._exit, (_OVERSTAYED,))
        alarm.daemon = True
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()
            note.unlink(missing_ok=True)

    def emit(self, event: str, **data: object) -> None:
        if event in ("warning", "log"):
            self.events.append((event, data))
