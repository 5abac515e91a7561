"""Source text of functions that translations bring along: layers and geometry.

Never imported: what a translation uses, with what that uses, is copied to its top, so that it runs on its own. Names
and docstrings are Chinese because the readers of translations are.
"""

# mypy: ignore-errors

from __future__ import annotations

import datetime
import math
from fractions import Fraction

import shapely

from .values import 无法判断, 是数, 知, 脚本错误


class 图层(list):
    """一组要素；每个要素是字典，图形在“形状”里。"""


def 整理(要素表, 字段):
    """数据变为图层。字段：名字 → (数据里的列名, 类型, 单位换算)；空白文字是空值，图形取平面。"""
    结果 = 图层()
    for 行 in 要素表:
        要素 = {名字: 字段值(行[列], 类型, 换算) for 名字, (列, 类型, 换算) in 字段.items()}
        图形 = 行.get("形状")
        要素["形状"] = None if 图形 is None else shapely.force_2d(图形)
        结果.append(要素)
    return 结果


def 字段值(值, 类型, 换算):
    """数据里的值变为程序里的值，数按基本单位。"""
    if 值 is None or 值 != 值 or (isinstance(值, str) and not 值.strip(" \t\r\n\u3000\u00a0")):
        return None
    if isinstance(值, datetime.datetime):
        值 = 值.date()
    符合 = {"数": 是数(值), "文字": isinstance(值, str), "日期": isinstance(值, datetime.date)}
    if not 符合.get(类型, True):
        raise 脚本错误(f"数据里的“{值}”应是{类型}")
    if 类型 != "数" or 换算 == "1":
        return 值
    数 = Fraction(换算)
    return 值 * 数.numerator / 数.denominator if 数.denominator != 1 else 值 * 数.numerator


def 可用(图形):
    """图形有点，而且有效。"""
    return 图形 is not None and not 图形.is_empty and bool(shapely.is_valid(图形))


def 形状(值):
    """要素或图形的几何，图层是它的要素合并起来；没有图形和图形无效时不能确定。"""
    if isinstance(值, 图层):
        return 合并图层(值)
    if isinstance(值, dict):
        if not 可用(值["形状"]):
            raise 无法判断("要素没有图形或图形无效")
        return 值["形状"]
    if 值 is None:
        raise 无法判断("图形为空")
    return 值


def 合并图层(层):
    """图层的要素合并成的图形。"""
    图形 = [要素["形状"] for 要素 in 层 if 可用(要素["形状"])]
    if any(要素["形状"] is not None and not 要素["形状"].is_empty and not 可用(要素["形状"]) for 要素 in 层):
        raise 无法判断("图层里有无效的图形")
    return shapely.union_all(图形) if 图形 else shapely.Polygon()


def 附近(图形, 层, 远=0.0):
    """图层里与图形相交的各个图形；附近有无效的图形时不能确定。"""
    if 图形.is_empty:
        return []
    左, 下, 右, 上 = 图形.bounds
    for 要素 in 层:
        别的 = 要素["形状"]
        if 别的 is None or 别的.is_empty or 可用(别的):
            continue
        甲, 乙, 丙, 丁 = 别的.bounds
        if 甲 != 甲 or (甲 <= 右 + 远 and 丙 >= 左 - 远 and 乙 <= 上 + 远 and 丁 >= 下 - 远):
            raise 无法判断("附近有无效的图形")
    return [要素["形状"] for 要素 in 层 if 可用(要素["形状"]) and 图形.intersects(要素["形状"])]


def 对照(左, 右):
    """一边是图层时：另一边的图形，和图层里与它相交的图形；否则是空。"""
    if isinstance(左, 图层) and not isinstance(右, 图层):
        左, 右 = 右, 左
    if isinstance(右, 图层) and not isinstance(左, 图层):
        图形 = 形状(左)
        return 图形, 附近(图形, 右)
    return None


def 相交部分(左, 右):
    """两个图形共有的部分。"""
    一对 = 对照(左, 右)
    if 一对 is None:
        return shapely.intersection(形状(左), 形状(右))
    各部分 = [shapely.intersection(一对[0], 别的) for 别的 in 一对[1]]
    if not 各部分:
        return shapely.Polygon()
    return 各部分[0] if len(各部分) == 1 else shapely.union_all(各部分)


