"""What can be done with deals."""

from django.utils.translation import gettext_lazy as _

from keji.access.scope import declare, declare_record

declare_record("deals", _("商机"))
PIPELINES = declare("deals.pipelines", _("维护销售流程"))
