"""The world of a script on this computer: layers and tables, files of its folders, results; the map if there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tim.errors import TimError, UnusableInput, UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.operations import OPERATIONS
from tim.review.inputs import Inputs
from tim.review.run import opened
from tim.review.tables import LAYERS, sheet_table
from tim.script import writing
from tim.script.map_host import MapHost
from tim.script.operations import Step, run_operation
from tim.script.paths import Folders
from tim.script.scratch import Scratch
from tim.sources.crs import parse_crs
from tim.sources.sheets import decode, read_sheet
from tim.sources.vector import VectorLayer, list_layers, read_layer, reproject, split_spec
from zhscript.engine import Table
from zhscript.engine.host import OperationOutcome, Refused, Unreadable
from zhscript.engine.table import BadCell

if TYPE_CHECKING:
    from zhscript import LayerDeclaration, Program
    from zhscript.engine import Stream

_STREAMED = b"gdal_streamed_alg"  # a JSON file that makes GDAL read and compute on other files
_START, _END = 0.3, 0.85  # of the job's progress, between reading the layers and writing results
_LARGEST_TEXT = 20_000_000  # bytes


class ScriptHost:
    """`zhscript.engine.host.Host` over files. Results of the run are in `outputs`, in the order they were written.

    As a context manager it removes at its end the files that it has written for the map and for operations.
    """

    def __init__(self, inputs: Inputs, folders: Folders, job: Job, *, overwrite: bool = False) -> None:
        self.interactive = job.interactive
        self.warnings: list[str] = []
        self.outputs: list[Path] = []
        self._inputs = inputs
        self._folders = folders
        self._job = job
        self._overwrite = overwrite
        self._read = {use.path.resolve() for use in inputs.uses}
        self._books: dict[Path, dict[str, Any]] = {}
        self._scratch = Scratch(job)
        self._map = MapHost(job, self._of_map, self._scratch.written, folders.grant)
        self._done = 0.0  # of the script, as far as it has told

    def __enter__(self) -> ScriptHost:
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.close()

    def protect(self, paths: Iterable[Path]) -> None:
        """Files that results must not replace, although the program has not read them as data."""
        self._read.update(path.resolve() for path in paths)

    # -- reading

    def open_layer(self, declaration: LayerDeclaration) -> Table | Stream:
        """The data of a declared 图层 or 表格, piece by piece where it is large."""
        return opened(declaration, self._inputs, self._job)

    def read_table(self, path: str, options: dict[str, Any]) -> Table:
        """A sheet or CSV file; cells with errors become 空, with a warning that names them."""
        header = options.get("表头行", 1)
        if not isinstance(header, int) or header < 1:
            raise Refused("表头行要是 1 以上的整数")
        file = self._open(path)
        table = sheet_table(_told(read_sheet, file, options.get("工作表"), header, options.get("编码")))
        for title, values in table.columns.items():
            bad = [row for row, value in enumerate(values) if isinstance(value, BadCell)]
            if bad and table.place:
                places = "、".join(table.place(row, title) for row in bad[:5])
                self.warnings.append(f"“{file.name}”的 {places} 等 {len(bad)} 个单元格是错误值，按空值读取")
                table.columns[title] = [None if isinstance(value, BadCell) else value for value in values]
        return table

    def read_layer(self, path: str, options: dict[str, Any]) -> Table:
        """A layer; a file with several needs 图层：“…”."""
        if Path(path).suffix.lower() not in LAYERS:
            raise Refused(f"不能把“{path}”当作图层读；可以读 {' '.join(LAYERS)}")
        file = self._open(path)
        if file.suffix.lower() == ".geojson" and _mentions(file, _STREAMED):
            raise Refused(f"“{file.name}”不是普通的 GeoJSON，不能读")
        name = options.get("图层")
        layers = [title for title, _ in _told(list_layers, file)]
        if name is None and len(layers) > 1:
            raise Unreadable(f"“{file.name}”有几个图层（{'、'.join(layers[:10])}），请写明 图层：“…”")
        if name is not None and name not in layers:
            raise Unreadable(f"“{file.name}”里没有图层“{name}”；有：{'、'.join(layers[:10])}")
        layer = _told(lambda: read_layer(f"{file}|layername={name or layers[0]}", task=self._job))
        return _table(layer, file.stem)

    def read_text(self, path: str, options: dict[str, Any]) -> str:
        """A text file."""
        file = self._open(path)
        if file.stat().st_size > _LARGEST_TEXT:
            raise Refused(f"“{file.name}”太大（最多 {_LARGEST_TEXT // 1_000_000} MB）")
        return _told(decode, file, options.get("编码"))[0]

    def list_files(self, folder: str, pattern: str) -> list[str]:
        """The files of a folder."""
        return self._folders.listing(folder, pattern)

    def reproject(self, table: Table, crs: str) -> Table:
        """The layer in the frame of the program."""
        if not table.crs:
            raise Unreadable(f"“{table.name}”没有坐标系，不能和别的图层一起用；请先为它指定坐标系")
        fids = np.arange(1, len(table.geometry) + 1)  # type: ignore[arg-type]
        layer = VectorLayer(table.name, {}, table.geometry, parse_crs(table.crs), Path(table.name), fids)  # type: ignore[arg-type]
        moved = _told(reproject, layer, parse_crs(crs))
        self.warnings += moved.notes
        return replace(table, geometry=moved.geometry, crs=crs)

    def _open(self, path: str) -> Path:
        file = self._folders.existing(path)
        self._read.add(file.resolve())
        return file

    # -- writing

    def save_table(self, table: Table, path: str, options: dict[str, Any]) -> None:
        """A sheet of a workbook, or a CSV file. Sheets that this run has written to the same workbook stay."""
        sheet = str(options.get("工作表", "Sheet1"))
        count = len(next(iter(table.columns.values()), ()))
        if path.lower().endswith(".csv"):
            self._write(path, lambda file: writing.write_csv(file, table.columns))
            return
        if not path.lower().endswith(".xlsx"):
            raise Refused(f"表格要保存为 .xlsx 或 .csv，不是“{path}”")
        _told(writing.check_sheet, sheet, count)
        book = {**self._books.get(self._target(path), {}), sheet: table.columns}
        self._write(path, lambda file: writing.write_workbook(file, book))
        self._books[self._target(path)] = book

    def save_layer(self, table: Table, path: str, options: dict[str, Any]) -> None:
        """A layer in a file of its own."""
        if Path(path).suffix.lower() not in writing.DRIVERS:
            raise Refused(f"图层要保存为 {' '.join(writing.DRIVERS)}，不是“{path}”")
        name = str(options.get("图层") or Path(path).stem)
        self._write(path, lambda file: writing.write_layer(file, name, table.columns, table.geometry, table.crs))

    def save_text(self, text: str, path: str) -> None:
        """A text file in UTF-8."""
        if Path(path).suffix.lower() not in (".txt", ".md", ".csv", ".json", ".html"):
            raise Refused(f"文字要保存为 .txt，不是“{path}”")
        self._write(path, lambda file: file.write_text(text, encoding="utf-8"))

    def fill_template(self, template: str, values: dict[str, str], path: str) -> None:
        """A filled copy of a document."""
        source = self._open(template)
        if Path(path).suffix.lower() != source.suffix.lower():
            raise Refused(f"填好的文件要和模板一样是 {source.suffix}，不是“{path}”")
        self._write(path, lambda file: writing.fill_document(source, values, file))

    def _target(self, path: str) -> Path:
        return self._folders.target(path)

    def _write(self, path: str, write: Callable[[Path], Any]) -> None:
        """Write a result whole or not at all; never over what the program reads."""
        target = self._target(path)
        if target.resolve() in self._read:
            raise Refused(f"“{path}”是这次读取的数据，不能覆盖；请换一个文件名")
        with _telling(), atomic_output(target, self._job, overwrite=self._overwrite or target in self.outputs) as file:
            write(file)
        if target not in self.outputs:
            self.outputs.append(target)

    # -- the map and the user

    def request(self, word: str, given: list[Any], named: dict[str, Any]) -> Any:
        """Ask the map or the user."""
        with _telling():
            return self._map.request(word, given, named)

    def _of_map(self, source: str) -> Table:
        """A layer that the map names: a file of the user, which stays as it is, or a copy."""
        self._read.add(split_spec(source)[0].resolve())
        return _table(read_layer(source, task=self._job), "图层")

    def progress(self, fraction: float | None, text: str) -> None:
        """Progress of the job, or a line of its log."""
        if fraction is None:
            self._job.log(text)
        else:
            self._done = fraction
            self._job.progress(_START + (_END - _START) * fraction, text)

    # -- operations

    def run_operation(self, name: str, values: Mapping[str, Any]) -> OperationOutcome:
        """Run a declared operation in this process. Each takes half of the progress that is left."""
        title = next((item.title.zh for item in OPERATIONS if item.identifier == name), name)
        done, left = self._done, 1 - self._done
        start, end = (_START + (_END - _START) * part for part in (done, done + left / 2))
        step = Step(self._job, start, end, title)
        with _telling():
            outcome, read, made = run_operation(
                name, values, step, self._folders, self._scratch.written, self._may_replace
            )
        self._done += left / 2
        self._read.update(path.resolve() for path in read)
        self.outputs += [path for path in made if path not in self.outputs]
        self.warnings += [f"{title}：{text}" for text in outcome.warnings]
        return outcome

    def _may_replace(self, target: Path) -> bool:
        """Whether a result may take the place of a file. Raises `Refused` for one that the program reads."""
        if target.resolve() in self._read:
            raise Refused(f"“{target.name}”是这次读取的数据，不能覆盖；请换一个文件名")
        return self._overwrite or target in self.outputs


class _telling:
    """Failures of this suite become those of the host."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, (UsageError, UnusableInput)):
            raise Unreadable(error.message) from error
        if isinstance(error, TimError):
            raise Refused(error.message) from error


def _told(act: Callable[..., Any], *arguments: Any) -> Any:
    with _telling():
        return act(*arguments)


def _table(layer: VectorLayer, name: str) -> Table:
    columns: dict[str, Any] = dict(layer.columns)
    return Table(name, columns, layer.geometry, layer.crs.to_string() if layer.crs else "")


def _mentions(file: Path, word: bytes) -> bool:
    """Whether a file contains a word, read piece by piece."""
    rest = b""
    with file.open("rb") as stream:
        while piece := stream.read(1 << 20):
            if word in rest + piece:
                return True
            rest = piece[-len(word) :]
    return False


def check_permissions(program: Program, allowed: Sequence[str] | None) -> None:
    """The header asks; `allowed`, when given, narrows it. Raises `UsageError`."""
    if not allowed:
        return
    from zhscript.checker.permissions import included

    missing = [word for word in ("计算", "管理", "主机") if word in program.permissions - included(allowed)]
    if missing:
        raise UsageError(
            f"“{Path(program.path).name}”要权限“{'、'.join(missing)}”，这里只允许“{'、'.join(allowed)}”；"
            "请先看过脚本，再用 --allow 允许"
        )
