"""What can be done with tickets."""

from django.utils.translation import gettext_lazy as _

from keji.access.scope import declare_record

declare_record("tickets", _("服务单"))
