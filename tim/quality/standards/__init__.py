"""What the product checks databases against: rule files in Chinese, field tables, and which belong together.

A standard is named by its packaged name, or is a folder of the user's with rule files (`*.zh`) and a field table
(`字段表.csv`, `字段表.xlsx` or an empty database `空库.gpkg`, `空库.gdb`). `tim quality rules` copies a packaged one
there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from tim.errors import UsageError
from tim.quality.field_table import FieldTable, read_field_table

_FIELD_TABLES = ("字段表.csv", "字段表.xlsx", "空库.gpkg", "空库.gdb")
_MANIFEST = "标准.json"


@dataclass(frozen=True)
class Standard:
    """`rules` are paths of rule files; `not_checked` clauses that no rule covers, told in every report."""

    name: str
    title: str
    fields: FieldTable
    required: tuple[str, ...]
    rules: tuple[Path, ...]
    not_checked: tuple[str, ...]


def packaged() -> dict[str, dict[str, object]]:
    """The packaged standards as in `standards.json`."""
    return json.loads((_folder() / "standards.json").read_text("utf-8"))


def find_standard(name: str) -> Standard:
    """The standard that a name or folder denotes. Raises `UsageError`."""
    if name in packaged():
        entry = packaged()[name]
        fields = read_field_table(_folder() / "field_tables.csv").only(_texts(entry["layers"]))
        return _standard(name, entry, fields, [_folder() / file for file in _texts(entry["rules"])])
    folder = Path(name)
    if not folder.is_dir():
        raise UsageError(f"没有检查标准“{name}”；自带的有 {'、'.join(packaged())}，也可以给出装有规则文件的文件夹")
    rules = sorted(folder.glob("*.zh"))
    if not rules:
        raise UsageError(f"文件夹“{folder.name}”里没有规则文件（.zh）；可用 tim quality rules 复制一份自带的来改")
    table = next((folder / file for file in _FIELD_TABLES if (folder / file).exists()), None)
    manifest = folder / _MANIFEST
    try:
        entry = json.loads(manifest.read_text("utf-8-sig")) if manifest.exists() else {}
    except ValueError as error:
        raise UsageError(f"“{manifest.name}”不是有效的 JSON；请改正或删去它", detail=str(error)) from error
    fields = read_field_table(table) if table else FieldTable("没有给出", ())
    return _standard(folder.name, entry, fields, rules)


def copy_standard(name: str, folder: Path) -> list[Path]:
    """Copy a packaged standard to a folder, which is then one that can be changed. Raises `UsageError`."""
    if name not in packaged():
        raise UsageError(f"没有自带的检查标准“{name}”；有 {'、'.join(packaged())}")
    entry = packaged()[name]
    layers = set(_texts(entry["layers"]))
    table = (_folder() / "field_tables.csv").read_text("utf-8").splitlines()
    rows = [table[0], *(line for line in table[1:] if line.split(",", 1)[0] in layers)]
    written = [folder / "字段表.csv", folder / _MANIFEST]
    written[0].write_text("\n".join(rows) + "\n", "utf-8-sig")
    kept = {key: entry[key] for key in ("title", "required", "not_checked")}
    written[1].write_text(json.dumps(kept, ensure_ascii=False, indent=2) + "\n", "utf-8")
    for file in _texts(entry["rules"]):
        written.append(folder / file)
        written[-1].write_text((_folder() / file).read_text("utf-8"), "utf-8")
    return written


def _standard(name: str, entry: dict[str, object], fields: FieldTable, rules: list[Path]) -> Standard:
    title, required = str(entry.get("title", name)), _texts(entry.get("required", ()))
    return Standard(name, title, fields, required, tuple(rules), _texts(entry.get("not_checked", ())))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()


def _folder() -> Path:
    return Path(str(resources.files(__package__)))
