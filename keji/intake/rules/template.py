"""The workbook that people fill in: titles, help, drop-downs, examples, all from the sheets."""

from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keji.access.house import house
from keji.customers.rules.required import required
from keji.intake.rules.book import PAGES, Page, pages
from keji.intake.rules.workbook import head, links
from keji.kernel import addresses, tables

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
    "created_by",
    "created_at",
    "review_state",
)
CONTACT_COLUMNS = ("name", "title", "department", "decision_role", "mobile", "landline", "email", "wechat_id")
LEVELS = {"province": gettext_lazy("省份"), "city": gettext_lazy("城市"), "district": gettext_lazy("区县")}
NEEDED = {"followups": ("occurred_at", "method", "summary"), "needs": (), "deals": ("stage",)}


def template_file(target: Path) -> None:
    """Write the import template: the five sheets of the workbook, empty, with drop-downs and notes."""
    needs = set(required(house()["profile"], "ENTERPRISE"))
    customers = [customer_head(name, name in needs) for name in CUSTOMER_COLUMNS]
    made = [tables.TemplatePage(str(PAGES["customers"].title), customers)]
    for page in pages()[1:]:
        names = CONTACT_COLUMNS if page.record == "contacts" else above(page)
        known = {column.name: column for column in page.columns()}
        own = [head(page, known[name], needed(page, name, needs)) for name in names]
        made.append(tables.TemplatePage(str(page.title), [*links(), name_head(page), *own]))
    tables.write_pages(target, made, regions=addresses.REGIONS)


def above(page: Page) -> list[str]:
    return [column.name for column in page.columns() if page.read(column.name) and column.name != "customer"]


def needed(page: Page, name: str, needs: set[str]) -> bool:
    return f"{page.prefix}{name}" in needs or name in NEEDED.get(page.record, ())


def customer_head(name: str, must: bool) -> tables.TemplateColumn:
    page = PAGES["customers"]
    if name in LEVELS:
        help_text = page.sheet.help("contact_region")
        return tables.TemplateColumn(title=str(LEVELS[name]), kind="text", help=help_text, region_level=name)
    return head(page, page.sheet.by_name[name], must)


def name_head(page: Page) -> tables.TemplateColumn:
    """Whose row it is can be said by name as well: a new customer has no number yet."""
    return tables.TemplateColumn(page.label("customer"), "text", _("新客户写全称即可，须与第一张表完全一致"))