def 合并部分(左, 右):
    """两个图形合起来。"""
    return shapely.union(形状(左), 形状(右))


def 差异部分(左, 右):
    """左边的图形里不属于右边的部分。"""
    if isinstance(右, 图层) and not isinstance(左, 图层):
        图形 = 形状(左)
        别的 = 附近(图形, 右)
        return shapely.difference(图形, shapely.union_all(别的)) if 别的 else 图形
    return shapely.difference(形状(左), 形状(右))


def 面积(值):
    """平面面积，平方米。"""
    各部分 = shapely.get_parts(形状(值))
    return math.fsum(shapely.area(一块) for 一块 in 各部分 if shapely.get_dimensions(一块) == 2)


def 周长(值):
    """周长或长度，米。"""
    return float(shapely.length(形状(值)))


def 线长(图形):
    """图形里线的长度，米。"""
    return float(sum(shapely.length(一段) for 一段 in shapely.get_parts(图形) if shapely.get_dimensions(一段) == 1))


def 中心点(值):
    """图形的中心点。"""
    图形 = 形状(值)
    if 图形.is_empty:
        raise 无法判断("图形为空")
    return shapely.centroid(图形)


def 缓冲(值, 距离):
    """向外（负数向内）若干米的范围。"""
    return shapely.buffer(形状(值), 距离, quad_segs=32)


def 关系(左, 右, 词):
    """相交、相离、相邻（只有边界相接）、重叠（内部相交）。"""
    一对 = 对照(左, 右)
    if 一对 is None:
        图形, 别的 = 形状(左), [形状(右)]
        别的 = [一个 for 一个 in 别的 if 图形.intersects(一个)]
    else:
        图形, 别的 = 一对
    只相接 = [图形.touches(一个) for 一个 in 别的]
    return {
        "相交": bool(别的),
        "相离": not 别的,
        "相邻": bool(别的) and all(只相接),
        "重叠": bool(别的) and not all(只相接),
    }[词]


def 位于(左, 右):
    """左边没有点在右边之外。"""
    if isinstance(右, 图层) and not isinstance(左, 图层):
        图形 = 形状(左)
        别的 = 附近(图形, 右)
        return any(图形.covered_by(一个) for 一个 in 别的) or (bool(别的) and 图形.covered_by(shapely.union_all(别的)))
    return bool(shapely.covered_by(形状(左), 形状(右)))


def 距离(左, 右):
    """最近的距离，米。"""
    if isinstance(左, 图层) and not isinstance(右, 图层):
        左, 右 = 右, 左
    图形 = 形状(左)
    if isinstance(右, 图层) and not isinstance(左, 图层):
        各距离 = [shapely.distance(图形, 要素["形状"]) for 要素 in 右 if 可用(要素["形状"])]
        结果 = float(min(各距离)) if 各距离 and not 图形.is_empty else math.nan
        if 结果 == 结果:
            附近(图形, 右, 结果)
    else:
        结果 = float(shapely.distance(图形, 形状(右)))
    if not math.isfinite(结果):
        raise 无法判断("没有可以量距离的图形")
    return 结果


def 所在(值, 层):
    """点所在的、或者占得最多的要素；没有时是空，分不出时不能确定。"""
    图形 = 形状(值)
    if 图形.is_empty:
        raise 无法判断("图形为空")
    附近(图形, 层)
    别的 = [要素 for 要素 in 层 if 可用(要素["形状"]) and 图形.intersects(要素["形状"])]
    维 = int(shapely.get_dimensions(图形))
    if 维 > 0 and 别的:
        各部分 = [shapely.intersection(图形, 要素["形状"]) for 要素 in 别的]
        大小 = [面积(一块) if 维 == 2 else 线长(一块) for 一块 in 各部分]
        别的 = [要素 for 要素, 多大 in zip(别的, 大小) if 多大 == max(大小) and 多大 > 0]
    if len(别的) > 1:
        raise 无法判断("同时位于几个要素，分不出属于哪一个")
    return 别的[0] if 别的 else None


def 其他(层, 要素):
    """图层里别的要素。"""
    return 图层(一个 for 一个 in 层 if 一个 is not 要素)


def 唯一(层, 字段, 值):
    """图层里只有一个要素的字段是这个值。"""
    值 = 知(值)
    return sum(1 for 要素 in 层 if 要素[字段] == 值) == 1
