"""The content of a pack: a zip of a few files, and a manifest that names each with its hash.

The same files and manifest give the same bytes. A reader checks names, sizes and number of files.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from routeplan.errors import Fault, Faults, InputError
from routeplan.formats.document import VERSION, file_error, format_json, parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.formats.fields import Fields

__all__ = ["LARGEST_BYTES", "MANIFEST", "Manifest", "bundle", "check_expiry", "unbundle"]

D = TypeVar("D", bound=dt.date)

FORMAT = "routeplan-pack"
MANIFEST = "manifest.json"

LARGEST_BYTES = 64 * 2**20
"""Of a pack, and of all its files together."""

MOST_FILES = 100

# Plain names of a few kinds: no folders, no programs, nothing that a system reads otherwise.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\.(pdf|gpx|kml|html|json)")

EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can hold


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a pack.

    Parameters
    ----------
    crew, date
        Whose day it is for, and which.
    made
        When, with its time zone; None in new packs, which do not say when they were made.
    expires
        The last day on which this reader opens it. That is advice: whoever has the key can open it
        with another tool.
    """

    crew: str
    date: dt.date
    made: dt.datetime | None
    expires: dt.date


def bundle(manifest: Manifest, files: Mapping[str, bytes]) -> bytes:
    """Put files, by name, and their manifest into one zip.

    Raises
    ------
    ValueError
        Where a reader would refuse a name, or the size of all.
    """
    strange = [name for name in files if not NAME.fullmatch(name) or name == MANIFEST]
    if strange or sum(map(len, files.values())) > LARGEST_BYTES:
        raise ValueError(f"cannot be packed: {', '.join(strange) or 'too large'}")
    made = manifest.made
    text = format_json(
        {
            "format": FORMAT,
            "version": VERSION,
            "crew": manifest.crew,
            "date": manifest.date.isoformat(),
            **({} if made is None else {"made": made.isoformat(timespec="seconds")}),
            "expires": manifest.expires.isoformat(),
            "files": [
                {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                for name, data in sorted(files.items())
            ],
        }
    )
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in [(MANIFEST, text.encode()), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = 3  # the same on every machine
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=9)
    return whole.getvalue()


def unbundle(data: bytes, *, source: str) -> tuple[Manifest, dict[str, bytes]]:
    """Take files out of a zip.

    Returns
    -------
    manifest, files
        The files by name, the manifest itself among them.

    Raises
    ------
    InputError
        Where anything is not as `bundle` makes it: the version, a name, a size, a hash.
    """
    try:
        files = _files(data, source)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError([Fault(source, "does not hold what a pack holds")]) from None
    if MANIFEST not in files:
        raise InputError([Fault(source, f"holds no {MANIFEST}")])
    return _manifest(files, source), files


def check_expiry(manifest: Manifest, today: dt.date, *, source: str) -> None:
    """Refuse a pack after its last day.

    Raises
    ------
    InputError
        With what an expiry date means.
    """
    if today > manifest.expires:
        message = f"expired: its last day was {manifest.expires}, and today is {today}"
        hint = (
            "ask for a new one, and delete this one: the date is advice that this reader follows; "
            "whoever has the key can still open it with another tool"
        )
        raise InputError([Fault(source, message, hint)])


def _files(data: bytes, source: str) -> dict[str, bytes]:
    """Read all entries, none beyond the limit, whatever sizes the zip states."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        faults = Faults()
        if len(entries) > MOST_FILES:
            faults.add(source, f"holds {len(entries)} files, more than {MOST_FILES}")
        names = [entry.filename for entry in entries]
        for name in sorted(set(names)):
            if not NAME.fullmatch(name):
                faults.add(source, f"holds a file with a name that no pack has: {name[:80]!r}")
            if names.count(name) > 1:
                faults.add(source, f"holds {name!r} more than once")
        faults.raise_any()
        files: dict[str, bytes] = {}
        left = LARGEST_BYTES
        for entry in entries:
            with archive.open(entry) as file:
                files[entry.filename] = file.read(left + 1)
            left -= len(files[entry.filename])
            if left < 0:
                raise InputError([Fault(source, f"holds more than {LARGEST_BYTES:,} bytes")])
    return files


def _manifest(files: Mapping[str, bytes], source: str) -> Manifest:
    """Read the manifest and compare it with the files."""
    faults = Faults()
    where = f"{source} {MANIFEST}"
    root = parse_document(files[MANIFEST], where, FORMAT, faults)
    listed = {}
    for fields in root.children("files"):
        listed[fields.text("name")] = fields.whole("bytes"), fields.text("sha256")
        fields.finish()
    found = {
        name: (len(data), hashlib.sha256(data).hexdigest())
        for name, data in files.items()
        if name != MANIFEST
    }
    for name in sorted(listed.keys() | found.keys()):
        if listed.get(name) != found.get(name):
            root.fault("files", f"{name!r} is not as it was packed")
    manifest = root.build(
        Manifest,
        crew=root.text("crew"),
        date=_date(root, "date"),
        made=_date(root, "made", dt.datetime) if root.has("made") else None,
        expires=_date(root, "expires"),
    )
    if manifest is None or faults:
        raise file_error(faults, where)
    return manifest


def _date(fields: Fields, name: str, kind: type[D] = dt.date) -> D:  # type: ignore[assignment]
    """Read a date, or a date with a time, in the form of ISO 8601."""
    text = fields.text(name)
    try:
        return kind.fromisoformat(text)
    except ValueError:
        if fields.ok(name):
            what = "date with a time" if kind is dt.datetime else "date"
            fields.fault(name, f"{text[:40]!r} is no {what}")
        return kind(1, 1, 1)
