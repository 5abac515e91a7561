"""Source text of functions that translations bring along: the library of the language.

Never imported: what a translation uses, with what that uses, is copied to its top, so that it runs on its own. Names
and docstrings are Chinese because the readers of translations are.
"""

# mypy: ignore-errors

from __future__ import annotations

import calendar
import datetime
import functools
import math
import re
from fractions import Fraction

from .values import 取键, 整数值, 无法判断, 是数, 比较, 知, 算, 精确, 脚本错误, 近似


def 文字值(值):
    """文字；别的值是错误。"""
    if not isinstance(知(值), str):
        raise 脚本错误("这里要文字")
    return 值


def 数值(值):
    """数；别的值是错误。"""
    if not 是数(知(值)):
        raise 脚本错误("这里要数")
    return 值


def 日期值(值):
    """日期；别的值是错误。"""
    if not isinstance(知(值), datetime.date):
        raise 脚本错误("这里要日期")
    return 值


def 全部(列表, 做什么):
    """没有空值的列表；除了求总和，空列表不能确定。"""
    if any(项 is None for 项 in 知(列表)):
        raise 无法判断(f"列表里有空值，不能求{做什么}")
    if not 列表 and 做什么 != "总和":
        raise 无法判断(f"列表是空的，不能求{做什么}")
    return 列表


def 总和(列表):
    """总和；小数逐个相加不损失精度，与次序无关。"""
    数列 = [数值(项) for 项 in 全部(列表, "总和")]
    return math.fsum(数列) if any(isinstance(数, float) for 数 in 数列) else sum(数列)


def 平均值(列表):
    """平均值。"""
    return 总和(全部(列表, "平均值")) / len(列表)


def 最大值(列表):
    """最大的一个。"""
    return functools.reduce(lambda 甲, 乙: 乙 if 比较(">", 乙, 甲) else 甲, 全部(列表, "最大值"))


def 最小值(列表):
    """最小的一个。"""
    return functools.reduce(lambda 甲, 乙: 乙 if 比较("<", 乙, 甲) else 甲, 全部(列表, "最小值"))


def 中位数(列表):
    """排在中间的一个，或中间两个的平均。"""
    顺序 = 排序(全部(列表, "中位数"))
    中 = len(顺序) // 2
    return 顺序[中] if len(顺序) % 2 else 算("+", 顺序[中 - 1], 顺序[中]) / 2


def 排序(列表, 字段=None, 降序=False):
    """从小到大（降序时从大到小）；空值排在最后。"""
    键 = [项 if 字段 is None else 取键(项, 字段) for 项 in 知(列表)]
    已知 = [值 for 值 in 键 if 值 is not None]
    for 值 in 已知[1:]:
        if not (isinstance(值, str) and isinstance(已知[0], str)):
            比较("<", 值, 已知[0])
    对 = list(zip(键, 列表))
    有 = sorted((一对 for 一对 in 对 if 一对[0] is not None), key=lambda 一对: 一对[0], reverse=bool(降序))
    return [值 for _, 值 in 有] + [值 for 键值, 值 in 对 if 键值 is None]


def 去重(列表):
    """每个值只留一个。"""
    结果 = []
    for 项 in 知(列表):
        if 项 not in 结果:
            结果.append(项)
    return 结果


def 前几个(列表, 个数):
    """列表的前几个。"""
    return 知(列表)[: max(0, 整数值(个数))]


def 分组(列表, 字段):
    """字段值相同的放在一起。"""
    结果 = {}
    for 项 in 知(列表):
        结果.setdefault(取键(项, 字段), []).append(项)
    return 结果


def 替换(文本, 旧, 新):
    """把文字里的旧字换成新字。"""
    if not 文字值(旧):
        raise 脚本错误("替换要写被替换的字")
    return 文字值(文本).replace(旧, 文字值(新))


def 拆分(文本, 分隔):
    """把文字拆成列表。"""
    if not 文字值(分隔):
        raise 脚本错误("拆分要写分隔的字")
    return 文字值(文本).split(分隔)


