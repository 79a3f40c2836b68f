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
from routeplan.formats.dates import iso_date
from routeplan.formats.fields import kind_of
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MOST_FAULTS = 50

_STRING = r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'"
_TOKENS = re.compile(rf"{_STRING}|#[^\n]*|\n|[\[\]{{}}=,]|[^\s\"'#\[\]{{}}=,]+", re.DOTALL)
_STRINGS = re.compile(r"""("(?:\\.|[^"\\])*"|'[^']*'|#.*)""")
_FLAGS = {"yes": "true", "no": "false", "да": "true", "нет": "false", "иә": "true", "жоқ": "false"}
_TWICE = "Cannot overwrite a value"
_UNCLOSED = "Unclosed array"
_NAMING = re.compile(
    "(Cannot declare|Cannot mutate immutable namespace|Cannot redefine namespace|Expected"
    "|Duplicate inline table key|Found invalid character|Illegal character) (.*?)(?: twice)?"
)


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
            message = _("holds a number that is too long, or brackets too deep, to be read")
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
            message = _("{value} is not known", value=repr(found) if is_short else kind_of(found))
            message = _("is missing") if found is None else message
            line = f'{name} = "{expected}"' if isinstance(expected, str) else f"{name} = {expected}"
            faults.add(name, message, _("expected is the line {line}", line=line))
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
        hint = _("save it in the encoding UTF-8")
        line = data.count(b"\n", 0, error.start) + 1
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise InputError([Fault(source, _("is not in UTF-8 but in UTF-16"), hint)]) from None
        if re.search(rb"[\x00-\x08\x0e-\x1f]", data):
            raise InputError([Fault(f"{source}:{line}", _("is not in UTF-8"), hint)]) from None
        text = data.decode("kz1048", errors="replace").replace("\r\n", "\n")
        meant = text.split("\n")[line - 1].strip()
        message = _(
            "is not in UTF-8; as Windows-1251 or KZ-1048, the line is {line!r}", line=meant[:80]
        )
        faults.add(f"{source}:{line}", message, hint)
        return text


def _repair(rows: list[str], message: str, source: str, repaired: set[int], faults: Faults) -> bool:
    """Note the fault of a line, and write it as TOML; return whether reading can go on."""
    reason = message.partition(" (at ")[0]
    place = re.search(r"at line ([0-9]+), column ([0-9]+)", message)
    number = int(place[1]) - 1 if place else len(rows) - 1
    while not place and number and not rows[number].strip():
        number -= 1
    if number in repaired:
        return False
    written, hint = _as_toml(rows[number], reason)
    why = _reason(reason)
    text = _("is not valid TOML: {reason}", reason=why)
    if place:
        text = _("is not valid TOML at column {column}: {reason}", column=place[2], reason=why)
    faults.add(f"{source}:{number + 1}", text, hint)
    rows[number] = written
    repaired.add(number)
    return (bool(written) or reason == _TWICE) and len(faults) < MOST_FAULTS


def _as_toml(line: str, reason: str) -> tuple[str, str]:
    """Return a line as it should be written, and the hint at that; both empty if not known."""
    written, hints = line, []
    for what, rewrite in _REWRITES.items():
        changed = rewrite(written)
        if changed != written:
            hints.append(_rewriting_hint(what))
        written = changed
    if hints:
        return written, f"{', '.join(hints)}: {written.strip()}"
    if reason == _TWICE:
        return "", _("its name is there already: keep one of them")
    is_open = reason == _UNCLOSED
    return "", _("close the bracket of this line, or of one before it") if is_open else ""


def _reason(text: str) -> str:
    """Return why a line is no TOML, as Python says it, in the language of messages."""
    known = {
        _TWICE: _("Cannot overwrite a value"),
        _UNCLOSED: _("Unclosed array"),
        "Expected '=' after a key in a key/value pair": _(
            "Expected '=' after a key in a key/value pair"
        ),
        "Expected ']' at the end of a table declaration": _(
            "Expected ']' at the end of a table declaration"
        ),
        "Expected ']]' at the end of an array declaration": _(
            "Expected ']]' at the end of an array declaration"
        ),
        "Expected newline or end of document after a statement": _(
            "Expected newline or end of document after a statement"
        ),
        "Escaped character is not a Unicode scalar value": _(
            "Escaped character is not a Unicode scalar value"
        ),
        "Invalid date or datetime": _("Invalid date or datetime"),
        "Invalid hex value": _("Invalid hex value"),
        "Invalid initial character for a key part": _("Invalid initial character for a key part"),
        "Invalid statement": _("Invalid statement"),
        "Invalid value": _("Invalid value"),
        "Unclosed inline table": _("Unclosed inline table"),
        "Unescaped '\\' in a string": _("Unescaped '\\' in a string"),
        "Unterminated string": _("Unterminated string"),
    }
    match = _NAMING.fullmatch(text)
    if match is None or text in known:
        return known.get(text, text)
    naming = {
        "Cannot declare": _("Cannot declare {name} twice", name=match[2]),
        "Cannot mutate immutable namespace": _(
            "Cannot mutate immutable namespace {name}", name=match[2]
        ),
        "Cannot redefine namespace": _("Cannot redefine namespace {name}", name=match[2]),
        "Duplicate inline table key": _("Duplicate inline table key {name}", name=match[2]),
        "Expected": _("Expected {name}", name=match[2]),
        "Found invalid character": _("Found invalid character {name}", name=match[2]),
        "Illegal character": _("Illegal character {name}", name=match[2]),
    }
    return naming[match[1]]


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
    "slashes": _slashes,
    "quotation marks": lambda line: re.sub('[«“„‟”]([^«»“”„"]*)[»”“]', r'"\1"', line),
    "equals": lambda line: re.sub(r"^(\s*[A-Za-z_]\w*)\s*:\s*", r"\1 = ", line),
    "dates": _outside_strings(iso_date),
    "times": _outside_strings(_quoted_times),
    "decimals": _outside_strings(
        lambda text: re.sub(r"(=\s*[+-]?[0-9]+),([0-9]+)\s*$", r"\1.\2", text)
    ),
    "numbers": _outside_strings(
        lambda text: re.sub(r"(?<=[0-9])[ \u00a0\u202f](?=[0-9]{3}(?![0-9]))", "", text)
    ),
    "flags": _outside_strings(_flags),
    "texts": _outside_strings(_quoted_texts),
}
"""By what is wrong in a line: how it is rewritten."""


def _rewriting_hint(what: str) -> str:
    hints = {
        "slashes": _("write / instead of \\ in paths"),
        "quotation marks": _("use straight quotation marks"),
        "equals": _("write = after the name"),
        "dates": _("write dates as year-month-day"),
        "times": _("put times into quotation marks"),
        "decimals": _("write decimals with a point"),
        "numbers": _("write numbers without spaces"),
        "flags": _("write true or false"),
        "texts": _("put texts into quotation marks"),
    }
    return hints[what]


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
