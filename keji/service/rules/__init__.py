"""Importing this package declares every action on tickets."""

from keji.service.rules import actions, tickets, usage, visits  # noqa: F401
