"""Importing this package declares every action on tasks."""

from keji.agenda.rules import actions, along, campaigns, escalating, feeds, reminding, steps, tasks  # noqa: F401
