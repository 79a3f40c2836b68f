"""Valid files, changed a little: values within their structure first, bytes now and then."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import re
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

__all__ = ["mutate"]

DIGITS = "9" * 400
LONG = "ә" * 2500
NUMBERS: tuple[Any, ...] = (
    *(0, -0.0, -1, 1, 2, 3, 23, 24, 59, 60, 255, 256, 32767, 65536, 86399, 86400, 100_000),
    *(2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, int(DIGITS)),
    *(0.5, 1e-18, 5e-324, 1e18, 1e308, -1e308, float("nan"), float("inf"), float("-inf")),
)
TEXTS: tuple[str, ...] = (
    *("", " ", "0", "-1", "nan", "inf", "NaN", "1e400", DIGITS, "x1", "null", "true", "[]", "\\"),
    *("$\\foo$", "${x", "=1+1", "\x1b[31m", "\u202e", "\u0000", "\ue0000", "\ufffd", LONG),
    *("__proto__", "constructor", "../../x", "/dev/zero", "a" * 300, "0001-01-01", "9999-12-31"),
    *("2027-02-30", "24:00", "99:99", "\r\n", "'", '"', "<b>", "&amp;", "🜁", "İ", "v1"),
)
TOML_VALUES = (
    *("0", "-1", "1e308", "1e-18", "nan", "inf", "-inf", "9223372036854775808", DIGITS, "true"),
    *("[]", "{}", '""', '"' + LONG + '"', "'$\\foo$'", "0001-01-01", "9999-12-31", "12:00:00"),
    *("2027-05-04T00:00:00Z", "[[[[]]]]", '["09:00", "20:00"]', '["09:00"]', '"/dev/zero"'),
    *('"../x"', '"\\u0000"', "0.5", "1", "2", "100000000", '"villages.csv"', '"district.osm"'),
)
MARKUP = re.compile(rb'(?<==")[^"]*(?=")|(?<==\')[^\']*(?=\')|(?<=>)[^<>]+(?=<)')
TAGS = re.compile(rb"<[^>]*>")


def mutate(data: bytes, kind: str, rng: random.Random) -> bytes:
    """Change a file of a kind (the ending of its name) in one place.

    Files that are not sound enough for their structure to be seen are changed by bytes.
    """
    known = STRUCTURES.get(kind)
    if known is not None and rng.random() < 0.85:
        with contextlib.suppress(Exception):
            return known(data, rng)
    return _bytes(data, rng)


def _bytes(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return rng.choice((b"\0", b"\xff", b"{", b"PK\3\4"))
    at = rng.randrange(len(data))
    end = min(len(data), at + rng.choice((1, 1, 2, 4, 16, 64, 1024)))
    other = rng.randrange(len(data))
    flipped = bytes([data[at] ^ (1 << rng.randrange(8))])
    middle, rest = rng.choice(
        (
            (flipped, data[at + 1 :]),
            (b"", data[end:]),
            (data[at:end], data[at:]),
            (b"", b""),
            (rng.randbytes(end - at), data[end:]),
            (rng.choice((b"\0", b"\xff", b"\n", b'"', b"<", b"\xc3")), data[at:]),
            (data[other : other + end - at], data[end:]),
        )
    )
    return data[:at] + middle + rest


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every object or list with each of its keys."""
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(child, dict | list):
            yield from _spots(child)


def _json(data: bytes, rng: random.Random) -> bytes:
    value = json.loads(data)
    spots = list(_spots(value))
    # Travel times are nearly all of a problem: a name is drawn first, then a spot with it.
    names = sorted({str(key) for holder, key in spots if isinstance(holder, dict)})
    name = rng.choice([*names, "items"])
    holder, key = rng.choice(
        [
            (holder, key)
            for holder, key in spots
            if (str(key) == name if isinstance(holder, dict) else name == "items")
        ]
    )
    old = holder[key]
    match rng.randrange(8):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.insert(key, copy.deepcopy(old))
        case 2 if isinstance(old, int | float) and not isinstance(old, bool):
            holder[key] = old * rng.choice((-1, 0, 2, 1000, 10**12)) + rng.choice((-1, 0, 1))
        case 3:
            holder[key] = rng.choice(((), {}, [[]], None, True, False, {"a": 1}, [None]))
        case 4:
            holder[key] = copy.deepcopy(rng.choice(spots)[0])
        case 5 if isinstance(old, str):
            holder[key] = rng.choice(TEXTS)
        case 6:
            holder[key] = rng.choice(TEXTS)
        case _:
            holder[key] = rng.choice(NUMBERS)
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
    if rng.random() < 0.05:
        text = text.replace("null", "[" * 50_000, 1)
    return text.encode("utf-8", "surrogatepass")


