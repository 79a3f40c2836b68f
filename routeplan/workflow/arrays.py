"""Road graphs, snaps and travel times as arrays, as the cache keeps them."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.model.problem import TravelTimes
from routeplan.roads import (
    EdgeSpeed,
    LimitingFactor,
    OsmPlace,
    RoadGraph,
    RoadPoint,
    Snap,
    SnapFailure,
    SpeedProfile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Place

    Arrays = Mapping[str, NDArray[Any]]

# Array with all that is not an array, as JSON.
_REST = "rest"


def roads_to_arrays(graph: RoadGraph, places: Sequence[OsmPlace]) -> dict[str, NDArray[Any]]:
    """Return a graph and the settlements read with it as arrays."""
    names = [field.name for field in dataclasses.fields(graph)]
    values = {name: getattr(graph, name) for name in names}
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    rest = {name: value for name, value in values.items() if name not in arrays}
    return arrays | {_REST: _to_json({"graph": rest, "places": places})}


def roads_from_arrays(arrays: Arrays) -> tuple[RoadGraph, tuple[OsmPlace, ...]]:
    """Return the graph and the settlements of `roads_to_arrays`."""
    rest = _from_json(arrays[_REST])
    profiles = tuple(
        SpeedProfile(**values | {name: _speeds(values[name]) for name in ("speeds", "dry_speeds")})
        for values in rest["graph"].pop("profiles")
    )
    plain = {name: _tuples(value) for name, value in rest["graph"].items()}
    plain.update((name, array) for name, array in arrays.items() if name != _REST)
    graph = RoadGraph(**plain, profiles=profiles)
    return graph, tuple(OsmPlace(**place) for place in rest["places"])


def _speeds(pairs: list[Any]) -> tuple[tuple[EdgeSpeed, ...], ...]:
    def speed(values: dict[str, Any]) -> EdgeSpeed:
        factor = values["limiting_factor"]
        return EdgeSpeed(**values | {"limiting_factor": factor and LimitingFactor(**factor)})

    return tuple(tuple(map(speed, pair)) for pair in pairs)


def times_to_arrays(snaps: Sequence[Snap], times: TravelTimes) -> dict[str, NDArray[Any]]:
    """Return snaps and travel times as arrays, without the names of the places."""
    rest = [
        [one.metres, one.point and dataclasses.asdict(one.point), one.failure, one.detail, one.note]
        for one in snaps
    ]
    arrays = {"seconds": times.seconds, "reachable": times.reachable, _REST: _to_json(rest)}
    return arrays | ({} if times.metres is None else {"metres": times.metres})


def times_from_arrays(
    arrays: Arrays, places: Sequence[Place]
) -> tuple[tuple[Snap, ...], TravelTimes]:
    """Return the snaps and travel times of `times_to_arrays`."""
    rows = zip(places, _from_json(arrays[_REST]), strict=True)
    snaps = tuple(
        Snap(place, metres, point and RoadPoint(**point), failure and SnapFailure(failure), *texts)
        for place, (metres, point, failure, *texts) in rows
    )
    return snaps, TravelTimes(arrays["seconds"], arrays["reachable"], arrays.get("metres"))


def _to_json(values: object) -> NDArray[np.uint8]:
    text = json.dumps(values, default=dataclasses.asdict, ensure_ascii=False, allow_nan=False)
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _from_json(array: NDArray[Any]) -> Any:  # noqa: ANN401  # whatever was packed
    return json.loads(array.tobytes())


def _tuples(value: Any) -> Any:  # noqa: ANN401  # whatever was packed
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
