"""`tim mesh texture`: the buildings of a model with pictures from a mesh (an oblique model) around them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pointcloud.errors import PointCloudError
from pointcloud.meshes.dataset import MeshDataset
from pointcloud.meshes.draping import Surroundings, drape
from pointcloud.meshes.gltf_writer import write_glb
from pointcloud.meshes.mesh import FeatureTable, Material, Mesh, face_normals
from pointcloud.meshes.placement import Placement, placement
from pointcloud.meshes.sampling import Colours
from pointcloud.solids.faces import GROUND, normal
from tim.errors import TimError, UnusableInput
from tim.exchange.city.objects import LINES, POINTS, CityObject
from tim.exchange.city.stream import read_model
from tim.exchange.triangles import surface_triangles
from tim.files import atomic_output
from tim.job import Job
from tim.meshes.source import open_mesh
from tim.result import Result
from tim.sources.crs import describe, horizontal

_HELD = 8_000_000  # vertices of tiles kept in memory at once
_PLAIN = Material("plain", (0.78, 0.78, 0.76, 1.0))


@dataclass
class _Building:
    """A building in the coordinates of the result: faces, their outward normals, triangles, whether on the ground."""

    name: str
    lod: str
    faces: list[np.ndarray]
    normals: np.ndarray
    triangles: list[np.ndarray]
    ground: np.ndarray

    def box(self, reach: float) -> shapely.Geometry:
        corners = np.concatenate(self.faces)[:, :2]
        return shapely.box(*(corners.min(axis=0) - reach), *(corners.max(axis=0) + reach))

    def areas(self) -> np.ndarray:
        """m² of each face."""
        return np.array([
            np.linalg.norm(np.cross(part[:, 1] - part[:, 0], part[:, 2] - part[:, 0]), axis=1).sum() / 2
            for part in self.triangles
        ])  # fmt: skip


def texture_model(
    *,
    model: str,
    mesh: str,
    out: str,
    lod: str | None = None,
    resolution: float = 0.1,
    reach: float = 2.0,
    source_crs: str | None = None,
    source_origin: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Write the buildings of `model` as GLB with pictures of their roofs and walls taken from `mesh`.

    Each face is looked at along its normal: a pixel of `resolution` (m, wider where a building's picture would pass
    4,096 pixels) takes the colour of the mesh nearest to it within `reach` (m). `lod` chooses the level of detail, by
    default the highest of each building. Result keys: `buildings`, `plain` (ids of those without mesh), `textured`
    (share of the roof and wall area with mesh), `crs`, `origin`.
    """
    dataset = open_mesh(mesh, job.part(0.0, 0.2), source_crs=source_crs, source_origin=source_origin)  # type: ignore[arg-type]
    city = read_model(Path(model), job.part(0.2, 0.22))
    if city.head.crs is None:
        raise UnusableInput(f"模型“{Path(model).name}”没有坐标系，不能与三维网格套合")
    place = placement(dataset, horizontal(city.head.crs) if dataset.georeference.placed else None)
    found = [_building(family, lod, place) for family in city.families(job.part(0.22, 0.3))]
    buildings = [building for building in found if building is not None]
    if not buildings:
        wanted = f" LoD{lod} 的" if lod else ""
        raise UnusableInput(f"模型“{Path(model).name}”里没有{wanted}建筑三维体；请先建立模型或换一个细节层次")
    tiles = _Tiles(dataset, place)
    meshes: list[Mesh] = []
    table: dict[str, list[Any]] = {"name": [], "lod": [], "covered": []}
    area = covered = 0.0
    plain: list[str] = []
    for number, building in enumerate(buildings):
        job.progress(0.3 + 0.65 * number / len(buildings), "取贴图")
        job.check()
        pieces, seen = _textured(building, tiles, resolution, reach)
        for piece in pieces:
            piece.name, piece.feature = building.name, np.full(len(piece.positions), number, np.int64)
        sizes = building.areas() * ~building.ground
        area, covered = area + float(sizes.sum()), covered + float((sizes * seen).sum())
        meshes += pieces
        table["name"].append(building.name)
        table["lod"].append(building.lod)
        table["covered"].append(round(float((sizes * seen).sum() / max(sizes.sum(), 1e-9)), 3))
        if not seen.any():
            plain.append(building.name)
    origin = [float(value) for value in place.origin]
    with atomic_output(out, job, overwrite=overwrite) as working:
        try:
            write_glb(working, meshes, origin=origin, crs=place.crs, features=FeatureTable(table, "building"))
        except PointCloudError as error:
            raise UnusableInput(str(error)) from error
    if plain:
        job.warn(f"{len(plain)} 栋建筑附近没有三维网格（如“{plain[0]}”），用单色表示")
    share = covered / max(area, 1e-9)
    data = {
        "buildings": len(buildings),
        "plain": plain,
        "textured": round(share, 4),
        "crs": None if place.system is None else describe(place.system),
        "origin": origin,
    }
    return Result(f"已给 {len(buildings) - len(plain)} 栋建筑贴图，屋面和墙面的 {share:.1%} 取自三维网格",
                  [str(Path(out).absolute())], data=data)  # fmt: skip


