"""Large layers read in pieces, so that little more is held than what the layer itself needs."""

from __future__ import annotations

from typing import Any

import numpy as np

from tim.job import Job
from tim.sources.vector import VectorLayer, measure_in_pieces, read_layer, read_pieces

_PIECE = 50_000  # features


def read_compact(spec: str, job: Job) -> VectorLayer:
    """A layer as `read_layer` reads it; equal texts of a column are one object. Raises what `read_layer` raises."""
    if measure_in_pieces(spec)[0] <= _PIECE:
        return read_layer(spec, curves=True, task=job)
    pieces, pools = [], {}  # type: ignore[var-annotated]
    for piece in read_pieces(spec, _PIECE, job, curves=True):
        job.check()
        for name, values in piece.columns.items():
            if values.dtype == object:
                pool = pools.setdefault(name, {})
                values[:] = [pool.setdefault(v, v) if isinstance(v, str) else v for v in values.tolist()]
        pieces.append(piece)
    first = pieces[0]
    columns: dict[str, Any] = {name: np.concatenate([p.columns.pop(name) for p in pieces]) for name in [*first.columns]}
    shapes = np.concatenate([piece.geometry for piece in pieces])
    fids = np.concatenate([piece.fids for piece in pieces])
    return VectorLayer(first.name, columns, shapes, first.crs, first.path, fids, first.notes)
