"""`tim mesh split`: single buildings out of a mesh, one file for each footprint (单体化)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pointcloud.meshes.cutting import cut, with_cropped_picture
from pointcloud.meshes.dataset import MeshDataset
from pointcloud.meshes.gltf_writer import write_glb
from pointcloud.meshes.mesh import FeatureTable, Mesh, bounds
from pointcloud.meshes.obj import write_obj
from pointcloud.meshes.placement import Placement, placement
from pointcloud.meshes.sampling import areas
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.meshes.source import open_mesh
from tim.result import Result
from tim.sources.crs import describe, horizontal
from tim.sources.gpkg import write_table
from tim.sources.vector import VectorLayer, read_layer, reproject

_MOST_VERTICES = 60_000_000  # cut out and held in memory at once
TABLE = "buildings.gpkg"


@dataclass
class _Building:
    name: str
    outline: shapely.Geometry
    pieces: list[Mesh] = field(default_factory=list)


def split_mesh(
    *,
    mesh: str,
    footprints: str,
    out: str,
    key: str | None = None,
    buffer: float = 0.5,
    form: str = "glb",
    source_crs: str | None = None,
    source_origin: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Cut a mesh along `footprints`, widened by `buffer` (m), and write each building with its own pictures.

    `out` becomes a folder with one `form` file ("glb" or "obj") for each footprint that meets the mesh, and
    `buildings.gpkg`: the footprints with what was cut (`file`, `triangles`, `surface_m2`, `z_min`, `z_max`,
    `height_m`). `key` names the field that files are called by. Coordinates are those of the footprints. Result keys:
    `buildings` (written), `empty` (names of footprints without mesh), `triangles`, `crs`.
    """
    dataset = open_mesh(mesh, job.part(0.0, 0.3), source_crs=source_crs, source_origin=source_origin)  # type: ignore[arg-type]
    layer = read_layer(footprints, task=job)
    place = _place(dataset, layer)
    layer = reproject(layer, place.system) if place.system is not None else layer
    buildings = _buildings(layer, key, place, buffer)
    _cut_all(dataset, buildings, place, job)
    crs = "" if place.system is None else describe(place.system)
    with atomic_output(out, job, overwrite=overwrite) as folder:
        folder.mkdir()
        rows = [_write(building, folder, form, place, job) for building in buildings if building is not None]
        _write_table(folder / TABLE, layer, buildings, rows, place)
    written = [row for row in rows if row["file"]]
    empty = [str(row["name"]) for row in rows if not row["file"]]
    if empty:
        job.warn(f"{len(empty)} 个轮廓内没有三维模型（如“{empty[0]}”），没有写出")
    data = {
        "buildings": len(written),
        "empty": empty,
        "triangles": sum(row["triangles"] for row in written),
        "crs": crs or None,
        "origin": [float(value) for value in place.origin],
    }
    text = f"已切出 {len(written)} 栋建筑"
    return Result(text, [str(Path(out).absolute() / TABLE), str(Path(out).absolute())], data=data)


def _place(dataset: MeshDataset, layer: VectorLayer) -> Placement:
    """Coordinates of the result: those of the footprints."""
    if layer.crs is None:
        if dataset.georeference.placed:
            raise UnusableInput(f"建筑轮廓“{layer.path.name}”没有坐标系，而三维模型有；请先给轮廓定义坐标系")
        return placement(dataset)
    if not dataset.georeference.placed:
        raise UnusableInput(f"三维模型“{dataset.path.name}”没有坐标系；请用 --source-crs 和 --source-origin 给出")
    return placement(dataset, horizontal(layer.crs))


