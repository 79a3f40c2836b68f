"""The native library of inner loops, loaded by ctypes.

Its types and functions are declared once, in ``routeplan.h``, and read from there: a structure is
made of any object whose attributes are named like its fields, a pointer of a numpy array of the
right type. The interpreter lock is free while a function runs.
"""

from __future__ import annotations

import ctypes
import functools
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from routeplan.errors import RouteplanError
from routeplan.language import gettext as _

__all__ = ["CapacityError", "NativeError", "Struct", "call", "constant", "dtype", "source_hash"]

FOLDER = Path(__file__).parent
FILE = {"win32": "routenative.dll", "darwin": "libroutenative.dylib"}.get(
    sys.platform, "libroutenative.so.1"
)

# C's scalar types: ctypes' and numpy's.
SCALARS: dict[str, tuple[Any, Any]] = {
    "int16_t": (ctypes.c_int16, np.int16),
    "int8_t": (ctypes.c_int8, np.int8),
    "int32_t": (ctypes.c_int32, np.int32),
    "int64_t": (ctypes.c_int64, np.int64),
    "uint8_t": (ctypes.c_uint8, np.uint8),
    "uint64_t": (ctypes.c_uint64, np.uint64),
    "bool": (ctypes.c_bool, np.bool_),
    "double": (ctypes.c_double, np.float64),
    "void": (None, None),
}
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
STRUCT = re.compile(r"typedef struct \{(?P<body>[^}]*)\} (?P<name>\w+);")
FUNCTION = re.compile(r"^API (?P<result>\w+) (?P<name>\w+)\((?P<parameters>[^)]*)\);", re.MULTILINE)
CONSTANT = re.compile(r"^#define (?P<name>\w+) \(?(?P<value>-?\d+)\)?$", re.MULTILINE)
DECLARATION = re.compile(r"(?:const )?(?P<type>\w+) (?P<names>[^;]*)")


class NativeError(RouteplanError):
    """The native library is missing, or was misused."""


class CapacityError(NativeError):
    """A function was to store more than there is capacity for."""


class Struct:
    """A structure of the library, to be handed to it more than once.

    Parameters
    ----------
    name
        Of the structure in ``routeplan.h``.
    source
        What has its fields as attributes. Arrays are not copied.

    Raises
    ------
    TypeError
        For an array of another type, or one that is not contiguous.
    """

    def __init__(self, name: str, source: object) -> None:
        library = _library()
        struct = library.structs[name]
        values = (_argument(library, field, getattr(source, field.name)) for field in struct.fields)
        self.name, self._source = name, source
        self.address = ctypes.byref(struct.layout(*values))


class _Variable(NamedTuple):
    """A field or parameter: its type's name, its own, and whether it is a pointer."""

    type: str
    name: str
    pointer: bool

    @property
    def ctype(self) -> Any:
        return ctypes.c_void_p if self.pointer else SCALARS[self.type][0]


class _Struct(NamedTuple):
    """A structure's fields, and the ctypes type that they make up."""

    fields: tuple[_Variable, ...]
    layout: type[ctypes.Structure]


class _Library(NamedTuple):
    """The library, with the structures and functions that its header declares."""

    structs: dict[str, _Struct]
    dtypes: dict[str, np.dtype[Any]]
    functions: dict[str, tuple[Any, tuple[_Variable, ...]]]
    constants: dict[str, int]


def call(name: str, *values: Any) -> Any:
    """Call a function of the library.

    Parameters
    ----------
    name
        Of the function in ``routeplan.h``.
    *values
        A number for a number, a numpy array for a pointer to numbers, and for a pointer to a
        structure any object that has its fields.

    Raises
    ------
    NativeError
        Where the library is missing.
    CapacityError
        Where the function reports that a capacity does not suffice.
    TypeError
        For an array of another type, or one that is not contiguous, and for a wrong number of
        values.
    """
    library = _library()
    function, parameters = library.functions[name]
    if len(values) != len(parameters):
        names = ", ".join(parameter.name for parameter in parameters)
        raise TypeError(f"{name} takes {len(parameters)} values ({names}), not {len(values)}")
    keep = [
        _argument(library, parameter, value)
        for parameter, value in zip(parameters, values, strict=True)
    ]
    result = function(*keep)
    if result == library.constants["CAPACITY_EXCEEDED"] and function.restype is not None:
        raise CapacityError(f"{name}: more was to be stored than there is capacity for")
    return result


