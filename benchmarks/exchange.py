"""Exchange of a town of made blocks: our CityJSON in and out against cjio's load and save, in one run.

`python -m benchmarks.exchange [buildings]` prints CPU seconds, ratios and the peak of memory of each step.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_FACES = [[3, 2, 1, 0], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
_KINDS = [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}]


def write_town(path: Path, count: int) -> None:
    """Blocks of 10 m in rows of a thousand, with semantics and three attributes."""
    vertices, objects = [], {}
    for number in range(count):
        x, y, top = number % 1000 * 15_000, number // 1000 * 15_000, 5_000 + number % 30 * 1_000
        first = len(vertices)
        vertices += [[x + dx, y + dy, z] for z in (0, top) for dx, dy in ((0, 0), (10_000, 0), (10_000, 10_000),
                                                                          (0, 10_000))]  # fmt: skip
        shell = [[[first + corner for corner in face]] for face in _FACES]
        semantics = {"surfaces": _KINDS, "values": [[0, 1, 2, 2, 2, 2]]}
        geometry = {"type": "Solid", "lod": "1.2", "boundaries": [shell], "semantics": semantics}
        attributes = {"floors": number % 30, "height": top / 1000, "name": f"楼{number}"}
        objects[f"b{number}"] = {"type": "Building", "attributes": attributes, "geometry": [geometry]}
    document = {
        "type": "CityJSON", "version": "2.0", "CityObjects": objects, "vertices": vertices,
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4547"},
        "transform": {"scale": [0.001] * 3, "translate": [500_000.0, 3_400_000.0, 0.0]},
    }  # fmt: skip
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def ours_in(folder: Path) -> None:
    """CityJSON → model."""
    from tim.importing.command import import_sources
    from tim.job import Job

    import_sources([str(folder / "a.city.json")], out=str(folder / "a.gpkg"), job=Job())


def ours_out(folder: Path, ending: str) -> None:
    """Model → CityJSON or CityJSONSeq."""
    from tim.exchange.export import export_model
    from tim.job import Job

    export_model(str(folder / "a.gpkg"), to=str(folder / f"b{ending}"), job=Job())


def check(folder: Path) -> None:
    """Validity of every geometry."""
    from tim.job import Job
    from tim.model.validate import validate_model

    assert not validate_model(str(folder / "a.gpkg"), job=Job()).data["errors"]


def peer(folder: Path) -> None:
    """cjio: read the document and write it: plain JSON, no store."""
    from cjio import cityjson

    with (folder / "a.city.json").open("rb") as stream:
        city = cityjson.reader(stream)
    (folder / "c.city.json").write_text(json.dumps(city.j, separators=(",", ":")), encoding="utf-8")


def measured(name: str, work: Callable[..., None], *arguments: object) -> float:
    """Run in a process of its own; prints and returns CPU seconds."""
    queue: multiprocessing.Queue = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(queue, work, arguments))
    process.start()
    seconds, peak = queue.get()
    process.join()
    print(f"{name:<28}{seconds:8.2f} s CPU {peak / 1024:8.0f} MB")
    return seconds


def _run(queue: multiprocessing.Queue, work: Callable[..., None], arguments: tuple) -> None:
    start = time.process_time()
    work(*arguments)
    queue.put((time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory(prefix="tim-") as name:
        folder = Path(name)
        write_town(folder / "a.city.json", count)
        print(f"{count} buildings, {(folder / 'a.city.json').stat().st_size / 1e6:.1f} MB")
        first = measured("import into a model", ours_in, folder)
        out = measured("export as CityJSON", ours_out, folder, ".city.json")
        measured("export as CityJSONSeq", ours_out, folder, ".city.jsonl")
        measured("check every geometry", check, folder)
        other = measured("cjio: read and write", peer, folder)
        print(f"ours in and out / cjio: {(first + out) / other:.2f}")


if __name__ == "__main__":
    main()
