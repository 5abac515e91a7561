"""`tim script tools`: the tools of script files, without running anything."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tim.cli.run import print_result
from tim.cli.table import table
from tim.errors import EXIT_DONE, EXIT_FAILED, UnusableInput, UsageError
from tim.job import Job
from tim.result import OK, VIOLATIONS
from tim.review.program import parse_rules, read_rules

if TYPE_CHECKING:
    from zhscript.tools import ToolDeclaration


def list_tools(places: list[str], *, as_json: bool) -> int:
    """Print the tools of files and folders; exit status 1 when a file that is named or found has errors."""
    started = time.monotonic()
    found: list[tuple[Path, ToolDeclaration]] = []
    broken: list[str] = []
    for file in _files(places):
        try:
            found += [(file, tool) for tool in _tools(file)]
        except UnusableInput as error:
            broken.append(error.message)
    message = f"{len(found)} 个工具" + (f"，{len(broken)} 个文件有错误" if broken else "")
    result: dict[str, Any] = {
        "status": VIOLATIONS if broken else OK,
        "message": message,
        "outputs": [],
        "seconds": round(time.monotonic() - started, 3),
        "warnings": broken,
        "tools": [{"file": str(file), **tool.as_dict()} for file, tool in found],
    }
    if as_json:
        print_result(result, as_json=True)
    else:
        rows = [(tool.title, tool.group, str(file), tool.description) for file, tool in found]
        print("\n".join([*(table(("工具", "分组", "文件", "说明"), rows) if rows else []), *broken, message]))
    return EXIT_FAILED if broken else EXIT_DONE


def _files(places: list[str]) -> list[Path]:
    files: list[Path] = []
    for place in places:
        path = Path(place)
        if not path.exists():
            raise UsageError(f"“{place}”不存在；请检查路径")
        files += sorted(item for item in path.rglob("*.zh") if item.is_file()) if path.is_dir() else [path]
    return files


def _tools(file: Path) -> list[ToolDeclaration]:
    from zhscript.tools import tools_of

    try:
        return [tool for tool in tools_of(parse_rules(file, read_rules(file, Job()), Job())) if not tool.file]
    except OSError as error:
        raise UnusableInput(f"脚本“{file.name}”打不开（{error.strerror}）") from error
