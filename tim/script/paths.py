"""The folders of a script: what it names lies inside its project or a granted folder, or is refused."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from zhscript import FileSources
from zhscript.engine.host import Refused, Unreadable

MAXIMUM_FILES = 10_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


class Folders:
    """Resolves names of files. `project` comes first, then the granted folders."""

    def __init__(self, project: Path, granted: Sequence[Path] = ()) -> None:
        self.project = project.resolve()
        self.roots = (self.project, *(folder.resolve() for folder in granted))

    def grant(self, path: Path) -> None:
        """Allow one more file or folder, which the user has chosen."""
        self.roots = (*self.roots, path.resolve())

    def existing(self, name: str, *, folder: bool = False) -> Path:
        """A file (or folder) that is there. Raises `Refused` and `Unreadable`."""
        for path in self._candidates(name):
            if path.is_dir() if folder else path.is_file():
                return path
        what = "文件夹" if folder else "文件"
        raise Unreadable(f"找不到{what}“{name}”；在这里找过：{'、'.join(root.name for root in self.roots)}")

    def existing_any(self, name: str) -> Path:
        """A file or else a folder that is there. Raises `Refused` and `Unreadable`."""
        for path in self._candidates(name):
            if path.exists():
                return path
        return self.existing(name)  # tells where it was looked for

    def shown(self, path: Path) -> str:
        """A path as the script would write it: from its project where it lies there."""
        try:
            return path.resolve().relative_to(self.project).as_posix()
        except ValueError:
            return str(path)

    def target(self, name: str) -> Path:
        """Where a result of this name goes; folders inside the project are made. Raises `Refused`."""
        path = next(self._candidates(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def listing(self, folder: str, pattern: str) -> list[str]:
        """The files of a folder whose names match ？ and ＊, as names that `existing` takes."""
        where = self.existing(folder, folder=True)
        wanted = pattern.translate(str.maketrans("？＊", "?*")).casefold()
        if "/" in wanted or "\\" in wanted:
            raise Refused(f"文件列表的样式只写文件名，例如 “*.shp”，不能写“{pattern}”")
        names = sorted(
            entry.name
            for entry in where.iterdir()
            if not entry.name.startswith(".")
            and fnmatchcase(entry.name.casefold(), wanted.replace("[", "[[]"))
            and entry.is_file()
            and self._inside(entry.resolve())
        )
        if len(names) > MAXIMUM_FILES:
            raise Refused(f"文件夹“{folder}”里的文件太多（{len(names)} 个，最多 {MAXIMUM_FILES} 个）")
        prefix = folder.rstrip("/\\")
        return [f"{prefix}/{name}" if prefix not in ("", ".") else name for name in names]

    def _candidates(self, name: str) -> Iterator[Path]:
        """Where the name may lie. Links that lead out, URLs and names for GDAL's virtual files are refused."""
        text = name.strip()
        plain = text.replace("\\", "/")
        if not text or "\0" in text:
            raise Refused("文件名是空的")
        if any(len(part.encode()) > 255 for part in plain.split("/")) or len(plain) > 1000:
            raise Refused(f"文件名太长：“{name[:40]}…”")
        if plain.lower().startswith("/vsi") or "/vsi" in plain.lower():
            raise Refused(f"不能用虚拟文件“{name}”；请写项目文件夹里的文件")
        if _SCHEME.match(plain) and not _DRIVE.match(text):
            raise Refused(f"不能用网址或数据库“{name}”；请写项目文件夹里的文件")
        if ".." in plain.split("/"):
            raise Refused(f"文件名“{name}”不能含有“..”；请写项目文件夹里的文件")
        absolute = plain.startswith("/") or bool(_DRIVE.match(text))
        paths = [Path(text)] if absolute else [root / plain for root in self.roots]
        inside = [path for path in paths if self._inside(path.resolve())]
        if not inside:
            raise Refused(f"“{name}”在项目文件夹之外；要用别的文件夹，请在运行时允许它")
        yield from inside

    def _inside(self, path: Path) -> bool:
        return any(path == root or root in path.parents for root in self.roots)


def project_of(script: Path) -> Path:
    """The project's folder of a script: where it lies, or the folder above when that is called 脚本."""
    folder = script.resolve().parent
    return folder.parent if folder.name == "脚本" else folder


def sources_of(script: Path) -> FileSources:
    """Where 引用 finds files: beside the script, in the project's folder 脚本, in the installed packs."""
    packs = os.environ.get("TIM_SCRIPT_PACKS", "")
    return FileSources(project_of(script), [Path(folder) for folder in packs.split(os.pathsep) if folder])
