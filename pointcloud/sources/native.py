"""The edge to native readers: their panics and errors become one Chinese line."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from laspy.errors import LaspyException

from pointcloud.errors import UnusableSource
from pointcloud.sources.source import READ_SECONDS
from pointcloud.task import Task

_DAMAGE = (LaspyException, ValueError, IndexError, KeyError, EOFError, struct.error, OverflowError, MemoryError)


@contextmanager
def reading(path: Path, task: Task) -> Iterator[None]:
    """Enclose one call of a native reader: it is watched, and what it makes of a damaged file is `UnusableSource`."""
    with task.watch(READ_SECONDS, f"读取 {path.name}"):
        try:
            yield
        except OSError as error:
            raise UnusableSource(f"不能读取点云文件“{path}”（{error.strerror or error}）；请检查路径和权限") from error
        except _DAMAGE as error:
            raise _damaged(path, error) from error
        except BaseException as error:
            # lazrs: LazrsError is an Exception of its own, PanicException (pyo3) is not even an Exception
            if type(error).__name__ in ("LazrsError", "PanicException"):
                raise _damaged(path, error) from error
            raise


def _damaged(path: Path, error: BaseException) -> UnusableSource:
    return UnusableSource(
        f"点云文件“{path.name}”已损坏，无法解读；请重新取得该文件", detail=f"{type(error).__name__}: {error}"
    )
