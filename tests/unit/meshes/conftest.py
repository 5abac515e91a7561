"""Checkers of others for what is written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_SCRIPT = """
const validator = require(process.argv[1] + '/gltf-validator'), fs = require('fs');
validator.validateBytes(new Uint8Array(fs.readFileSync(process.argv[2]))).then(
  report => console.log(JSON.stringify(report.issues)), error => console.log(JSON.stringify({error: String(error)})));
"""


@pytest.fixture(scope="session")
def gltf_issues() -> Callable[[Path], dict]:
    """What the Khronos validator says: {numErrors, numWarnings, messages}. Skips where it is not installed.

    The variable TIM_NODE_MODULES names a folder `node_modules` with `gltf-validator` in it.
    """
    modules = os.environ.get("TIM_NODE_MODULES", "")
    if shutil.which("node") is None or not (Path(modules) / "gltf-validator").is_dir():
        pytest.skip("the Khronos glTF validator is not installed (TIM_NODE_MODULES)")

    def issues(path: Path) -> dict:
        command = ["node", "-e", _SCRIPT, str(Path(modules).absolute()), str(path)]
        run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return json.loads(run.stdout)

    return issues
