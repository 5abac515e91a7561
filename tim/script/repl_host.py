"""The world of the prompt: layers and tables as they are declared, files of the working folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tim.area import ellipsoidal_area
from tim.errors import UnusableInput
from tim.job import Job
from tim.review.check import open_inputs
from tim.review.inputs import Inputs
from tim.review.run import opened
from tim.script.host import ScriptHost
from tim.script.paths import Folders
from tim.sources.crs import parse_crs
from zhscript.diagnostics import Source
from zhscript.program import Program

if TYPE_CHECKING:
    from zhscript import LayerDeclaration
    from zhscript.engine import Stream, Table


class ReplHost(ScriptHost):
    """Opens each layer when it is declared; later ones are brought into the coordinate system of the first."""

    def __init__(self, data: str | None, layers: Mapping[str, str]) -> None:
        super().__init__(Inputs(None), Folders(Path.cwd()), Job())
        self._data, self._sources = data, dict(layers)
        self._crs: Any = None

    def open_layer(self, declaration: LayerDeclaration) -> Table | Stream:
        """The data of a declared layer or table."""
        crs = self._crs.to_string() if self._crs is not None else ""
        path = str(Path.cwd() / "对话.zh")
        program = Program("对话", "脚本", Source(""), path)
        program.crs, program.layers = crs, [declaration]
        sources = {name: source for name, source in self._sources.items() if name == declaration.name}
        inputs = open_inputs(program, self._data, sources, self._job)
        self._crs = self._crs or inputs.crs
        self._read.update(use.path.resolve() for use in inputs.uses)
        return opened(declaration, inputs, self._job)

    def areas(self, shapes: np.ndarray, crs: str) -> np.ndarray:
        """The survey's ellipsoidal areas in m²."""
        if self._crs is None and not crs:
            raise UnusableInput("要算椭球面积，但没有带坐标系的图层")
        return ellipsoidal_area(shapes, self._crs or parse_crs(crs))
