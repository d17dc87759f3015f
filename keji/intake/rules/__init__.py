"""Importing this package declares the actions of the intake: those on paper forms; imports have those of the customers they fill."""

from keji.intake.rules import paper  # noqa: F401