def _buildings(layer: VectorLayer, key: str | None, place: Placement, buffer: float) -> list[_Building | None]:
    """One entry for each feature, None for those without a polygon. Raises `UsageError` for a missing field."""
    if key is not None and key not in layer.columns:
        raise UsageError(
            f"建筑轮廓“{layer.path.name}”里没有字段“{key}”；可用的字段：{'、'.join(layer.columns) or '无'}"
        )
    found: list[_Building | None] = []
    taken: set[str] = set()
    for number, shape in enumerate(layer.geometry):
        if shape is None or shapely.is_empty(shape) or shapely.get_dimensions(shape) != 2:
            found.append(None)
            continue
        value = layer.columns[key][number] if key is not None else None
        name = _file_name(str(value) if value not in (None, "") else f"building_{number + 1:05d}", taken)
        outline = shapely.buffer(shapely.make_valid(shapely.force_2d(shape)), buffer, join_style="mitre")
        # contents of this size keep their precision near the origin
        found.append(_Building(name, shapely.transform(outline, lambda xy: xy - place.origin[:2])))
    if not any(found):
        raise UnusableInput(f"建筑轮廓“{layer.path.name}”里没有面；请检查图层")
    return found


def _file_name(text: str, taken: set[str]) -> str:
    base = re.sub(r'[\\/:*?"<>|\s\x00-\x1f]+', "_", text).strip("._")[:60] or "building"
    name, number = base, 1
    while name.lower() in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name.lower())
    return name


def _cut_all(dataset: MeshDataset, buildings: list[_Building | None], place: Placement, job: Job) -> None:
    """Fill in the pieces, tile after tile."""
    there = [building for building in buildings if building is not None]
    tree = shapely.STRtree([building.outline for building in there])
    tiles = [tile for tile in dataset.finest() if tile.triangles]
    held = 0
    for number, tile in enumerate(tiles):
        job.progress(0.3 + 0.4 * number / max(1, len(tiles)), "按轮廓切割")
        for source in tile.load():
            moved = place.move(source)
            box = bounds([moved])
            if box is None:
                continue
            for index in tree.query(shapely.box(*box[0, :2], *box[1, :2])):
                job.check()
                piece = cut(moved, there[index].outline)
                if len(piece.triangles):
                    there[index].pieces.append(piece)
                    held += len(piece.positions)
        if held > _MOST_VERTICES:
            raise UsageError("切出的建筑太多，内存放不下；请把轮廓分成几批")


def _write(building: _Building, folder: Path, form: str, place: Placement, job: Job) -> dict[str, Any]:
    """Write one building; the row of the table."""
    job.check()
    if not building.pieces:
        return {"name": building.name, "file": None, "triangles": 0}
    meshes = [with_cropped_picture(piece) for piece in building.pieces]
    for mesh in meshes:
        mesh.name = building.name
    path = folder / f"{building.name}.{form}"
    origin = [float(value) for value in place.origin]
    if form == "obj":
        write_obj(path, meshes, origin=origin, crs=place.crs)
    else:
        table = FeatureTable({"name": [building.name]}, "building")
        for mesh in meshes:
            mesh.feature = np.zeros(len(mesh.positions), np.int64)
        write_glb(path, meshes, features=table, origin=origin, crs=place.crs)
    box = bounds(meshes)
    assert box is not None
    low, high = box[:, 2] + place.origin[2]
    return {
        "name": building.name,
        "file": path.name,
        "triangles": sum(len(mesh.triangles) for mesh in meshes),
        "surface_m2": round(sum(float(areas(mesh).sum()) for mesh in meshes), 2),
        "z_min": round(float(low), 3),
        "z_max": round(float(high), 3),
        "height_m": round(float(high - low), 3),
    }


def _write_table(
    path: Path,
    layer: VectorLayer,
    buildings: list[_Building | None],
    rows: list[dict[str, Any]],
    place: Placement,
) -> None:
    kept = np.array([building is not None for building in buildings])
    ours = ("name", "file", "triangles", "surface_m2", "z_min", "z_max", "height_m")
    columns: dict[str, np.ndarray] = {}
    for name, values in layer.columns.items():
        columns[f"source_{name}" if name.lower() in (*ours, "fid", "geom") else name] = values[kept]
    for name in ours:
        ready = [row.get(name) for row in rows]
        if name == "triangles":
            columns[name] = np.array(ready, np.int64)
        elif name in ("name", "file"):
            columns[name] = np.array(ready, object)
        else:
            columns[name] = np.array([np.nan if value is None else value for value in ready], float)
    crs = None if place.system is None else place.system.to_wkt()
    write_table(path, "buildings", "单体建筑", shapely.force_2d(layer.geometry[kept]), columns, crs)
