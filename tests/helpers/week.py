"""Folders of campaigns: with a plan, and in the middle of the week of two crews, with a ledger."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from shutil import copytree
from urllib.parse import urlencode

import routeplan as rp
from routeplan.recording.counts import COUNTS
from routeplan.scenario.editing import ScenarioText
from routeplan.web.sheets import Plans, Sheet
from routeplan.workflow.journal import make_ledger
from tests.helpers.campaign import Undertaking

SECOND_TEAM = """
[[teams]]
id = "B"
base = "base"
vehicle = "car"
size = 2
households_per_hour = 5
"""


@functools.cache
def _planned() -> Path:
    folder = Path(tempfile.mkdtemp())
    rp.run(Undertaking().write(folder), folder / "outputs", rp.Options(iterations=2))
    return folder


def planned_folder(folder: Path) -> Path:
    """Write the toy campaign with a plan into a folder; it is planned once."""
    return copytree(_planned(), folder, dirs_exist_ok=True)


@functools.cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp())
    path = Undertaking(more=SECOND_TEAM, last="2027-05-05").write(folder)
    text = ScenarioText(path.read_text(encoding="utf-8"))
    text.set("campaign.ledger", "campaign.sqlite")
    path.write_text(text.text, encoding="utf-8")
    rp.run(path, folder / "outputs", rp.Options(iterations=20))
    make_ledger(folder / "campaign.sqlite", path)
    return folder


def week_folder(folder: Path) -> Path:
    """Write a campaign with a plan and a ledger of no visit into a folder."""
    return copytree(_made(), folder, dirs_exist_ok=True)


def sheets_of(folder: Path) -> list[Sheet]:
    """Return the sheets of the first plan, in the order of their numbers."""
    plans = Plans(folder)
    return [plans.sheet(0, visit) for visit in plans.planned(0).sheets.values()]


def filled(*counts: int, act: str = "record", **more: str) -> str:
    """Return the form of a sheet with one line and its totals."""
    fields = {"act": act, **more}
    for name, number in zip(COUNTS, counts, strict=False):
        fields |= {f"line1_{name}": str(number), f"total_{name}": str(number)}
    return urlencode(fields)
