"""What paper forms look like to people."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.agenda.sheet import ForCustomer
from keji.customers.sheet import of_customer
from keji.intake.models import PaperForm
from keji.intake.rules import paper
from keji.kernel import text
from keji.records import kinds
from keji.records.sheet import Column, Seen, Sheet

STATE = kinds.Fixed(
    ("PRINTED", gettext_lazy("未收回")),
    ("COLLECTED", gettext_lazy("待扫描")),
    ("SCANNED", gettext_lazy("已扫描待录入")),
    ("UNSIGNED", gettext_lazy("未签字")),
    ("UNSCANNED", gettext_lazy("已录入缺扫描件")),
    ("COMPLETE", gettext_lazy("完成")),
    ("VOID", gettext_lazy("作废")),
)
TONES = {"COLLECTED": "amber", "SCANNED": "", "UNSIGNED": "red", "UNSCANNED": "red", "COMPLETE": "green"}

FORMS = Sheet(
    PaperForm,
    gettext_lazy("纸质表单"),
    order="-number",
    also=("id", "version", "customer_id", "state", "scanned_at", "due_at"),
    columns=(
        Column("number", kinds.Text(), listed=True, sort=True, typed=False),
        Column("state", STATE, listed=True, filter=True, typed=False),
        Column("collected_on", kinds.Day(past=True), "paper", listed=True, filter=True, example=gettext_lazy("昨天")),
        Column("collector", kinds.Who(), "paper", listed=True, filter=True),
        Column("event", kinds.Text(text.clean, 100), "paper", listed=True, example=gettext_lazy("展位 B12")),
        Column("signed", kinds.Flag(), "paper", listed=True, filter=True, low=True),
        Column("physical_location", kinds.Text(text.clean, 100), "paper", example=gettext_lazy("企业客户 A 盒")),
        Column("note", kinds.Long(most=500), "paper"),
        Column("scanned_at", kinds.Moment(), listed=True, filter=True, typed=False, low=True),
        Column("scanned_by", kinds.Who(), typed=False),
        Column("due_at", kinds.Moment(), typed=False),
        Column("customer", ForCustomer(), listed=True, typed=False, mask=of_customer),
        Column("entered_at", kinds.Moment(), typed=False),
        Column("created_by", kinds.Who(), typed=False),
        Column("created_at", kinds.Moment(), typed=False),
        Column("changed_at", kinds.Moment(), typed=False),
    ),
)
SECTIONS = {"paper": gettext_lazy("表单")}


def timeliness(form: PaperForm, it: Seen) -> tuple[str, str]:
    """Whether it was scanned in time, in words and in a colour, for who may read both; blank where nothing is to be said."""
    days = paper.late(form.__dict__) if "scanned_at" in it and "due_at" in it else 0
    if days:
        return (_("迟扫 %(n)d 天") if form.scanned_at else _("超过扫描时限 %(n)d 天")) % {"n": days}, "red"
    return (_("按时扫描"), "green") if it["scanned_at"].text and it["due_at"].text else ("", "")
