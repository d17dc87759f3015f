"""Work of the API in the background."""

from django.utils.translation import gettext_lazy as _

from keji.api import rules
from keji.queue import called, every, task


@every(daily="03:40", name="sweep API answers")
@called(_("清理接口的应答记录"))
@task()
def sweep_answers() -> None:
    rules.sweep()
