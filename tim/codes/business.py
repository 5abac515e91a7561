"""Codes of registers: structure, segment by segment."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from tim.codes.verdict import Verdict, broken

# GB/T 2260, the first two digits
PROVINCES = frozenset(
    f"{place}{number}"
    for place, numbers in (
        ("1", "12345"),
        ("2", "123"),
        ("3", "1234567"),
        ("4", "123456"),
        ("5", "01234"),
        ("6", "12345"),
    )
    for number in numbers
) | {"71", "81", "82"}


def _county(text: str) -> str:
    return "" if text[:2] in PROVINCES else f"没有代码为 {text[:2]} 的省级行政区（GB/T 2260）"


def _from_one(text: str) -> str:
    return "" if int(text) else "顺序号从 1 起，不能全是 0"


def _real_date(text: str) -> str:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return f"“{text}”不是真实的日期"
    return ""


def _anything(_: str) -> str:
    return ""


@dataclass(frozen=True)
class Segment:
    """`pattern` for the characters, `form` what they should be in Chinese, `test` returns a reason or nothing."""

    name: str
    length: int
    pattern: str
    form: str
    test: Callable[[str], str] = _anything


@dataclass(frozen=True)
class BusinessCode:
    """`forms`: the segments of each form that the code may have; their lengths differ."""

    title: str
    standard: str
    forms: tuple[tuple[Segment, ...], ...]
    note: str = ""

    @property
    def lengths(self) -> list[int]:
        """The lengths that a code may have."""
        return [sum(segment.length for segment in form) for form in self.forms]


def _digits(name: str, length: int, test: Callable[[str], str] = _anything) -> Segment:
    return Segment(name, length, rf"[0-9]{{{length}}}", f"{length} 位数字", test)


_COUNTY = _digits("县级行政区划代码", 6, _county)
_HYPHEN = Segment("连接号", 1, "-", "“-”")
_PARCEL = (
    _COUNTY,
    _digits("地籍区", 3),
    _digits("地籍子区", 3),
    Segment("权属类型（特征码第一位）", 1, "[GJZ]", "G 国家、J 集体或 Z 争议"),
    Segment("权利类型（特征码第二位）", 1, "[ABSXCDEFHGWY]", "A B S X C D E F H G W Y 之一"),
    _digits("宗地（宗海）顺序号", 5, _from_one),
)
_ADMIN = (_COUNTY, _digits("乡镇街道", 3), _digits("村社区", 3), _digits("组或飞地", 7))

BUSINESS_CODES: dict[str, BusinessCode] = {
    "unit_code": BusinessCode(
        "不动产单元代码",
        "GB/T 37346-2019",
        (
            (
                *_PARCEL,
                Segment("定着物特征码", 1, "[FLQW]", "F 房屋、L 林木、Q 其他或 W 无定着物"),
                _digits("定着物单元编号", 8),
            ),
        ),
    ),
    "parcel_code": BusinessCode("宗地代码", "GB/T 37346-2019", (_PARCEL,)),
    "admin_code": BusinessCode(
        "行政区划代码",
        "GB/T 2260、GB/T 10114",
        (_ADMIN[:1], _ADMIN[:2], _ADMIN[:3], _ADMIN),
        "19 位的后 7 位含义未核实，只查是否数字",
    ),
    "use_control_code": BusinessCode(
        "用途管制电子监管号", "", ((Segment("全部", 19, ".{19}", "19 位"),),), "内部结构没有公布，只查长度"
    ),
    "supply_code": BusinessCode(
        "建设用地（供地）电子监管号",
        "",
        (
            (
                _COUNTY,
                _digits("年份", 4),
                Segment("供地方式", 1, "[A-Z]", "一个大写字母"),
                _digits("顺序号", 5),
            ),
        ),
        "结构未核实",
    ),
    "project_code": BusinessCode(
        "投资项目统一代码",
        "投资项目在线审批监管平台编码规则",
        (
            (
                _digits("年份和月份", 4),
                _HYPHEN,
                _digits("地区（部门）", 6),
                _HYPHEN,
                _digits("行业", 2),
                _HYPHEN,
                _digits("项目类型", 2),
                _HYPHEN,
                _digits("流水号", 6),
            ),
        ),
    ),
    "check_point_code": BusinessCode(
        "检测点编号",
        "时空数据规范 第2部分（2025 年征求意见稿）",
        (
            (
                Segment("获取方式", 1, "[YN]", "Y 外业或 N 内业"),
                _COUNTY,
                _digits("日期", 8, _real_date),
                _digits("序号", 4),
            ),
        ),
    ),
    "class_code": BusinessCode(
        "基础地理实体分类代码", "时空数据规范 第4部分（2025 年征求意见稿）", ((_digits("分类代码", 6),),)
    ),
    "bsm": BusinessCode("标识码", "第三次全国国土调查数据库标准", ((_digits("标识码", 18),),), "内部结构未核实"),
}


def check_code(kind: str, code: str) -> Verdict:
    """Whether a code has the structure of its kind; tells the first broken segment. KeyError for an unknown kind."""
    rule = BUSINESS_CODES[kind]
    form = next((form for form in rule.forms if sum(part.length for part in form) == len(code)), None)
    if form is None:
        lengths = "、".join(map(str, rule.lengths))
        return broken("长度", 0, f"有 {len(code)} 位，{rule.title}应为 {lengths} 位", rule.note)
    place = 0
    for segment in form:
        text = code[place : place + segment.length]
        if not re.fullmatch(segment.pattern, text):
            reason = f"应为{segment.form}，现在是“{text}”"
        else:
            reason = segment.test(text)
        if reason:
            where = f"第 {place + 1}" + (f"–{place + segment.length}" if segment.length > 1 else "") + " 位"
            return broken(segment.name, place + 1, f"{where}（{segment.name}）{reason}", rule.note)
        place += segment.length
    if kind == "unit_code" and code[19] == "W" and code[20:] != "0" * 8:
        return broken("定着物单元编号", 21, "第 21–28 位（定着物单元编号）没有定着物（W）时应为八个 0", rule.note)
    return Verdict(True, note=rule.note)
