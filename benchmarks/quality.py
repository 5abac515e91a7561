"""A survey database of 500,000 patches: the whole check, and validity and overlaps against QGIS on the same file.

Run: python -m benchmarks.quality [count]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyogrio.raw
import pyproj
import shapely

from benchmarks.overlay import measured
from tim.area import ellipsoidal_area, round_area
from tim.landuse.codes import SANDIAO, classification

QGIS = "qgis_process.bin"
ORIGIN = np.array([40_500_000, 3_400_000])
SHARED = """规则集 有效性和重叠
图层 无效图形 来自“DLTB@无效图形”，字段 原因（文本）
图层 重叠部分 来自“DLTB@重叠”，字段 重叠面积（数值）
规则“有效”
编号“V”
检查 无效图形 中的每个 项：
    要求 假，否则报告“{项的原因}”
结束
结束
规则“不重叠”
编号“O”
检查 重叠部分 中的每个 项：
    要求 项的重叠面积 不大于 0.001，否则报告“{项的重叠面积}”
结束
结束
"""


def make(path: Path, count: int) -> None:
    """Patches with some thirty vertices each, ten of which overlap their neighbours and ten are invalid."""
    rng = np.random.default_rng(1)
    size = 100 * count**0.5
    window = shapely.box(*ORIGIN, *(ORIGIN + size))
    points = shapely.multipoints(rng.uniform(0, size, (count, 2)) + ORIGIN)
    shapes = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(points, extend_to=window)), window)
    shapes = shapely.segmentize(shapes, 15.0)  # the same points on an edge from both sides, but for the last bits
    shapes = shapely.set_precision(shapes, 0.0001)
    shapes = np.array([shape for shape in shapes if shape.geom_type == "Polygon"], dtype=object)
    count = len(shapes)
    for row in range(0, 1000, 100):
        shapes[row] = shapely.buffer(shapes[row], 0.5, join_style="mitre")
        ring = shapely.get_coordinates(shapes[row + 50])
        ring[[2, 3]] = ring[[3, 2]]
        shapes[row + 50] = shapely.Polygon(ring)
    names = {code: item.name for code, item in classification(SANDIAO).items()}
    codes = rng.choice(np.array(["0101", "0103", "0301", "0601", "0701", "1001"], dtype=object), count)
    farmland = np.array([code[:2] == "01" for code in codes])
    grades = np.where(farmland, rng.choice(np.array(["1", "2"], dtype=object), count), None)
    sloped = grades == "2"
    areas = np.array([round_area(area) for area in ellipsoidal_area(shapes, pyproj.CRS(4528))])
    deducted = np.where(sloped, [round_area(float(f"{area * 0.1234:.6f}")) for area in areas], 0)
    unit = np.full(count, "3202140010010000000", dtype=object)
    columns = {
        "BSM": np.array([f"320214{n:012d}" for n in range(count)], dtype=object), "YSDM": np.full(count, "2001010100"),
        "TBBH": np.arange(count).astype(str), "DLBM": codes, "DLMC": np.array([names[code] for code in codes]),
        "QSXZ": np.full(count, "20"), "QSDWDM": unit, "QSDWMC": np.full(count, "某村"), "ZLDWDM": unit,
        "ZLDWMC": np.full(count, "某村"), "TBMJ": areas, "KCDLBM": np.where(sloped, "1203", None),
        "KCXS": np.where(sloped, 0.1234, np.nan), "KCMJ": np.where(sloped, deducted, np.nan),
        "TBDLMJ": np.round(areas - deducted, 2), "GDLX": np.where(sloped, "TT", None), "GDPDJB": grades,
        "XZDWKD": np.full(count, np.nan), "TBXHDM": np.full(count, None), "ZZSXDM": np.where(farmland, "LS", None),
        "SJNF": np.full(count, 2024), "MSSM": np.full(count, "00"),
    }  # fmt: skip
    values = [value.astype(object) if value.dtype.kind == "U" else value for value in columns.values()]
    options = {"layer": "DLTB", "driver": "GPKG", "geometry_type": "Polygon", "crs": "EPSG:4528"}
    pyogrio.raw.write(str(path), shapely.to_wkb(shapes), values, list(columns), **options)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    if len(sys.argv) > 2:
        make(Path(sys.argv[2]), count)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data, standard = folder / "data.gpkg", folder / "standard"
        standard.mkdir()
        (standard / "shared.zh").write_text(SHARED, "utf-8")
        # in a process of its own: children are charged with the memory their parent had
        subprocess.run([sys.executable, "-m", "benchmarks.quality", str(count), str(data)], check=True)
        tim = [str(Path(sys.executable).parent / "tim"), "quality", "check", str(data)]
        outputs = [
            "--out",
            str(folder / "all.gpkg"),
            "--table",
            str(folder / "all.xlsx"),
            "--report",
            str(folder / "all.docx"),
        ]
        whole = measured([*tim, *outputs], allowed=(0, 1))
        shared = measured([*tim, "--standard", str(standard), "--out", str(folder / "shared.gpkg")], allowed=(0, 1))
        valid = [f"{kind}_OUTPUT={folder / kind.lower()}.gpkg" for kind in ("VALID", "INVALID", "ERROR")]
        check = measured([QGIS, "run", "qgis:checkvalidity", "--", f"INPUT_LAYER={data}", "METHOD=2", *valid])
        overlap = [f"INPUT={data}", "PREDICATE=5", f"INTERSECT={data}", f"OUTPUT={folder / 'overlap.gpkg'}"]
        found = measured([QGIS, "run", "native:extractbylocation", "--", *overlap])
        peer = check[0] + found[0]
        print(f"{count} patches; the whole check {whole[0]:.1f} s CPU, {whole[1]:.0f} MiB")
        print(f"validity and overlaps: ours {shared[0]:.1f} s, {shared[1]:.0f} MiB")
        print(f"QGIS: {check[0]:.1f} s + {found[0]:.1f} s; {peer / shared[0]:.1f} times ours")
        for table in ("error_polygon", "error_point"):
            rules = pyogrio.raw.read(folder / "shared.gpkg", layer=table, columns=["rule"], read_geometry=False)[3][0]
            print(f"ours, {table}: {dict(zip(*np.unique(rules.astype(str), return_counts=True)))}")
        for table in ("invalid", "overlap"):
            print(f"QGIS, {table}: {pyogrio.read_info(folder / f'{table}.gpkg')['features']}")


if __name__ == "__main__":
    main()
