"""Edits of the text of a scenario file, which keep the rest of it as it is, comments too."""

from __future__ import annotations

import copy
import re
import tomllib
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Table, Whitespace

from routeplan.errors import Fault, InputError
from routeplan.formats.toml import parse_toml
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tomlkit.items import Item, Key

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
_MARK = "\ufeff"


class ScenarioText:
    r"""The text of a scenario file, and changes of it.

    Fields are named by their paths as in faults: ``days.first``, ``teams[1].size``.

    Parameters
    ----------
    text
        A TOML document.
    source
        What faults call it.

    Raises
    ------
    InputError
        Where it is no TOML, or is written in a way that cannot be edited without changing more.

    Examples
    --------
    >>> edited = ScenarioText('[[teams]]\nsize = 3  # people who knock\n')
    >>> edited.set("teams[0].size", 4)
    >>> edited.text
    '[[teams]]\nsize = 4  # people who knock\n'
    """

    def __init__(self, text: str, source: str = "scenario.toml") -> None:
        self._before = text
        self._source = source
        self._mark = _MARK if text.startswith(_MARK) else ""
        self._line_end = "\r\n" if "\r\n" in text else "\n"
        # All lines end, so that others can follow.
        lines = text.removeprefix(_MARK).replace("\r\n", "\n")
        lines += "" if lines.endswith("\n") else "\n"
        try:
            self._document = tomlkit.parse(lines)
            self.values: dict[str, Any] = tomllib.loads(lines)
        except (TOMLKitError, ValueError, RecursionError) as error:
            # Its faults have their lines.
            parse_toml(lines.encode(), source)
            raise self._refusal() from error
        if self._document.as_string() != lines:
            raise self._refusal()
        self._first_values = copy.deepcopy(self.values)

    @property
    def is_changed(self) -> bool:
        """Whether it says something else than before."""
        return self.values != self._first_values

    @property
    def text(self) -> str:
        """The text with all changes; the same text where nothing is changed.

        Raises InputError where the text would not say what was asked for.
        """
        if not self.is_changed:
            return self._before
        text = self._document.as_string()
        if _loaded(text) != self.values:
            raise self._refusal()
        return self._mark + text.replace("\n", self._line_end)

    def get(self, path: str) -> Any:  # noqa: ANN401  # a value of TOML
        """Return the value of a field; None where there is none."""
        value: Any = self.values
        for step in _steps(path):
            try:
                value = value[step]
            except (LookupError, TypeError):
                return None
        return value

    def set(self, path: str, value: object) -> None:
        """Change a field, or add it; None removes it."""
        if _same(self.get(path), value):
            return
        *above, name = _steps(path)
        items, values = self._section(above)
        if value is None:
            del items[name], values[name]
            return
        if not _update(items.get(name), value):
            # A new field goes above what stands behind the section.
            is_new = name not in values and isinstance(items, Table)
            tail = _take_tail(items) if is_new else []
            items[name] = value
            if tail:
                _container(items).body.extend(tail)
        values[name] = copy.deepcopy(value)

    def append(self, path: str, fields: Mapping[str, object]) -> None:
        """Add a table at the end of a list of tables, or begin the list with it."""
        *above, name = _steps(path)
        section, values = self._section(above)
        if name not in values:
            section.append(name, tomlkit.aot())
            values[name] = []
        items, known = section[name], values[name]
        table = tomlkit.table() if isinstance(items, AoT) else tomlkit.inline_table()
        for key, value in fields.items():
            table.append(key, value)
        if isinstance(items, AoT):
            # What stands behind the last table, after a blank line, is about the next section.
            tail = _take_tail(items[-1], after_blank=True) if len(items) else []
            table.trivia.indent = "\n"
            items.append(table)
            _container(items[-1]).body.extend(tail)
        else:
            items.append(table)
        known.append(copy.deepcopy(dict(fields)))

    def remove(self, path: str, index: int) -> None:
        """Remove a table from a list of tables; comments behind it stay."""
        *above, name = _steps(path)
        section, values = self._section(above)
        items, known = section[name], values[name]
        tail = _take_tail(items[index]) if isinstance(items, AoT) else []
        if isinstance(items, AoT) and "#" in items[index].trivia.indent:
            # Those behind a table that was removed before it.
            tail = [*tomlkit.parse(items[index].trivia.indent).body, *tail]
        del known[index]
        del items[index]
        comments = "".join(item.as_string() for _key, item in tail)
        if isinstance(items, AoT) and index < len(items):
            items[index].trivia.indent = comments + items[index].trivia.indent
        elif isinstance(items, AoT) and index:
            _container(items[index - 1]).body.extend(tail)
        if not known:
            del section[name], values[name]
            # A section whose parts are not beside one another has no end.
            is_whole = isinstance(section, Container | Table)
            _container(section if is_whole else self._document).body.extend(tail)

    def _section(self, steps: Sequence[str | int]) -> tuple[Any, Any]:
        """Return a section as tomlkit has it, and its values; one that is missing is made."""
        items: Any = self._document
        values: Any = self.values
        for step in steps:
            if isinstance(step, str) and step not in values:
                items[step], values[step] = tomlkit.table(), {}
            items, values = items[step], values[step]
        return items, values

    def _refusal(self) -> InputError:
        message = _("is written in a way that can be changed by hand only")
        return InputError([Fault(self._source, message, _("change it in a text editor"))])


def _steps(path: str) -> list[str | int]:
    return [name or int(index) for name, index in _STEP.findall(path)]


def _loaded(text: str) -> object:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _same(one: object, other: object) -> bool:
    """Return whether two values are equal; True is no 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _update(array: object, wanted: object) -> bool:
    """Change the items of an array, with the comments between them; return whether that worked."""
    if not (isinstance(array, Array) and isinstance(wanted, list)):
        return False
    if len(array) == len(wanted):
        for n, value in enumerate(wanted):
            array[n] = array[n] if _same(array[n], value) else value
    else:
        _add_and_remove(array, wanted)
    return list(array) == wanted and _loaded(f"a = {array.as_string()}\n") == {"a": wanted}


def _add_and_remove(array: Array, wanted: Sequence[object]) -> None:
    for n in reversed(range(len(array))):
        if array[n] not in wanted:
            del array[n]
    for n, value in enumerate(wanted):
        if value not in array:
            array.insert(n, value)


def _container(table: Any) -> Container:  # noqa: ANN401  # an item of tomlkit, or a document
    return table if isinstance(table, Container) else table.value


def _take_tail(table: Any, *, after_blank: bool = False) -> list[tuple[Key | None, Item]]:  # noqa: ANN401  # an item of tomlkit
    """Remove and return the comments and blank lines behind the last field of a table."""
    body = _container(table).body
    first = next((n for n in range(len(body), 0, -1) if body[n - 1][0] is not None), 0)
    if after_blank:
        blank = (n for n in range(first, len(body)) if isinstance(body[n][1], Whitespace))
        first = next(blank, len(body))
    tail = body[first:]
    del body[first:]
    return list(tail)
