"""Commands on a data folder in which nothing has been yet."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
from installation import KEJI, ROOT, environment  # noqa: E402


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["template", "模板.xlsx"], 0),
        (["export", "全部.xlsx", "--plain", "--why", "试"], 0),
        (["export", "名单.csv", "--person", "nobody"], 2),
        (["person", "list"], 0),
        (["token", "add", "nobody"], 2),
        (["doctor"], None),
        (["verify"], 1),
        (["backup"], 1),
    ],
)
def test_a_command_on_an_empty_folder_does_its_work_or_says_why_not_in_one_line(tmp_path, words, code):
    around = environment(tmp_path / "data", 8000)
    around.pop("KEJI_DATABASE_URL", None)

    done = subprocess.run([*KEJI, *words], env=around | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True)

    assert "Traceback" not in done.stderr
    assert code is None or done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) <= 1
