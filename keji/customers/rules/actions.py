"""What can be done with customers and contacts."""

from django.utils.translation import gettext_lazy as _

from keji.access.scope import declare, declare_record
from keji.records.rules.exports import ANY

declare_record("customers", _("客户"))
declare_record("contacts", _("联系人"))
declare_record("needs", _("需求"))
REVEAL = declare("customers.reveal", _("查看被遮盖的内容"), "customers", "see")
OVERRIDE = declare("customers.override", _("同名客户仍然登记"), "customers", "create")
REGRADE = declare("customers.regrade", _("直接调整等级"), "customers", "change")
EXPORT_ANY = declare(ANY, _("导出任意数量（含联系方式）"), "customers", "export")
ANY_NUMBER = declare("customers.any_number", _("自定客户编号"), "customers", "create")
REVIEW = declare("customers.review", _("复核客户资料"), "customers", "see")
FINAL_REVIEW = declare("customers.final_review", _("终审重要客户资料"), "customers", "see")