def constant(name: str) -> int:
    """Return a constant of ``routeplan.h``."""
    return _library().constants[name]


def dtype(name: str) -> np.dtype[Any]:
    """Return the type of arrays of a structure of numbers of ``routeplan.h``."""
    return _library().dtypes[name]


def source_hash() -> str:
    """Return the SHA-256 of the sources that the library was built from."""
    text = np.zeros(65, dtype=np.uint8)
    call("copy_source_hash", text)
    return bytes(text[:64]).decode()


@functools.cache
def _library() -> _Library:
    header = COMMENT.sub("", (FOLDER / "routeplan.h").read_text(encoding="utf-8"))
    structs: dict[str, _Struct] = {}
    dtypes = {name: np.dtype(kind) for name, (_, kind) in SCALARS.items() if kind is not None}
    for found in STRUCT.finditer(header):
        fields = tuple(v for part in found["body"].split(";") for v in _variables(part))
        members = [(field.name, field.ctype) for field in fields]
        layout = type(found["name"], (ctypes.Structure,), {"_fields_": members})
        structs[found["name"]] = _Struct(fields, layout)
        if not any(field.pointer for field in fields):
            dtypes[found["name"]] = np.dtype(layout)
    try:
        loaded = ctypes.CDLL(str(FOLDER / FILE))
    except OSError as error:
        message = _(
            "the native library cannot be loaded ({error}): "
            "install routeplan anew with 'pip install .' in its folder",
            error=error,
        )
        raise NativeError(message) from error
    functions = {}
    for found in FUNCTION.finditer(header):
        function = getattr(loaded, found["name"])
        function.restype = SCALARS[found["result"]][0]
        parameters = found["parameters"].split(",") if found["parameters"] != "void" else []
        variables = tuple(v for part in parameters for v in _variables(part))
        function.argtypes = [variable.ctype for variable in variables]
        functions[found["name"]] = function, variables
    constants = {found["name"]: int(found["value"]) for found in CONSTANT.finditer(header)}
    return _Library(structs, dtypes, functions, constants)


def _variables(text: str) -> list[_Variable]:
    """Return the variables of a declaration such as ``const int32_t *near, *day``."""
    found = DECLARATION.fullmatch(text.strip())
    if found is None:
        return []
    names = (name.strip() for name in found["names"].split(","))
    return [_Variable(found["type"], name.lstrip("*"), name.startswith("*")) for name in names]


def _argument(library: _Library, variable: _Variable, value: Any) -> Any:
    """Return a value as what a function or structure takes; arrays must outlive the call."""
    if not variable.pointer:
        return value
    if isinstance(value, np.ndarray):
        return _data(library, variable, value)
    if not isinstance(value, Struct):
        if variable.type not in library.structs:
            kind = type(value).__name__
            raise TypeError(f"{variable.name}: an array of {variable.type} is expected, not {kind}")
        value = Struct(variable.type, value)
    if value.name != variable.type:
        raise TypeError(f"{variable.name}: {variable.type} is expected, not {value.name}")
    return value.address


def _data(library: _Library, variable: _Variable, array: np.ndarray[Any, Any]) -> int:
    """Return the address of an array's data, where it is an array of what is expected."""
    if variable.type not in library.dtypes or array.dtype != library.dtypes[variable.type]:
        kind = array.dtype
        raise TypeError(f"{variable.name}: an array of {variable.type} is expected, not of {kind}")
    if not array.flags.c_contiguous:
        raise TypeError(f"{variable.name}: a C-contiguous array is expected")
    address: int = array.__array_interface__["data"][0]
    return address
