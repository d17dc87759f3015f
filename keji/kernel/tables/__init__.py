"""Read and write xlsx, xls and csv safely."""

from keji.kernel.tables.child.escaping import escape, unescape
from keji.kernel.tables.limits import LIMITS, OPERATOR_LIMITS, Limits
from keji.kernel.tables.reading import ExcelError, Rounded, SheetInfo, Workbook, read_file, rows, sheets

__all__ = [
    "LIMITS",
    "OPERATOR_LIMITS",
    "ExcelError",
    "Limits",
    "Rounded",
    "SheetInfo",
    "Workbook",
    "escape",
    "read_file",
    "rows",
    "sheets",
    "unescape",
]
