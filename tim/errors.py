"""Failures, worded for people, and the one place that turns any exception into such words."""

from __future__ import annotations

import errno
import traceback
from dataclasses import asdict, dataclass

from pointcloud.task import Cancelled

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_CANCELLED = 0, 1, 2, 130


class TimError(Exception):
    """The work failed. `message` is one Chinese line: what is wrong, in which file, layer or field, and what to do."""

    exit_status = EXIT_FAILED
    kind = "failed"

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class UsageError(TimError):
    """A parameter is missing, contradictory, or names something that is not there."""

    exit_status = EXIT_USAGE
    kind = "usage"


class UnusableInput(TimError):
    """The input cannot be used: damaged, empty, of another format, without a coordinate reference system."""

    exit_status = EXIT_USAGE
    kind = "input"


@dataclass(frozen=True)
class Failure:
    """A failure as it crosses a process boundary.

    `kind` is one of usage, input, failed, cancelled, died, internal.
    """

    kind: str
    message: str
    detail: str = ""
    exit_status: int = EXIT_FAILED

    def as_dict(self) -> dict[str, object]:
        """The failure as plain JSON."""
        return asdict(self)


_SYSTEM_ERRORS = {
    errno.ENOSPC: "磁盘已满，结果没有写出；请清理空间或换一个输出位置",
    errno.EDQUOT: "磁盘配额已用完，结果没有写出；请清理空间或换一个输出位置",
    errno.EROFS: "目标所在的磁盘是只读的，结果没有写出；请换一个输出位置",
    errno.EACCES: "没有权限读写该文件；请检查权限或换一个位置",
    errno.EPERM: "没有权限读写该文件；请检查权限或换一个位置",
    errno.EMFILE: "打开的文件太多；请关闭其他程序后重试",
}
_FULL_DISK_WORDS = ("disk is full", "No space left", "disk full", "Disk quota exceeded")


def describe(error: BaseException) -> Failure:
    """Words for any exception. Unknown ones become an internal error whose traceback stands in `detail`."""
    detail = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    if isinstance(error, (Cancelled, KeyboardInterrupt)):
        return Failure("cancelled", "已取消，没有写出结果", "", EXIT_CANCELLED)
    message = getattr(error, "message", None)
    status = getattr(error, "exit_status", None)
    if isinstance(message, str) and isinstance(status, int):
        kind = getattr(error, "kind", "input" if status == EXIT_USAGE else "failed")
        return Failure(kind, message, getattr(error, "detail", ""), status)
    if isinstance(error, OSError) and error.errno in _SYSTEM_ERRORS:
        where = f"“{error.filename}”：" if error.filename else ""
        return Failure("failed", where + _SYSTEM_ERRORS[error.errno], detail)
    if any(word in detail for word in _FULL_DISK_WORDS):
        return Failure("failed", _SYSTEM_ERRORS[errno.ENOSPC], detail)
    if isinstance(error, MemoryError):
        return Failure("failed", "内存不足；请减小范围或分块处理", detail)
    return Failure("internal", f"程序内部错误（{type(error).__name__}），请把日志发给维护人员", detail)
