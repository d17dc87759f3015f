"""Moments as tests write them."""

from datetime import datetime

from keji.kernel import clock


def local(told):
    """A moment by the clock of the installation."""
    return datetime.fromisoformat(told).replace(tzinfo=clock.zone())
