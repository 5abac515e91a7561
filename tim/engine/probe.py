"""Try libraries in a worker, where one that crashes takes nothing else with it."""

from __future__ import annotations

import json
import tempfile
from importlib import import_module, metadata
from pathlib import Path

from tim.job import Job
from tim.result import Result

SECONDS = 60.0
_MERIDIAN_ARC_30 = 3320113.398  # metres from the equator to 30°N on the GRS80 ellipsoid, which CGCS2000 equals to a mm


def probe(*, items: list[str], job: Job) -> Result:
    """Try `items` in order; one log line of JSON each: `item`, `works`, `text` (version or reason).

    An item is `module:NAME` (import it) or `function:NAME` (a key of `FUNCTIONS`).
    """
    for item in items:
        kind, _, name = item.partition(":")
        with job.watch(SECONDS, f"试用 {name}"):
            try:
                works, text = True, _version(name) if kind == "module" else FUNCTIONS[name]()
            except Exception as error:  # whatever it is, it is this item's answer
                works, text = False, f"{type(error).__name__}: {error}".splitlines()[0]
        job.log(json.dumps({"item": item, "works": works, "text": text}, ensure_ascii=False))
    return Result("已试用")


def _version(name: str) -> str:
    module = import_module(name)
    version = getattr(module, "__version__", None)
    if version is None:
        distributions = metadata.packages_distributions() if hasattr(metadata, "packages_distributions") else {}
        version = metadata.version(distributions.get(name, [name])[0])
    return str(version)


def _coordinates() -> str:
    import pyproj

    transformer = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    x, y = transformer.transform(114.0, 30.0)
    if abs(x - 500000.0) > 0.01 or abs(y - _MERIDIAN_ARC_30) > 0.01:
        raise ValueError(f"114°E 30°N → {x:.3f}, {y:.3f}")
    return f"PROJ {pyproj.proj_version_str}"


def _geopackage() -> str:
    import numpy as np
    import pyogrio
    import shapely

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "试.gpkg"
        point = np.array([shapely.to_wkb(shapely.Point(1, 2))], dtype=object)
        names = [np.array(["国土"], dtype=object)]
        pyogrio.raw.write(path, point, names, fields=["名称"], geometry_type="Point", crs="EPSG:4547", layer="试")
        if pyogrio.read_info(path)["features"] != 1:
            raise ValueError("写出的 GeoPackage 读不回来")
    return f"GDAL {'.'.join(map(str, pyogrio.__gdal_version__))}"


def _laz() -> str:
    import laspy

    backends = laspy.LazBackend.detect_available()
    if not backends:
        raise ValueError("没有 LAZ 解压库（lazrs）")
    return "、".join(str(backend).rpartition(".")[2] for backend in backends)


def _chinese_font() -> str:
    from tim.picture.fonts import chinese_font

    font = chinese_font()
    if font is None:
        raise ValueError("没有中文字体；图片里的文字将用英文")
    return font


FUNCTIONS = {
    "coordinates": _coordinates,
    "geopackage": _geopackage,
    "laz": _laz,
    "chinese_font": _chinese_font,
}
