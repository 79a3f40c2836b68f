"""What can be asked of handouts, sealed packs and stored files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["add_handout_commands"]

KINDS = ("map", "sheets", "phone", "workbook", "layers", "csv")


class _ScenarioAndPlan(argparse.Action):
    """Takes a plan, or a scenario and a plan; wherever the options stand."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        del option_string
        given = list(values or ())
        if len(given) > 2:  # noqa: PLR2004
            parser.error("expected PLAN, or SCENARIO and PLAN, and nothing more")
        namespace.scenario = given[0] if len(given) > 1 else None
        namespace.plan = given[-1]


class _Help(argparse.HelpFormatter):
    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        if isinstance(action, _ScenarioAndPlan):
            return str(action.metavar)
        return super()._format_args(action, default_metavar)


def add_handout_commands(
    command: Callable[[str, str], argparse.ArgumentParser],
    add_language: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the commands, given what adds one command and what lets it be told a language."""
    handouts = command("handouts", "make all that crews take along, and the organizer's files")
    _add_plan(handouts)
    handouts.add_argument(
        *("-o", "--output"),
        type=Path,
        default=Path("outputs/handouts"),
        metavar="FOLDER",
        help="where they go (default: outputs/handouts)",
    )
    handouts.add_argument(
        "--only",
        action="append",
        choices=KINDS,
        help="make this kind and no other (repeatable)",
    )
    add_language(handouts)
    _add_packs(command, add_language)
    _add_stores(command)


def _add_packs(
    command: Callable[[str, str], argparse.ArgumentParser],
    add_language: Callable[[argparse.ArgumentParser], None],
) -> None:
    pack = command("pack", "seal what one crew needs on one day into one file")
    _add_plan(pack)
    pack.add_argument("--crew", required=True, help="the crew's id")
    pack.add_argument("--day", required=True, help="the day: its number on the sheets, or its date")
    lock = pack.add_argument_group("who can open it", "one of these")
    lock.add_argument(
        "--recipient",
        action="append",
        default=[],
        metavar="KEY",
        help="whoever has the secret key to this public key, age1… (repeatable)",
    )
    _add_passphrase(lock)
    pack.add_argument(
        *("-o", "--output"), type=Path, metavar="PACK", help="the pack (default: CREW_dayN.age)"
    )
    pack.add_argument(
        "--expires",
        metavar="DATE",
        help="last day on which 'pack open' opens it, which is advice only (default: a day later)",
    )
    pack.add_argument(
        "--codes",
        type=Path,
        metavar="KEYFILE",
        help="call places by codes; the key to them is kept in this file, which stays with you",
    )
    add_language(pack)
    opening = command("pack open", "open a sealed pack")
    opening.add_argument("pack", type=Path, metavar="PACK", help="the sealed file")
    lock = opening.add_argument_group("how it is opened", "one of these")
    lock.add_argument(
        "--identity", type=Path, metavar="KEY", help="file of the secret key, as 'keygen' made it"
    )
    _add_passphrase(lock)
    opening.add_argument(
        *("-o", "--output"),
        type=Path,
        metavar="FOLDER",
        help="where its files go (default: named as the pack, beside it)",
    )
    keygen = command("pack keygen", "make a key: what is sealed to its public half, it opens")
    keygen.add_argument(
        *("-o", "--output"), type=Path, required=True, metavar="KEY", help="file of the secret key"
    )


def _add_stores(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    doctor = command("doctor", "tell what is stored where, and what could leave this machine")
    doctor.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path(),
        metavar="FOLDER",
        help="where to look for what routeplan made (default: this folder and those below it)",
    )
    wipe = command("wipe", "remove what routeplan made in a folder, or its caches")
    wipe.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="FOLDER",
        help="remove what routeplan made there, and leave caches alone (default: remove caches)",
    )
    wipe.add_argument("--caches", action="store_true", help="remove caches beside a folder's files")
    wipe.add_argument(
        "--changed", action="store_true", help="remove also what was changed since it was made"
    )
    wipe.add_argument("--dry-run", action="store_true", help="list what would go, remove nothing")
    wipe.add_argument("--yes", action="store_true", help="do not ask")


def _add_plan(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = _Help
    parser.add_argument(
        "plan",
        type=Path,
        nargs="+",
        action=_ScenarioAndPlan,
        metavar="[SCENARIO] PLAN",
        help="plan.json; with scenario.toml before it, ways follow the roads; with problem.json "
        "before it, or beside it, they are straight",
    )


def _add_passphrase(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--passphrase", action="store_true", help="a passphrase; it is asked for")
    group.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="a passphrase; it is the first line of this file, or of standard input for -",
    )
