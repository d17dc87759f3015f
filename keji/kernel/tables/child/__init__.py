"""The process that reads a stranger's file: started bare, limits itself, imports neither Django nor keji.

It answers in JSON lines, because a parent that unpickled or unmarshalled the answer would trust the file after all.
"""

import json
import resource
import sys

from .refusal import Refusal


def main() -> None:
    """Read one order from standard input and answer it on standard output."""
    order = json.loads(sys.stdin.readline())
    bind(order["limits"])
    try:
        for answer in answers(order):
            say(answer)
    except Refusal as refusal:
        say({"refused": refusal.key, "values": refusal.values})
    except MemoryError:
        say({"refused": "E_FILE_TOO_LARGE", "values": {}})
    sys.stdout.flush()


def bind(limits: dict) -> None:
    for kind, most in [
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ]:
        resource.setrlimit(kind, (most, most))


def say(answer: dict) -> None:
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def answers(order: dict):
    from . import sources

    source = sources.opened(order["path"], order["password"], order["limits"])
    if order["want"] == "sheets":
        yield {"kind": source.kind, "encoding": source.encoding, "sheets": source.sheets(order["sheet"])}
    else:
        for bundle in sources.bundles(source.rows(order["sheet"]), order["limits"]):
            yield {"rows": bundle}
    yield {"end": True}
