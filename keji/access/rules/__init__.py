"""Importing this package declares the actions on people, roles and the trail."""

from keji.access.rules import people, roles, seals, tokens, watch  # noqa: F401
