"""Source text of functions that translations bring along: values and how they are compared, computed with and shown.

Never imported: what a translation uses, with what that uses, is copied to its top, so that it runs on its own. Names
and docstrings are Chinese because the readers of translations are.
"""

# mypy: ignore-errors

from __future__ import annotations

import datetime
from fractions import Fraction


class 脚本错误(Exception):
    """程序不能继续。"""


class 无法判断(Exception):
    """值不能确定：空值、除数是零、图形无效。"""


def 知(值, 名称=""):
    """不为空的值。"""
    if 值 is None:
        raise 无法判断(f"“{名称}”为空" if 名称 else "值为空")
    return 值


def 真假(值):
    """条件的值。"""
    if 值 is None:
        raise 无法判断("条件为空")
    if not isinstance(值, bool):
        raise 脚本错误("这里要写条件")
    return 值


def 且(左, 右):
    """两个条件都成立；一个不成立时，另一个不能确定也没有关系。左、右是不带参数的函数。"""
    try:
        if not 真假(左()):
            return False
    except 无法判断:
        if not 真假(右()):
            return False
        raise
    return 真假(右())


def 或(左, 右):
    """至少一个条件成立；一个成立时，另一个不能确定也没有关系。左、右是不带参数的函数。"""
    return not 且(lambda: not 真假(左()), lambda: not 真假(右()))


def 是数(值):
    """是不是数。"""
    return isinstance(值, (int, float)) and not isinstance(值, bool)


def 比较(词, 左, 右):
    """两个值的比较：只有同一类值能比较，文字和是否不能比大小。"""
    左, 右 = 知(左), 知(右)
    相同 = type(左) is type(右) and isinstance(左, (str, bool, datetime.date))
    if not (是数(左) and 是数(右)) and not (相同 and (词 in ("==", "!=") or isinstance(左, datetime.date))):
        raise 脚本错误("两边的值不能比较")
    if 词 in ("==", "!="):
        return (左 == 右) == (词 == "==")
    if 词 in (">", "<="):
        return (左 > 右) == (词 == ">")
    return (左 < 右) == (词 == "<")


def 属于(值, 列表):
    """列表里有没有这个值。"""
    值, 列表 = 知(值), 知(列表)
    if any(项 is None for 项 in 列表):
        raise 无法判断("列表里有空值")
    return any(比较("==", 值, 项) for 项 in 列表)


def 算(符号, 左, 右):
    """没有写类型的值的加减乘除；日期可以加减天数，用“推迟”加减月数。"""
    左, 右 = 知(左), 知(右)
    if isinstance(左, datetime.date) and isinstance(右, datetime.date) and 符号 == "-":
        return (左 - 右).days
    if not (是数(左) and 是数(右)):
        raise 脚本错误("这里要数")
    if 符号 == "/":
        return 除(左, 右)
    return 左 + 右 if 符号 == "+" else 左 - 右 if 符号 == "-" else 左 * 右


def 除(左, 右):
    """商；除数是零时不能确定。"""
    if 右 == 0:
        raise 无法判断("除数是零")
    return 左 / 右


def 副本(值):
    """列表和字典给名字的时候各是各的。"""
    if isinstance(值, list):
        return [副本(项) for 项 in 值]
    if isinstance(值, dict):
        return {键: 副本(项) for 键, 项 in 值.items()}
    return 值


def 整数值(值):
    """整数；别的数和值是错误。"""
    值 = 知(值)
    if not 是数(值) or (isinstance(值, float) and not 值.is_integer()):
        raise 脚本错误("这里要整数")
    return int(值)


def 第几个(列表, 位置):
    """列表的第几个，从 1 数起。"""
    列表, 位置 = 知(列表), 整数值(位置)
    if not 1 <= 位置 <= len(列表):
        raise 脚本错误(f"列表有 {len(列表)} 个，没有第 {位置} 个")
    return 列表[位置 - 1]


def 最后一个(列表):
    """列表的最后一个。"""
    if not 知(列表):
        raise 脚本错误("列表是空的，没有最后一个")
    return 列表[-1]


def 改第几个(列表, 位置, 值):
    """把列表的第几个改为别的值。"""
    第几个(列表, 位置)
    列表[整数值(位置) - 1] = 值


def 取键(字典, 键):
    """字典里的值；没有这个键是错误。"""
    if 键 not in 知(字典):
        raise 脚本错误(f"字典里没有“{键}”")
    return 字典[键]


def 范围(起, 止):
    """从起到止的整数，两端都在内。"""
    return list(range(整数值(起), 整数值(止) + 1))


def 精确(值):
    """数的十进制写法所表示的值，2.675 就是 2.675。"""
    return Fraction(repr(值)) if isinstance(值, float) else Fraction(值)


