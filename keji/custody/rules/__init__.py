"""Importing this package declares the action on backups."""

from keji.custody.rules import taking  # noqa: F401
