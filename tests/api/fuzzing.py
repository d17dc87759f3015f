"""schemathesis against a served copy of the demo: every check, stateful links too, for each role of its own."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", "401", "403", "404", "409", "422", "429"]

# Numbers of records that there are, and words that are taken: else next to nothing that is made up is ever accepted.
[dictionaries]
keys = { values = ["1", "2", "3", "4", "5"] }
customers = { values = [1, 2, 3, 4, 5] }
names = { values = ["云帆商贸有限公司", "远山机电设备有限公司", "李梅", "王海涛", "办公设备采购"] }
words = { values = ["介绍了新产品，约好下周看演示", "采购 120 套智能办公设备"] }

[parameters]
"path.key" = { dictionary = "keys", probability = 0.7 }
"body.customer_id" = { dictionary = "customers", probability = 0.8 }
"body.name" = { dictionary = "names", probability = 0.7 }
"body.summary" = { dictionary = "words", probability = 0.7 }
"body.description" = { dictionary = "words", probability = 0.7 }

# Each row of a batch is answered by itself: one that is no row gets its 422 inside a 200.
[[operations]]
include-path-regex = "/batch$"

[operations.checks.negative_data_rejection]
expected-statuses = ["200", "400", "401", "403", "404", "406", "413", "415", "422"]
"""

UNTOLD = ("OPTIONS", "HEAD", "TRACE")  # that no operation of the document has


class Quiet(WSGIRequestHandler):
    def log_message(self, *told: Any) -> None:
        """Nothing: a line a request would hide what matters."""


def prove(examples: int = 50, seed: int = 1, phases: str = "examples,coverage,fuzzing,stateful", roles: Any = None) -> dict[str, Any]:
    """Ask the API as each role. Returns how many requests there were and everything that failed."""
    import django

    django.setup()
    from django.conf import settings

    from keji.access.models import Person, Role
    from keji.access.rules.people import add_person
    from keji.access.rules.tokens import issue
    from keji.access.tokens import scopes
    from keji.cli import migrate
    from keji.demo import build

    migrate()
    build(20)
    settings.API_RATE = 10**9
    found: dict[str, Any] = {"roles": 0, "requests": 0, "failures": [], "answers": {}}
    with served() as address:
        for role in Role.objects.order_by("pk"):
            if roles and role.code not in roles:
                continue
            person, _password = add_person(None, f"fuzz.{role.code.lower()}", role.label, [role.code])
            Person.objects.filter(pk=person.pk).update(must_change=False)
            hand_over(person)
            _token, secret = issue(person, "fuzz", scopes(), 9)
            told = run(address, secret, examples, seed, phases)
            found["roles"] += 1
            found["requests"] += told["requests"]
            found["failures"] += [f"{role.code}: {one}" for one in told["failures"]]
            found["answers"][role.code] = told["succeeded"]
    return found


def hand_over(person: Any) -> None:
    """Give a person the first records of each type, so that the examples speak of records of theirs."""
    from keji.customers.models import Customer
    from keji.deals.models import Deal
    from keji.followups.models import Followup

    Customer.objects.filter(pk__lte=5).update(owner=person, deleted_at=None)
    Deal.objects.filter(pk__lte=5).update(owner=person, deleted_at=None)
    Followup.objects.filter(pk__lte=5).update(author=person, deleted_at=None)


class served:
    """The program behind a plain server in this process."""

    def __enter__(self) -> str:
        from keji.wsgi import application

        class Server(WSGIServer):
            daemon_threads = True

        self.server = make_server("127.0.0.1", 0, application, server_class=Server, handler_class=Quiet)
        self.thread = Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *told: Any) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def run(address: str, secret: str, examples: int, seed: int, phases: str) -> dict[str, Any]:
    """One run of schemathesis with a token, read from its event log."""
    with tempfile.TemporaryDirectory() as folder:
        config, report = Path(folder, "schemathesis.toml"), Path(folder, "events.ndjson")
        config.write_text(CONFIG)
        command = [str(Path(sys.executable).with_name("st")), "--config-file", str(config), "run", f"{address}/api/v1/openapi.json"]
        command += ["-u", address, "-H", f"Authorization: Bearer {secret}", "--phases", phases, "-n", str(examples), "--seed", str(seed)]
        command += ["--report", "ndjson", "--report-ndjson-path", str(report), "--continue-on-failure", "--no-color", "--max-response-time", "60", "--request-timeout", "60"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env={**os.environ, "NO_COLOR": "1"})
        if done.returncode not in (0, 1):
            raise SystemExit(done.stdout + done.stderr)
        with Path(os.environ.get("FUZZ_LOG", Path(folder, "log"))).open("a", encoding="utf-8") as log:
            log.write(done.stdout)
        return read(report, done.stdout)


def read(report: Path, said: str) -> dict[str, Any]:
    """What a run did: how many requests, which operations succeeded, what failed."""
    statuses: dict[str, set[int]] = {}
    requests = 0
    for line in report.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for name, told in recorder.get("interactions", {}).items():
            case = recorder["cases"][name]["value"]
            requests += 1
            if told.get("response") and case["method"] not in UNTOLD:
                statuses.setdefault(f"{case['method']} {case['path']}", set()).add(told["response"]["status_code"])
    wrong = said.partition("= ERRORS =")[2] or said.partition("= FAILURES =")[2]
    failures = re.findall(r"(?m)^_{3,} (.+?) _{3,}$|^- (ST.+)$", wrong)
    return {
        "requests": requests,
        "succeeded": sorted(name for name, seen in statuses.items() if any(status < 300 for status in seen)),
        "failures": [one or two for one, two in failures],
    }


if __name__ == "__main__":
    print(json.dumps(prove(int(sys.argv[1]), phases=sys.argv[2], roles=sys.argv[3:] or None), ensure_ascii=False))
