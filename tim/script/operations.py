"""功能“…”（…） of scripts: every declared operation, run in the process that runs the script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tim.declare import OUTPUT_KINDS, SOURCE_KINDS, Kind, Parameter
from tim.engine.parameters import check_parameters
from tim.job import Job
from tim.operations import find
from tim.result import Result
from tim.script.paths import Folders
from zhscript.engine import Table
from zhscript.engine.host import OperationOutcome, Refused

# what may lead a text outside of the script's folders: databases, addresses, GDAL's virtual files
_OUTSIDE = re.compile(r"^\s*(?:[A-Za-z][A-Za-z0-9+.-]*://|(?:PG|MySQL|MSSQL|OCI|SQLite):|/vsi)|/vsi", re.IGNORECASE)


class Step(Job):
    """The job of one operation inside the job of a script: its progress fills a part, its warnings are its own."""

    def __init__(self, job: Job, start: float, end: float, title: str) -> None:
        super().__init__(interactive=job.interactive)
        self._job, self._start, self._end, self._title = job, start, end, title

    def check(self) -> None:
        self._job.check()

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        return self._job.ask(method, params)

    @contextmanager
    def watch(self, seconds: float, text: str) -> Iterator[None]:
        with self._job.watch(seconds, text):
            yield

    def emit(self, event: str, **data: Any) -> None:
        if event == "warning":
            self.warnings.append(data["text"])
            return
        if event == "progress":
            data["fraction"] = self._start + (self._end - self._start) * data["fraction"]
            data["text"] = f"{self._title}：{data['text']}" if data["text"] else self._title
        self._job.emit(event, **data)


def run_operation(
    name: str,
    values: Mapping[str, Any],
    step: Step,
    folders: Folders,
    written: Callable[[Table], str],
    overwrite: Callable[[Path], bool],
) -> tuple[OperationOutcome, list[Path], list[Path]]:
    """The outcome of one call, the files that it read and those that it wrote.

    `values` are those of `zhscript.engine.host.Host.run_operation`. Paths lie in `folders`; `written` puts a layer into
    a file; `overwrite` tells which results may be replaced. Raises `Refused`, `Unreadable` and the operation's errors.
    """
    operation = find(name)
    if operation is None:
        raise Refused(f"这里没有功能“{name}”")
    by_name = {parameter.name: parameter for parameter in operation.parameters}
    paths = _Paths(folders, written)
    given = {key: paths.of(by_name[key], value) for key, value in values.items()}
    if "overwrite" in by_name:
        given["overwrite"] = bool(paths.targets) and all(map(overwrite, paths.targets.values()))
    result: Result = operation.function()(**check_parameters(operation, given, folders.project), job=step)
    files = [*paths.targets.values(), *(Path(item) for item in result.outputs)]
    made = [path for path in dict.fromkeys(files) if path.exists()]
    outcome = OperationOutcome(
        result.message,
        result.status,
        {key: folders.shown(path) for key, path in paths.targets.items()},
        [folders.shown(path) for path in made],
        step.warnings,
        _plain(result),
    )
    return outcome, paths.read, made


def _plain(result: Result) -> Mapping[str, Any]:
    """The further keys of a result as they would cross a process boundary."""
    from tim.engine.plain import plain

    return {key: plain(value) for key, value in result.data.items()}


class _Paths:
    """Values of one call with layers as files and paths confined; notes what is read and written."""

    def __init__(self, folders: Folders, written: Callable[[Table], str]) -> None:
        self.read: list[Path] = []
        self.targets: dict[str, Path] = {}
        self._folders = folders
        self._written = written

    def of(self, parameter: Parameter, value: Any) -> Any:
        """The value as the operation's function takes it."""
        if isinstance(value, Mapping):
            return {key: self._one(parameter, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._one(parameter, item) for item in value]
        return self._one(parameter, value)

    def _one(self, parameter: Parameter, value: Any) -> Any:
        if isinstance(value, Table):
            return self._written(value)
        if isinstance(value, list):  # of a mapping
            return [self._one(parameter, item) for item in value]
        if not isinstance(value, str) or parameter.kind in (Kind.CRS, Kind.CHOICE):
            return value
        if parameter.kind in OUTPUT_KINDS:
            target = self.targets[parameter.name] = self._folders.target(value)
            return str(target)
        if parameter.kind in SOURCE_KINDS or parameter.kind is Kind.LAYERS:
            return self._source(value)
        if _OUTSIDE.search(value):
            raise Refused(f"参数“{parameter.title.zh}”不能用网址、数据库或虚拟文件“{value}”")
        return value

    def _source(self, value: str) -> str:
        """A file or a folder that is there; `file|layername=x` keeps what follows the bar."""
        name, bar, rest = value.partition("|")
        path = self._folders.existing_any(name)
        self.read.append(path)
        return f"{path}{bar}{rest}"
