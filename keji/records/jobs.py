"""Work on files in the background."""

from django.utils.translation import gettext_lazy as _

from keji.queue import called, every, task
from keji.records.rules import attachments


@every(daily="03:20", name="sweep attachments")
@called(_("清理附件"))
@task()
def sweep_attachments() -> None:
    attachments.sweep()
