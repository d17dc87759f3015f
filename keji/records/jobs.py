"""Work on files in the background."""

from keji.queue import every, task
from keji.records.rules import attachments


@every(daily="03:20", name="sweep attachments")
@task()
def sweep_attachments() -> None:
    attachments.sweep()
