"""The workbook that people fill in: titles, help, drop-downs, examples, all from the sheets."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import house
from keji.customers.rules.required import required
from keji.customers.sheet import CONTACTS, CUSTOMERS
from keji.intake.rules.mapping import CONTACT, OWN_NUMBER
from keji.kernel import addresses, tables
from keji.records.kinds import Industry, Region, Term
from keji.records.sheet import Column, Sheet

CUSTOMER_COLUMNS = (
    "customer_no",
    "name",
    "customer_type",
    "uscc",
    "industry_code",
    "employee_count",
    "size_label",
    "grade",
    "lifecycle_stage",
    "cooperation_status",
    "first_cooperation_date",
    "contract_amount",
    "products",
    "lead_source",
    "source_detail",
    "collection_channel",
    "first_contact_date",
    "province",
    "city",
    "district",
    "contact_address",
    "owner",
    "remark",
)
CONTACT_COLUMNS = ("name", "title", "department", "decision_role", "mobile", "landline", "email", "wechat_id")
LEVELS = {"province": gettext_lazy("省份"), "city": gettext_lazy("城市"), "district": gettext_lazy("区县")}
TEXT = frozenset({"uscc", "mobile", "landline", "customer_no", "wechat_id"})


def template_file(target: Path) -> None:
    """Write the import template: one row a contact, the customer's facts repeated or left blank below the first."""
    needs = set(required(house()["profile"], "ENTERPRISE"))
    columns = [spec(CUSTOMERS, name, name in needs) for name in CUSTOMER_COLUMNS]
    columns += [spec(CONTACTS, name, f"{CONTACT}{name}" in needs) for name in CONTACT_COLUMNS]
    tables.write_template(target, columns, regions=addresses.REGIONS, title=_("客户"))


def spec(sheet: Sheet, name: str, needed: bool) -> Any:
    if name in LEVELS:
        help_text = sheet.help("contact_region")
        return tables.TemplateColumn(title=str(LEVELS[name]), kind="text", help=help_text, region_level=name)
    column: Column = sheet.by_name[name]
    offered = isinstance(column.kind, Term | Industry) or column.kind.choices()
    return tables.TemplateColumn(
        title=sheet.label(name),
        kind="text" if name in TEXT else column.kind.sheet,
        help=sheet.help(name),
        required=needed,
        choices=[one.text for one in column.kind.choices()]
        if offered and not isinstance(column.kind, Region)
        else None,
        example=str(column.example),
        locked=name == OWN_NUMBER,
    )
