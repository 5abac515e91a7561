"""Opens what a program needs before its first statement."""

from __future__ import annotations

import datetime
from typing import Callable

from ..program import Program
from .errors import Cancelled, ScriptError
from .host import Host, OpenLayer, as_host
from .opening import Progress, open_layers
from .run import EllipsoidalArea, Runner


def prepare(
    program: Program,
    open_layer: Host | OpenLayer,
    ellipsoidal_area: EllipsoidalArea | None,
    today: datetime.date | None,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
    indexed: bool,
    streaming: bool = False,
) -> tuple[Runner, str, list[str]]:
    """A runner over the layers that the program declares, their CRS, and warnings. Parameters as for `run_rules`."""

    def check() -> None:
        if cancelled is not None and cancelled():
            raise Cancelled

    world = as_host(open_layer)
    _refuse_requests(program, world)
    layers, crs, warnings = open_layers(program, world.open_layer, progress, check, streaming and indexed)
    runner = Runner(
        program,
        layers,
        crs=crs,
        ellipsoidal_area=ellipsoidal_area,
        today=today,
        progress=progress,
        cancelled=cancelled,
        indexed=indexed,
    )
    runner.evaluator.host = world
    return runner, crs, warnings


def _refuse_requests(program: Program, host: Host) -> None:
    """Without a map, a program that needs one stops before its first statement."""
    if program.host_words and not host.interactive:
        lines = [f"第 {program.source.place(start)[0]} 行“{word}”" for word, start in program.host_words[:10]]
        more = f"等 {len(program.host_words)} 处" if len(program.host_words) > 10 else ""
        raise ScriptError(f"这个脚本要在 QGIS 里运行：{'、'.join(lines)}{more}要用地图")