def 截取(文本, 起, 字数=None):
    """从第几个字起的几个字。"""
    起 = 整数值(起)
    if 起 < 1 or (字数 is not None and 整数值(字数) < 0):
        raise 脚本错误("截取从第 1 个字数起，字数不能是负数")
    return 文字值(文本)[起 - 1 : None if 字数 is None else 起 - 1 + 整数值(字数)]


def 匹配(文本, 样式):
    """文字是否合乎样式：？是一个字，＊是任意多个字。"""
    片段 = [
        "." if 字 in "？?" else ".*" if 字 in "＊*" else re.escape(字) for 字 in re.sub("[＊*]+", "*", 文字值(样式))
    ]
    return re.fullmatch("".join(片段), 文字值(文本), re.DOTALL) is not None


def 转为数值(值):
    """文字表示的数。"""
    if 是数(值):
        return 值
    文字 = 文字值(值).strip(" \t\u3000\u00a0").translate(str.maketrans("０１２３４５６７８９．－＋", "0123456789.-+"))
    if not re.fullmatch(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?", 文字):
        raise 脚本错误(f"“{值}”不能转为数值")
    return 近似(Fraction(文字))


def 转为日期(值):
    """文字表示的日期，例如 2024-06-01。"""
    if isinstance(值, datetime.date):
        return 值
    找到 = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T ]00:00:00.*)?", 文字值(值).strip())
    try:
        return datetime.date(*map(int, 找到.groups()))
    except (AttributeError, ValueError):
        raise 脚本错误(f"“{值}”不能转为日期，可以写成 2024-06-01") from None


def 四舍五入(值, 位数=0):
    """通常的四舍五入。"""
    位数 = 整数值(位数)
    if not 0 <= 位数 <= 15:
        raise 脚本错误("小数位数要在 0 到 15 之间")
    数 = 精确(数值(值))
    return 近似(Fraction(math.floor(abs(数) * 10**位数 + Fraction(1, 2)), 10**位数) * (1 if 数 >= 0 else -1))


def 平方根(值):
    """平方根；完全平方数的是整数。"""
    if 数值(值) < 0:
        raise 脚本错误("负数没有平方根")
    if isinstance(值, int) and math.isqrt(值) ** 2 == 值:
        return math.isqrt(值)
    return math.sqrt(值)


def 乘方(底, 次):
    """底的次方。"""
    if abs(数值(次)) > 1000 or (abs(数值(底)) > 10**6 and abs(次) > 50):
        raise 脚本错误("乘方的数太大")
    if 底 == 0 and 次 < 0:
        raise 无法判断("除数是零")
    整次 = int(次) if 次 == int(次) else None
    if 底 < 0 and 整次 is None:
        raise 脚本错误("负数不能求这个乘方")
    try:
        if isinstance(底, int) and 整次 is not None and 整次 >= 0:
            return 底**整次
        return float(底) ** float(次)
    except OverflowError:
        raise 脚本错误("乘方的数太大") from None


def 余数(左, 右):
    """除法的余数。"""
    if 数值(右) == 0:
        raise 无法判断("除数是零")
    return 数值(左) % 右


def 商(左, 右):
    """除法的整数商。"""
    if 数值(右) == 0:
        raise 无法判断("除数是零")
    return 数值(左) // 右 if isinstance(左, int) and isinstance(右, int) else math.floor(左 / 右)


def 推迟(日期, 天数=0, 月数=0):
    """若干天或若干月以后的日期；那个月没有这一天时取月末。"""
    日期, 天数, 月数 = 日期值(日期), 整数值(天数), 整数值(月数)
    年, 月 = divmod(日期.year * 12 + 日期.month - 1 + 月数, 12)
    try:
        日 = min(日期.day, calendar.monthrange(年, 月 + 1)[1])
        return datetime.date(年, 月 + 1, 日) + datetime.timedelta(days=天数)
    except (OverflowError, ValueError):
        raise 脚本错误("日期超出范围") from None


def 相隔月数(甲, 乙):
    """两个日期之间满几个月。"""
    先, 后 = sorted((日期值(甲), 日期值(乙)))
    return (后.year - 先.year) * 12 + 后.month - 先.month - (后.day < 先.day)
