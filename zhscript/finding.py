"""Where the files of 引用 come from: the folder of the file, the project's folder 脚本, installed packs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Iterator, Optional, Sequence

from .records import value

if TYPE_CHECKING:
    from pathlib import Path

MAXIMUM_BYTES = 4_000_000
ENCODINGS = ("utf-8-sig", "gb18030")
SCRIPTS = "脚本"


class SourceProblem(Exception):
    """A referenced file cannot be had; the message is one Chinese line."""


@value
class Found:
    """The text of a referenced file; `path` tells it from others and is where its own references are looked for."""

    text: str
    path: str


# (title, path of the file that refers to it) → the file; raises `SourceProblem`
Sources = Callable[[str, str], Found]


class FileSources:
    """Finds referenced files on disk. Nothing outside these folders is read, whatever links say."""

    def __init__(self, project: Optional[Path] = None, packs: Sequence[Path] = ()) -> None:
        self.project = project
        self.packs = tuple(packs)

    def __call__(self, title: str, referring: str) -> Found:
        """The file of 引用“title” in the file `referring`."""
        self._check(title)
        tried = []
        for folder in self._folders(referring):
            path = folder / (title if title.endswith(".zh") else title + ".zh")
            tried.append(folder.name or str(folder))
            if path.is_file():
                if not _inside(path.resolve(), folder.resolve()):
                    raise SourceProblem(f"“{title}”是指到文件夹外面的链接，不能引用")
                return Found(_read(path), str(path.resolve()))
        places = "、".join(f"“{name}”" for name in dict.fromkeys(tried))
        raise SourceProblem(f"找不到引用的文件“{title}.zh”" + (f"；在文件夹{places}里找过" if places else ""))

    def _folders(self, referring: str) -> Iterator[Path]:
        if referring:
            from pathlib import Path  # slow to load, and few files have 引用

            yield Path(referring).resolve().parent
        if self.project is not None:
            yield self.project / SCRIPTS
        yield from self.packs

    def _check(self, title: str) -> None:
        plain = title.replace("\\", "/")
        if not plain.strip() or "\0" in plain:
            raise SourceProblem("引用的文件名是空的")
        if plain.startswith("/") or ":" in plain:
            raise SourceProblem(f"引用只写文件名，不写完整路径：“{title}”")
        if ".." in plain.split("/"):
            raise SourceProblem(f"引用的文件名不能含有“..”：“{title}”")


def _inside(path: Path, folder: Path) -> bool:
    return folder in path.parents


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise SourceProblem(f"引用的文件“{path.name}”太大，不像脚本")
        content = path.read_bytes()
    except OSError as error:
        raise SourceProblem(f"引用的文件“{path.name}”读不了；请检查它的权限") from error
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SourceProblem(f"引用的文件“{path.name}”不是文字文件；请另存为 UTF-8")
