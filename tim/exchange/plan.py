"""The plan of a model: its layers of features, for exports that are maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyproj

from pointcloud.task import Task
from tim.errors import UnusableInput, UsageError
from tim.exchange.city import rows
from tim.model import schema
from tim.model.reader import open_model, tables
from tim.sources.vector import VectorLayer, read_layer


@dataclass(frozen=True)
class PlanLayer:
    """A layer of a model: table, Chinese title, kind ("features" or "2d-gridded-coverage")."""

    name: str
    title: str
    kind: str


def plan_layers(path: Path, classes: Sequence[str]) -> tuple[list[PlanLayer], pyproj.CRS]:
    """The layers to export, all when `classes` is empty, and the model's CRS. Raises `UsageError` for unknown names."""
    with open_model(path) as connection:
        crs = pyproj.CRS.from_wkt(dict(connection.execute("SELECT key, value FROM tim_metadata"))["crs"])
        found = [PlanLayer(t["name"], t["title"], t["kind"]) for t in tables(connection) if t["kind"] != "attributes"]
    layers = [layer for layer in found if layer.name not in (*schema.SOLIDS, rows.GEOMETRY)]
    if not classes:
        return layers, crs
    by_name = {name: layer for layer in layers for name in (layer.title, layer.name)}
    unknown = [name for name in classes if name not in by_name]
    if unknown:
        there = "、".join(f"{layer.name}（{layer.title}）" for layer in layers)
        raise UsageError(f"模型里没有类“{'、'.join(unknown)}”；有：{there}")
    return list(dict.fromkeys(by_name[name] for name in classes)), crs


def read_plan(path: Path, classes: Sequence[str], task: Task) -> Iterator[tuple[PlanLayer, VectorLayer]]:
    """The layers of features, one after another. Raises `UnusableInput` when there are none."""
    layers = [layer for layer in plan_layers(path, classes)[0] if layer.kind == "features"]
    if not layers:
        raise UnusableInput(f"模型“{path.name}”没有可导出的图层")
    for number, layer in enumerate(layers):
        task.progress(number / len(layers), f"导出 {layer.title}")
        yield layer, read_layer(f"{path}|layername={layer.name}", task=task)
