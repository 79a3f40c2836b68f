"""TOML as people write it: parsed, with the line of each field, and all lines that are not TOML.

A line that is written as in a text (``first = 03.05.2027``) is a fault that says how to write it;
reading goes on with that, so that all other faults of the file are found in the same round.
"""

from __future__ import annotations

import itertools
import math
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from routeplan.errors import Fault, Faults, InputError
from routeplan.formats.fields import iso_date, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MOST_FAULTS = 50
UTF_8_HINT = "save it in the encoding UTF-8"

_STRING = r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'"
_TOKENS = re.compile(rf"{_STRING}|#[^\n]*|\n|[\[\]{{}}=,]|[^\s\"'#\[\]{{}}=,]+", re.DOTALL)
_STRINGS = re.compile(r"""("(?:\\.|[^"\\])*"|'[^']*'|#.*)""")
_FLAGS = {"yes": "true", "no": "false", "да": "true", "нет": "false", "иә": "true", "жоқ": "false"}
_TWICE = "Cannot overwrite a value"
_HINTS = {
    _TWICE: "its name is there already: keep one of them",
    "Unclosed array": "close the bracket of this line, or of one before it",
}


@dataclass(frozen=True)
class TomlFile:
    """A parsed file.

    Parameters
    ----------
    lines
        By the path of each table, field and item, as ``teams[1].size``, its line.
    faults
        Lines that are not TOML, each read as its fault says.
    """

    source: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def error(self, faults: Iterable[Fault]) -> InputError:
        """Return the error with these faults, which have paths, and those of its lines."""
        return line_error(faults, self.source, self.lines, self.faults)


def parse_toml(data: bytes, source: str) -> dict[str, Any]:
    """Parse TOML in UTF-8, with or without a byte order mark; each fault names its line."""
    file = read_toml(data, source)
    if file.faults:
        raise file.error(())
    return file.values


def read_toml(data: bytes, source: str) -> TomlFile:
    """Parse TOML, and go on at lines for which it is known how they should be written."""
    faults = Faults()
    text = _decoded(data, source, faults)
    rows = text.split("\n")
    repaired: set[int] = set()
    while True:
        try:
            values = tomllib.loads(text := "\n".join(rows))
        except tomllib.TOMLDecodeError as error:
            if not _repair(rows, str(error), source, repaired, faults):
                raise line_error((), source, {}, faults) from error
        except (ValueError, RecursionError) as error:
            message = "holds a number that is too long, or brackets too deep, to be read"
            raise InputError([*faults, Fault(source, message)]) from error
        else:
            return TomlFile(source, values, _lines_of(text), tuple(faults))


def check_version(file: TomlFile, kind: str, version: int) -> None:
    """Refuse a TOML file of another kind or version: of that nothing else can be said."""
    faults = Faults()
    for name, expected in (("format", kind), ("version", version)):
        found = file.values.get(name)
        if found != expected or isinstance(found, bool):
            is_short = isinstance(found, str | float) or found in range(-999, 1000)
            message = f"{found!r} is not known" if is_short else f"{kind_of(found)} is not known"
            message = "is missing" if found is None else message
            line = f'{name} = "{expected}"' if isinstance(expected, str) else f"{name} = {expected}"
            faults.add(name, message, f"expected is the line {line}")
    if faults:
        raise file.error(faults)


def line_error(
    faults: Iterable[Fault], source: str, lines: Mapping[str, int], before: Iterable[Fault] = ()
) -> InputError:
    """Return the error with faults at paths, each with its file and line, in the order of lines.

    Faults in `before` have theirs already.
    """
    found = [*before]
    for fault in faults:
        line = _line_of(fault.where, lines)
        place = f"{source}:" if line is None else f"{source}:{line}:"
        where = f"{place} {fault.where}".rstrip(" :")
        found.append(Fault(where, fault.message, fault.hint))
    return InputError(sorted(found, key=lambda fault: _line_in(fault.where, source)))


