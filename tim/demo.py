"""The demonstration (`make demo`): a sample town, the product's commands on it, what they found against the truth."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import shapely

from tim.cli.table import table
from tim.errors import TimError, UsageError, describe
from tim.job import Job
from tim.sample import compare
from tim.sample.make import DENSITY, RULES, Sample, write_sample

TITLE = "云溪镇示例片区国土空间信息模型"
KEPT_LAYERS = {
    "ZD": "宗地",
    "YJJBNTTB": "永久基本农田",
    "STBHHX": "生态保护红线",
    "CZKFBJ": "城镇开发边界",
    "XZQ": "行政区",
    "JSXM": "建设项目",
}
RULE_FILE = "建设项目压占永久基本农田.zh"
AREA_TOLERANCE = 0.01  # square metres
# What the demonstration must reach; the sample and the algorithms are deterministic, so these only catch regressions.
LEAST_COMPLETENESS, LEAST_CORRECTNESS = 0.9, 0.9
MOST_HEIGHT_RMSE, MOST_TERRAIN_RMSE, MOST_GROUND_ERROR = 0.3, 0.15, 0.05


class Demo:
    """One run: its folder, the steps with their times, and what was not as it should be."""

    def __init__(self, folder: Path, density: float) -> None:
        self.folder, self.density = folder, density
        self.problems: list[str] = []
        self.steps = 0
        self.started = time.monotonic()

    def run(self) -> int:
        """All steps; returns the exit status."""
        if self.folder.exists() and not self.folder.is_dir():
            raise UsageError(f"“{self.folder}”是一个文件，不能作为结果文件夹；请换一个位置")
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.step("生成示例：激光扫描（两期）、规划数据、真值"):
            sample = self._sample()
        truth = json.loads(sample.truth.read_text("utf-8"))
        with self.step("建立模型：点云 + 建筑轮廓 + 土地利用 + 规划图层"):
            full = self._build("第一期模型.gpkg", sample.first, sample.layers)
        with self.step("建立模型：只用点云，自动提取建筑"):
            points_only = self._build("第一期模型_仅点云.gpkg", sample.first)
        with self.step("建立第二期模型：只用点云"):
            later = self._build("第二期模型_仅点云.gpkg", sample.second)
        with self.step("对照真值"):
            self._compare_buildings(full, points_only, truth)
            self._compare_ground(full, sample, truth)
            self._compare_epochs(points_only, later, truth)
        with self.step("按中文规则审查：建设项目是否压占永久基本农田"):
            reports = self._check(full, truth)
        with self.step("检查、查看、导出模型"):
            exported = self._inspect(full)
        with self.step("绘制地图和三维图"):
            pictures = self._draw(full)
        self._finish(full, [*reports, exported, *pictures])
        return 1 if self.problems else 0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announce a step and tell its time."""
        self.steps += 1
        print(f"\n== {self.steps}. {title}", flush=True)
        started = time.monotonic()
        yield
        print(f"   用时 {time.monotonic() - started:.1f} 秒", flush=True)

    def require(self, condition: bool, problem: str) -> None:
        """Note a problem unless the condition holds."""
        if not condition:
            self.problems.append(problem)
            print(f"   ✗ {problem}", flush=True)

    def _sample(self) -> Sample:
        folder = self.folder / "示例数据"
        folder.mkdir(exist_ok=True)
        sample = write_sample(folder, Job(_show), density=self.density)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        print(f"   {folder}（{size:.0f} MB）")
        return sample

    def _tim(self, *arguments: str | Path, allowed: Sequence[int] = (0,)) -> dict[str, Any]:
        """Run a command of the product and return its result object."""
        command = [sys.executable, "-m", "tim.cli.main", *map(str, arguments), "--json"]
        environment = {**os.environ, "PYTHONUTF8": "1", "TIM_LANG": "zh"}
        done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=False)
        result = json.loads(done.stdout.decode("utf-8") or "{}")
        if done.returncode not in allowed or result.get("status", "failed") == "failed":
            reason = result.get("message", "没有给出原因")
            raise TimError(f"命令 tim {arguments[0]} 没有成功（退出状态 {done.returncode}）：{reason}")
        return result

    def _build(self, name: str, points: Sequence[Path], layers: Path | None = None) -> Path:
        options: list[str | Path] = ["--points", *points]
        if layers is not None:
            options += ["--footprints", f"{layers}|layername=ZRZ", "--landuse", f"{layers}|layername=DLTB", "--layers"]
            options += [f"{layer}={layers}|layername={layer}" for layer in KEPT_LAYERS]
        result = self._tim("build", *options, "--out", self.folder / name, "--overwrite")
        print(f"   {result['message']}")
        return self.folder / name

    def _compare_buildings(self, full: Path, points_only: Path, truth: dict[str, Any]) -> None:
        gap = shapely.from_wkt(truth["gap"])
        visible = [item for item in truth["buildings"] if item["visible"]]
        known = [item for item in visible if item["known"]]
        given = compare.score_buildings(compare.model_outlines(full), compare.true_outlines(known), gap)
        found = compare.score_buildings(compare.model_outlines(points_only), compare.true_outlines(visible), gap)
        _print_table(_score_rows(given, found))
        self.require(given.missed == 0 and given.invented == 0, "给出轮廓的建筑没有一一建成")
        self.require(given.height_rmse < MOST_HEIGHT_RMSE, f"建筑高度中误差 {given.height_rmse:.2f} 米过大")
        self.require(found.completeness >= LEAST_COMPLETENESS, f"由点云提取的建筑只有 {found.completeness:.0%}")
        self.require(found.correctness >= LEAST_CORRECTNESS, f"由点云提取的建筑只有 {found.correctness:.0%} 是对的")

    def _compare_ground(self, model: Path, sample: Sample, truth: dict[str, Any]) -> None:
        terrain = compare.score_terrain(model, truth)
        ground = compare.score_ground(sample.first, sample.kinds, Job())
        _print_table(
            [
                ("地形（与真值比较）", ""),
                ("中误差 RMSE", f"{terrain.rmse:.3f} 米"),
                ("系统差", f"{terrain.bias:+.3f} 米"),
                ("95% 的误差小于", f"{terrain.p95:.3f} 米"),
                ("比较的像元", f"{terrain.cells}"),
                ("地面点分类总误差", f"{ground.total:.2%}"),
                ("  地面误作地物（I 类）", f"{ground.first:.2%}"),
                ("  地物误作地面（II 类）", f"{ground.second:.2%}"),
                ("比较的点", f"{ground.points}"),
            ]
        )
        self.require(terrain.rmse < MOST_TERRAIN_RMSE, f"地形中误差 {terrain.rmse:.2f} 米过大")
        self.require(ground.total < MOST_GROUND_ERROR, f"地面点分类总误差 {ground.total:.1%} 过大")

    def _compare_epochs(self, before: Path, after: Path, truth: dict[str, Any]) -> None:
        """Buildings of the two models by overlap and height, against the changes that were made."""
        first, second = compare.model_outlines(before), compare.model_outlines(after)
        found = compare.find_changes(first, second)
        later = truth["second_epoch"]
        true = {
            "new": _places(later["buildings"], later["changes"]["new"]),
            "higher": _places(later["buildings"], later["changes"]["higher"]),
            "gone": _places(truth["buildings"], later["changes"]["gone"]),
        }
        rows = [("两期对比", "真值", "找到", "误报")]
        for kind, title, places in (
            ("new", "新建", second.polygons[found.new]),
            ("higher", "加高", second.polygons[found.higher]),
            ("gone", "拆除", first.polygons[found.gone]),
        ):
            right = sum(any(shapely.intersects(place, truth_place) for place in places) for truth_place in true[kind])
            wrong = sum(
                not any(shapely.intersects(place, truth_place) for truth_place in true[kind]) for place in places
            )
            rows.append((title, str(len(true[kind])), str(right), str(wrong)))
            self.require(right == len(true[kind]), f"两期对比漏掉了{title}的建筑")
        _print_table(rows)

    def _check(self, model: Path, truth: dict[str, Any]) -> list[Path]:
        rules = self.folder / RULE_FILE
        shutil.copyfile(RULES / RULE_FILE, rules)
        reports = [self.folder / "审查报告.docx", self.folder / "审查报告.html"]
        findings = self.folder / "审查问题.gpkg"
        for report, options in ((reports[0], ("--findings", findings)), (reports[1], ())):
            result = self._tim(
                "check", rules, "--data", model, "--report", report, *options, "--overwrite", allowed=(0, 1)
            )
        self.require(result["status"] == "violations", "没有查出压占永久基本农田的建设项目")
        rule = result["rules"][0]
        expected = {name: area for name, area in truth["farmland_overlap"].items() if area > 0}
        self.require(rule["checked"] == len(truth["farmland_overlap"]), f"应审查 3 个项目，实际 {rule['checked']} 个")
        self.require(
            rule["violations"] == len(expected), f"应有 {len(expected)} 个项目违规，实际 {rule['violations']} 个"
        )
        areas = {item["feature"]: item["values"]["占用面积（平方米）"] for item in rule["features"]}
        rows = [("压占永久基本农田", "真值 平方米", "审查结果 平方米")]
        for name, true in expected.items():
            area = areas.get(name, 0.0)
            rows.append((name, f"{true:.4f}", f"{area:.4f}"))
            self.require(abs(area - true) < AREA_TOLERANCE, f"{name}的压占面积与真值相差 {abs(area - true):.4f} 平方米")
        _print_table(rows)
        return [*reports, findings]

    def _inspect(self, model: Path) -> Path:
        valid = self._tim("validate", model, allowed=(0, 1))
        print(f"   {valid['message']}")
        self.require(valid["status"] == "ok", "模型没有通过检查")
        print(f"   {self._tim('info', model)['message']}")
        exported = self.folder / "第一期模型.city.json"
        print(f"   {self._tim('export', model, '--to', exported, '--overwrite')['message']}")
        return exported

    def _draw(self, model: Path) -> list[Path]:
        picture, scene = self.folder / "地图.png", self.folder / "三维图.png"
        self._tim("picture", "map", model, "--title", TITLE, "--out", picture, "--overwrite")
        result = self._tim("picture", "scene", model, "--out", scene, "--overwrite")
        print(f"   三维图由 {'Open3D 光线投射' if result['renderer'] == 'open3d' else '内置绘制'} 完成")
        return [picture, scene]

    def _finish(self, model: Path, others: list[Path]) -> None:
        total = time.monotonic() - self.started
        print(f"\n全部完成，共 {total:.0f} 秒。结果在 {self.folder.absolute()}：")
        _print_table([(path.name, f"{path.stat().st_size / 1e6:.1f} MB") for path in [model, *others]])
        print("\n在 QGIS 里打开：")
        print(f"   把 {model.name} 拖进 QGIS 窗口，选中全部图层即可，样式已在文件里。")
        print("   或安装插件：插件 → 管理并安装插件 → 从 ZIP 安装（make plugin 生成 ZIP），再用“打开模型”。")
        if self.problems:
            print(f"\n有 {len(self.problems)} 处与真值不符：")
            for problem in self.problems:
                print(f"   ✗ {problem}")


