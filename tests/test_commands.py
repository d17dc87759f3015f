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


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KEJI_TIMEZONE", "Mars/Base", "KEJI_TIMEZONE 须是"),
        ("KEJI_LOG", "LOUD", "KEJI_LOG 只能是"),
        ("KEJI_BASE_URL", "ftp://crm", "KEJI_BASE_URL 须像"),
        ("KEJI_DATABASE_URL", "postgresql://nobody:geheim-7301@127.0.0.1:1/none", "数据库不能使用"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(tmp_path, name, value, said):
    around = environment(tmp_path / "data", 8000) | {"PYTHONPATH": str(ROOT), name: value}

    ended = subprocess.run([*KEJI, "serve"], env=around, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (1, "", 1)
    assert ended.stderr.startswith(f"keji: {said}")
    assert "geheim" not in ended.stderr