def _line_in(where: str, source: str) -> float:
    match = re.match(r":([0-9]+)", where.removeprefix(source))
    return math.inf if match is None else int(match[1])


def _line_of(where: str, lines: Mapping[str, int]) -> int | None:
    """Return the line of a field, or else of the table that should have it."""
    while where and where not in lines:
        where = re.sub(r"(?:\.?[^.\[\]]*|\[[^\[\]]*\])$", "", where)
    return lines.get(where)


def _decoded(data: bytes, source: str, faults: Faults) -> str:
    """Decode text; that it is in the usual encoding of old programs is noted as a fault."""
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise InputError([Fault(source, "is not in UTF-8 but in UTF-16", UTF_8_HINT)]) from None
        if re.search(rb"[\x00-\x08\x0e-\x1f]", data):
            raise InputError([Fault(f"{source}:{line}", "is not in UTF-8", UTF_8_HINT)]) from None
        text = data.decode("kz1048", errors="replace").replace("\r\n", "\n")
        meant = text.split("\n")[line - 1].strip()
        message = f"is not in UTF-8; as Windows-1251 or KZ-1048, the line is {meant[:80]!r}"
        faults.add(f"{source}:{line}", message, UTF_8_HINT)
        return text


def _repair(rows: list[str], message: str, source: str, repaired: set[int], faults: Faults) -> bool:
    """Note the fault of a line, and write it as TOML; return whether reading can go on."""
    reason, _, _ = message.partition(" (at ")
    place = re.search(r"at line ([0-9]+), column ([0-9]+)", message)
    number = int(place[1]) - 1 if place else len(rows) - 1
    while not place and number and not rows[number].strip():
        number -= 1
    if number in repaired:
        return False
    written, hint = _as_toml(rows[number], reason)
    column = f" at column {place[2]}" if place else ""
    faults.add(f"{source}:{number + 1}", f"is not valid TOML{column}: {reason}", hint)
    rows[number] = written
    repaired.add(number)
    return (bool(written) or reason == _TWICE) and len(faults) < MOST_FAULTS


def _as_toml(line: str, reason: str) -> tuple[str, str]:
    """Return a line as it should be written, and the hint at that; both empty if not known."""
    written, hints = line, []
    for hint, rewrite in _REWRITES.items():
        changed = rewrite(written)
        if changed != written:
            hints.append(hint)
        written = changed
    if hints:
        return written, f"{', '.join(hints)}: {written.strip()}"
    return "", _HINTS.get(reason, "")


def _outside_strings(rewrite: Callable[[str], str]) -> Callable[[str], str]:
    """Return what rewrites the parts of a line that are neither strings nor comments."""

    def rewritten(line: str) -> str:
        parts = _STRINGS.split(line)
        return "".join(part if n % 2 else rewrite(part) for n, part in enumerate(parts))

    return rewritten


def _quoted_times(text: str) -> str:
    times = r"(?<![0-9:])([0-9]{1,2}:[0-5][0-9])(?![0-9:])"
    return re.sub(times, lambda match: f'"{match[1]:0>5}"', text)


def _flags(text: str) -> str:
    def flag(match: re.Match[str]) -> str:
        word = match[2].casefold()
        known = {**_FLAGS, "true": "true", "false": "false"}
        return f"{match[1]}{known.get(word, match[2])}"

    return re.sub(r"(=\s*)(\w+)(?=\s*$)", flag, text)


def _quoted_texts(text: str) -> str:
    def quoted(match: re.Match[str]) -> str:
        bare = match[2].strip()
        if bare in ("true", "false", "inf", "nan"):
            return match[0]
        return f'{match[1]}"{bare}"{" " if match[2].endswith(" ") else ""}'

    if text.lstrip().startswith("["):
        return text
    return re.sub(r"([=\[,]\s*)([^\W\d_][^\[\]{}=,#\"']*)", quoted, text)


def _slashes(line: str) -> str:
    return re.sub(r'"[^"\n]*\\[^"\n]*"', lambda match: re.sub(r"\\+", "/", match[0]), line)


