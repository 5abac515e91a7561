"""`tim picture viewer`: one HTML file in which a model, a mesh or a cloud is looked at without a network."""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from pointcloud.meshes.mesh import Image, Mesh
from pointcloud.meshes.pictures import as_web_image
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.picture.view import View, open_view
from tim.result import Result

_MOST_TRIANGLES, _MOST_POINTS = 1_500_000, 3_000_000
_WHITE = (1.0, 1.0, 1.0, 1.0)


def write_viewer(source: str, out: str, job: Job, title: str | None = None, overwrite: bool = False) -> Result:
    """Write `out` (.html). Result keys: `triangles`, `points`, `bytes`. Raises what reading the source raises."""
    check_target(out, overwrite=overwrite)
    view = open_view(source, job.part(0.0, 0.8), most_triangles=_MOST_TRIANGLES, most_points=_MOST_POINTS)  # type: ignore[arg-type]
    if title:
        view.title = title
    job.progress(0.8, "写出网页")
    page = viewer_page(view)
    with atomic_output(out, job, overwrite=overwrite) as working:
        working.write_text(page, encoding="utf-8", newline="\n")
        size = working.stat().st_size
    data = {
        "triangles": sum(len(mesh.triangles) for mesh in view.meshes),
        "points": len(view.points),
        "bytes": size,
    }
    return Result(f"已写出三维网页“{Path(out).name}”，用浏览器打开即可", [str(Path(out).absolute())], data=data)


def viewer_page(view: View) -> str:
    """The page as text: the template with the description and the arrays in it."""
    packed = _Packed(view)
    template = files("tim.picture").joinpath("viewer_page.html").read_text(encoding="utf-8")
    # inside of a script element only "<" could end it
    head = json.dumps(packed.head, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    before, rest = template.split("/*HEAD*/")
    between, after = rest.split("/*BODY*/")
    return before + head + between + base64.b64encode(b"".join(packed.chunks)).decode("ascii") + after


class _Packed:
    """Arrays in one block of bytes, each at a multiple of four, and the description of them."""

    def __init__(self, view: View) -> None:
        self.chunks: list[bytes] = []
        self.length = 0
        self.images: list[dict[str, Any]] = []
        self._numbers: dict[tuple[int, bool], int] = {}
        box = view.box()
        self.centre = box.mean(axis=0)
        things = [self.thing(mesh, group, view.lit) for mesh, group in zip(view.meshes, view.group)]
        if len(view.points):
            things.append(self.cloud(view))
        table = {} if view.features is None else view.features.columns
        self.head = {
            "title": view.title,
            "summary": _summary(view),
            "system": f"坐标系：{view.crs}" if view.crs else "没有坐标系",
            "groups": list(view.groups),
            "box": (box - self.centre).tolist(),
            "columns": [[name, list(values)] for name, values in table.items()],
            "images": self.images,
            "things": things,
        }

    def add(self, data: bytes) -> dict[str, int]:
        entry = {"at": self.length, "length": len(data)}
        padding = -len(data) % 4
        self.chunks += [data, b"\0" * padding]
        self.length += len(data) + padding
        return entry

    def thing(self, mesh: Mesh, group: int, lit: bool) -> dict[str, Any]:
        image = -1 if mesh.material.image is None else self.image(mesh.material.image, mesh.material.repeat)
        colours = mesh.colours
        return {
            "group": group,
            "lit": lit,
            "position": self.add((mesh.positions - self.centre).astype("<f4").tobytes()),
            "uv": None if mesh.uv is None or image < 0 else self.add(mesh.uv.astype("<f4").tobytes()),
            "colour": None if colours is None else self.add(np.ascontiguousarray(colours).tobytes()),
            "feature": None if mesh.feature is None else self.add(mesh.feature.astype("<f4").tobytes()),
            "index": self.add(mesh.triangles.astype("<u4").tobytes()),
            "count": int(mesh.triangles.size),
            "image": image,
            "tint": list(_WHITE if image >= 0 and mesh.material.colour[3] <= 0 else mesh.material.colour),
        }

    def cloud(self, view: View) -> dict[str, Any]:
        opaque = np.full((len(view.points), 1), 255, np.uint8)
        extent = np.ptp(view.points[:, :2], axis=0)
        spacing = float(np.sqrt(max(float(np.prod(extent)), 1e-6) / len(view.points)))
        return {
            "group": len(view.groups) - 1,
            "lit": False,
            "position": self.add((view.points - self.centre).astype("<f4").tobytes()),
            "uv": None,
            "colour": self.add(np.hstack((view.colours, opaque)).tobytes()),
            "feature": None,
            "index": None,
            "count": len(view.points),
            "image": -1,
            "tint": list(_WHITE),
            "spacing": spacing,
        }

    def image(self, image: Image, repeat: bool) -> int:
        key = (id(image), repeat)
        if key not in self._numbers:
            ready = as_web_image(image)
            self._numbers[key] = -1 if ready is None else len(self.images)
            if ready is not None:
                self.images.append({**self.add(ready.data), "mime": ready.mime, "repeat": repeat})
        return self._numbers[key]


def _summary(view: View) -> str:
    triangles = sum(len(mesh.triangles) for mesh in view.meshes)
    parts = [f"{triangles:,} 个三角形"] if triangles else []
    parts += [f"{len(view.points):,} 个点"] if len(view.points) else []
    parts += [f"{len(view.features)} 栋建筑"] if view.kind == "model" and view.features is not None else []
    return "，".join(parts)
