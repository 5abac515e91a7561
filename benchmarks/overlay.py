"""100 projects over 500,000 patches, files to file: ours, geopandas, QGIS. Run: python -m benchmarks.overlay [count]"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyogrio.raw
import shapely

GEOPANDAS = """
import sys, geopandas
projects, patches, out = sys.argv[1:]
left, right = geopandas.read_file(projects), geopandas.read_file(patches)
geopandas.overlay(left, right, how="intersection", keep_geom_type=True).to_file(out, driver="GPKG")
"""
QGIS = ["qgis_process.bin", "run", "native:intersection", "--"]


def write(path: Path, shapes: np.ndarray, **columns: np.ndarray) -> None:
    pyogrio.raw.write(
        str(path), shapely.to_wkb(shapes), list(columns.values()), list(columns),
        layer=path.stem, driver="GPKG", geometry_type="Polygon", crs="EPSG:4547",
    )  # fmt: skip


def make(folder: Path, count: int) -> tuple[Path, Path]:
    """Patches of about one hectare that cover a square, and 100 projects of 5 to 100 hectares."""
    rng = np.random.default_rng(1)
    size = 100 * count**0.5
    points = rng.uniform(0, size, (count, 2)) + np.array([500_000, 3_400_000])
    window = shapely.box(500_000, 3_400_000, 500_000 + size, 3_400_000 + size)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=window))
    cells = shapely.intersection(cells, window)
    codes = rng.choice(["0101", "0103", "0301", "0601", "0701", "1101"], len(cells)).astype(object)
    patches, projects = folder / "patches.gpkg", folder / "projects.gpkg"
    write(patches, cells, DLBM=codes)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    centres = rng.uniform(0.02 * size, 0.98 * size, (100, 1, 2)) + np.array([500_000, 3_400_000])
    reach = rng.uniform(120, 560, (100, 1, 1)) * rng.uniform(0.8, 1, (100, 40, 1))
    shapes = shapely.polygons(centres + reach * directions)
    write(projects, shapes, XMMC=np.array([f"P{n}" for n in range(100)], dtype=object))
    return projects, patches


def measured(command: list[str], allowed: tuple[int, ...] = (0,)) -> tuple[float, float]:
    """CPU seconds and peak memory (MiB) of a command, its children included; ends with one of `allowed`."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in allowed:
        raise SystemExit(f"{command[0]} failed: {errors.decode(errors='replace')[-500:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def total_area(path: Path, layer: str | None, covered: bool = False) -> float:
    where = "feature >= 0" if covered else None
    return float(shapely.area(shapely.from_wkb(pyogrio.raw.read(str(path), layer=layer, where=where)[2])).sum())


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    if len(sys.argv) > 2:
        make(Path(sys.argv[2]), count)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        projects, patches = folder / "projects.gpkg", folder / "patches.gpkg"
        # in a process of its own: children are charged with the memory their parent had
        subprocess.run([sys.executable, "-m", "benchmarks.overlay", str(count), name], check=True)
        ours, peers = folder / "ours.gpkg", {"geopandas": folder / "geopandas.gpkg", "QGIS": folder / "qgis.gpkg"}
        tim = str(Path(sys.executable).parent / "tim")
        commands = {
            "ours": [tim, "analyse", "overlay", str(projects), "--layer", f"land={patches}", "--out", str(ours)],
            "geopandas": [sys.executable, "-c", GEOPANDAS, str(projects), str(patches), str(peers["geopandas"])],
            "QGIS": [*QGIS, f"INPUT={projects}", f"OVERLAY={patches}", f"OUTPUT={peers['QGIS']}"],
        }
        results = {name: measured(command) for name, command in commands.items()}
        area = total_area(ours, "pieces_1", covered=True)
        print(f"100 projects, {count} patches; ours {results['ours'][0]:.2f} s CPU, {results['ours'][1]:.0f} MiB")
        for peer, path in peers.items():
            seconds, memory = results[peer]
            print(
                f"{peer}: {seconds:.2f} s, {memory:.0f} MiB; {seconds / results['ours'][0]:.1f} times ours; "
                f"areas differ by {abs(total_area(path, None) - area):.4f} m² in all"
            )


if __name__ == "__main__":
    main()
