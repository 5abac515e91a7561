"""Results showed classes and roles of sources by their internal names: YJJBNTTB, layer:ZD, features, solids."""

from __future__ import annotations

from tim.cli.show import result_lines


def test_no_internal_name_in_what_people_read() -> None:
    result = {
        "status": "ok", "message": "完成", "outputs": [], "seconds": 1.0, "warnings": [],
        "entities": {"building_footprint": 2, "land_use": 3, "YJJBNTTB": 4, "河流": 5},
        "vertical": "1985 国家高程基准",
        "checked": {"tables": 1, "entities": 2, "features": 3, "solids": 4},
        "sources": [{"kind": kind, "path": "甲"} for kind in ("points", "footprints", "landuse", "layer:宗地")],
        "layers": [{"name": "甲", "kind": kind} for kind in ("features", "2d-gridded-coverage", "attributes")],
    }  # fmt: skip
    text = "\n".join(result_lines(result))
    for words in (
        "无高度的建筑轮廓",
        "土地利用图斑",
        "永久基本农田图斑",
        "河流",
        "高程基准：",
        "三维体",
        "点云",
        "图层 宗地",
        "栅格",
    ):
        assert words in text
    assert not any(letter.isascii() and letter.isalpha() for letter in text), text
