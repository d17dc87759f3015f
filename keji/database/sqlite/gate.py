"""The gate before the database: one writer at a time, first come, first served, also across processes."""

import fcntl
import os
import threading
import weakref

from keji.database import Busy

PATIENCE = 20.0
GATES: "weakref.WeakSet[Gate]" = weakref.WeakSet()


class Gate:
    """A place in the queue for one thread; without a file (a database in memory) everybody may pass."""

    def __init__(self, file: str | None):
        self.file, self.fd, self.held = file, -1, False
        GATES.add(self)

    def enter(self) -> bool:
        """Wait for the turn; False if this thread was inside already. Raises Busy when the patience is at an end."""
        if self.file is None or self.held:
            return False
        if self.fd < 0:
            self.fd = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.queue()
        self.held = True
        return True

    def queue(self) -> None:
        turn = Turn(self.fd)
        if not turn.wait(PATIENCE):
            self.fd = -1
            raise Busy("数据库正忙,请稍后再试")

    def leave(self) -> None:
        if self.held:
            self.held = False
            fcntl.flock(self.fd, fcntl.LOCK_UN)

    def close(self) -> None:
        self.held = False
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __del__(self) -> None:
        self.close()


class Turn:
    """Waits for flock in a thread of its own: flock keeps the order but knows no time-out, polling the reverse."""

    def __init__(self, fd: int):
        self.fd, self.lock, self.came, self.given_up = fd, threading.Lock(), threading.Event(), False
        threading.Thread(target=self.run, name="gate", daemon=True).start()

    def run(self) -> None:
        fcntl.flock(self.fd, fcntl.LOCK_EX)
        with self.lock:
            if self.given_up:
                os.close(self.fd)
            else:
                self.came.set()

    def wait(self, seconds: float) -> bool:
        """False after so many seconds; then the file belongs to the thread, which closes it."""
        if self.came.wait(seconds):
            return True
        with self.lock:
            self.given_up = not self.came.is_set()
        return not self.given_up


def forget() -> None:
    """A forked child must not share its parent's place: the two would pass together."""
    for gate in list(GATES):
        gate.close()


os.register_at_fork(after_in_child=forget)
