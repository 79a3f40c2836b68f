"""Codes that stand for places in the files of a team, and the organizer's key to them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Faults
from routeplan.formats.document import VERSION, file_error, format_json, parse_document
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from routeplan.model.problem import Place

CODES_FORMAT = "routeplan-codes"

# Letters that look alike in the Latin and the Cyrillic alphabet; O and zero are too alike.
CODE_LETTERS = "ABCEHKMPTX"
CODES_PER_LETTER = 10_000


@dataclass(frozen=True, slots=True)
class PlaceCode:
    """A random code for one place; its id and name are only in the organizer's file of codes.

    Positions are not hidden: whoever drives there needs them.
    """

    code: str
    place: str
    name: str


def assign_codes(
    codes: Sequence[PlaceCode], places: Iterable[Place], random: Random
) -> tuple[PlaceCode, ...]:
    """Return the codes that there are, and new ones for the places that have none.

    `random` is a generator that cannot be guessed, as `random.SystemRandom`.

    Raises InputError, naming each place that has another name among the codes: they are of another
    plan.
    """
    faults = Faults()
    names = {each.place: each.name for each in codes}
    new = []
    for place in places:
        if place.id not in names:
            new.append(place)
        elif names[place.id] != place.name:
            message = _(
                "{id!r} is {there!r} there and {here!r} in the plan",
                id=place.id,
                there=names[place.id],
                here=place.name,
            )
            faults.add("codes", message, _("keep one file of codes for each campaign"))
    faults.raise_any()
    taken = {each.code for each in codes}
    numbers = random.sample(range(len(CODE_LETTERS) * CODES_PER_LETTER), len(taken) + len(new))
    drawn = (f"{CODE_LETTERS[n // CODES_PER_LETTER]}{n % CODES_PER_LETTER:04}" for n in numbers)
    unused = [code for code in drawn if code not in taken][: len(new)]
    added = [PlaceCode(code, place.id, place.name) for code, place in zip(unused, new, strict=True)]
    return (*codes, *sorted(added, key=lambda each: each.code))


def codes_to_json(codes: Sequence[PlaceCode]) -> str:
    """Write the key to codes, one place on a line."""
    rows = [{"code": each.code, "place": each.place, "name": each.name} for each in codes]
    return format_json({"format": CODES_FORMAT, "version": VERSION, "codes": rows})


def codes_from_json(text: str | bytes, *, source: str) -> tuple[PlaceCode, ...]:
    """Read the key to codes.

    Raises InputError with every fault of the file.
    """
    faults = Faults()
    root = parse_document(text, source, CODES_FORMAT, faults)
    read = [
        fields.build(PlaceCode, **{name: fields.text(name) for name in ("code", "place", "name")})
        for fields in root.children("codes")
    ]
    root.finish()
    codes = tuple(filter(None, read))
    values = Counter((field, getattr(each, field)) for each in codes for field in ("code", "place"))
    for (field, value), count in sorted(values.items()):
        if count > 1:
            texts = {
                "code": _("the code {value!r} is there more than once", value=value),
                "place": _("the place {value!r} is there more than once", value=value),
            }
            root.fault("codes", texts[field])
    if faults:
        raise file_error(faults, source)
    return codes
