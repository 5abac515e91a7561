"""Source text of functions that translations bring along: verdicts of rules.

Never imported: what a translation uses, with what that uses, is copied to its top, so that it runs on its own. Names
and docstrings are Chinese because the readers of translations are.
"""

# mypy: ignore-errors

from __future__ import annotations

from .values import 无法判断, 真假, 脚本错误


def 判断(检查, 要素):
    """一个要素的结论和说明。"""
    结论 = {"结论": "通过", "说明": []}
    try:
        检查(要素, 结论)
    except 无法判断 as 原因:
        记下(结论, "无法判断", f"无法判断：{原因}")
    return 结论["结论"], 结论["说明"]


def 记下(结论, 级别, 说明):
    """结论取最坏的一个。"""
    次序 = ("通过", "例外", "无法判断", "不通过")
    结论["结论"] = max(结论["结论"], 级别, key=次序.index)
    结论["说明"].append(说明)


def 要求(结论, 条件, 说明, 例外=()):
    """条件不成立时记下；例外是一串（名字, 一串条件）。条件都是不带参数的函数。"""
    try:
        if 真假(条件()):
            return
    except 无法判断 as 原因:
        记下(结论, "无法判断", f"无法判断：{原因}")
        return
    try:
        文字 = 说明()
    except 无法判断:
        文字 = "不满足要求"
    适用, 不确定 = None, False
    for 名字, 各条件 in 例外:
        try:
            if 适用 is None and all(真假(一条()) for 一条 in 各条件):
                适用 = 名字
        except 无法判断:
            不确定 = True
    if 适用 is None and 不确定:
        记下(结论, "无法判断", f"{文字}；是否属于例外无法判断")
        return
    if 适用 is not None:
        记下(结论, "例外", f"{文字}；属于例外“{适用}”")
    else:
        记下(结论, "不通过", 文字)


def 试(取值):
    """现在不能确定的值，用到时才算数。"""
    try:
        return 取值()
    except 无法判断 as 原因:
        return 原因


def 取(值):
    """“试”得的值。"""
    if isinstance(值, 无法判断):
        raise 值
    return 值


def 标准值(名字, 例外, 原则):
    """成立的例外的值；几个例外的值不同是错误，都不成立时是原则上的值。"""
    成立 = [(标题, 值()) for 标题, 条件, 值 in 例外 if 真假(条件())]
    for 标题, 值 in 成立[1:]:
        if 值 != 成立[0][1]:
            raise 脚本错误(f"标准“{名字}”的例外“{成立[0][0]}”和“{标题}”同时成立，值不同")
    return 成立[0][1] if 成立 else 原则()
