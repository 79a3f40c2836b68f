"""XLSX workbooks, read within limits of memory and time."""

from __future__ import annotations

from routeplan.workbooks.cells import Sheet, column_letters
from routeplan.workbooks.reader import read_workbook

__all__ = ["Sheet", "column_letters", "read_workbook"]
