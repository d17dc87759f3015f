"""R-13 for notices: workers and writers are killed while customers change hands and mail server and robot refuse at times.

    python tests/notices/notices_proof.py 1000 50

Whoever got a customer is told of it once in the inbox, and at least once by mail and by robot: a second copy has the id of
the first, and there are no more of them than workers were killed. The counts come from those who were sent it, and from SQL.
"""

import json
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import defaultdict

from hooks_proof import ask, environment, run
from post_office import office
from receiving import receiver

WRITERS = ("left", "right")
ASKED = "SELECT id, record_id FROM access_entry WHERE action = 'customers.assign'"
TOLD = "SELECT id, record_id FROM notices_notice WHERE kind = 'customers.handed'"
SENT = "SELECT o.key, c.medium, o.state FROM notices_outgoing o JOIN notices_channel c ON c.id = o.channel_id"
CUSTOMER, KNOWN_BY = re.compile(r"/customers/(\d+)/"), re.compile(r"编号 ([0-9a-f]{12})")


def prove(handed=1000, kills=50, seed=1, patience=3600.0):
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="keji-notices-") as folder, receiver() as robot, office() as mail:
        robot.flaky, mail.flaky = random.Random(seed), random.Random(seed + 1)
        robot.answer = b'{"errcode":0,"errmsg":"ok"}'
        post = {"KEJI_SMTP_URL": f"smtp://127.0.0.1:{mail.port}", "KEJI_MAIL_FROM": "crm@example.com"}
        around = environment(folder, "notices", **post)
        run(around, "prepare", robot.home, of="notices").wait(300)
        scene = Scene(around, handed // len(WRITERS))
        began, step, before = time.monotonic(), handed * 2 // (kills + 1), 0
        try:
            while time.monotonic() - began < patience and not all_sent(scene, robot, mail, handed):
                time.sleep(chance.uniform(0.1, 1.0))
                come = len(robot.taken) + len(mail.taken)
                if sum(scene.killed.values()) < kills and come - before >= step:  # else they would die before they work
                    before = come
                    scene.strike(chance)
                scene.revive()
        finally:
            scene.end()
        return judge(around, robot, mail, handed) | {"killed": scene.killed, "seconds": round(time.monotonic() - began, 1)}


class Scene:
    """Two writers and two workers, who are killed and come back."""

    def __init__(self, around, each):
        self.around, self.each, self.killed = around, str(each), {"work": 0, "write": 0}
        self.workers = [self.begin("work") for _worker in range(2)]
        self.writers = {name: self.begin("write", name, self.each) for name in WRITERS}

    def begin(self, *words):
        return run(self.around, *words, of="notices")

    def strike(self, chance):
        """A worker dies, and at times a writer with it."""
        victims = {"work": self.workers.pop(0)}
        alive = [one for one in self.writers.values() if one.poll() is None]
        if alive and chance.random() < 0.5:
            victims["write"] = chance.choice(alive)
        for what, victim in victims.items():
            os.kill(victim.pid, signal.SIGKILL)
            victim.wait()
            self.killed[what] += 1
        self.workers.append(self.begin("work"))

    def revive(self):
        for name, one in self.writers.items():
            if one.poll() not in (None, 0):
                self.writers[name] = self.begin("write", name, self.each)

    @property
    def written(self):
        return all(one.poll() == 0 for one in self.writers.values())

    def end(self):
        for process in [*self.workers, *self.writers.values()]:
            process.kill()
            process.wait()


def all_sent(scene, robot, mail, handed):
    """Asked of those who are sent it first: each question to the database is a process."""
    if not scene.written or min(len(set(by_robot(robot))), len(set(mail.ids))) < handed:
        return False
    return ask(scene.around, "SELECT count(*) FROM notices_outgoing WHERE state <> 'SENT'") == [[0]]


def texts(robot):
    return [json.loads(body)["text"]["content"] for _headers, body in robot.taken]


def by_robot(robot):
    return [KNOWN_BY.findall(text)[-1] for text in texts(robot)]


def judge(around, robot, mail, handed):
    """What was done, what the inbox says of it, and what arrived outside."""
    asked, rows, sent = ask(around, ASKED), ask(around, TOLD), ask(around, SENT)
    known_by = [found.partition("@")[0].lstrip("<") for found in mail.ids]
    ways = {"mail": (known_by, mail.texts), "robot": (by_robot(robot), texts(robot))}
    found = {
        "handed": len(asked),
        "inbox_missed": len({pk for _entry, pk in asked} - {pk for _notice, pk in rows}),
        "inbox_doubled": len(rows) - len({pk for _notice, pk in rows}),
        "not_sent": sum(state != "SENT" for _key, _medium, state in sent),
        "refused": len(robot.heard) - len(robot.taken),
    }
    for way, (ids, said) in ways.items():
        of = defaultdict(set)  # customer → the ids of what was said of it
        for key, text in zip(ids, said, strict=True):
            of[int(CUSTOMER.search(text)[1])].add(key)
        found |= {
            f"{way}_missed": len({pk for _entry, pk in asked} - of.keys()),
            f"{way}_under_two_ids": sum(len(keys) > 1 for keys in of.values()),
            f"{way}_repeated": len(ids) - len(set(ids)),
        }
    return found


if __name__ == "__main__":
    print(json.dumps(prove(*map(int, sys.argv[1:3]))))
