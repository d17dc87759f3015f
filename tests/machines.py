"""State machines over the database: each run ends as if it had not been."""

import os

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


class Undone(RuleBasedStateMachine):
    """A machine whose first step calls `open`; what it wrote is taken back in the end."""

    def open(self):
        self.outer = transaction.atomic()
        self.outer.__enter__()

    def teardown(self):
        if hasattr(self, "outer"):
            transaction.set_rollback(True)
            self.outer.__exit__(None, None, None)


def run(machine):
    """Run it: 15 times 25 steps, or as often as KEJI_MACHINE_RUNS says, 50 steps each."""
    told = int(os.environ.get("KEJI_MACHINE_RUNS", "0"))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=told or 15,
            stateful_step_count=50 if told else 25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
