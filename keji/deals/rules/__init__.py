"""Importing this package declares every action on deals."""

from keji.deals.rules import actions, bin, move, open, pipelines, steps, usage  # noqa: F401
