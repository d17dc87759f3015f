"""Why a job stops before its end. Jobs let these pass."""


class Cancelled(Exception):
    """Somebody cancelled the job; raised by progress()."""


class HandedBack(Exception):
    """The worker has to stop; another one takes the job up again. Raised by progress()."""


class Lost(Exception):
    """Another worker has the job now, so nothing of this run may be kept."""
