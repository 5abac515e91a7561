"""Files that appear under their final name only when complete."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tim.errors import TimError, UsageError
from tim.job import Job

_LONGEST_NAME = 255  # bytes, of Linux and Windows file systems
_PARTIAL = re.compile(r"^\.(?P<name>.+)\.partial-(?P<pid>\d+)$")


@contextmanager
def atomic_output(path: str | Path, job: Job, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a folder-local working path for `path`; rename it to `path` when the block succeeds, remove it otherwise.

    The working path is `<folder>/.<name>.partial-<pid>/<name>`: its own folder holds journals and side files too.
    Raises `UsageError` when the result exists and `overwrite` is false, or its folder is missing;
    `TimError` when the folder cannot be written.
    """
    target = Path(path).absolute()
    check_target(target, overwrite=overwrite)
    _remove_orphans(target)
    work = target.parent / f".{target.name}.partial-{os.getpid()}"
    job.partial(str(work))
    try:
        work.mkdir()
        working = work / target.name
        yield working
        job.check()
        if not overwrite and target.exists():  # another build has finished first
            raise UsageError(f"“{target}”在此期间已由别的程序写出，没有改动；请换一个文件名")
        _replace(working, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        job.partial(str(work), done=True)


def check_target(path: str | Path, *, overwrite: bool = False) -> None:
    """Raise the error that writing `path` would meet, before any work is done."""
    target = Path(path).absolute()
    _check_name(target)
    if target.exists() and not overwrite:
        raise UsageError(f"“{target}”已经存在，没有改动；要覆盖请加 --overwrite，或换一个文件名")
    log = Path(f"{target}-wal")
    if target.exists() and log.exists() and log.stat().st_size:
        # replayed onto the new file, the log of the old one would damage it
        raise UsageError(f"“{target.name}”正被其他程序（如 QGIS）修改，没有改动；请先在那里保存并关闭它")
    if not target.parent.is_dir():
        raise UsageError(f"输出文件夹“{target.parent}”不存在；请先建立它")
    probe = target.parent / f".{target.name}.write-test-{os.getpid()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise TimError(f"不能写入文件夹“{target.parent}”（{error.strerror}）；请换一个输出位置") from error


def file_name(title: str, used: set[str]) -> str:
    """A file name from what people call something: without marks that systems refuse, none of `used`; added to it."""
    clean = (
        "".join("_" if mark in '\\/:*?"<>|' or ord(mark) < 32 else mark for mark in title).strip(" .")[:60] or "未命名"
    )
    number, name = 1, clean
    while name.casefold() in used:
        number += 1
        name = f"{clean}-{number}"
    used.add(name.casefold())
    return name


def _check_name(target: Path) -> None:
    """Refuse a folder in the place of a file, which `--overwrite` would remove, and names that are too long."""
    work = f".{target.name}.partial-{os.getpid():07d}"
    if target.is_dir() and target.suffix:
        raise UsageError(f"“{target}”是文件夹，不能写成文件，没有改动；请换一个文件名")
    if len(os.fsencode(work)) > _LONGEST_NAME:
        raise UsageError(f"文件名“{target.name[:20]}…”太长；请换一个短的文件名")


def _replace(working: Path, target: Path) -> None:
    """Move a finished file or folder to its final name; what stood there before survives until then."""
    if not working.exists():
        raise TimError(f"没有生成“{target.name}”")
    if target.is_dir() and not target.is_symlink():
        retired = working.with_name(working.name + ".old")
        os.replace(target, retired)
    os.replace(working, target)


def _remove_orphans(target: Path) -> None:
    """Remove what a killed process left behind for the same target."""
    for entry in target.parent.iterdir():
        match = _PARTIAL.match(entry.name)
        if match and match["name"] == target.name and not _is_running(int(match["pid"])):
            shutil.rmtree(entry, ignore_errors=True)


def _is_running(pid: int) -> bool:
    if os.name == "nt":  # os.kill would end the process there; a leftover is removed by the next reboot's run
        return pid == os.getpid()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
