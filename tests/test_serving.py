import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PROGRAM = (
    "import sys; from keji.serving import serve;"
    "sys.exit(serve('127.0.0.1', int(sys.argv[1]), app=sys.argv[2], worker=sys.argv[3] == 'worker'))"
)


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def start(tmp_path):
    """Start a copy; whatever is left of it at the end is killed."""
    with contextlib.ExitStack() as stack:

        def started(port, data="data", app="trivial_wsgi:application", worker="alone"):
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(port), app, worker],
                env=environment(tmp_path, data),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.callback(finish, process)
            return process

        yield started


def environment(folder, data):
    paths = f"{HERE}:{HERE / 'queue'}:{HERE.parent}"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("KEJI_")}
    own = {"PYTHONPATH": paths, "KEJI_DATA": str(folder / data)}
    return {**plain, **own, "DJANGO_SETTINGS_MODULE": "proof_settings", "PROOF_FOLDER": str(folder)}


def finish(process):
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stdout.close()
    process.stderr.close()


def children(pid):
    """The processes below one, as process id and name."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if entry.name.isdigit():
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if int(parent) == pid and state != "Z":
                    found |= {int(entry.name): (entry / "comm").read_text().strip(), **children(int(entry.name))}
    return found


def named(pid, name):
    return [child for child, called in children(pid).items() if called == name]


def eventually(question, seconds=15.0):
    limit = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < limit:
        time.sleep(0.02)
    return answer


def body(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return answer.read()


def alive(pids):
    return [pid for pid in pids if Path(f"/proc/{pid}/status").exists() and "State:\tZ" not in status(pid)]


def status(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/status").read_text()
    return "State:\tZ"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_its_address_when_it_answers_and_ends_with_all_its_parts(start, port, number):
    process = start(port)

    assert process.stdout.readline() == f"客迹已启动：http://127.0.0.1:{port}\n"
    assert body(port) == b"here"
    assert eventually(lambda: len(children(process.pid)) == 3)  # the worker comes last
    parts = list(children(process.pid))

    process.send_signal(number)

    assert process.wait(15) == 0
    assert (alive(parts), process.stderr.read()) == ([], "")


def test_a_second_copy_on_the_same_data_is_refused(start, port):
    first = start(port)
    first.stdout.readline()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        free = other.getsockname()[1]

    second = start(free)

    assert second.wait(15) == 3
    [line] = second.stderr.read().splitlines()
    assert line.startswith(f"keji: 这个数据目录已有一个客迹在运行（进程 {first.pid}）：")
    assert body(port) == b"here"


def test_a_second_copy_on_the_same_port_is_refused(start, port):
    start(port).stdout.readline()

    second = start(port, data="elsewhere")

    assert second.wait(15) == 4
    assert second.stderr.read() == f"keji: 端口 {port} 已有另一个客迹在使用，请用 KEJI_PORT 换一个端口\n"


@pytest.mark.parametrize("shared", [0, 1])
def test_a_port_in_use_by_another_program_is_refused(start, port, shared):
    with socket.socket() as foreign:
        foreign.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
        foreign.bind(("127.0.0.1", port))
        foreign.listen()

        process = start(port)

        assert process.wait(15) == 4
        assert process.stderr.read() == f"keji: 端口 {port} 已被其他程序占用，请用 KEJI_PORT 换一个端口\n"


def test_a_new_copy_starts_after_a_crash_and_nothing_is_left_of_the_old_one(start, port):
    first = start(port)
    first.stdout.readline()
    parts = list(children(first.pid))

    first.kill()
    first.wait()

    assert eventually(lambda: not alive(parts))
    assert start(port).stdout.readline() == f"客迹已启动：http://127.0.0.1:{port}\n"


def test_no_web_process_outlives_the_one_that_started_it(start, port):
    process = start(port)
    process.stdout.readline()
    [web] = [pid for pid in children(process.pid) if children(pid)]
    below = list(children(web))

    os.kill(web, signal.SIGKILL)

    assert eventually(lambda: not alive(below))
    assert eventually(lambda: len(children(process.pid)) == 3)
    assert eventually(lambda: answers(port))


def answers(port):
    with contextlib.suppress(OSError):
        return body(port) == b"here"


def test_a_web_process_that_dies_is_replaced(start, port):
    process = start(port)
    process.stdout.readline()
    [web] = [pid for pid in children(process.pid) if children(pid)]
    before = set(children(web))

    os.kill(min(before), signal.SIGKILL)

    assert eventually(lambda: len(set(children(web)) - {min(before)}) == 2)
    assert body(port) == b"here"


def test_an_application_that_does_not_load_ends_with_one_line(start, port):
    process = start(port, app="no_such_module:application")

    assert process.wait(15) == 5
    assert process.stderr.read() == "keji: 程序不能载入：No module named 'no_such_module'\n"


def test_the_worker_does_the_jobs_and_is_replaced_when_it_dies(start, port, tmp_path):
    prepare(tmp_path, 6)
    process = start(port, worker="worker")
    process.stdout.readline()
    [worker] = eventually(lambda: named(process.pid, "keji-worker"))
    assert eventually(lambda: done(tmp_path) == 6)

    os.kill(worker, signal.SIGKILL)

    assert eventually(lambda: [pid for pid in named(process.pid, "keji-worker") if pid != worker])
    process.terminate()
    assert process.wait(20) == 0
    assert process.stderr.read() == "keji: keji-worker 意外结束（-9），将重新启动\n"


def prepare(folder, jobs):
    command = [sys.executable, str(HERE / "queue" / "proof_workers.py"), "prepare", str(jobs)]
    subprocess.run(command, env=environment(folder, "data"), check=True)


def done(folder):
    import pysqlite3

    with contextlib.closing(pysqlite3.connect(folder / "keji.db", timeout=20)) as connection:
        [[count]] = connection.execute("SELECT count(*) FROM queue_job WHERE state = 'done'").fetchall()
    return count
