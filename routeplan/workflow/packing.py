"""Graphs of roads, and places on them, as arrays and back."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.model.problem import TravelTimes
from routeplan.roads import Cause, Kind, OsmPlace, RoadGraph, RoadPoint, Snap, SnapFailure, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Place

    Arrays = Mapping[str, NDArray[Any]]

__all__ = ["pack_roads", "pack_times", "unpack_roads", "unpack_times"]

# Holds, as JSON, all that is no array.
_REST = "rest"


def pack_roads(graph: RoadGraph, places: Sequence[OsmPlace]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a graph and of the settlements that were read with it."""
    names = [field.name for field in dataclasses.fields(graph)]
    values = {name: getattr(graph, name) for name in names}
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    rest = {name: value for name, value in values.items() if name not in arrays}
    return arrays | {_REST: _packed({"graph": rest, "places": places})}


def unpack_roads(arrays: Arrays) -> tuple[RoadGraph, tuple[OsmPlace, ...]]:
    """Return what `pack_roads` was given."""
    rest = _unpacked(arrays[_REST])
    kinds = tuple(map(_kind, rest["graph"].pop("kinds")))
    plain = {name: _tuples(value) for name, value in rest["graph"].items()}
    plain.update((name, array) for name, array in arrays.items() if name != _REST)
    graph = RoadGraph(**plain, kinds=kinds)
    return graph, tuple(OsmPlace(**place) for place in rest["places"])


def _kind(values: dict[str, Any]) -> Kind:
    verdicts = {
        name: tuple(tuple(map(_verdict, pair)) for pair in values[name])
        for name in ("verdicts", "otherwise")
    }
    return Kind(**values | verdicts)


def _verdict(values: dict[str, Any]) -> Verdict:
    cause = values["cause"]
    return Verdict(**values | {"cause": cause and Cause(**cause)})


def pack_times(snaps: Sequence[Snap], times: TravelTimes) -> dict[str, NDArray[Any]]:
    """Return the arrays of places on the roads and of the times between them.

    Names of the places are not among them; where they meet the roads is.
    """
    rest = [
        [one.metres, one.point and dataclasses.asdict(one.point), one.failure, one.detail, one.note]
        for one in snaps
    ]
    arrays = {"seconds": times.seconds, "reachable": times.reachable, _REST: _packed(rest)}
    return arrays | ({} if times.metres is None else {"metres": times.metres})


def unpack_times(arrays: Arrays, places: Sequence[Place]) -> tuple[tuple[Snap, ...], TravelTimes]:
    """Return what `pack_times` was given, for the same places."""
    snaps = tuple(
        Snap(
            place,
            metres,
            point and RoadPoint(**point),
            failure and SnapFailure(failure),
            detail,
            note,
        )
        for place, (metres, point, failure, detail, note) in zip(
            places, _unpacked(arrays[_REST]), strict=True
        )
    )
    return snaps, TravelTimes(arrays["seconds"], arrays["reachable"], arrays.get("metres"))


def _packed(values: object) -> NDArray[np.uint8]:
    text = json.dumps(values, default=_plain, ensure_ascii=False, allow_nan=False)
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _plain(value: Any) -> object:  # noqa: ANN401  # whatever stands in a graph
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    raise TypeError(f"a {type(value).__name__} cannot be kept")


def _unpacked(array: NDArray[Any]) -> Any:  # noqa: ANN401  # whatever was packed
    return json.loads(array.tobytes())


def _tuples(value: Any) -> Any:  # noqa: ANN401  # whatever was packed
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
