"""Make the plugin's ZIP: the same bytes from the same sources.

    python installers/plugin_zip.py [--out build]

leaves the unpacked plugin in `build/plugin/territory_tim` (for `QGIS_PLUGINPATH=build/plugin`) and
`build/territory_tim-<version>.zip` for QGIS's plugin manager.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLUGIN_ID = "territory_tim"
SOURCE = ROOT / "qgis_plugin" / PLUGIN_ID
FRONT_END = ROOT / "zhscript"
# what runs or translates programs stays in the engine; what makes the parse table needs a parser generator
LEFT_OUT_OF_FRONT_END = ("engine", "translate", "grammar/build.py")
SUFFIXES = {".py", ".json", ".csv", ".svg", ".html", ".txt"}
EARLIEST_DATE = (1980, 1, 1, 0, 0, 0)


def stage(folder: Path) -> Path:
    """Put the complete plugin into `folder`, replacing what was there, and return its path."""
    sys.path[:0] = [str(ROOT), str(ROOT / "installers")]
    from plugin_manual import with_reference

    from tim import __version__
    from tim.operations import OPERATIONS

    target = folder / PLUGIN_ID
    if target.exists():
        shutil.rmtree(target)
    _copy(SOURCE, target, ())
    _copy(FRONT_END, target / "libs" / "zhscript", LEFT_OUT_OF_FRONT_END)
    (target / "libs" / "__init__.py").write_text('"""Packages brought along, used under this name only."""\n', "utf-8")
    shutil.copyfile(ROOT / "LICENSE", target / "LICENSE")
    operations = [operation.as_dict() for operation in OPERATIONS]
    declarations = json.dumps({"operations": operations}, ensure_ascii=False, indent=1) + "\n"
    (target / "declarations.json").write_text(declarations, "utf-8")
    for language in ("zh", "en"):
        page = target / "manual" / language / "index.html"
        page.write_text(with_reference(page.read_text("utf-8"), operations, language), "utf-8")
    metadata = (target / "metadata.txt").read_text("utf-8")
    (target / "metadata.txt").write_text(re.sub(r"(?m)^version=.*$", f"version={__version__}", metadata), "utf-8")
    return target


def pack(plugin: Path, target: Path) -> None:
    """Write the ZIP: sorted names, one date, no permissions but reading."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in plugin.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(plugin.parent).as_posix(), EARLIEST_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, path.read_bytes())


def _copy(source: Path, target: Path, left_out: tuple[str, ...]) -> None:
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        skipped = "__pycache__" in path.parts or any(name == item or name.startswith(item + "/") for item in left_out)
        if path.is_file() and path.suffix in SUFFIXES and not skipped:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / name)


def main() -> None:
    """Stage and pack; print the path of the ZIP."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="folder for the results")
    out = parser.parse_args().out
    plugin = stage(out / "plugin")
    version = re.search(r"(?m)^version=(.*)$", (plugin / "metadata.txt").read_text("utf-8"))
    assert version is not None
    archive = out / f"{PLUGIN_ID}-{version[1]}.zip"
    pack(plugin, archive)
    print(archive)


if __name__ == "__main__":
    main()