def 近似(值):
    """分数变为计算用的数：整数不变，其余取最近的浮点数。"""
    return 值.numerator if 值.denominator == 1 else float(值)


def 步进(起, 止, 步=1, 向下=False):
    """从起到止的数，两端都在内，每次增加（向下时减少）步；小数按十进制写法计算。"""
    起, 止, 步 = 知(起), 知(止), 知(步)
    if not (是数(起) and 是数(止) and 是数(步) and 步 > 0):
        raise 脚本错误("每次增加或减少的数要大于零")
    if isinstance(起, int) and isinstance(止, int) and isinstance(步, int):
        return range(起, 止 - 1, -步) if 向下 else range(起, 止 + 1, 步)
    首, 末, 宽 = 精确(起), 精确(止), 精确(步)
    次数 = int(((首 - 末 if 向下 else 末 - 首) // 宽) + 1)
    return (近似(首 + (-宽 if 向下 else 宽) * 序) for 序 in range(次数))


def 修约(值, 位数):
    """四舍六入五成双（GB/T 8170—2008）。"""
    return Fraction(round(精确(值) * 10**位数), 10**位数)


def 小数文字(值, 位数, 千分位=False):
    """最多有这么多位小数的数，写出全部小数位。"""
    文字 = f"{abs(值.numerator) * 10**位数 // 值.denominator:0{位数 + 1}d}"
    整数部分, 小数部分 = (文字[:-位数], 文字[-位数:]) if 位数 else (文字, "")
    if 千分位:
        整数部分 = f"{int(整数部分):,}"
    return ("-" if 值 < 0 else "") + 整数部分 + ("." + 小数部分 if 小数部分 else "")


def 数字文字(值, 千分位=False):
    """一个数：整数部分写全，小数写到 12 位有效数字。"""
    值 = 精确(值)
    位数 = max(0, 12 - len(str(int(abs(值)))))
    if 0 < abs(值) < 1:
        while 位数 < 300 and abs(值) * 10 ** (位数 - 11) < 1:
            位数 += 1
    文字 = 小数文字(修约(值, 位数), 位数, 千分位)
    if "." in 文字:
        文字 = 文字.rstrip("0").rstrip(".")
    return "0" if 文字 == "-0" else 文字


def 文(值, 单位="", 换算="1", 小数=None, 补零=0, 千分位=False, 年月日=False):
    """值写成文字。数除以“换算”（一个分数），后面写上单位。"""
    if 值 is None:
        return "空"
    if isinstance(值, bool):
        return "是" if 值 else "否"
    if isinstance(值, datetime.date):
        return f"{值.year}年{值.month}月{值.day}日" if 年月日 else 值.isoformat()
    if isinstance(值, list):
        return "、".join(文(项, 单位, 换算, 小数, 补零, 千分位, 年月日) for 项 in 值)
    if isinstance(值, dict):
        return "，".join(f"{文(键)}：{文(项, 单位)}" for 键, 项 in 值.items())
    if not 是数(值):
        return str(值)
    if 值 - 值 != 0:
        raise 脚本错误("数太大或没有意义，不能写出来")
    数 = 精确(值) / Fraction(换算)
    文字 = 数字文字(数, 千分位) if 小数 is None else 小数文字(修约(数, 小数), 小数, 千分位)
    符号, 数字 = ("-", 文字[1:]) if 文字.startswith("-") else ("", 文字)
    return 符号 + 数字.zfill(补零) + 单位


def 洞(取值, *格式, **别的格式):
    """文字里的式子；不能确定时写明。取值是不带参数的函数。"""
    try:
        return 文(取值(), *格式, **别的格式)
    except 无法判断:
        return "（无法判断）"


def 是空(值):
    """没有值，或者是没有点的图形。"""
    return 值 is None or bool(getattr(值, "is_empty", False))


def 没有(值):
    """没有值，或者是空的列表、字典、图形。"""
    return 是空(值) or (isinstance(值, (list, dict)) and not 值)


def 都满足(列表, 条件):
    """每一个都满足条件；有一个不满足时，别的不能确定也没有关系。"""
    return not 有满足(列表, lambda 项: not 真假(条件(项)))


def 有满足(列表, 条件):
    """至少一个满足条件；有一个满足时，别的不能确定也没有关系。"""
    不确定 = None
    for 项 in 知(列表):
        try:
            if 真假(条件(项)):
                return True
        except 无法判断 as 原因:
            不确定 = 不确定 or 原因
    if 不确定 is not None:
        raise 不确定
    return False


def 报错(说明):
    """停下来。"""
    raise 脚本错误(说明)