def _score_rows(given: compare.BuildingScore, found: compare.BuildingScore) -> list[tuple[str, ...]]:
    def row(title: str, value: Any) -> tuple[str, ...]:
        return (title, value(given), value(found))

    return [
        ("建筑（与真值比较）", "给出轮廓", "只用点云"),
        row("真值", lambda s: f"{s.true} 栋"),
        row("找到", lambda s: f"{s.found} 栋"),
        row("漏掉", lambda s: f"{s.missed} 栋"),
        row("多出", lambda s: f"{s.invented} 栋"),
        row("完整率", lambda s: f"{s.completeness:.1%}"),
        row("正确率", lambda s: f"{s.correctness:.1%}"),
        row("轮廓交并比（平均）", lambda s: f"{s.iou:.3f}"),
        row("高度中误差", lambda s: f"{s.height_rmse:.3f} 米"),
        row("高度系统差", lambda s: f"{s.height_bias:+.3f} 米"),
        row("地面高中误差", lambda s: f"{s.ground_rmse:.3f} 米"),
    ]


def _places(buildings: list[dict[str, Any]], numbers: list[int]) -> list[shapely.Geometry]:
    return [shapely.from_wkt(item["footprint"]) for item in buildings if item["number"] in numbers]


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    print()
    for line in table(rows[0], rows[1:], right=range(1, len(rows[0]))):
        print("   " + line)
    sys.stdout.flush()


def _show(event: str, data: dict[str, Any]) -> None:
    if event == "progress" and data["text"]:
        print(f"   {data['fraction']:4.0%} {data['text']}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; the exit status is 0 only when everything is as the truth says."""
    parser = argparse.ArgumentParser(
        prog="python -m tim.demo", description="示例：从模拟激光点云到国土空间信息模型、审查报告和图片"
    )
    parser.add_argument("--out", default="demo", help="结果文件夹（缺省 demo）")
    parser.add_argument("--density", type=float, default=DENSITY, help="每条航带每平方米的脉冲数（缺省 4）")
    given = parser.parse_args(arguments)
    try:
        return Demo(Path(given.out), given.density).run()
    except BaseException as error:
        failure = describe(error)
        print(f"\n示例没有完成：{failure.message}", file=sys.stderr)
        if failure.kind == "internal":
            print(failure.detail, file=sys.stderr)
        return failure.exit_status


if __name__ == "__main__":
    sys.exit(main())
