"""The layers that indicators are computed from, each read when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyproj
import shapely

from tim.area import ellipsoidal_area, gauss_kruger
from tim.errors import UnusableInput, UsageError
from tim.indicators.catalogue import Reach, Selection
from tim.indicators.formula import NotComputable
from tim.job import Job
from tim.network.graph import Roads
from tim.network.service import Walk, serve
from tim.overlay.pieces import polygonal
from tim.review.inputs import Frame, open_layers
from tim.review.names import normal, same_layer
from tim.review.record import LayerUse
from tim.review.resolve import list_available, resolve
from tim.sources.vector import VectorLayer
from tim.sources.where import select

AREA_TITLES = {"plane": "平面面积", "ellipsoid": "国土调查椭球面积"}


class Layers:
    """Layers by name, code or alias, in one CRS; `area` is "auto", "plane" or "ellipsoid" and settled by the first."""

    def __init__(self, data: str | None, given: Mapping[str, str], area: str, crs: str | None, job: Job) -> None:
        self._available = list_available(data.split("|")[0]) if data else []
        self._given = dict(given)
        self._job = job
        self._crs_text = crs
        self._read: dict[str, VectorLayer] = {}
        self._areas: dict[Selection, shapely.Geometry] = {}
        self.area = area
        self.crs: pyproj.CRS | None = None
        self.uses: list[LayerUse] = []

    def give(self, name: str, source: str) -> None:
        """Name one more source."""
        self._given[name] = source

    def open(self, name: str) -> VectorLayer:
        """The layer fit for computing. Raises `NotComputable` when there is none, `UnusableInput` for a damaged one."""
        key = next((other for other in self._read if normal(other) in same_layer(name)), name)
        if key not in self._read:
            frame = Frame(self._crs_text or (self.crs.to_wkt() if self.crs is not None else None))
            inputs = open_layers({name: self._source(name)}, frame, self._job)
            if inputs.crs is not None and self.crs is None:
                self.crs = inputs.crs
                self._settle_area()
            self._read[name] = inputs.layers[name]
            self.uses += inputs.uses
        return self._read[key]

    def _source(self, name: str) -> str:
        """Where a layer is read from; nothing is guessed between two candidates."""
        wanted = same_layer(name)
        given = [source for other, source in self._given.items() if normal(other) in wanted]
        if given:
            return given[0]
        try:
            return resolve({name: name}, {}, self._available)[name]
        except UsageError as error:
            if "候选" in error.message:
                raise
            raise NotComputable(f"缺少图层“{name}”") from error

    def _settle_area(self) -> None:
        assert self.crs is not None
        if self.area == "plane":
            return
        try:
            gauss_kruger(self.crs)
            self.area = "ellipsoid"
        except UnusableInput:
            if self.area == "ellipsoid":
                raise
            self.area = "plane"
            self._job.warn("数据不是 CGCS2000 坐标系，面积按平面面积计算，不是国土调查的椭球面积")

    def choose(self, selection: Selection) -> tuple[VectorLayer, np.ndarray]:
        """The layer and the indices of the chosen features. Raises `NotComputable` for a field that is not there."""
        layer = self.open(selection.layer)
        try:
            return layer, np.flatnonzero(select(layer, selection.where))
        except UsageError as error:
            raise NotComputable(error.message) from error

    def ground(self, selection: Selection) -> shapely.Geometry:
        """The ground under the chosen polygons."""
        if selection not in self._areas:
            layer, chosen = self.choose(selection)
            self._areas[selection] = shapely.union_all(polygonal(layer.geometry[chosen]))
        return self._areas[selection]

    def around(self, selection: Selection, metres: float) -> shapely.Geometry:
        """What lies within so many metres of the chosen features."""
        layer, chosen = self.choose(selection)
        shapes = layer.geometry[chosen]
        return shapely.union_all(shapely.buffer(shapes[~shapely.is_missing(shapes)], metres, quad_segs=16))

    def reached(self, reach: Reach) -> shapely.Geometry:
        """What the facilities reach along the network."""
        layer, chosen = self.choose(reach.facilities)
        roads, lines = self.choose(reach.network)
        network = Roads.from_lines(roads.geometry[lines])
        if not len(network):
            raise NotComputable(f"图层“{reach.network}”里没有线，不能算可达范围")
        places = layer.geometry[chosen]
        places = places[~shapely.is_missing(places)]
        if not len(places):
            return shapely.Polygon()
        walk = Walk(reach.speed / 3.6)
        return serve(places, network, [reach.minutes], walk, self._job).area(reach.minutes)

    def measure_areas(self, shapes: np.ndarray) -> np.ndarray:
        """Areas (m², not rounded) of polygons, by the kind of area that was settled."""
        if self.area == "ellipsoid" and self.crs is not None and len(shapes):
            return ellipsoidal_area(shapes, self.crs)
        return np.nan_to_num(shapely.area(shapes))
