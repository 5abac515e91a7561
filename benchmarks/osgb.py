"""Reading OSGB, pictures included: ours against OpenSceneGraph's osgconv, which reads and writes. DATA is the folder
of test data. Both run on one file after another, CPU time of the processes. Run: python -m benchmarks.osgb DATA"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pointcloud.meshes.osgb import read_osgb
from pointcloud.meshes.sources import open_meshes
from pointcloud.task import Task

PEERS = {"osgconv → .osgb": ".osgb", "osgconv → .osgt": ".osgt"}


def peer(path: Path, suffix: str, folder: Path) -> float:
    """CPU seconds of one conversion."""
    command = ["osgconv", str(path), str(folder / (path.stem + suffix))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"osgconv failed on {path.name}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    data = Path(sys.argv[1]) / "realscene"
    groups = {
        "town, 13 tiles": sorted((data / "osgb_zhongshan").rglob("*.osgb")),
        "variants, 13 files": sorted((data / "osgb_variants").glob("*.osgb")),
    }
    with tempfile.TemporaryDirectory() as folder:
        for title, files in groups.items():
            started, triangles = time.process_time(), 0
            for path in files:
                triangles += read_osgb(path).triangles
            ours = time.process_time() - started
            megabytes = sum(path.stat().st_size for path in files) / 1e6
            print(f"{title}: {megabytes:.1f} MB, {triangles:,} triangles; ours {ours:.3f} s CPU", end="")
            for name, suffix in PEERS.items():
                theirs = sum(peer(path, suffix, Path(folder)) for path in files)
                print(f"; {name} {theirs:.2f} s ({theirs / ours:.1f} x)", end="")
            print()
    started = time.process_time()
    dataset = open_meshes(data / "osgb_zhongshan", Task())
    print(
        f"whole folder with levels and georeference: {time.process_time() - started:.3f} s CPU, {dataset.files} files"
    )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
