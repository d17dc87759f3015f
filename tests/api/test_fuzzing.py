"""The short form of the fuzzing: a served copy of the demo, asked by schemathesis as two of its roles."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.proof("R-10")
def test_schemathesis_finds_nothing(tmp_path):
    around = os.environ | {"KEJI_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "keji.settings", "KEJI_LOG": "CRITICAL"}
    around.pop("KEJI_DATABASE_URL", None)
    command = [sys.executable, "fuzzing.py", "1", "examples,stateful", "SALES_MANAGER", "CS_AGENT"]
    done = subprocess.run(command, cwd=Path(__file__).parent, env=around, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["failures"] == []
    assert found["requests"] > 100
    assert len(found["answers"]["SALES_MANAGER"]) > 15
