"""Importing this package declares every action on customers and contacts."""

from keji.customers.rules import actions, bin, contacts, grading, owners, register, reveal, revise, usage  # noqa: F401
