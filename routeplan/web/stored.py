"""What the pages show of the files of a campaign, as plain values: handouts, storage, wiping."""

from __future__ import annotations

import datetime as dt
import platform
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan import __version__
from routeplan.errors import RouteplanError
from routeplan.files import is_temporary
from routeplan.language import date_label, gettext, marked, message_language, ngettext, number_text
from routeplan.language import gettext as _
from routeplan.ledger.marks import find_kind
from routeplan.web.folders import LOCK, PACKS, SCENARIO, WORK
from routeplan.web.shortcut import NAME
from routeplan.workflow import wiping
from routeplan.workflow.outputs import find_caches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from routeplan.web.office import Handout, Office
    from routeplan.workflow.outputs import FolderContents
    from routeplan.workflow.wiping import Wiping

MOST_NAMES = 200
"""Of files that a page lists one by one."""

INPUT = marked("what you have put in: the scenario, and the files that it names")
OFFICE = marked("what opens the office, and what it needs while it is open")

# Why files are kept, in the words of a page, which has no options.
_WORDS = {
    wiping.CHANGED: marked("made by routeplan and changed since, perhaps by you"),
    wiping.CACHED: marked("roads and travel times that were worked out"),
}


@dataclass(frozen=True, slots=True)
class SheetsToPrint:
    """The sheets of each day and of each crew, by what these are called, in order."""

    days: Mapping[str, Sequence[Path]]
    crews: Mapping[str, Sequence[Path]]


def sheets_to_print(handouts: Sequence[Handout]) -> SheetsToPrint:
    """Return the sheets among handouts; of a day those of crews, then that of check-ins."""
    days: dict[dt.date, list[Path]] = {}
    crews: dict[str, list[Path]] = {}
    for each in sorted(handouts, key=_is_of_all):
        crew, date = _crew_and_date(each)
        if each.is_sheet and date is not None:
            days.setdefault(date, []).append(each.path)
            if crew:
                crews.setdefault(crew, []).append(each.path)
    language = message_language()
    return SheetsToPrint({date_label(date, language): days[date] for date in sorted(days)}, crews)


def _is_of_all(handout: Handout) -> bool:
    return handout.folder == "."


def _crew_and_date(handout: Handout) -> tuple[str, dt.date | None]:
    """Return whose a handout is, nobody's own if it is empty, and of which day."""
    crew, _slash, day = handout.folder.rpartition("/")
    try:
        return crew, dt.date.fromisoformat(day if crew else handout.path.stem.rpartition("_")[2])
    except ValueError:
        return "", None


def handout_rows(handouts: Sequence[Handout]) -> list[tuple[str, list[tuple[int, Handout]]]]:
    """Return title, and numbers and files, of each folder; the top one first.

    Folders of crews and days are titled by them; the title of the top folder is empty.
    """
    folders: dict[str, list[tuple[int, Handout]]] = {".": [], PACKS: []}
    for number, each in enumerate(handouts):
        folders.setdefault(each.folder, []).append((number, each))
    return [(_title_of(folder, files[0][1]), files) for folder, files in folders.items() if files]


def _title_of(folder: str, one: Handout) -> str:
    crew, date = _crew_and_date(one)
    if crew and date is not None:
        return f"{crew}, {date_label(date, message_language())}"
    return {".": "", PACKS: _("Sealed packs")}.get(folder, folder)


@dataclass(frozen=True, slots=True)
class Stored:
    """Files of ours in one folder: how many, how large, and what they are."""

    folder: Path
    holds: str
    files: int
    megabytes: str


def stored_in(folder: Path, found: FolderContents) -> list[Stored]:
    """Return what is stored in the campaign's folder and in the caches of this machine."""
    of_folder = [
        (_("what routeplan made"), found.made),
        (_("made by routeplan and changed since"), found.changed),
        (_("ledgers of results"), found.ledgers),
        (_("secret keys of packs"), found.keys),
    ]
    stores = [(folder, holds, files) for holds, files in of_folder if files]
    caches = [(each.folder, each.holds, each.files) for each in find_caches()]
    return [
        Stored(where.absolute(), holds, len(files), _megabytes(files))
        for where, holds, files in (*stores, *caches)
    ]


def _megabytes(files: Sequence[Path]) -> str:
    size = sum(path.stat().st_size for path in files if path.exists())
    return number_text(f"{size / 1e6:.1f}")


