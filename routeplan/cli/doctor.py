"""Show what is stored where, and what could leave this machine."""

from __future__ import annotations

import platform
from pathlib import Path

from routeplan import __version__
from routeplan.cli import options
from routeplan.cli.output import Output
from routeplan.errors import Fault, InputError
from routeplan.files import is_temporary, remove_abandoned
from routeplan.language import LANGUAGES, gettext, marked, ngettext
from routeplan.language import gettext as _
from routeplan.ledger.marks import find_kind
from routeplan.workflow.outputs import Cache, find_caches, scan_folder
from routeplan.workflow.versions import library_versions
from routeplan.workflow.wiping import CHANGED, LIMITS, SECRET_KEY

LEDGERS = {
    "ledger": marked("a ledger of results, not sealed"),
    "sealed": marked("a ledger of results, sealed"),
}
LEAVES = marked(
    "nothing leaves this machine, unless 'routeplan fetch' is run: it names the host and what it "
    "will send it, and asks first; or a cluster is named with --scheduler, which is sent the "
    "problems; or a ledger is named by a postgresql:// address, which is sent results. A map page "
    "asks for nothing, but a phone's map app that opens a QR code, a GPX or a KML file may itself "
    "be online"
)


@options.command()
@options.paths("folder", default=".")
def doctor(out: Output, folder: Path) -> None:
    """Show what is stored where, and what could leave this machine.

    FOLDER, and what is below it, is searched for what routeplan made. Default: this folder.
    """
    folder = resolve(folder)
    stores, found = find_caches(), scan_folder(folder)
    temporary = [path for path in found.made if is_temporary(path)]
    removed = remove_abandoned(path.parent for path in temporary)
    made = tuple(path for path in found.made if path not in removed)
    ledgers = {path: find_kind(path) or "ledger" for path in found.ledgers}
    values = {
        "routeplan": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": library_versions(),
        "languages": LANGUAGES,
        "outputs": _totals("outputs", folder, made)
        | {"temporary": temporary, "changed": found.changed, "keys": found.keys},
        "ledgers": [{"path": path, "sealed": kind == "sealed"} for path, kind in ledgers.items()],
        "stores": list(map(_store_totals, stores)),
        "leaves": LEAVES,
        "wiping": LIMITS,
    }
    texts = {
        True: _("a temporary file of a run that did not end; removed now"),
        False: _("a temporary file of a run that did not end; its writer may be running"),
    }
    lines = [
        f"routeplan {__version__}, Python {values['python']}, {values['system']}",
        _("languages: {languages}", languages=", ".join(LANGUAGES)),
        "",
        _stored(made, folder.resolve(), _("what routeplan made there and below")),
        *(f"  {path}: {texts[path in removed]}" for path in temporary),
        *(f"  {path}: {gettext(CHANGED)}" for path in found.changed),
        *(f"  {path}: {gettext(SECRET_KEY)}" for path in found.keys),
        *(f"  {path}: {gettext(LEDGERS[kind])}" for path, kind in ledgers.items()),
        *(_stored(each.files, each.folder.absolute(), gettext(each.holds)) for each in stores),
        "",
        gettext(LEAVES),
        _("'routeplan wipe' empties the caches, and 'routeplan wipe FOLDER' what it made there"),
        gettext(LIMITS),
    ]
    out.answer(values, lines)


def resolve(folder: Path) -> Path:
    """Return a folder that exists, with a link to it resolved."""
    if not folder.is_dir():
        raise InputError([Fault(str(folder), _("is no folder"))])
    return folder.resolve() if folder.is_symlink() else folder


def _totals(name: str, folder: Path, files: tuple[Path, ...]) -> dict[str, object]:
    size = sum(path.stat().st_size for path in files)
    return {"name": name, "folder": folder.absolute(), "files": len(files), "bytes": size}


def _store_totals(store: Cache) -> dict[str, object]:
    totals = _totals(store.name, store.folder, store.files)
    return totals | {"holds": store.holds, "wiped": store.wiped}


def _stored(files: tuple[Path, ...], folder: Path, what: str) -> str:
    return ngettext(
        "{n} files, {megabytes:.1f} MB in {folder}: {what}",
        "{n} files, {megabytes:.1f} MB in {folder}: {what}",
        len(files),
        megabytes=sum(path.stat().st_size for path in files) / 1e6,
        folder=folder,
        what=what,
    )