def _building(family: list[CityObject], lod: str | None, place: Placement) -> _Building | None:
    """The faces of a building and its parts at a level of detail; None for other things and without any."""
    if not family[0].type.startswith("Building"):
        return None
    solid = [
        (thing, geometry)
        for thing in family
        for geometry in thing.geometries
        if geometry.kind not in (POINTS, LINES) and not geometry.lod.startswith("0")
    ]
    levels = {geometry.lod for _, geometry in solid}
    chosen = lod if lod is not None else max(levels, default="")
    faces, normals, triangles, ground = [], [], [], []
    for _, geometry in solid:
        if geometry.lod != chosen:
            continue
        for number, surface in enumerate(geometry.surfaces):
            filled, outward = surface_triangles(surface), normal(surface[0])
            if len(filled) and outward.any():
                faces.append(np.concatenate(surface) - place.origin)
                normals.append(outward)
                triangles.append(filled - place.origin)
                ground.append(geometry.role_of(number) == GROUND)
    if not faces:
        return None
    return _Building(family[0].id, chosen, faces, np.array(normals), triangles, np.array(ground))


def _textured(building: _Building, tiles: _Tiles, resolution: float, reach: float) -> tuple[list[Mesh], np.ndarray]:
    """The building as meshes, and the share of each face that the source covers."""
    seen = np.zeros(len(building.faces))
    faced = np.flatnonzero(~building.ground)
    pieces = []
    draped = None
    near = tiles.near(building.box(reach)) if len(faced) else []
    if near:
        try:
            around = Surroundings(near, tiles.colours)
        except (ImportError, OSError) as error:
            raise TimError("这台机器不能载入 Open3D，不能取贴图", detail=str(error)) from error
        faces, triangles = ([items[number] for number in faced] for items in (building.faces, building.triangles))
        draped = drape(faces, building.normals[faced], triangles, around, resolution, reach)
    if draped is not None:
        seen[faced] = draped.seen
        pieces.append(draped.mesh)
    rest = building.triangles if draped is None else [building.triangles[n] for n in np.flatnonzero(building.ground)]
    if rest:
        places = np.concatenate(rest).reshape(-1, 3)
        order = np.arange(len(places), dtype=np.uint32).reshape(-1, 3)
        bare = Mesh(places, order, material=_PLAIN)
        bare.normals = np.repeat(face_normals(bare), 3, axis=0)
        pieces.append(bare)
    return pieces, seen


class _Tiles:
    """The finest tiles of a dataset in the coordinates of the result; the last ones used stay in memory."""

    def __init__(self, dataset: MeshDataset, place: Placement) -> None:
        self.colours = Colours()
        self._place = place
        self._tiles = [tile for tile in dataset.finest() if tile.triangles and tile.box is not None]
        boxes = []
        for tile in self._tiles:
            assert tile.box is not None
            corners = np.array([[x, y, z] for x in tile.box[:, 0] for y in tile.box[:, 1] for z in tile.box[:, 2]])
            plan = place.positions(corners)[:, :2]
            boxes.append(shapely.box(*plan.min(axis=0), *plan.max(axis=0)))
        self._tree = shapely.STRtree(boxes)
        self._held: OrderedDict[int, list[Mesh]] = OrderedDict()

    def near(self, box: shapely.Geometry) -> list[Mesh]:
        """The meshes of the tiles that meet a box."""
        return [mesh for index in sorted(self._tree.query(box).tolist()) for mesh in self._load(index)]

    def _load(self, index: int) -> list[Mesh]:
        if index not in self._held:
            self._held[index] = [self._place.move(mesh) for mesh in self._tiles[index].load() if len(mesh.triangles)]
            while len(self._held) > 1 and self._count() > _HELD:
                self._held.popitem(last=False)
                self.colours = Colours()
        self._held.move_to_end(index)
        return self._held[index]

    def _count(self) -> int:
        return sum(len(mesh.positions) for meshes in self._held.values() for mesh in meshes)
