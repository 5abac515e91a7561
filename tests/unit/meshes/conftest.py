"""Checkers of others for what is written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_SCRIPT = """
const validator = require(process.argv[1] + '/gltf-validator'), fs = require('fs');
validator.validateBytes(new Uint8Array(fs.readFileSync(process.argv[2]))).then(
  report => console.log(JSON.stringify(report.issues)), error => console.log(JSON.stringify({error: String(error)})));
"""


@pytest.fixture(scope="session")
def gltf_issues() -> Callable[[Path], dict]:
    """What the Khronos validator says: {numErrors, numWarnings, messages}.

    It is looked for where the developer set-up puts it, or in the folder that TIM_NODE_MODULES names. Without it the
    test is skipped, but fails in CI.
    """
    modules = Path(os.environ.get("TIM_NODE_MODULES", ROOT / "build/node/node_modules"))
    if shutil.which("node") is None or not (modules / "gltf-validator").is_dir():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("the Khronos glTF validator is not installed")

    def issues(path: Path) -> dict:
        command = ["node", "-e", _SCRIPT, str(modules.absolute()), str(path)]
        run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return json.loads(run.stdout)

    return issues
