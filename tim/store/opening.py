"""Opening a store by what the user calls it: a file, or the address of a database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tim.errors import UsageError

if TYPE_CHECKING:
    from tim.store.base import Store

_ADDRESS = re.compile(r"^postgres(?:ql)?://")


def is_address(place: str) -> bool:
    """Whether a store is named by the address of a database."""
    return bool(_ADDRESS.match(place))


def open_store(place: str, *, writable: bool = False) -> Store:
    """Open a model of the present schema. The caller closes it (`contextlib.closing`).

    Raises `UsageError` when it is not there, `UnusableInput` when it is no model or of an older schema.
    """
    if is_address(place):
        from tim.store.server import ServerStore

        return ServerStore(place, writable=writable)
    if re.match(r"^[A-Za-z][A-Za-z0-9+]+://", place):
        raise UsageError("库的地址要以 postgresql:// 开头，或者给出 GeoPackage 文件的路径")
    from tim.store.file import FileStore

    return FileStore(Path(place), writable=writable)


def chosen(model: str | None, store: str | None) -> str:
    """The one place that was given: a model's file or `--store`. Raises `UsageError` for none or both."""
    if (model is None) == (store is None):
        raise UsageError("请给出一个模型文件，或用 --store 给出库的地址（postgresql://…），二者选一")
    return model or store or ""
