"""What an overlay found, as every output tells it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

import numpy as np
import pyproj

from tim.review.record import LayerUse

UNCOVERED = "未覆盖"
NO_CLASS = "未分类"
M2_PER_HECTARE = Decimal(10_000)
MU_PER_M2 = Decimal("0.0015")
DOUBLED = 0.01  # m² covered twice that is worth telling


@dataclass(frozen=True)
class Piece:
    """A part of a project: in a feature of the layer (`feature` its id), or in none (-1)."""

    project: int
    feature: int
    code: str
    name: str
    area: Decimal
    geometry: object


@dataclass
class LayerOverlay:
    """One layer under all projects. `adjusted[i]`: m² spread over the pieces of project i so that they add up.

    `whole[i]`: m² of project i. `doubled[i]`: m² of project i that several features cover; the pieces then do not add
    up and are not adjusted.
    """

    name: str
    class_field: str
    pieces: list[Piece] = field(default_factory=list)
    adjusted: list[Decimal] = field(default_factory=list)
    doubled: list[float] = field(default_factory=list)
    whole: list[Decimal] = field(default_factory=list)

    @cached_property
    def _by_project(self) -> dict[int, list[Piece]]:
        groups: dict[int, list[Piece]] = {}
        for piece in self.pieces:
            groups.setdefault(piece.project, []).append(piece)
        return groups

    def pieces_of(self, project: int) -> list[Piece]:
        """The pieces of one project."""
        return self._by_project.get(project, [])

    def by_class(self, project: int | None = None) -> list[tuple[str, str, Decimal]]:
        """(code, name, m²) for each class under a project, or under all of them; the uncovered part last."""
        sums: dict[tuple[str, str], Decimal] = {}
        for piece in self.pieces if project is None else self._by_project.get(project, ()):
            key = (piece.code, piece.name)
            sums[key] = sums.get(key, Decimal(0)) + piece.area
        rows = sorted(sums.items(), key=lambda item: (item[0][1] == UNCOVERED, item[0]))
        return [(code, name, area) for (code, name), area in rows]

    def covered(self, project: int) -> Decimal:
        """m² of the project on features of the layer."""
        mine = self._by_project.get(project, [])
        total = sum((piece.area for piece in mine if piece.feature >= 0), Decimal(0))
        if self.doubled[project] <= DOUBLED:
            return total
        rest = sum((piece.area for piece in mine if piece.feature < 0), Decimal(0))
        return min(total, self.whole[project] - rest)  # ground that several features cover counts once

    @property
    def covered_by_all(self) -> Decimal:
        """m² of all projects on features of the layer."""
        return sum((self.covered(project) for project in range(len(self.whole))), Decimal(0))


@dataclass
class Overlay:
    """All projects over all layers. `areas`: m² of each project, two decimals."""

    title: str
    basis: str
    crs: pyproj.CRS
    created: datetime
    names: list[str]
    shapes: np.ndarray
    areas: list[Decimal]
    layers: list[LayerOverlay]
    uses: list[LayerUse]
    warnings: list[str]


def one_project(found: Overlay, project: int) -> Overlay:
    """The part of an overlay that concerns one project."""
    layers = [
        LayerOverlay(
            layer.name,
            layer.class_field,
            [replace(piece, project=0) for piece in layer.pieces_of(project)],
            layer.adjusted[project : project + 1],
            layer.doubled[project : project + 1],
            layer.whole[project : project + 1],
        )
        for layer in found.layers
    ]
    return replace(
        found,
        title=found.names[project],
        names=[found.names[project]],
        shapes=found.shapes[project : project + 1],
        areas=[found.areas[project]],
        layers=layers,
    )


def hectares(area: Decimal) -> str:
    """Hectares, four decimals."""
    return f"{area / M2_PER_HECTARE:.4f}"


def mu(area: Decimal) -> str:
    """亩, two decimals."""
    return f"{area * MU_PER_M2:.2f}"
