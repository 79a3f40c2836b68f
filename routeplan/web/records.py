"""The campaign's ledger, as the office reaches it: a file of this machine, perhaps sealed.

The passphrase of a sealed one is in the memory of the office alone, and on the standard input of
its worker.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.ledger.marks import is_sealed_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from routeplan.ledger import Entry, Ledger, Remaining
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.scenario import Scenario
    from routeplan.workflow.journal import Journal

State: TypeAlias = Literal["unnamed", "server", "missing", "sealed", "open"]
"""Whether the scenario names a ledger, which is on a server, not there yet, sealed and its
passphrase unknown, or can be opened."""

NEW_NAME = "campaign.sqlite"
"""Name of a ledger that the office makes where the scenario names none."""


def why_not(state: State) -> str:
    """Return why a ledger cannot be opened; nothing where it can."""
    texts = {
        "unnamed": _("The scenario names no ledger, so it is not known here who has signed."),
        "server": _("The ledger is on a server. Only the command line reaches it, not this page."),
        "missing": _("The ledger that the scenario names is not there yet."),
        "sealed": _("The ledger is sealed. The page Results asks for its passphrase."),
    }
    return texts.get(state, "")


class Records:
    """The ledger of a campaign.

    Attributes
    ----------
    passphrase
        Of a sealed ledger, once it was given.
    """

    def __init__(self) -> None:
        self.passphrase: str | None = None

    def state(self, scenario: Scenario) -> State:
        """Return whether the ledger can be opened."""
        where = scenario.campaign.ledger
        if where is None:
            return "unnamed"
        if not isinstance(where, Path):
            return "server"
        if not where.is_file():
            return "missing"
        return "sealed" if is_sealed_name(where) and self.passphrase is None else "open"

    def unlock(self, scenario: Scenario, passphrase: str) -> None:
        """Keep the passphrase of a sealed ledger; InputError where it does not open it."""
        before, self.passphrase = self.passphrase, passphrase
        try:
            with self.open(scenario):
                pass
        except InputError:
            self.passphrase = before
            raise

    @contextmanager
    def open(self, scenario: Scenario) -> Iterator[Ledger]:
        """Open the ledger; InputError where it cannot be."""
        where = file_of(self.state(scenario), scenario)
        from routeplan.ledger import open_ledger  # noqa: PLC0415  # SQLAlchemy loads slowly

        with open_ledger(where, passphrase=self.passphrase_of(where)) as ledger:
            yield ledger

    def read(self, scenario: Scenario) -> tuple[list[Entry], Mapping[str, Remaining]]:
        """Return all that is recorded, and what remains; InputError where it cannot be opened."""
        with self.open(scenario) as ledger:
            return ledger.entries(), ledger.remaining()

    @contextmanager
    def journal(self, scenario: Scenario, problem: Problem, plan: Plan) -> Iterator[Journal]:
        """Open the ledger for the results of a plan; InputError where it cannot be opened."""
        where = file_of(self.state(scenario), scenario)
        from routeplan.workflow.journal import open_journal  # noqa: PLC0415  # as above

        secret = self.passphrase_of(where)
        with open_journal(where, problem, plan, name=problem.name, passphrase=secret) as journal:
            yield journal

    def passphrase_of(self, where: Path) -> str | None:
        """Return the passphrase of a ledger, None where it is not sealed."""
        return self.passphrase if is_sealed_name(where) else None


def file_of(state: State, scenario: Scenario) -> Path:
    """Return the file of a ledger that can be opened; InputError for any other."""
    where = scenario.campaign.ledger
    if state != "open" or not isinstance(where, Path):
        raise InputError([Fault("", why_not(state))])
    return where
