from .entries import (
    Conflict,
    Entry,
    LedgerPlan,
    LedgerVillage,
    Recorded,
    RecordedVisit,
    Remaining,
    RoadReport,
)
from .ledger import Ledger, open_ledger
from .opening import restore

__all__ = [
    "Conflict",
    "Entry",
    "Ledger",
    "LedgerPlan",
    "LedgerVillage",
    "Recorded",
    "RecordedVisit",
    "Remaining",
    "RoadReport",
    "open_ledger",
    "restore",
]
