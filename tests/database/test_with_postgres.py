import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "with_postgres"
INSTALLED = any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb")
pytestmark = pytest.mark.skipif(not INSTALLED, reason="PostgreSQL is not installed")


def start(code, folder):
    environment = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.Popen([TOOL, sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def folder():
    made = Path(tempfile.mkdtemp(prefix="keji-tool-"))
    made.chmod(0o755)  # the server runs as another account
    yield made
    shutil.rmtree(made)


def test_the_command_gets_a_database_and_its_exit_code_is_passed_on(folder):
    code = (
        "import os, sys, psycopg; from urllib.parse import urlsplit; url = urlsplit(os.environ['KEJI_DATABASE_URL']);"
        "one = psycopg.connect(f'host={url.query[5:]} user=keji dbname=keji').execute('SELECT 6 * 7').fetchone(); print(*one); sys.exit(7)"
    )

    done = start(code, folder)

    assert (done.communicate()[0], done.returncode) == ("42\n", 7)
    assert list(folder.iterdir()) == []


def test_a_stop_in_the_middle_leaves_no_server_behind(folder):
    done = start("import os, time; print(os.environ['KEJI_POSTGRES_FOLDER'], flush=True); time.sleep(60)", folder)
    place = Path(done.stdout.readline().strip())
    server = int((place / "data" / "postmaster.pid").read_text().split()[0])

    done.send_signal(signal.SIGTERM)
    done.communicate()

    assert (done.returncode, list(folder.iterdir())) == (143, [])
    for _ in range(100):
        if not Path(f"/proc/{server}").exists():
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{server}").exists()
