"""What can be done with tasks."""

from django.utils.translation import gettext_lazy as _

from keji.access.scope import declare_record

declare_record("tasks", _("任务"))
