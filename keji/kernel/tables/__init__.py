"""Read and write xlsx, xls and csv safely."""

from keji.kernel.tables.child.escaping import escape, unescape
from keji.kernel.tables.limits import LIMITS, OPERATOR_LIMITS, Limits
from keji.kernel.tables.locking import encrypt_xlsx
from keji.kernel.tables.reading import ExcelError, Rounded, SheetInfo, Workbook, read_file, rows, sheets
from keji.kernel.tables.template import TemplateColumn, TemplatePage, bare_title, write_pages, write_template
from keji.kernel.tables.writing import Sheet, write_csv, write_xlsx

__all__ = [
    "LIMITS",
    "OPERATOR_LIMITS",
    "ExcelError",
    "Limits",
    "Rounded",
    "Sheet",
    "SheetInfo",
    "TemplateColumn",
    "TemplatePage",
    "Workbook",
    "bare_title",
    "encrypt_xlsx",
    "escape",
    "read_file",
    "rows",
    "sheets",
    "unescape",
    "write_csv",
    "write_pages",
    "write_template",
    "write_xlsx",
]