def _toml(data: bytes, rng: random.Random) -> bytes:
    lines = data.decode().splitlines()
    at = rng.randrange(len(lines))
    settings = [n for n, line in enumerate(lines) if "=" in line]
    match rng.randrange(6):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, rng.choice(lines))
        case 2 if settings:
            at = rng.choice(settings)
            lines[at] += rng.choice(('"', "]", " x", "\n[x]", "\nx = 1"))
        case _ if settings:
            at = rng.choice(settings)
            key, _, _ = lines[at].partition("=")
            other = rng.choice(settings)
            value = rng.choice((*TOML_VALUES, lines[other].partition("=")[2]))
            lines[at] = f"{key}= {value}"
    return "\n".join(lines).encode()


def _csv(data: bytes, rng: random.Random) -> bytes:
    rows = [line.split(",") for line in data.decode().splitlines()]
    at = rng.randrange(len(rows))
    column = rng.randrange(len(rows[at]))
    match rng.randrange(6):
        case 0:
            del rows[at]
        case 1:
            rows.insert(at, list(rng.choice(rows)))
        case 2:
            del rows[at][column]
        case 3:
            rows[at].insert(column, rng.choice(TEXTS))
        case _:
            rows[at][column] = rng.choice((*TEXTS, *map(str, NUMBERS[:-9])))
    return "\n".join(map(",".join, rows)).encode()


def _xml(data: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.7:
        spot = rng.choice(list(MARKUP.finditer(data)))
        old = spot[0]
        values = [
            *TEXTS,
            *map(str, NUMBERS),
            "-180.5",
            "91",
            "99999999999",
            "A99999999999",
            "ZZZZ1",
        ]
        new = rng.choice(values).encode("utf-8", "surrogatepass")
        if rng.random() < 0.1:
            new = rng.choice((b"\xff\xfe", b"\xc3\x28", old + b"1", b"-" + old))
        return data[: spot.start()] + new + data[spot.end() :]
    spots = list(TAGS.finditer(data))
    one, other = rng.choice(spots), rng.choice(spots)
    if rng.random() < 0.5:
        return data[: one.start()] + data[one.end() :]
    return data[: one.start()] + other[0] + data[one.start() :]


def _zip(data: bytes, rng: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    # A part at random, but those with the cells as often as all others.
    cells = [name for name in parts if "sheet" in name.lower() and name.endswith(".xml")]
    name = rng.choice(cells if cells and rng.random() < 0.5 else list(parts))
    match rng.randrange(12):
        case 0:
            del parts[name]
        case 1:
            parts[name] = parts[name][:40] + b" " * 30_000_000 + parts[name][40:]
        case 2:
            parts[name] = b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 99 + b'">]>' + parts[name]
        case _:
            kind = "json" if name.endswith("json") else "xml"
            parts[name] = mutate(parts[name], kind, rng)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return whole.getvalue()


def _pbf(data: bytes, rng: random.Random) -> bytes:
    """Change what is packed in one of the blobs."""
    blobs = []
    at = 0
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        header = data[at + 4 : at + 4 + size]
        length = _field(header, 3)
        assert isinstance(length, int)
        at += 4 + size
        blobs.append((_field(header, 1), data[at : at + length]))
        at += length
    number = rng.randrange(len(blobs))
    pieces = []
    for n, (name, blob) in enumerate(blobs):
        content = _field(blob, 1) or zlib.decompress(_field(blob, 3))  # type: ignore[arg-type]
        if n == number:
            content = _bytes(content, rng)  # type: ignore[arg-type]
        packed = b"\x0a" + _varint(len(content)) + content  # type: ignore[arg-type,operator]
        header = b"\x0a" + _varint(len(name)) + name + b"\x18" + _varint(len(packed))  # type: ignore[arg-type,operator]
        pieces.append(struct.pack(">I", len(header)) + header + packed)
    return b"".join(pieces)


def _field(message: bytes, wanted: int) -> bytes | int | None:
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        value, at = _read_varint(message, at)
        if key & 7 == 2:
            if key >> 3 == wanted:
                return message[at : at + value]
            at += value
        elif key >> 3 == wanted:
            return value
    return None


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
        if byte < 128:
            return value, at


def _varint(value: int) -> bytes:
    pieces = []
    while value > 127:
        pieces.append(value & 127 | 128)
        value >>= 7
    return bytes([*pieces, value])


def _gpkg(data: bytes, rng: random.Random) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        path.write_bytes(data)
        with contextlib.closing(sqlite3.connect(path)) as base:
            tables = [row[0] for row in base.execute("SELECT table_name FROM gpkg_contents")]
            columns = [row[1] for row in base.execute(f'PRAGMA table_info("{tables[0]}")')]
            column = rng.choice(columns[1:])
            (old,) = base.execute(f'SELECT "{column}" FROM "{tables[0]}"').fetchone()  # noqa: S608
            new = _bytes(old, rng) if isinstance(old, bytes) else rng.choice(TEXTS)
            base.execute(f'UPDATE "{tables[0]}" SET "{column}" = ?', (new,))  # noqa: S608
            base.commit()
        return path.read_bytes()


STRUCTURES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "json": _json,
    "geojson": _json,
    "toml": _toml,
    "csv": _csv,
    "osm": _xml,
    "graphml": _xml,
    "xlsx": _zip,
    "bundle": _zip,
    "pbf": _pbf,
    "gpkg": _gpkg,
}
