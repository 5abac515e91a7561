#!/bin/sh
# All checks and tests, from the cheap to the dear; stops at the first part that fails. Run by `make test`.
set -eu

started=$(date +%s)
part() { # title, command...
    title=$1
    shift
    printf '\n\033[1m== %s（已用 %s 秒）\033[0m\n' "$title" $(($(date +%s) - started))
    "$@"
}

export PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1
mkdir -p build/screenshots

part "规范" .venv/bin/ruff check .
part "格式" .venv/bin/ruff format --check .
part "类型" .venv/bin/mypy
part "单元与进程测试" .venv/bin/python -m pytest tests/unit tests/engine tests/issues -q -n 2 --dist loadfile
part "插件打包" .venv/bin/python installers/plugin_zip.py
part "插件包检查" .venv/bin/python -m pytest tests/packaging -q
part "QGIS 测试" env QT_QPA_PLATFORM=offscreen .venv-qgis/bin/python -m pytest tests/qgis -q
part "桌面测试" .venv/bin/python -m pytest tests/gui -q
printf '\n全部通过，共 %s 秒；截图在 build/screenshots\n' $(($(date +%s) - started))
