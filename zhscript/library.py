"""The library's functions as the checker sees them. x 的 f（a） is f（x，a）, x 的 f is f（x）."""

from __future__ import annotations

from dataclasses import dataclass

from .types import ANY, BOOLEAN, DATE, NUMBER, SHAPE, TEXT, Type, list_of, number_of
from .units import AREA, DAYS, LENGTH, MONTHS, Dimension


@dataclass(frozen=True)
class Function:
    """`parameters`: what each takes, of text number quantity shape region list mapping date value.

    The first `required` must be given. `result` is a type, or a word: same (the type of the first argument),
    item (of its items), items (the list itself), groups (of its items), square, root.
    """

    parameters: tuple[str, ...]
    required: int
    result: object
    names: tuple[str, ...] = ()

    def result_type(self, arguments: list[Type]) -> Type:
        """The type of the result for these arguments."""
        if isinstance(self.result, Type):
            return self.result
        first = arguments[0] if arguments else ANY
        if self.result == "item":
            return first.item or ANY
        if self.result == "square":
            return number_of(first.dimension.times(first.dimension)) if first.kind == "number" else ANY
        if self.result == "root":
            halved = Dimension(*(n // 2 for n in first.dimension))
            return number_of(halved) if first.kind == "number" else ANY
        items = list_of(Type("feature", layer=first.layer)) if first.kind == "layer" else first
        return Type("mapping", item=items) if self.result == "groups" else items


def _function(parameters: str, result: object, required: int = -1, names: str = "") -> Function:
    kinds = tuple(parameters.split())
    return Function(kinds, len(kinds) if required < 0 else required, result, tuple(names.split()))


FUNCTIONS: dict[str, Function] = {
    # geometry
    "面积": _function("shape", number_of(AREA)),
    "总面积": _function("region", number_of(AREA)),
    "周长": _function("shape", number_of(LENGTH)),
    "长度": _function("shape", number_of(LENGTH)),
    "中心点": _function("shape", SHAPE),
    "形状": _function("shape", SHAPE),
    "边界": _function("shape", SHAPE),
    "节点数": _function("shape", NUMBER),
    "矩形": _function("number number number number", SHAPE),
    "由WKT": _function("text", SHAPE),
    # lists, layers and dictionaries
    "个数": _function("list", NUMBER),
    "总和": _function("list", "item"),
    "平均值": _function("list", "item"),
    "最大值": _function("list", "item"),
    "最小值": _function("list", "item"),
    "中位数": _function("list", "item"),
    "排序": _function("list text value", "items", 1, "列表 字段 降序"),
    "去重": _function("list", "items"),
    "反转": _function("list", "items"),
    "前几个": _function("list number", "items"),
    "分组": _function("list text", "groups"),
    "键列表": _function("mapping", list_of(ANY)),
    "值列表": _function("mapping", list_of(ANY)),
    "取值": _function("mapping value value", ANY, 2, "字典 键 缺省"),
    # text
    "字数": _function("text", NUMBER),
    "拼接": _function("list text", TEXT, 1),
    "替换": _function("text text text", TEXT),
    "拆分": _function("text text", list_of(TEXT)),
    "去空白": _function("text", TEXT),
    "截取": _function("text number number", TEXT, 2),
    "大写": _function("text", TEXT),
    "小写": _function("text", TEXT),
    "匹配": _function("text text", BOOLEAN),
    "转为数值": _function("value", NUMBER),
    "转为文本": _function("value", TEXT),
    "转为日期": _function("text", DATE),
    # numbers
    "取整": _function("number", NUMBER),
    "四舍五入": _function("number number", NUMBER, 1),
    "绝对值": _function("quantity", "same"),
    "平方": _function("quantity", "square"),
    "平方根": _function("quantity", "root"),
    "乘方": _function("number number", NUMBER),
    "余数": _function("number number", NUMBER),
    "商": _function("number number", NUMBER),
    # dates
    "年份": _function("date", NUMBER),
    "月份": _function("date", NUMBER),
    "日数": _function("date", NUMBER),
    "星期": _function("date", NUMBER),
    "推迟": _function("date quantity", DATE),
    "相隔天数": _function("date date", number_of(DAYS)),
    "相隔月数": _function("date date", number_of(MONTHS)),
}
BUFFERS = frozenset({"缓冲区", "外扩范围", "内缩范围"})
# what needs areas or lengths on the ground
AREAS = frozenset({"面积", "总面积", "相交面积"})
MEASURING = AREAS | BUFFERS | {"周长", "长度", "相交长度", "距离"}
RELATION_TYPES = {
    "相交部分": SHAPE,
    "合并部分": SHAPE,
    "差异部分": SHAPE,
    "相交面积": number_of(AREA),
    "相交长度": number_of(LENGTH),
}
# part of the language, not of this version
PLANNED = frozenset(
    [
        "缓冲",
        "裁剪",
        "融合",
        "圆",
        "合并",
        "添加",
        "移除",
        "众数",
        "查找",
        "连接表",
        "新表格",
        "新图层",
        "读取表",
        "读取图层",
        "读取文本",
        "保存表",
        "保存图层",
        "保存文本",
        "文件列表",
        "文件名",
        "填充模板",
        "打开图层",
        "添加到地图",
        "缩放到",
        "运行算法",
        "询问",
        "询问文件",
        "进度",
    ]
)
