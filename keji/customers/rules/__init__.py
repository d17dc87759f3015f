"""Importing this package declares every action on customers and contacts."""

from keji.customers.rules import actions, bin, contacts, grading, owners, register, reveal, revise  # noqa: F401
