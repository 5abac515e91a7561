#!/bin/sh
# Make everything that `make demo` or `make test` needs: Debian packages when missing, and virtual environments.
# Usage: sh installers/developer/setup.sh demo|test   (from the project's root; safe to run again)
set -eu

purpose=${1:?demo or test}
python=/usr/bin/python3

demo_packages="ca-certificates python3 python3-venv libgl1 libegl1 libgl1-mesa-dri libgomp1 libusb-1.0-0 libx11-6 fonts-wqy-microhei"
test_packages="$demo_packages qgis python3-qgis gdal-bin xvfb xauth openbox xdotool imagemagick poppler-utils procps
    qttranslations5-l10n qttools5-dev-tools openscenegraph postgresql-15 postgresql-15-postgis-3"

say() { printf '\033[1m== %s\033[0m\n' "$*"; }

missing_packages() {
    for package in $1; do
        dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' || printf '%s ' "$package"
    done
}

install_packages() {
    missing=$(missing_packages "$1")
    [ -z "$missing" ] && return 0
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo"
    else
        echo "缺少系统软件包，请管理员执行：apt-get install -y --no-install-recommends $missing" >&2
        exit 2
    fi
    say "安装系统软件包：$missing"
    $as_root apt-get update -q
    # shellcheck disable=SC2086 # the list is meant to be split
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -q --no-install-recommends $missing
}

# A finished environment carries a stamp: what it was made from, and where (environments cannot be moved).
fingerprint() { (pwd; cat pyproject.toml requirements/*.txt) | cksum; }

make_environment() { # folder, stamp, venv options, pip arguments...
    folder=$1 stamp=$1/stamp-$2 options=$3
    shift 3
    current=$(fingerprint)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$current" ] && return 0
    say "准备 Python 环境 $folder"
    [ -f "$folder/location" ] && [ "$(cat "$folder/location")" = "$(pwd)" ] || rm -rf "$folder"
    if [ ! -d "$folder" ]; then
        # shellcheck disable=SC2086
        "$python" -m venv $options "$folder"
        pwd >"$folder/location"
    fi
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
    printf '%s' "$current" >"$stamp"
}

# The Khronos validator judges the glTF files of the tests. Without a network those tests are left out, but not in CI.
install_validator() {
    folder=build/node
    [ -d "$folder/node_modules/gltf-validator" ] && return 0
    command -v npm >/dev/null 2>&1 || install_packages "nodejs npm"
    say "安装 glTF 检验器"
    mkdir -p "$folder"
    npm install --silent --no-audit --no-fund --prefix "$folder" gltf-validator@2.0.0-dev.3.10 ||
        echo "没有装上 glTF 检验器（需要网络）；要用它的测试会跳过" >&2
}

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "这个准备脚本需要 Debian 12 或同类系统（dpkg、apt）；其他系统请按 docs/开发环境.md 手工准备" >&2
    exit 2
fi

case $purpose in
demo)
    install_packages "$demo_packages"
    [ -f .venv/stamp-test ] && [ "$(cat .venv/stamp-test)" = "$(fingerprint)" ] ||
        make_environment .venv demo "" -c requirements/constraints.txt -e '.[scene]'
    ;;
test)
    install_packages "$test_packages"
    install_validator
    make_environment .venv test "" -c requirements/constraints.txt -e '.[scene,m3c2,dev]'
    # QGIS's own Python sees the system's packages, numpy held at the system's version
    make_environment .venv-qgis test "--system-site-packages" -r requirements/qgis-tests.txt
    ;;
*)
    echo "用法：sh installers/developer/setup.sh demo|test" >&2
    exit 2
    ;;
esac
