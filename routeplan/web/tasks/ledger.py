"""Make the campaign's ledger, and name it in the scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.files import read_bytes, write_whole
from routeplan.language import gettext as _
from routeplan.scenario.editing import ScenarioText
from routeplan.web.folders import SCENARIO
from routeplan.web.records import NEW_NAME, why_not
from routeplan.workflow.journal import make_ledger

if TYPE_CHECKING:
    from routeplan.web.tasks import Work


def run(work: Work) -> None:
    """Make the ledger that the scenario names, or one in the campaign's folder."""
    scenario = work.scenario()
    named = scenario.campaign.ledger
    if named is not None and not isinstance(named, Path):
        state = work.records.state(scenario)
        raise InputError([Fault("", why_not(state))])
    where = work.folder / NEW_NAME if named is None else named
    # One that is there, and was not named, is not made twice.
    if not where.exists():
        passphrase = work.records.passphrase_of(where)
        make_ledger(where, scenario, passphrase=passphrase, on_step=work.on_step)
    if named is None:
        work.on_step(_("writing files"))
        path = work.folder / SCENARIO
        text = ScenarioText(read_bytes(path).decode(), SCENARIO)
        text.set("campaign.ledger", NEW_NAME)
        write_whole({path: text.text.encode()}, index=False)
