"""Importing this package declares the action on hooks."""

from keji.notices.rules import hooks  # noqa: F401