def select_files(
    office: Office, found: FolderContents, *, caches: bool = False, changed: bool = False
) -> Wiping:
    """Select what the office removes of what is found; it keeps the scenario that it has."""
    folder = office.folder
    needed = dict.fromkeys(sorted(input_files(office)), INPUT)
    needed |= dict.fromkeys((folder / LOCK, folder / WORK), OFFICE)
    needed |= dict.fromkeys(folder.glob(f"{NAME}.*"), OFFICE)
    needed |= dict.fromkeys(filter(is_temporary, folder.iterdir()), OFFICE)
    return wiping.select_files(folder, caches=caches, changed=changed, needed=needed, found=found)


def input_files(office: Office) -> set[Path]:
    """Return the scenario and the files that it names, if it can be read."""
    scenario = office.folder / SCENARIO
    try:
        read = office.scenario()
    except RouteplanError:
        return {scenario}
    return {scenario, *_paths_in(read.roads), *_paths_in(read.villages)}


def _paths_in(value: object) -> Iterator[Path]:
    """Yield the paths among the fields of a dataclass and of those that it holds."""
    if is_dataclass(value):
        for each in fields(value):
            yield from _paths_in(getattr(value, each.name))
    elif isinstance(value, Path):
        yield value


@dataclass(frozen=True, slots=True)
class Named:
    """Files: what they are, how many, and their names within the campaign's folder."""

    what: str
    count: int
    names: Sequence[str]
    more: int = 0


@dataclass(frozen=True, slots=True)
class WipeView:
    """What wiping would remove, and what it keeps."""

    removed: Named
    changed: int
    cached: int
    kept: Sequence[Named]
    limits: str


def wipe_view(office: Office, found: FolderContents) -> WipeView:
    """Return what is removed where nothing is ticked, and how much more where it is."""
    selected, limits = select_files(office, found), gettext(wiping.LIMITS)
    reasons: dict[str, list[Path]] = {}
    for path, why in selected.kept.items():
        reasons.setdefault(why, []).append(path)
    return WipeView(
        removed=_named(office, _("what routeplan made in this folder"), selected.files),
        changed=len(reasons.get(wiping.CHANGED, ())),
        cached=sum(len(each.files) for each in find_caches() if each.wiped),
        kept=[_named(office, gettext(_WORDS.get(why, why)), p) for why, p in reasons.items()],
        limits=limits[:1].upper() + limits[1:] + ".",
    )


def _named(office: Office, what: str, files: Sequence[Path]) -> Named:
    shown = [p.relative_to(office.folder).as_posix() for p in files[:MOST_NAMES]]
    return Named(what, len(files), shown, len(files) - len(shown))


def state_of(office: Office, found: FolderContents) -> list[str]:
    """Return what an organizer should know of this machine and the files: versions, what is old."""
    versions = _(
        "This is routeplan {version}, with Python {python} on {system}.",
        version=__version__,
        python=platform.python_version(),
        system=platform.system(),
    )
    return [versions, *_old_lines(office), *_open_lines(office.folder, found)]


def _old_lines(office: Office) -> Iterator[str]:
    plan = office.plan_folder / "plan.json"
    if not plan.is_file():
        return
    made = plan.stat().st_mtime_ns
    inputs = filter(Path.is_file, input_files(office))
    texts = {
        _("The scenario or one of its files was changed after the plan was made: plan again."): any(
            path.stat().st_mtime_ns > made for path in inputs
        ),
        _("The handouts are of an earlier plan: make them again."): office.are_handouts_old(),
        _("The sealed packs are of an earlier plan: seal them again."): office.are_packs_old(),
    }
    old = [text for text, is_old in texts.items() if is_old]
    yield from old or [_("Plan, handouts and packs are of one time: nothing is out of date.")]


def _open_lines(folder: Path, found: FolderContents) -> Iterator[str]:
    if any(find_kind(path) == "ledger" for path in found.ledgers):
        yield _("A ledger of results is not sealed: whoever gets this folder can read it.")
    if found.keys:
        yield ngettext(
            "{n} secret key of packs is in this folder: better keep it elsewhere.",
            "{n} secret keys of packs are in this folder: better keep them elsewhere.",
            len(found.keys),
        )
    broken = [path for path in found.made if is_temporary(path) and path.parent != folder]
    if broken:
        yield ngettext(
            "{n} file is left of work that was cut off; wiping removes it.",
            "{n} files are left of work that was cut off; wiping removes them.",
            len(broken),
        )
