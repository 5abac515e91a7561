"""What the commands on points share: the scratch folder, the parameters of the steps, the words of the result."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tim
from pointcloud.ground.presets import TITLES
from pointcloud.sources import PointSource, parse_crs
from pointcloud.steps import StepOptions
from tim.errors import UsageError
from tim.job import Job

_KEY = "工作.json"


def step_options(**given: Any) -> StepOptions:
    """The options of the steps from the parameters of a command; `work` says whether outcomes are kept."""
    work = given.pop("work", None)
    return StepOptions(**{**given, "crs": parse_crs(given.get("crs")), "keep": work is not None})


@contextmanager
def scratch_folder(
    beside: Path, work: str | None, sources: Sequence[PointSource], parameters: Mapping[str, Any], job: Job
) -> Iterator[Path]:
    """A folder for tiles: beside the unfinished result, or the user's `work` folder, in which a stopped run goes on.

    The work folder carries a digest of inputs, parameters and version; what another run left there is refused. It is
    emptied when the work is done.
    """
    if work is None:
        folder = beside / "scratch"
        folder.mkdir()
        yield folder
        return
    folder = Path(work)
    job.progress(0.0, "核对工作文件夹")
    key = _key(sources, parameters, job)
    note = folder / _KEY
    if note.is_file():
        if json.loads(note.read_text(encoding="utf-8")).get("key") != key:
            raise UsageError(f"工作文件夹“{folder}”里是另一次运行（数据、参数或版本不同）；请换一个文件夹或清空它")
        job.log("接着上次没有做完的工作")
    elif folder.exists() and any(folder.iterdir()):
        raise UsageError(f"工作文件夹“{folder}”里有别的文件；请换一个空文件夹")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps({"key": key}), encoding="utf-8")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _key(sources: Sequence[PointSource], parameters: Mapping[str, Any], job: Job) -> str:
    text = json.dumps([tim.__version__, [source.digest(job) for source in sources], parameters], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def told_presets(presets: Mapping[str, float]) -> str:
    """The presets in words, the largest share first."""
    ordered = sorted(presets.items(), key=lambda item: -item[1])
    return "、".join(f"{TITLES[name]} {share:.0%}" for name, share in ordered)
