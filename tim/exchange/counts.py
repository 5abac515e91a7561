"""What an export has written and what it had to leave out."""

from __future__ import annotations

from dataclasses import dataclass, field

from pointcloud.task import Task
from tim.exchange.city.classes import entity_class
from tim.exchange.city.objects import CityObject
from tim.exchange.city.stream import ModelCity
from tim.model import schema


@dataclass
class Counts:
    """Numbers of objects by class. A building counts as modelled when it or a part of it has a geometry."""

    model: ModelCity
    entities: dict[str, int] = field(default_factory=dict)

    def add(self, thing: CityObject) -> None:
        """Count an object that was written."""
        name = schema.TERRAIN if thing.entity == self.model.built.terrain_id else entity_class(thing.type)
        is_built_part = thing.type == "BuildingPart" and not thing.entity
        is_bare = name == schema.BUILDING and not thing.geometries and not thing.children
        if not is_built_part and not is_bare:
            self.entities[name] = self.entities.get(name, 0) + 1

    def tell(self, task: Task, *, bare: str = "导出为没有几何的建筑对象") -> None:
        """Warn of what was left out."""
        built = self.model.built
        if built.bare:
            task.warn(f"{built.bare} 个建筑轮廓没有高度，{bare}")
        if built.other_layers:
            shown = "、".join(schema.class_title(name) for name in built.other_layers[:8])
            task.warn(f"这种格式只带三维对象，图层没有导出：{shown}")
