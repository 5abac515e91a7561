"""The library's functions as the checker sees them. x 的 f（a） is f（x，a）, x 的 f is f（x）."""

from __future__ import annotations

from .records import value
from .types import ANY, BOOLEAN, DATE, LAYER, NOTHING, NUMBER, SHAPE, TABLE, TEXT, Type, feature_of, list_of, number_of
from .units import AREA, DAYS, LENGTH, MONTHS, Dimension


@value
class Function:
    """`parameters`: what each takes, of text number quantity length shape region list table mapping date value.

    The first `required` must be given. `rest` is what further values are; with `free` any name may be given a value.
    `result` is a type, or a word: same (the type of the first argument), item (of its items), items (the list itself),
    groups (of its items), row (of the table), open (a layer or table whose columns are not known), area (by the
    header's basis), square, root. `permission` is what the header must allow, "" for functions that touch nothing: only
    those may stand in rules.
    """

    parameters: tuple[str, ...]
    required: int
    result: object
    names: tuple[str, ...] = ()
    rest: str = ""
    free: bool = False
    permission: str = ""

    def result_type(self, arguments: list[Type], basis: str = "") -> Type:
        """The type of the result for these arguments; `basis` is the header's."""
        if isinstance(self.result, Type):
            return self.result
        first = arguments[0] if arguments else ANY
        if self.result == "area":
            return Type("number", AREA, basis=basis)
        if self.result == "row":
            return feature_of(first) if first.kind == "layer" else first.item or ANY
        if self.result == "open":
            return Type("layer", plain=first.plain)
        if self.result == "item":
            return first.item or ANY
        if self.result == "square":
            return number_of(first.dimension.times(first.dimension)) if first.kind == "number" else ANY
        if self.result == "root":
            halved = Dimension(*(n // 2 for n in first.dimension))
            return number_of(halved) if first.kind == "number" else ANY
        if self.result == "same":
            return first
        items = list_of(feature_of(first)) if first.kind == "layer" else first
        return Type("mapping", item=items) if self.result == "groups" else items


def _function(
    parameters: str,
    result: object,
    required: int = -1,
    names: str = "",
    *,
    rest: str = "",
    free: bool = False,
    permission: str = "",
) -> Function:
    kinds = tuple(parameters.split())
    count = len(kinds) if required < 0 else required
    return Function(kinds, count, result, tuple(names.split()), rest, free, permission)


FUNCTIONS: dict[str, Function] = {
    # geometry
    "面积": _function("shape", "area"),
    "总面积": _function("region", "area"),
    "平面面积": _function("region", Type("number", AREA, basis="plane")),
    "椭球面积": _function("region", Type("number", AREA, basis="ellipsoid")),
    "周长": _function("shape", number_of(LENGTH)),
    "长度": _function("shape", number_of(LENGTH)),
    "中心点": _function("shape", SHAPE),
    "形状": _function("shape", SHAPE),
    "边界": _function("shape", SHAPE),
    "节点数": _function("shape", NUMBER),
    "矩形": _function("number number number number", SHAPE),
    "圆": _function("number number length", SHAPE),
    "点": _function("number number", SHAPE),
    "线": _function("list", SHAPE),
    "面": _function("list", SHAPE),
    "由WKT": _function("text", SHAPE),
    "融合": _function("layer text", LAYER, 1, "图层 字段"),
    "裁剪": _function("layer region", LAYER),
    "缓冲": _function("layer length", LAYER),
    # lists, layers and dictionaries
    "个数": _function("list", NUMBER),
    "总和": _function("list", "item"),
    "平均值": _function("list", "item"),
    "最大值": _function("list", "item"),
    "最小值": _function("list", "item"),
    "中位数": _function("list", "item"),
    "众数": _function("list", "item"),
    "排序": _function("list text value", "items", 1, "列表 字段 降序"),
    "去重": _function("list", "items"),
    "反转": _function("list", "items"),
    "前几个": _function("list number", "items"),
    "分组": _function("list text", "groups"),
    "合并": _function("value value", "items"),
    "添加": _function("list value", "items"),
    "移除": _function("value value", "items"),
    "键列表": _function("mapping", list_of(ANY)),
    "值列表": _function("mapping", list_of(ANY)),
    "取值": _function("mapping value value", ANY, 2, "字典 键 缺省"),
    "查找": _function("list", "row", free=True),
    "连接表": _function("list list text text", "open", 3, "表 另一表 字段 另一字段"),
    "新表格": _function("", TABLE, rest="text", permission="计算"),
    "新图层": _function("", LAYER, names="类型", rest="text", permission="计算"),
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
    # files
    "文件名": _function("text", TEXT),
    "读取表": _function("text text number text value", TABLE, 1, "文件 工作表 表头行 编码 缺省", permission="检查"),
    "读取图层": _function("text text text value", LAYER, 1, "文件 图层 编码 缺省", permission="检查"),
    "读取文本": _function("text text value", TEXT, 1, "文件 编码 缺省", permission="检查"),
    "文件列表": _function("text text", list_of(TEXT), 1, "文件夹 样式", permission="检查"),
    "保存表": _function("list text text", NOTHING, 2, "表 文件 工作表", permission="管理"),
    "保存图层": _function("layer text text", NOTHING, 2, "图层 文件 名称", permission="管理"),
    "保存文本": _function("text text", NOTHING, names="文本 文件", permission="管理"),
    "填充模板": _function("text mapping text", NOTHING, names="模板 值 文件", permission="管理"),
    # the map
    "打开图层": _function("text", LAYER, permission="主机"),
    "添加到地图": _function("layer text", NOTHING, 1, "图层 名称", permission="主机"),
    "缩放到": _function("region", NOTHING, permission="主机"),
    "运行算法": _function("text", LAYER, free=True, permission="主机"),
    "询问": _function("text text", TEXT, 1, "问题 缺省", permission="主机"),
    "询问文件": _function("text text text", TEXT, 1, "问题 样式 缺省", permission="主机"),
    "进度": _function("number number", NOTHING, 1, "第几 共几", permission="检查"),
}
CONSTRUCTORS = frozenset({"列表", "字典", "要素"})
BUFFERS = frozenset({"缓冲区", "外扩范围", "内缩范围"})
# what needs areas or lengths on the ground
AREAS = frozenset({"面积", "总面积", "相交面积", "平面面积", "椭球面积"})
MEASURING = AREAS | BUFFERS | {"周长", "长度", "相交长度", "距离", "缓冲", "圆"}
# relations of two geometries: 甲 与 乙 的…; "area" is an area by the header's basis
RELATION_TYPES: dict[str, object] = {
    "相交部分": SHAPE,
    "合并部分": SHAPE,
    "差异部分": SHAPE,
    "相交面积": "area",
    "相交长度": number_of(LENGTH),
}
# what a program is allowed to do, each more than the one before; 主机 stands beside them
PERMISSIONS = ("检查", "计算", "管理", "主机")
