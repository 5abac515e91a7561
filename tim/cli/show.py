"""Results for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tim.cli.table import table
from tim.result_titles import RESULT_TITLES

_HIDDEN = ("sha256", "details")  # for machines; in the JSON result
_COMMON = ("status", "message", "outputs", "seconds", "warnings")
_TITLES = {
    "points": "点数",
    "crs": "坐标系",
    "extent": "范围",
    "density_per_m2": "点密度（每平方米）",
    "points_per_second": "每秒点数",
    "presets": "地形类型",
    "ground": "地面点",
    "noise": "噪声",
    "resolution": "像元（米）",
    "ground_method": "地面点来源",
    "error": "地形误差",
    "bias_m": "偏差（米）",
    "rmse_m": "中误差（米）",
    "p95_m": "95% 误差（米）",
    "contours": "等高线条数",
    "water": "压平的水面",
    "lods": "细节层次",
    "versions": "版本",
    "entities": "实体",
    "classes": "分类",
    "sources": "来源",
    "rules": "规则",
    "errors": "问题",
    "checked": "检查数",
    "tables": "表",
    "features": "要素",
    "solids": "三维体",
    "vertical": "高程基准",
    "format": "格式",
    "tests": "测试",
    "coverage": "覆盖率",
    "lines": "语句行",
    "ran": "运行到的行",
    "missing": "没有运行到的行",
    "outcomes": "条件的结果",
    "came": "出现过的结果",
    "branches": "没有出现过的结果",
    "passed": "通过",
    "file": "文件",
    "line": "行",
    "class": "类别",
    "count": "数量",
    "name": "名称",
    "level": "等级",
    "basis": "依据",
    "violations": "违反",
    "undecided": "无法判断",
    "exempt": "例外",
    "hints": "提示",
    "number": "编号",
    "note": "备注",
    "path": "路径",
    "kind": "种类",
    "message": "说明",
    "version": "版本",
    "created": "时间",
    "layers": "图层",
    "title": "标题",
    "id": "编码",
    "bytes": "字节数",
    "geometry": "图形",
    "feature": "要素",
    "areas_m2": "面积（平方米）",
    "total_m2": "合计（平方米）",
    "central_meridian": "中央经线",
    "code": "编码",
    "grid_level": "级别",
    "bounds": "范围（度）",
    "heights": "高程（米）",
    "neighbours": "相邻网格",
    "cells": "网格数",
    "area_basis": "面积口径",
    "statuses": "转换情况",
    "unresolved": "要人工确定的",
    "status": "情况",
    "before": "前期",
    "after": "后期",
    "matrix": "转移矩阵",
    "new_construction_m2": "新增建设用地（平方米）",
    "farmland_lost_m2": "耕地流出（平方米）",
    "farmland_won_m2": "耕地流入（平方米）",
    "projects": "项目数",
    "area_m2": "面积（平方米）",
    "covered_m2": "覆盖（平方米）",
    "parts": "各部分面积",
    "closure_m2": "闭合差（平方米）",
    "minutes": "时间（分钟）",
    "service_m2": "服务范围（平方米）",
    "reference_m2": "服务对象（平方米）",
    "ratio": "覆盖率（%）",
    "population": "人口",
    "covered_population": "覆盖人口",
    "population_ratio": "人口覆盖率（%）",
    "facilities": "设施",
    "unreachable_facilities": "不可达的设施",
    "method": "方法",
    "pieces": "图斑数",
    "layer": "图层",
    "coded": "有编码的要素",
    "without": "没有图形的要素",
    "wrong": "不对",
    "invalid": "不对的编码",
    "segment": "段",
    "plots": "地块",
    "boundary_points": "界址点",
    "files": "文件",
    "encoding": "编码",
    "position": "第几位",
    "reason": "原因",
    "attributes": "属性",
    "shape": "图形",
    "source": "来源",
    "relations": "关系",
    "past": "过去的状态",
    "changes": "变化",
    "confidence": "置信度",
    "predicate": "谓词",
    "inverse": "反向",
    "added": "新增",
    "closed": "结束",
    "kept": "未变",
    "least": "最低置信度",
    "entity": "实体",
    "source_id": "来源编码",
    "source_key": "资料里的编号",
    "valid_from": "生效",
    "valid_to": "失效",
    "parent_id": "上级",
    "class_code": "分类码",
    "space_code": "位置码",
    "quality": "质量",
    "present": "现在还在",
    "date": "资料时点",
    "preview": "只预演",
    "columns": "列",
    "rows": "行",
    "answer": "回答",
    "statements": "语句",
    "from_version": "前一版",
    "to_version": "后一版",
    "differences": "差异",
    "other_id": "另一方",
    "fields": "字段",
    "version_from": "起版本",
    "version_to": "止版本",
    "length_m": "长度（米）",
    "inside": "内部一点",
    "type": "类型",
    "changed": "变化",
    "ended": "终止",
    "split": "分割",
    "merged": "合并",
    "unchanged": "不变",
    "origins": "由此而来",
    "repaired": "已修复",
    "what": "内容",
    "model": "模型",
    "known": "已有",
    "ignored": "未用",
    "schema_from": "原结构版本",
    "schema_to": "现结构版本",
    "vertices": "顶点",
    "triangles": "三角形",
    "levels": "层级数",
    "level_counts": "各级",
    "label": "标记",
    "tiles": "瓦片",
    "finest": "最细一级",
    "textures": "贴图",
    "origin": "原点",
    "place": "中心",
    "damaged": "损坏的文件",
    "covered": "有高程的比例",
    "lowest": "最低",
    "highest": "最高",
    "surface_m2": "表面积（平方米）",
    "buildings": "建筑",
    "empty": "没有模型的轮廓",
    "textured": "贴图的面积比例",
    "plain": "没有贴图的建筑",
    "one": "甲",
    "group": "组",
    "defect_class": "缺陷级别",
    "value": "值",
    "target": "目标",
    "change": "变化",
    "flag": "标记",
    "district": "分区",
    "epoch": "期",
    "formula": "公式",
    "red": "红色",
    "orange": "橙色",
    "yellow": "黄色",
    "normal": "正常",
    "other": "乙",
    "project": "项目",
}
_UNITS = {"_m2": "（平方米）", "_m3": "（立方米）", "_m": "（米）"}
_POINT_CLASSES = {
    "0": "未分类（0）",
    "1": "未归类（1）",
    "2": "地面（2）",
    "3": "低植被（3）",
    "4": "中植被（4）",
    "5": "高植被（5）",
    "6": "建筑（6）",
    "7": "低噪声（7）",
    "9": "水面（9）",
    "14": "导线（14）",
    "17": "桥面（17）",
    "18": "高噪声（18）",
}
_KINDS = {
    "points": "点云",
    "footprints": "建筑轮廓",
    "landuse": "土地利用",
    "features": "矢量",
    "2d-gridded-coverage": "栅格",
    "attributes": "表",
}
_MAX_ROWS = 30


def _title(key: str) -> str:
    """The Chinese name of a key: that of the command line, else that of scripts with its unit."""
    if key in _TITLES or key not in RESULT_TITLES:
        return _TITLES.get(key, key)
    unit = next((shown for ending, shown in _UNITS.items() if key.endswith(ending)), "")
    return RESULT_TITLES[key] + unit


def result_lines(result: dict[str, Any]) -> Iterable[str]:
    """The lines of a result: message, tables, written files, warnings; or only the text that was asked for."""
    if result.get("translation"):
        yield result["translation"].rstrip("\n")
        return
    yield result["message"]
    for key, value in result.items():
        if key not in _COMMON:
            title = "各等级" if key == "levels" and isinstance(value, dict) else _title(key)
            yield from _value_lines(title, key, value)
    for path in result["outputs"]:
        yield f"已写出：{path}"


def _value_lines(title: str, key: str, value: Any) -> Iterable[str]:
    if value is None or value in ([], {}, ""):
        return
    if key == "printed":
        yield from value
        return
    if key == "results":  # of a tool
        yield from (f"{item['title']}：{item['text']}" for item in value)
        return
    if key == "missing" and isinstance(value[0], str):  # of a mesh; lines of a script are numbers
        title = "缺少的文件"
    if key == "place":
        yield f"{title}：经度 {value[0]:.6f}°，纬度 {value[1]:.6f}°"
    elif key == "extent" and isinstance(value, list):
        yield f"{title}：{_extent(value)}"
    elif key == "bounds":
        yield f"{title}：" + "，".join(f"{side} {degrees:.9f}" for side, degrees in zip("西南东北", value))
    elif isinstance(value, dict) and not any(isinstance(item, (dict, list)) for item in value.values()):
        rows = [(_member(key, str(name)), text(item)) for name, item in value.items()]
        yield from _block(title, table(("名称", "数量" if key in ("entities", "classes") else "值"), rows, right=(1,)))
    elif isinstance(value, list) and all(isinstance(item, dict) for item in value):
        yield from _block(title, _records(value))
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        yield f"{title}：{text(value)}"
    elif isinstance(value, list):
        yield f"{title}：" + "，".join(text(item) for item in value)
    else:
        yield f"{title}：{text(value)}"


def _member(key: str, name: str) -> str:
    """A key of a counting result: a class of points, a class of entities, else what was counted."""
    if key == "classes":
        return _POINT_CLASSES.get(name, name)
    if key != "entities":
        return _title(name)
    from tim.model.schema import class_title  # needless for most commands, which should start at once

    return class_title(name)


def _extent(values: list[float]) -> str:
    """Lower and upper bound of each axis; half of the values are lower bounds."""
    half = len(values) // 2
    return "；".join(f"{axis} {low:.3f} 至 {high:.3f}" for axis, low, high in zip("XYZ", values[:half], values[half:]))


def _block(title: str, lines: list[str]) -> Iterable[str]:
    yield f"{title}："
    yield from ("  " + line for line in lines)


def _records(records: list[dict[str, Any]]) -> list[str]:
    """A table of records; what is nested in them stays in the JSON result."""
    shown = [key for key in records[0] if key not in _HIDDEN]
    keys = [key for key in shown if not any(isinstance(record.get(key), (dict, list)) for record in records)]
    rows = [[_cell(key, record.get(key)) for key in keys] for record in records[:_MAX_ROWS]]
    numbers = [i for i, key in enumerate(keys) if all(isinstance(r.get(key), (int, float)) for r in records)]
    lines = table([_title(key) for key in keys], rows, right=numbers)
    if len(records) > _MAX_ROWS:
        lines.append(f"……共 {len(records)} 条，全部内容见 --json 的结果")
    return lines


def _cell(key: str, value: Any) -> str:
    if key == "level" and isinstance(value, str):  # of warnings
        return _title(value)
    if key != "kind" or not isinstance(value, str):
        return text(value)
    role, _, layer = value.partition(":")  # layers that were added tell their name: layer:YJJBNTTB
    return f"图层 {layer}" if layer else _KINDS.get(role, role)


def text(value: Any) -> str:
    """One value in words."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return "，".join(f"{_title(key)} {text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "，".join(text(item) for item in value)
    return str(value)