_REWRITES: dict[str, Callable[[str], str]] = {
    "write / instead of \\ in paths": _slashes,
    "use straight quotation marks": lambda line: re.sub('[«“„‟”]([^«»“”„"]*)[»”“]', r'"\1"', line),
    "write = after the name": lambda line: re.sub(r"^(\s*[A-Za-z_]\w*)\s*:\s*", r"\1 = ", line),
    "write dates as year-month-day": _outside_strings(iso_date),
    "put times into quotation marks": _outside_strings(_quoted_times),
    "write decimals with a point": _outside_strings(
        lambda text: re.sub(r"(=\s*[+-]?[0-9]+),([0-9]+)\s*$", r"\1.\2", text)
    ),
    "write numbers without spaces": _outside_strings(
        lambda text: re.sub(r"(?<=[0-9])[ \u00a0\u202f](?=[0-9]{3}(?![0-9]))", "", text)
    ),
    "write true or false": _outside_strings(_flags),
    "put texts into quotation marks": _outside_strings(_quoted_texts),
}
"""By what is told of a line: how it is rewritten."""


def _lines_of(text: str) -> dict[str, int]:
    """Return the line of each table, field and item of a valid file, by its path."""
    lines: dict[str, int] = {}
    sizes: dict[str, int] = {}
    table = ""
    for statement in _statements(text):
        words = [word for _, word in statement]
        number = statement[0][0]
        if words[0] == "[":
            table = _table_path("".join(words), sizes)
            lines.setdefault(table, number)
        else:
            equals = words.index("=")
            path = _joined(table, _key(words[:equals]))
            _note_parents(path, number, lines)
            _note_items(statement[equals + 1 :], path, lines)
    return lines


def _statements(text: str) -> Iterator[list[tuple[int, str]]]:
    """Yield the words of each header and each field, with their lines."""
    statement: list[tuple[int, str]] = []
    number, depth = 1, 0
    for word in itertools.chain(_TOKENS.findall(text), ["\n"]):
        depth += (word in ("[", "{")) - (word in ("]", "}"))
        if word == "\n" and not depth and statement:
            yield statement
            statement = []
        elif word != "\n" and not word.startswith("#"):
            statement.append((number, word))
        number += word.count("\n")


def _table_path(header: str, sizes: dict[str, int]) -> str:
    """Return the path of a table, counting those of a list."""
    path = ""
    parts = _key([header.strip("[]")]).split(".")
    for n, part in enumerate(parts, start=1):
        path = _joined(path, part)
        if header.startswith("[[") and n == len(parts):
            sizes[path] = sizes.get(path, 0) + 1
        if path in sizes:
            path = f"{path}[{sizes[path] - 1}]"
    return path


def _key(words: Iterable[str]) -> str:
    return re.sub(r"[\"'\s]", "", "".join(words))


def _joined(table: str, name: str) -> str:
    return f"{table}.{name}" if table else name


def _note_parents(path: str, number: int, lines: dict[str, int]) -> None:
    """Note the line of a field, and of the tables that a dotted name makes."""
    for end in (*(match.start() for match in re.finditer(r"\.", path)), len(path)):
        lines.setdefault(path[:end], number)


def _note_items(words: list[tuple[int, str]], path: str, lines: dict[str, int]) -> None:
    """Note the line of each item of lists, and each field of tables within one value."""
    # Of each list or table that is open: its path, and that of the item that comes next.
    opened: list[tuple[str, bool]] = []
    counts: dict[str, int] = {}
    item, before = path, "="
    for number, word in words:
        if word in ("]", "}"):
            item, _ = opened.pop()
        elif word == ",":
            counts[opened[-1][0]] += 1
        elif word != "=":
            if opened and before in ("[", "{", ","):
                holder, is_list = opened[-1]
                item = f"{holder}[{counts[holder]}]" if is_list else _joined(holder, _key([word]))
                lines.setdefault(item, number)
            if word in ("[", "{"):
                opened.append((item, word == "["))
                counts[item] = 0
        before = word
