"""Damaged point clouds: each gives a clear sentence or a reading, in time, within memory, without a crash.

    .venv/bin/python -m benchmarks.points_fuzz --files 2000

Files of every format that is read are made, then cut short, their bits flipped, their bytes overwritten, pieces
repeated or removed. Each is read as a whole by a child process with a limit of memory; a child that dies or overstays
is a failure of the reader and is replaced.
"""

from __future__ import annotations

import argparse
import json
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import laspy
import numpy as np

MEMORY = 2 << 30
SECONDS = 20.0
_FORMATS = (("1.2", 0, "las"), ("1.2", 1, "laz"), ("1.2", 3, "laz"), ("1.3", 4, "las"), ("1.4", 6, "laz"),
            ("1.4", 7, "laz"), ("1.4", 8, "las"))  # fmt: skip


def originals(folder: Path) -> list[Path]:
    """Sound files of every format."""
    from tim.job import Job
    from tim.points.convert import points_convert

    random = np.random.default_rng(1)
    made = []
    for version, point_format, suffix in _FORMATS:
        header = laspy.LasHeader(version=version, point_format=point_format)
        header.scales, header.offsets = [0.001] * 3, [500_000, 3_400_000, 0]
        cloud = laspy.LasData(header)
        cloud.x, cloud.y, cloud.z = random.uniform((500_000, 3_400_000, 0), (500_050, 3_400_050, 20), (3000, 3)).T
        made.append(folder / f"f{point_format}.{suffix}")
        cloud.write(made[-1])
    for name in ("a.ply", "a.xyz", "ept"):
        points_convert(points=[str(made[5])], out=str(folder / name), job=Job())
        made.append(folder / name)
    places = random.uniform(0, 50, (3000, 3)).astype("<f4")
    head = "VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nWIDTH 3000\nHEIGHT 1\nPOINTS 3000\nDATA binary\n"
    (folder / "a.pcd").write_bytes(head.encode() + places.tobytes())
    return [*made, folder / "a.pcd"]


def mutate(data: bytes, random: np.random.Generator) -> bytes:
    """One damaged copy. Half of the damage lies in the first kilobyte, where headers are."""
    array = np.frombuffer(data, np.uint8).copy()
    size = len(array)
    if size == 0:
        return data
    kind = random.integers(6)
    reach = min(size, 1024) if random.random() < 0.5 else size
    at = int(random.integers(reach))
    if kind == 0:
        return data[:at]
    if kind == 1:
        for place in random.integers(reach, size=int(random.integers(1, 9))):
            array[place] ^= 1 << random.integers(8)
    elif kind == 2:
        length = int(random.integers(1, 17))
        array[at : at + length] = random.choice([0, 255, 127, 128])
    elif kind == 3:
        array[at : at + 8] = np.frombuffer(random.bytes(8), np.uint8)[: size - at]
    elif kind == 4:
        length = int(random.integers(1, 200))
        return data[:at] + data[at + length :]
    else:
        length = int(random.integers(1, 200))
        return data[:at] + data[at : at + length] * 2 + data[at + length :]
    return array.tobytes()


def damaged(source: Path, folder: Path, random: np.random.Generator) -> Path:
    """A damaged copy of a file, or of an EPT folder of which one file is damaged."""
    target = folder / source.name
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        files = sorted(path for path in target.rglob("*") if path.is_file())
        chosen = files[0] if random.random() < 0.4 else files[int(random.integers(len(files)))]
        chosen.write_bytes(mutate(chosen.read_bytes(), random))
    else:
        target.write_bytes(mutate(source.read_bytes(), random))
    return target


def read(path: Path) -> str:
    """The outcome: "read", "told" (one Chinese sentence), or the name of what else was raised."""
    from pointcloud.errors import PointCloudError
    from pointcloud.sources import open_sources
    from pointcloud.task import Task

    try:
        (source,) = open_sources([path], Task())
        points = sum(len(chunk) for chunk in source.chunks(Task()))
        return "read" if points == source.count else "wrong count"
    except PointCloudError as error:
        return "told" if any("\u4e00" <= letter <= "\u9fff" for letter in error.message) else "no sentence"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:200]


def serve() -> None:
    """The child: one path a line in, one outcome a line out."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in sys.stdin:
        print(json.dumps(read(Path(line.strip()))), flush=True)


class Child:
    """A reading process that is replaced when it dies or overstays."""

    def __init__(self) -> None:
        self._process = self._start()

    @staticmethod
    def _start() -> subprocess.Popen:
        command = [sys.executable, "-c", "from benchmarks.points_fuzz import serve; serve()"]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True, cwd=Path(__file__).resolve().parents[1])  # fmt: skip

    def read(self, path: Path) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], SECONDS)
        line = self._process.stdout.readline() if ready else ""
        if line:
            return json.loads(line)
        outcome = "crash" if self._process.poll() is not None or ready else "hang"
        self.close()
        self._process = self._start()
        return outcome

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def run(files: int, seed: int, keep: Path | None = None) -> Counter[str]:
    """Outcomes of so many damaged files; those that failed are copied to `keep`."""
    random = np.random.default_rng(seed)
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sound").mkdir()
        sound = originals(folder / "sound")
        (folder / "damaged").mkdir()
        child = Child()
        try:
            for number in range(files):
                source = sound[number % len(sound)]
                path = damaged(source, folder / "damaged", random)
                outcome = child.read(path)
                outcomes[outcome] += 1
                if outcome not in ("read", "told"):
                    print(number, source.name, outcome, file=sys.stderr)
                    if keep is not None:
                        target = keep / f"{number}_{source.name}"
                        (shutil.copytree if path.is_dir() else shutil.copy)(path, target)
        finally:
            child.close()
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the files that failed")
    options = parser.parse_args()
    began = time.perf_counter()
    outcomes = run(options.files, options.seed, options.keep)
    for outcome, count in outcomes.most_common():
        print(f"{count:6} {outcome}")
    print(f"{time.perf_counter() - began:.0f} s")
    sys.exit(0 if set(outcomes) <= {"read", "told"} else 1)


if __name__ == "__main__":
    main()
