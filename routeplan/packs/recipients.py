"""The public keys of crews, in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.errors import Faults
from routeplan.formats.document import VERSION, file_error, format_json, parse_document
from routeplan.packs import read_recipients

if TYPE_CHECKING:
    from collections.abc import Mapping

RECIPIENTS_FORMAT = "routeplan-recipients"


def check_recipients(keys: Mapping[str, str]) -> None:
    """Check the public keys of crews; InputError names each crew whose key is none."""
    read_recipients(list(keys.values()), names=list(keys))


def recipients_to_json(keys: Mapping[str, str]) -> str:
    """Write the public keys of crews."""
    rows = [{"crew": crew, "recipient": key} for crew, key in keys.items()]
    return format_json({"format": RECIPIENTS_FORMAT, "version": VERSION, "crews": rows})


def recipients_from_json(text: str | bytes, *, source: str) -> dict[str, str]:
    """Read the public keys of crews; InputError names every fault of the file."""
    faults = Faults()
    root = parse_document(text, source, RECIPIENTS_FORMAT, faults)
    keys = {}
    for row in root.children("crews"):
        keys[row.text("crew")] = row.text("recipient")
        row.finish()
    root.finish()
    if faults:
        raise file_error(faults, source)
    return keys
