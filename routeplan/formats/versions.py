"""What version 1 of the two files does not know; all else is alike in both versions."""

from __future__ import annotations

import dataclasses
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from routeplan.errors import Fault, Faults, InputError
from routeplan.formats.fields import HOOKS, NOTHING, read_object, read_word
from routeplan.language import gettext as _
from routeplan.model.plan import Plan, Reason, Stop, Summary
from routeplan.model.problem import Problem, Rules, Team

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from routeplan.formats.fields import Fields

VERSIONS = (1, 2)
NEWEST = VERSIONS[-1]

NEW_FIELDS: Mapping[type, Collection[str]] = {
    Problem: ("announced", "districts"),
    Rules: ("rest_between", "drive_hour_worth"),
    Team: ("households_per_hour_by_day",),
    Stop: ("announced",),
    Summary: ("objective",),
}
"""Fields that version 2 has brought, by their dataclass."""

NEW_REASONS = (Reason.BELOW_MINIMUM, Reason.PAST)
"""Words that version 2 has brought."""


def unknown_fields(version: int) -> Mapping[type, Collection[str]]:
    """Return the fields that a version does not know, by their dataclass."""
    return NOTHING if version == NEWEST else NEW_FIELDS


def unknown_values(kind: type, version: int) -> dict[str, Any]:
    """Return the fields of a dataclass that a version does not know, each with its default."""
    names = unknown_fields(version).get(kind, ())
    fields = dataclasses.fields(kind)
    return {field.name: field.default for field in fields if field.name in names}


def use_version(root: Fields) -> int:
    """Return the version of a file, as whose fields all that is below `root` is read."""
    version = root.whole("version")
    if version != NEWEST:
        hooks = dict(root.hooks)
        for kind in (Rules, Stop, Summary):
            values = unknown_values(kind, version)
            hooks[kind] = partial(_read_known, kind, values)
        hooks[Reason] = partial(read_word, words=[r for r in Reason if r not in NEW_REASONS])
        root.hooks = hooks
    return version


def _read_known(kind: type, values: Mapping[str, Any], value: object) -> object:
    return read_object(kind, value, HOOKS, **values)


def check_writable(value: Problem | Plan, version: int) -> None:
    """Refuse a version that is not known, or lacks what is used: each is named where it is first.

    Raises
    ------
    InputError
        With every field, word or meaning that the version does not have.
    """
    if version not in VERSIONS:
        message = _("{value} is not known", value=version)
        raise InputError([Fault("version", message, _("known are 1 and 2"))])
    if version == NEWEST:
        return
    faults, named = Faults(), set()
    meanings = _new_meanings(value) if isinstance(value, Plan) else ()
    for where, what in chain(_new_fields(value, ""), meanings):
        if what not in named:
            named.add(what)
            message = _("version {version} has no {what}", version=version, what=what)
            faults.add(where, message, _("write version {version}", version=NEWEST))
    faults.raise_any()


def _new_fields(value: object, where: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the name of each field of version 2 that says something."""
    if isinstance(value, tuple):
        for n, item in enumerate(value):
            yield from _new_fields(item, f"{where}[{n}]")
    if isinstance(value, type) or not dataclasses.is_dataclass(value):
        return
    new = NEW_FIELDS.get(type(value), ())
    for field in dataclasses.fields(value):
        path, held = f"{where}.{field.name}".lstrip("."), getattr(value, field.name)
        default = value.weighted if isinstance(value, Summary) else field.default
        if field.name not in new:
            yield from _new_fields(held, path)
        elif held != default:
            yield path, _called(field.name, type(value))


def _called(field: str, kind: type) -> str:
    """Return what a field of a dataclass is called."""
    names = {
        Problem: _("{field} of a problem", field=field),
        Rules: _("{field} of rules", field=field),
        Team: _("{field} of a team", field=field),
        Stop: _("{field} of a stop", field=field),
        Summary: _("{field} of a summary", field=field),
    }
    return names[kind]


def _new_meanings(plan: Plan) -> Iterator[tuple[str, str]]:
    for n, tour in enumerate(plan.tours):
        for m, rest in enumerate(tour.rests):
            if any(map(rest.interrupts, tour.stops)):
                yield f"tours[{n}].rests[{m}]", _("rest inside a visit")
    for n, left in enumerate(plan.left_out):
        if left.reason in NEW_REASONS:
            yield f"left_out[{n}].reason", _("reason {word!r}", word=left.reason.value)
