"""One command for all of it: the web server, the worker with the scheduler, and an orderly end."""

import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TextIO
from urllib.parse import urlsplit

APP = "keji.wsgi:application"
ALREADY_RUNNING, PORT_TAKEN, NOT_STARTED = 3, 4, 5
PATIENCE = 30.0
STOP = 30.0
CALM = 60.0
PR_SET_PDEATHSIG = 1


@dataclass
class Part:
    """One of the processes that are kept running."""

    name: str
    command: list[str]
    process: subprocess.Popen | None = None
    started: float = 0.0
    crashes: int = 0
    due: float = 0.0

    def start(self, environment: dict[str, str]) -> None:
        self.started = time.monotonic()
        # A group of its own, so that Ctrl-C reaches the parent only, which then ends all in order.
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            self.command, env=environment, stdin=subprocess.DEVNULL, process_group=0
        )

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Site:
    """What is served where."""

    host: str
    port: int
    parts: list[Part]
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    stopping: bool = False

    @property
    def address(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def serve(
    host: str, port: int, workers: int = 2, *, app: str = APP, worker: bool = True, data: Path | None = None
) -> int:
    """Serve until SIGTERM or SIGINT, and return the exit code: 0, or 3, 4, 5 after one line that says why not."""
    data = data or Path(os.environ.get("KEJI_DATA") or "var").resolve()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    site = Site(host, port, parts(host, port, workers, app, worker))
    try:
        with only_one(data), only_here(host, port):
            return run(site)
    except Taken as taken:
        say(f"keji: {taken}")
        return taken.code


def say(line: str, to: TextIO | None = None) -> None:
    print(line, file=to or sys.stderr, flush=True)  # noqa: T201 - the operator reads this


class Taken(Exception):
    """Why this start is refused."""

    def __init__(self, code: int, line: str):
        super().__init__(line)
        self.code = code


def parts(host: str, port: int, workers: int, app: str, worker: bool) -> list[Part]:
    start = [sys.executable, "-m", "keji.serving", str(os.getpid())]
    web = Part("web", [*start, "web", host, str(port), str(workers), app])
    return [web, Part("worker", [*start, "worker"])] if worker else [web]


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data folder. The lock goes with the process, so a file left behind by a crash refuses nobody."""
    with (data / "keji.pid").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Taken(ALREADY_RUNNING, f"这个数据目录已有一个客迹在运行({holder(file)}):{data}") from error
        write(file, str(os.getpid()))
        yield
        write(file, "")


def holder(file: IO[str]) -> str:
    file.seek(0)
    return f"进程 {file.read().strip() or '未知'}"


def write(file: IO[str], text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


@contextlib.contextmanager
def only_here(host: str, port: int) -> Iterator[None]:
    """Hold the port. granian sets SO_REUSEPORT, so a second copy would start silently and take half the requests."""
    with socket.socket(socket.AF_UNIX) as mark:
        try:
            # A name without a file, which the system frees with the process; it closes the gap until granian listens.
            mark.bind(f"\0keji-port-{port}")
        except OSError as error:
            raise Taken(PORT_TAKEN, f"端口 {port} 已有另一个客迹在使用,请用 KEJI_PORT 换一个端口") from error
        probe(host, port)
        yield


def probe(host: str, port: int) -> None:
    """Raise Taken if any program listens there: without SO_REUSEPORT the system refuses to share."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, kind) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
            trial.listen(1)
        except OSError as error:
            raise Taken(PORT_TAKEN, why_not(host, port, error)) from error


def why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"端口 {port} 已被其他程序占用,请用 KEJI_PORT 换一个端口"
    if error.errno == errno.EACCES:
        return f"没有权限使用端口 {port}:1024 以下的端口要管理员权限,请用 KEJI_PORT 换一个端口"
    return f"本机没有地址 {host},请检查 KEJI_HOST"


def run(site: Site) -> int:
    def stop(*_):
        site.stopping = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        for part in site.parts:
            part.start(site.environment)
        code = announce(site)
        return code or watch(site)
    finally:
        end(site.parts)
        for number, handler in before.items():
            signal.signal(number, handler)


def announce(site: Site) -> int:
    """Print the address once it answers."""
    web, limit = site.parts[0], time.monotonic() + PATIENCE
    while not site.stopping:
        if answers(site):
            say(f"客迹已启动:{site.address}", sys.stdout)
            return 0
        if not web.runs or time.monotonic() > limit:
            say("keji: 网页服务没有启动,原因见上面的记录")
            return NOT_STARTED
        time.sleep(0.02)
    return 0


def answers(site: Site) -> bool:
    """Whether a request gets an answer, whatever it says."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(site.host, site.host)  # noqa: S104 - compared, not bound
    name = urlsplit(os.environ.get("KEJI_BASE_URL", "")).hostname or near
    try:
        with socket.create_connection((near, site.port), timeout=5) as connection:
            connection.sendall(f"HEAD / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def watch(site: Site) -> int:
    """Start again whatever ends by itself, later each time, until told to stop."""
    while not site.stopping:
        for part in site.parts:
            if not part.runs:
                revive(part, site.environment)
        time.sleep(0.2)
    return 0


def revive(part: Part, environment: dict[str, str]) -> None:
    instant = time.monotonic()
    if part.process is not None:
        part.crashes = 1 if instant - part.started > CALM else part.crashes + 1
        part.due = instant + min(30.0, 0.25 * 2**part.crashes)
        say(f"keji: {part.name} 意外结束({part.process.returncode}),将重新启动")
        part.process = None
    if instant >= part.due:
        part.start(environment)


def end(parts: list[Part]) -> None:
    """Ask all to end, wait, and kill who did not."""
    running = [part.process for part in parts if part.process is not None and part.process.poll() is None]
    for process in running:
        process.terminate()
    limit = time.monotonic() + STOP
    for process in running:
        try:
            process.wait(max(0.0, limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def die_with(parent: int) -> None:
    """Let the system end this process when its parent ends, however that happens."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def run_web(host: str, port: int, workers: int, app: str) -> None:
    """Run granian. The application is loaded before it forks: the workers share its memory and start at once."""
    import gc
    from importlib import import_module

    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    module, _, name = app.partition(":")
    application = getattr(import_module(module), name)
    load_pages()
    gc.collect()
    gc.freeze()
    parent = os.getpid()

    def load(*_args, **_kwargs):
        die_with(parent)
        return application

    Granian(
        app,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=8,
        backlog=128,
        backpressure=64,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=20,
    ).serve(target_loader=load, wrap_loader=False)


def load_pages() -> None:
    """Load what Django loads at the first request only, so that a fault stops the start and no worker loads it alone."""
    if "django" in sys.modules:
        from django.urls import get_resolver

        _ = get_resolver().url_patterns


def run_worker() -> None:
    """Run the worker with the scheduler, and leave without waiting for a job that does not listen."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keji.settings")
    import django

    django.setup()
    from keji.queue.worker import work

    work()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def main(parent: str, part: str, *values: str) -> None:
    die_with(int(parent))
    if part == "worker":
        run_worker()
    else:
        host, port, workers, app = values
        run_web(host, int(port), int(workers), app)


if __name__ == "__main__":
    main(*sys.argv[1:])
