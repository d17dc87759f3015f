"""One command for all of it: the web server, the worker with the scheduler, and an orderly end."""

import contextlib
import ctypes
import errno
import fcntl
import gc
import os
import signal
import socket
import ssl
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import IO, Any, TextIO
from urllib.parse import urlsplit

from keji.kernel.certificates import Certificate

APP = "keji.wsgi:application"
ALREADY_RUNNING, PORT_TAKEN, NOT_STARTED = 3, 4, 5
PATIENCE = 30.0
STOP = 30.0
CALM = 60.0
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class Part:
    """One of the processes that are kept running."""

    name: str
    work: Callable[[], None]
    pid: int = 0
    code: int = 0
    started: float = 0.0
    crashes: int = 0
    due: float = 0.0

    def start(self, held: list[Any]) -> None:
        self.started = time.monotonic()
        self.pid = fork(self.name, self.work, held)

    @property
    def runs(self) -> bool:
        if self.pid:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.pid, self.code = 0, os.waitstatus_to_exitcode(status)
        return bool(self.pid)


@dataclass
class Site:
    """What is served where. `held` are the open locks, which belong to the parent alone."""

    host: str
    port: int
    workers: int
    app: str
    with_worker: bool
    certificate: Certificate | None = None
    held: list[Any] = field(default_factory=list)
    stopping: bool = False

    @property
    def outside(self) -> str:
        """The address that people open, where it is told."""
        return os.environ.get("KEJI_BASE_URL", "").rstrip("/")

    @property
    def address(self) -> str:
        return f"http{'s' if self.certificate else ''}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def serve(
    host: str,
    port: int,
    workers: int = 2,
    *,
    app: str = APP,
    worker: bool = True,
    data: Path | None = None,
    certificate: Certificate | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT, and return the exit code: 0, or 3, 4, 5 after one line that says why not."""
    data = data or Path(os.environ.get("KEJI_DATA") or "var").resolve()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    site = Site(host, port, workers, app, worker, certificate)
    try:
        with only_one(data) as file, only_here(host, port) as mark:
            site.held = [file, mark]
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


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[IO[str]]:
    """Hold the data folder. The lock goes with the process, so a file left behind by a crash refuses nobody."""
    with (data / "keji.pid").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Taken(ALREADY_RUNNING, f"这个数据目录已有一个客迹在运行（{holder(file)}）：{data}") from error
        write(file, str(os.getpid()))
        yield file
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
def only_here(host: str, port: int) -> Iterator[socket.socket]:
    """Hold the port. granian sets SO_REUSEPORT, so a second copy would start silently and take half the requests."""
    with socket.socket(socket.AF_UNIX) as mark:
        try:
            # A name without a file, which the system frees with the process; it closes the gap until granian listens.
            mark.bind(f"\0keji-port-{port}")
        except OSError as error:
            raise Taken(PORT_TAKEN, f"端口 {port} 已有另一个客迹在使用，请用 KEJI_PORT 换一个端口") from error
        probe(host, port)
        yield mark


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
        return f"端口 {port} 已被其他程序占用，请用 KEJI_PORT 换一个端口"
    if error.errno == errno.EACCES:
        return f"没有权限使用端口 {port}:1024 以下的端口要管理员权限，请用 KEJI_PORT 换一个端口"
    return f"本机没有地址 {host}，请检查 KEJI_HOST"


def run(site: Site) -> int:
    def stop(*_):
        site.stopping = True

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    parts: list[Part] = []
    try:
        application = load(site)
        parts = [Part("keji-web", lambda: run_web(site, application))]
        parts[0].start(site.held)
        if code := announce(site, parts[0]):
            return code
        if site.with_worker:
            parts.append(Part("keji-worker", run_worker))
        return watch(site, parts)
    finally:
        end(parts)
        for number, handler in before.items():
            signal.signal(number, handler)


def load(site: Site) -> Any:
    """Load everything once, before the parts are forked: they share its memory and start at once."""
    module, _, name = site.app.partition(":")
    try:
        application = getattr(import_module(module), name)
    except ImportError as error:
        raise Taken(NOT_STARTED, f"程序不能载入：{error}") from error
    if site.with_worker:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keji.settings")
        import django

        django.setup()
    load_pages()
    gc.collect()
    gc.freeze()
    return application


def load_pages() -> None:
    """Load what Django loads at the first request only, and let go of its connections, which a fork must not share."""
    if "django" not in sys.modules:
        return
    from django.conf import settings
    from django.db import connections
    from django.urls import get_resolver

    if getattr(settings, "ROOT_URLCONF", None):
        _ = get_resolver().url_patterns
    connections.close_all()


def fork(name: str, work: Callable[[], None], held: list[Any]) -> int:
    """Start a process that does this work and dies with this one, however this one ends."""
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    if pid := os.fork():
        return pid
    code = 1
    try:
        # A group of its own, so that Ctrl-C reaches the parent only, which then ends all in order.
        os.setpgid(0, 0)
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        die_with(parent)
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode())
        for lock in held:
            lock.close()
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def announce(site: Site, web: Part) -> int:
    """Print the address once it answers."""
    limit = time.monotonic() + PATIENCE
    while not site.stopping:
        if answers(site):
            here = f"（本机 {site.address}）" if site.outside not in ("", site.address) else ""
            say(f"客迹已启动：{site.outside or site.address}{here}", sys.stdout)
            return 0
        if not web.runs or time.monotonic() > limit:
            say("keji: 网页服务没有启动，原因见上面的记录")
            return NOT_STARTED
        time.sleep(0.02)
    return 0


def answers(site: Site) -> bool:
    """Whether a request gets an answer, whatever it says."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(site.host, site.host)  # noqa: S104 - compared, not bound
    name = urlsplit(site.outside).hostname or near
    try:
        with connected(site, near, name) as connection:
            connection.sendall(f"HEAD / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def connected(site: Site, near: str, name: str) -> socket.socket:
    """A connection to ourselves; by our own certificate, if we have one, and no other."""
    line = socket.create_connection((near, site.port), timeout=5)
    if site.certificate is None:
        return line
    return ssl.create_default_context(cafile=site.certificate.cert).wrap_socket(line, server_hostname=name)


def watch(site: Site, parts: list[Part]) -> int:
    """Start whatever does not run, again and later each time if it ended by itself, until told to stop."""
    while not site.stopping:
        for part in parts:
            if not part.runs:
                revive(part, site.held)
        time.sleep(0.1)
    return 0


def revive(part: Part, held: list[Any]) -> None:
    instant = time.monotonic()
    if part.started > part.due:
        part.crashes = 1 if instant - part.started > CALM else part.crashes + 1
        part.due = instant + min(30.0, 0.25 * 2**part.crashes)
        say(f"keji: {part.name} 意外结束（{part.code}），将重新启动")
    if instant >= part.due:
        part.start(held)


def end(parts: list[Part]) -> None:
    """Ask all to end, wait, and kill who did not."""
    tell(parts, signal.SIGTERM)
    limit = time.monotonic() + STOP
    while any(part.runs for part in parts) and time.monotonic() < limit:
        time.sleep(0.02)
    tell(parts, signal.SIGKILL)


def tell(parts: list[Part], number: signal.Signals) -> None:
    for part in parts:
        if part.runs:
            os.kill(part.pid, number)


def die_with(parent: int) -> None:
    """Let the system end this process when its parent ends, however that happens."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def run_web(site: Site, application: Any) -> None:
    """Run granian, whose own processes die with this one."""
    from granian import Granian
    from granian.constants import Interfaces, SSLProtocols
    from granian.log import LogLevels

    parent = os.getpid()

    def load(*_args, **_kwargs):
        die_with(parent)
        return application

    Granian(
        site.app,
        address=site.host,
        port=site.port,
        interface=Interfaces.WSGI,
        workers=site.workers,
        blocking_threads=8,
        backlog=128,
        backpressure=64,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=20,
        ssl_cert=site.certificate.cert if site.certificate else None,
        ssl_key=site.certificate.key if site.certificate else None,
        ssl_protocol_min=SSLProtocols.tls12,
    ).serve(target_loader=load, wrap_loader=False)


def run_worker() -> None:
    """Run the worker with the scheduler; a job that does not listen is left behind at the end."""
    from keji.queue.worker import work

    work()
