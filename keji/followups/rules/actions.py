"""What can be done with follow-ups."""

from django.utils.translation import gettext_lazy as _

from keji.access.scope import declare, declare_record

declare_record("followups", _("跟进"))
HISTORY = declare("followups.history", _("查看全部跟进历史（没有则只看每个客户最近 5 条）"), "followups", "see")
FOR_OTHERS = declare("followups.for_others", _("替别人记跟进、修改别人的跟进"), "followups", "change")
