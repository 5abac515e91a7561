"""The layers that rule files name: stored ones (`DLTB`) and what fast checks find (`DLTB@重叠`, `*@尖锐角：30`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tim.errors import UsageError
from tim.quality.attributes import (
    domains,
    lengths,
    ranges,
    repeated_values,
    required_layers,
    required_values,
    structure,
    wrong_titles,
)
from tim.quality.candidates import Candidates, together
from tim.quality.data import Data
from tim.quality.shapes import (
    acute_angles,
    invalid_shapes,
    missing_shapes,
    repeated_vertices,
    several_parts,
    true_curves,
)
from tim.quality.standards import Standard
from tim.quality.topology import dangles, exceeding, gaps, off_edges, overlaps, uncovered

Check = Callable[[Data, str, str], Candidates]
# name → function, dimension of the layers it is for (None: all)
SHAPE_CHECKS: dict[str, tuple[Check, int | None]] = {
    "空图形": (missing_shapes, None),
    "无效图形": (invalid_shapes, None),
    "真曲线": (true_curves, None),
    "多部件": (several_parts, None),
    "重复节点": (repeated_vertices, None),
    "尖锐角": (acute_angles, 2),
    "重叠": (overlaps, 2),
    "缝隙": (gaps, 2),
    "未覆盖": (uncovered, 2),
    "超出": (exceeding, 2),
    "悬挂点": (dangles, 1),
    "不在边线上": (off_edges, 1),
    "重复值": (repeated_values, None),
    "名称不符": (wrong_titles, None),
}
TABLE_CHECKS = {
    "字段结构": structure,
    "代码值域": domains,
    "数值范围": ranges,
    "必填": required_values,
    "字段长度": lengths,
}
REQUIRED = "必备图层"
_WITH_OTHER = ("未覆盖", "超出", "不在边线上")  # whose argument names another layer
_SOURCE = re.compile(r"([^@]*)@([^：:]+)(?:[：:](.*))?")


@dataclass(frozen=True)
class Wanted:
    """What a rule file's layer asks for. `check` "" stands for the stored layer itself."""

    codes: tuple[str, ...]
    check: str = ""
    argument: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        """Codes of all layers without which there is nothing to check."""
        other = (self.argument.partition("，")[0],) if self.check in _WITH_OTHER else ()
        return (*self.codes, *other)


def parse_source(text: str, standard: Standard) -> Wanted:
    """`DLTB`, `DLTB、XZQ@重叠`, `*@尖锐角：30`. Raises `UsageError` for a check that there is not."""
    match = _SOURCE.fullmatch(text.strip())
    if match is None:
        return Wanted((text.strip(),))
    codes = tuple(standard.fields.layers) if match[1].strip() == "*" else tuple(re.split("[、,，]", match[1].strip()))
    name, argument = match[2].strip(), (match[3] or "").strip()
    known = (*SHAPE_CHECKS, *TABLE_CHECKS, REQUIRED)
    if name not in known:
        raise UsageError(f"规则文件里的图层“{text}”：没有检查“{name}”；有 {'、'.join(known)}")
    return Wanted(tuple(code.strip() for code in codes), name, argument)


def find(wanted: Wanted, standard: Standard, data: Data, names: tuple[str, ...]) -> Candidates:
    """What a check finds in the layers of `wanted` that are there."""
    if wanted.check == REQUIRED:
        return required_layers(data, standard.required)
    groups = []
    for code in wanted.codes:
        if code not in data.layers or any(other not in data.layers for other in wanted.needed[len(wanted.codes) :]):
            continue
        if wanted.check in TABLE_CHECKS:
            groups.append(TABLE_CHECKS[wanted.check](data, code, standard.fields))
            continue
        function, dimension = SHAPE_CHECKS[wanted.check]
        if dimension is None or dimension in _dimensions(data, code):
            data.job.check()
            groups.append(function(data, code, wanted.argument))
    return together(groups, names)


def _dimensions(data: Data, code: str) -> set[int]:
    import shapely

    return set(np.unique(shapely.get_dimensions(data.layers[code].geometry)).tolist())
