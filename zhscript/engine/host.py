"""What a program reaches outside itself: one object that opens, saves and asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Protocol, Sequence, Union

from ..program import LayerDeclaration
from .errors import Mistake
from .streams import Stream
from .table import Table

OpenLayer = Callable[[LayerDeclaration], Union[Table, Stream]]


class Refused(Exception):
    """The host does not allow it, or cannot do it at all; 缺省 does not help. `message` is one Chinese line."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unreadable(Exception):
    """The data are missing or cannot be read; a 缺省 takes their place. `message` is one Chinese line."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class OperationOutcome:
    """What a capability gave. `status`: ok violations failed; `outputs` paths by parameter; `data` further keys."""

    message: str
    status: str
    outputs: Mapping[str, str]
    files: Sequence[str]
    warnings: Sequence[str]
    data: Mapping[str, Any]


class Host(Protocol):
    """The world of a program. Paths are those of the program, relative to its project; the host confines them.

    Methods raise `Unreadable` or `Refused`. `interactive` tells whether `request` can be answered; `warnings` collects
    what the user should know; `area(shapes, crs)` gives the survey's ellipsoidal areas in m².
    """

    interactive: bool
    warnings: list[str]

    def open_layer(self, declaration: LayerDeclaration) -> Table | Stream:
        """The data of a declared 图层 or 表格."""

    def read_table(self, path: str, options: dict[str, Any]) -> Table:
        """A table file. Options: 工作表 (text), 表头行 (whole number, from 1), 编码 (text)."""

    def read_layer(self, path: str, options: dict[str, Any]) -> Table:
        """A layer file. Options: 图层 (its name in the file), 编码."""

    def read_text(self, path: str, options: dict[str, Any]) -> str:
        """A text file. Options: 编码."""

    def list_files(self, folder: str, pattern: str) -> list[str]:
        """The files of a folder whose names match, sorted, as paths that can be read."""

    def save_table(self, table: Table, path: str, options: dict[str, Any]) -> None:
        """Write a table. Options: 工作表."""

    def save_layer(self, table: Table, path: str, options: dict[str, Any]) -> None:
        """Write a layer. Options: 图层."""

    def save_text(self, text: str, path: str) -> None:
        """Write a text file."""

    def fill_template(self, template: str, values: dict[str, str], path: str) -> None:
        """Write a copy of a document with {名} replaced by values."""

    def reproject(self, table: Table, crs: str) -> Table:
        """The layer in another coordinate reference system."""

    def request(self, word: str, given: list[Any], named: dict[str, Any]) -> Any:
        """A request to the map: 打开图层 添加到地图 缩放到 运行算法 询问 询问文件; layers travel as `Table`s."""

    def run_operation(self, name: str, values: Mapping[str, Any]) -> OperationOutcome:
        """Run a capability (see `zhscript.operations`) with values by the names of its parameters.

        Layers come as `Table`s, numbers in the units of the parameters, paths as the program wrote them.
        """

    def progress(self, fraction: float | None, text: str) -> None:
        """Tell how far the program is."""


class LayersOnly:
    """The host of rules: declared layers, nothing else."""

    interactive = False

    def __init__(self, open_layer: OpenLayer | None = None) -> None:
        self.open_layer: OpenLayer = open_layer or _refuse
        self.warnings: list[str] = []

    def progress(self, fraction: float | None, text: str) -> None:
        """Nobody listens."""

    def __getattr__(self, name: str) -> Any:
        if name in _METHODS:
            return _refuse
        raise AttributeError(name)


_METHODS = frozenset(name for name in vars(Host) if not name.startswith("_"))


def _refuse(*_arguments: Any, **_named: Any) -> Any:
    raise Refused("这里只能读声明的图层，不能读写文件，也没有地图")


def as_host(host: Union[Host, OpenLayer]) -> Host:
    """A host; a plain `open_layer` function gives one that knows declared layers only."""
    return host if hasattr(host, "open_layer") else LayersOnly(host)  # type: ignore[return-value, arg-type]


def asked(default: tuple[Any, ...], act: Callable[..., Any], *arguments: Any) -> Any:
    """Ask the host; `default` holds the value of 缺省 or nothing. Raises `Mistake` with the host's words."""
    try:
        return act(*arguments)
    except Unreadable as error:
        if default:
            return default[0]
        raise Mistake(error.message) from error
    except Refused as error:
        raise Mistake(error.message) from error
