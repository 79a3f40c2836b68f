"""Codes that stand for places on what is handed out; the key to them stays with the organizer.

A code is drawn by chance: neither name, order nor position of a place is in it. Positions are not
hidden: whoever drives there needs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Faults
from routeplan.formats.document import VERSION, file_error, format_json, parse_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from routeplan.model.problem import Place

__all__ = ["PlaceCode", "assign_codes", "codes_from_json", "codes_to_json"]

FORMAT = "routeplan-codes"

# Letters that look alike in the Latin and the Cyrillic alphabet, so that no keyboard and no reader
# takes them for another; O and zero are too alike.
LETTERS = "ABCEHKMPTX"
SPAN = 10_000


@dataclass(frozen=True, slots=True)
class PlaceCode:
    """What stands for one place, by its id and its name."""

    code: str
    place: str
    name: str


def assign_codes(
    known: Sequence[PlaceCode], places: Iterable[Place], random: Random
) -> tuple[PlaceCode, ...]:
    """Return the known codes, and new ones for the places that have none.

    Parameters
    ----------
    known
        Codes that were handed out already; they stay.
    places
        Places that need one.
    random
        Where chance comes from; one that cannot be guessed, as `random.SystemRandom`.

    Raises
    ------
    InputError
        Naming each place that the known codes know under another name: they are of another plan.
    """
    faults = Faults()
    names = {each.place: each.name for each in known}
    new = []
    for place in places:
        if place.id not in names:
            new.append(place)
        elif names[place.id] != place.name:
            message = f"{place.id!r} is {names[place.id]!r} there and {place.name!r} in the plan"
            faults.add("codes", message, "keep one file of codes for each campaign")
    faults.raise_any()
    taken = {each.code for each in known}
    numbers = random.sample(range(len(LETTERS) * SPAN), len(taken) + len(new))
    drawn = [code for code in map(_code, numbers) if code not in taken][: len(new)]
    made = [PlaceCode(code, place.id, place.name) for code, place in zip(drawn, new, strict=True)]
    return (*known, *sorted(made, key=lambda each: each.code))


def codes_to_json(codes: Sequence[PlaceCode]) -> str:
    """Write the key to codes, one place on a line."""
    rows = [{"code": each.code, "place": each.place, "name": each.name} for each in codes]
    return format_json({"format": FORMAT, "version": VERSION, "codes": rows})


def codes_from_json(text: str | bytes, *, source: str) -> tuple[PlaceCode, ...]:
    """Read the key to codes.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    root = parse_document(text, source, FORMAT, faults)
    rows = root.children("codes")
    codes = tuple(
        fields.build(
            PlaceCode,
            code=fields.text("code"),
            place=fields.text("place"),
            name=fields.text("name"),
        )
        for fields in rows
    )
    root.finish()
    for field in ("code", "place"):
        seen = [getattr(each, field) for each in codes if each is not None]
        for value in sorted({value for value in seen if seen.count(value) > 1}):
            root.fault("codes", f"the {field} {value!r} stands there more than once")
    if faults:
        raise file_error(faults, source)
    return tuple(each for each in codes if each is not None)


def _code(number: int) -> str:
    return f"{LETTERS[number // SPAN]}{number % SPAN:04}"
