"""Write docs/zhscript/功能.md from the declared operations: python -m installers.developer.operation_reference"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tim.script.catalogue import provide_operations
from zhscript.operations import OperationDeclaration, operations

PAGE = Path(__file__).parents[2] / "docs" / "zhscript" / "功能.md"
HEAD = """# 脚本里能用的功能

本页由程序的声明生成，不手工修改。怎样写见[写法](写法.md)的“功能”一节。
每个功能在命令行和 QGIS 处理工具箱里的参数与这里相同。
"""


def reference() -> str:
    """The whole page."""
    provide_operations()
    known = sorted((operations() or {}).values(), key=lambda item: item.group)
    lines = [HEAD]
    for group, items in groupby(known, key=lambda item: item.group):
        lines.append(f"## {group}\n")
        for item in items:
            lines += _operation(item)
    return "\n".join(lines)


def _operation(item: OperationDeclaration) -> Iterator[str]:
    needed = "，".join(f"{parameter.label}：…" for parameter in item.parameters if parameter.required)
    yield f"### {item.title}\n"
    yield f"{item.summary}\n"
    yield f"```text\n功能“{item.title}”（{needed or '…'}）\n```\n"
    yield "| 参数 | 说明 |\n|---|---|"
    for parameter in item.parameters:
        yield f"| {parameter.label} | {parameter.facts.replace('|', chr(92) + '|')} |"
    yield f"\n结果：{'、'.join(item.members)}\n"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
