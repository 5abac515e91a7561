"""`tim mesh convert`: a mesh as OBJ, GLB or 3D Tiles."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pointcloud.meshes.dataset import MeshDataset, Tile
from pointcloud.meshes.gltf_writer import write_glb
from pointcloud.meshes.mesh import Mesh
from pointcloud.meshes.obj import write_obj
from pointcloud.meshes.placement import Placement, placement
from pointcloud.meshes.tiles3d.writer import write_tileset
from tim.errors import UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.meshes.source import open_mesh, target_crs
from tim.result import Result
from tim.sources.crs import describe

_MOST_VERTICES = 30_000_000  # in one OBJ or GLB; they are in memory at once


@dataclass(frozen=True)
class Written:
    """What a conversion wrote."""

    format: str
    files: list[str]
    vertices: int
    triangles: int
    contents: int
    crs: str
    origin: list[float]


def convert_mesh(
    *,
    mesh: str,
    out: str,
    crs: str | None = None,
    level: int | None = None,
    height_offset: float | None = None,
    source_crs: str | None = None,
    source_origin: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Write `mesh` to `out`: `.obj` (with MTL and pictures beside it), `.glb`, or a folder of 3D Tiles 1.1.

    OBJ and GLB hold one level (`level` 0 the coarsest; the finest by default) in metres from an origin that the file
    states, in `crs` or that of the source. 3D Tiles keep all levels; `height_offset` (m) is added to heights, which
    there are ellipsoidal. Result keys: `format`, `vertices`, `triangles`, `tiles`, `crs`, `origin`.
    Raises `UsageError` for an unknown extension, `UnusableSource` for a mesh that cannot be used.
    """
    suffix = Path(out).suffix.lower()
    if suffix not in (".obj", ".glb", ""):
        raise UsageError(f"不认识输出格式“{Path(out).name}”；可以是 .obj、.glb，或一个文件夹（3D Tiles）")
    if suffix and height_offset is not None:
        raise UsageError("高程改正只用于 3D Tiles；OBJ 和 GLB 保留原来的高程，请去掉 --height-offset")
    if not suffix and (crs is not None or level is not None):
        raise UsageError("3D Tiles 一律用地心坐标并保留全部层级；请去掉 --crs 和 --level")
    dataset = open_mesh(mesh, job.part(0.0, 0.5), source_crs=source_crs, source_origin=source_origin)  # type: ignore[arg-type]
    if suffix:
        written = _one_file(dataset, Path(out), crs, level, overwrite, job)
    else:
        written = _tileset(dataset, Path(out), height_offset, overwrite, job)
    data = {
        "format": written.format,
        "vertices": written.vertices,
        "triangles": written.triangles,
        "tiles": written.contents,
        "crs": written.crs or None,
        "origin": written.origin,
    }
    text = f"已写成 {written.format}：{written.vertices:,} 个顶点、{written.triangles:,} 个三角形"
    return Result(text, written.files, data=data)


def _one_file(
    dataset: MeshDataset, out: Path, crs: str | None, level: int | None, overwrite: bool, job: Job
) -> Written:
    tiles = dataset.finest() if level is None else dataset.at_level(level)
    place = placement(dataset, target_crs(crs))
    meshes = moved_meshes(dataset, tiles, place, job)
    origin = [float(value) for value in place.origin]
    with atomic_output(out, job, overwrite=overwrite) as working:
        if out.suffix.lower() == ".glb":
            write_glb(working, meshes, features=dataset.features, origin=origin, crs=place.crs)
            names = [out.name]
        else:
            names = write_obj(working, meshes, origin=origin, crs=place.crs)
            publish_side_files(working, out, names[1:], overwrite=overwrite)
    kept = [mesh for mesh in meshes if len(mesh.triangles)]
    return Written(
        "GLB" if out.suffix.lower() == ".glb" else "OBJ",
        [str(out.absolute().with_name(name)) for name in names[:2]],
        sum(len(mesh.positions) for mesh in kept),
        sum(len(mesh.triangles) for mesh in kept),
        len(tiles),
        place.crs if place.system is None else describe(place.system),
        origin,
    )


def moved_meshes(dataset: MeshDataset, tiles: list[Tile], place: Placement, job: Job) -> list[Mesh]:
    """The meshes of some tiles in the written coordinates. Raises `UsageError` when they are too many for one file."""
    if sum(tile.vertices for tile in tiles) > _MOST_VERTICES:
        raise UsageError(
            f"“{dataset.path.name}”超过 {_MOST_VERTICES // 10_000} 万个顶点，一个文件装不下；"
            "请写成 3D Tiles，或用较粗的层级（--level）"
        )
    meshes: list[Mesh] = []
    for number, tile in enumerate(tiles):
        job.progress(0.5 + 0.4 * number / len(tiles), "读取三维模型")
        for mesh in tile.load():
            moved = place.move(mesh)
            moved.name = moved.name or tile.name
            meshes.append(moved)
    return meshes


def publish_side_files(working: Path, out: Path, names: list[str], *, overwrite: bool) -> None:
    """Move files that were written beside `working` to where `out` will be. Raises `UsageError` for existing ones."""
    there = [name for name in names if out.with_name(name).exists()]
    if there and not overwrite:
        raise UsageError(f"“{there[0]}”已经存在，没有改动；要覆盖请加 --overwrite，或换一个文件名")
    for name in names:
        os.replace(working.with_name(name), out.absolute().with_name(name))


def _tileset(dataset: MeshDataset, out: Path, height_offset: float | None, overwrite: bool, job: Job) -> Written:
    if not dataset.georeference.placed:
        raise UsageError(
            f"“{dataset.path.name}”没有坐标系，不能写成 3D Tiles；请用 --source-crs（和 --source-origin）给出"
        )
    if dataset.georeference.guessed_datum:
        job.warn("这个坐标系到 WGS84 没有转换参数，3D Tiles 的位置可能差几十米；请先转换到 CGCS2000")
    if dataset.georeference.crs is not None and height_offset is None:
        job.warn(
            "没有给出高程改正：高程按椭球高写入 3D Tiles；若是 1985 国家高程，请用 --height-offset 给出当地高程异常"
        )
    with atomic_output(out, job, overwrite=overwrite) as working:
        contents = write_tileset(dataset, working, job.part(0.5, 1.0), height_offset=height_offset or 0.0)
    tiles = dataset.tiles()
    return Written(
        "3D Tiles 1.1",
        [str(out.absolute() / "tileset.json")],
        sum(tile.vertices for tile in tiles),
        sum(tile.triangles for tile in tiles),
        contents,
        "EPSG:4978",
        [],
    )
