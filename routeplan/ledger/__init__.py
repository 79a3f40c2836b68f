"""The ledger of a campaign: villages, announced plans, visits as they happened, road reports.

One SQLite file, or the same tables on a PostgreSQL server. Rows are only added: a correction is a
row that names the one it replaces, and what is still unsigned is a query. Counts only, never a
person.
"""

from __future__ import annotations

import lazy_loader

# Each name is loaded when it is first used: most commands need no database.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
