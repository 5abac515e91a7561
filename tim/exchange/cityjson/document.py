"""Reading JSON that strangers wrote: size, depth, numbers, repeated names."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from tim.errors import UnusableInput

LARGEST = 2_000_000_000  # bytes: such a text becomes some five times as much in memory


def load(path: Path) -> Any:
    """The value of a JSON file (UTF-8, with or without a mark). Raises `UnusableInput`."""
    if path.stat().st_size > LARGEST:
        raise UnusableInput(f"“{path.name}”超过 {LARGEST // 1_000_000_000} GB；请改用 CityJSONSeq（.jsonl）或分幅")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableInput(f"“{path.name}”不是 UTF-8 编码（第 {error.start + 1} 字节）；JSON 必须是 UTF-8") from error
    return parse(text, path.name)


def parse(text: str, name: str) -> Any:
    """The value of a JSON text; `name` is how messages call it. Raises `UnusableInput`."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse)
    except RecursionError as error:
        raise UnusableInput(f"“{name}”嵌套太深，不能读取") from error
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        why = "文件不完整，像是被截断了" if cut else "JSON 写法有误"
        raise UnusableInput(f"“{name}”{why}（第 {error.lineno} 行第 {error.colno} 列）", detail=str(error)) from error
    except _Repeated as error:
        raise UnusableInput(f"“{name}”里标识或名称“{error.name[:80]}”重复出现；请先改正重复的标识") from error
    except ValueError as error:  # digits without end
        raise UnusableInput(f"“{name}”里有不能读取的数值", detail=str(error)) from error


class _Repeated(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _Repeated(name)
            seen.add(name)
    return result


def _finite(text: str) -> float:
    value = float(text)
    if value in (math.inf, -math.inf):
        raise ValueError(f"{text[:40]} is too large")
    return value


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no JSON number")
