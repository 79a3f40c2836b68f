"""Roads and places of a district, asked of Overpass through osmnx."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import math
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import osmium
from osmium.osm import mutable
from shapely.geometry import box

from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.fetch.extract import FORMATS, Download
from routeplan.fetch.hosts import (
    USER_AGENT,
    HostRequest,
    RetryPolicy,
    check_response,
    check_url,
    host_of,
    retry,
)
from routeplan.files import (
    check_writable,
    expect,
    make_folder,
    private_files,
    read_bytes,
    temporary_beside,
    write_whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import requests
    from shapely import MultiPolygon, Polygon

__all__ = ["OverpassRequest", "fetch_osm"]

OVERPASS = "https://overpass-api.de/api"
NOMINATIM = "https://nominatim.openstreetmap.org/"
LARGEST_KM2 = 100_000
"""Beyond this an extract is quicker, and kinder to those who run Overpass for everybody."""

_KM_PER_DEGREE = 111.2
_PLACES = {"place": ["city", "town", "village", "hamlet", "isolated_dwelling", "farm"]}
_REMARK_BYTES = 4096

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class OverpassRequest:
    """A district to be asked for: by its name or by a box.

    Parameters
    ----------
    output
        The file that it becomes.
    cache
        Folder where answers are kept: what was asked once is not asked again.
    place
        Its name, which Nominatim is asked for its outline; empty where a box is given.
    bounds
        West, south, east and north, degrees.
    homes
        Whether buildings are asked for too, of which households can be estimated.
    overpass, nominatim
        Whom to ask.

    Raises
    ------
    InputError
        With everything that is wrong with it.
    """

    output: Path
    cache: Path
    place: str = ""
    bounds: Box | None = None
    homes: bool = False
    overpass: str = OVERPASS
    nominatim: str = NOMINATIM

    def __post_init__(self) -> None:
        check_url(self.overpass, "--overpass")
        check_url(self.nominatim, "--nominatim")
        if not self.output.name.lower().endswith(tuple(f".{ending}" for ending in FORMATS)):
            hint = f"let it end in .{', .'.join(FORMATS)}"
            raise InputError([Fault(str(self.output), "is no map by its name", hint)])
        if bool(self.place.strip()) == (self.bounds is not None):
            raise InputError("name either a place or a box: --place or --bbox")
        if self.bounds is not None:
            _check_bounds(self.bounds)

    def host_requests(self) -> tuple[HostRequest, ...]:
        """Return which hosts are asked, and what they are told."""
        what = "roads, places and buildings" if self.homes else "roads and places"
        overpass = _question(
            self.overpass, f"that {what} are wanted within {self._where()}, and '{USER_AGENT}'"
        )
        if not self.place:
            return (overpass,)
        name = f"the name {self.place!r}, for the outline of the place, and '{USER_AGENT}'"
        return (_question(self.nominatim, name), overpass)

    @property
    def folder(self) -> Path:
        """Where the answers to just this errand are kept."""
        asked = [self.place, self.bounds, self.homes, self.overpass, self.nominatim]
        return self.cache / hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]

    def _where(self) -> str:
        if self.bounds is None:
            return f"the outline of {self.place!r}"
        west, south, east, north = self.bounds
        return f"longitude {west} to {east}, latitude {south} to {north}"


def fetch_osm(
    request: OverpassRequest,
    patience: RetryPolicy | None = None,
    *,
    fresh: bool = False,
    on_step: Callable[[str], None] = lambda _: None,
) -> Download:
    """Ask for the roads and places of a district, and write them as a map.

    Answers are kept as they come, so that after a break only the rest is asked for.

    Parameters
    ----------
    request
        What to ask for, and where to write it.
    patience
        How long to wait, and how often to try.
    fresh
        Ask again for what was answered before.
    on_step
        Told of each step and each wait.

    Raises
    ------
    RouteplanError
        Where a host gives no whole answer, knows no such place, or has no roads there.
    """
    patience = patience or RetryPolicy(timeout_seconds=180.0)
    check_writable(request.output, request.cache / "answer")
    make_folder(request.folder)
    # The index tells the folder for one of answers, which osmnx names itself.
    expect(request.folder / "answer")
    _forget(request.folder, everything=fresh)
    kept = sorted(request.folder.glob("*.json"))
    if kept:
        day = dt.datetime.fromtimestamp(kept[0].stat().st_mtime, tz=dt.UTC).date()
        on_step(f"going on with answers of {day} in {request.folder}")
    with _osmnx_asks(request, patience):
        outline = _outline(request, patience, on_step)
        _check_area(outline, request.place or "the box")
        on_step(f"asking {host_of(request.overpass)}")
        for ask in _asks(outline, homes=request.homes):
            retry(ask, host_of(request.overpass), patience, on_step)
    on_step(f"writing {request.output.name}")
    make_folder(request.output.parent)
    data = _as_map(_answers(request.folder), request.output)
    write_whole({request.output: data})
    return Download(request.output, len(data), ("whole answers",), unchanged=False)


@contextlib.contextmanager
def _osmnx_asks(request: OverpassRequest, patience: RetryPolicy) -> Iterator[None]:
    """Set osmnx to ask these hosts and no other; afterwards all is as it was before."""
    import osmnx  # noqa: PLC0415  # loads half of the scientific Python

    settings: dict[str, Any] = {
        "cache_folder": request.folder,
        "cache_only_mode": True,
        "doh_url_template": None,  # else a public resolver is told each name that is not found
        "http_accept_language": "en",
        "http_referer": USER_AGENT,
        "http_user_agent": USER_AGENT,
        "log_console": False,
        "log_file": False,
        "nominatim_key": None,
        "nominatim_url": request.nominatim,
        "overpass_rate_limit": False,  # a busy host says so itself
        "overpass_url": request.overpass,
        "requests_kwargs": {"allow_redirects": False, "hooks": {"response": _judge}},
        "requests_timeout": patience.timeout_seconds,
        "use_cache": True,
    }
    before = {name: getattr(osmnx.settings, name) for name in settings}
    resolver = socket.getaddrinfo
    try:
        for name, value in settings.items():
            setattr(osmnx.settings, name, value)
        # osmnx writes the answers itself.
        with private_files():
            yield
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = resolver  # osmnx puts its own there


def _judge(response: requests.Response, *_: object, **__: object) -> None:
    """Look at each answer before osmnx does, which would wait for busy hosts without end."""
    check_response(response)
    if b'"remark"' in response.content[-_REMARK_BYTES:]:
        remark = str(response.json().get("remark", ""))
        if "error" in remark.lower():
            hint = "ask for a smaller district, or fetch an extract"
            raise RouteplanError([Fault(host_of(response.url), f"gave up: {remark}", hint)])
    response.json()


def _outline(
    request: OverpassRequest, patience: RetryPolicy, on_step: Callable[[str], None]
) -> Polygon | MultiPolygon:
    if request.bounds is not None:
        return box(*request.bounds)
    import osmnx  # noqa: PLC0415

    host = host_of(request.nominatim)
    on_step(f"asking {host} for {request.place!r}")
    try:
        found = retry(lambda: osmnx.geocode_to_gdf(request.place), host, patience, on_step)
    except (TypeError, ValueError):  # what osmnx raises where there is none
        message = f"knows no outline of {request.place!r}"
        hint = "write it otherwise, with its country, or give a box: --bbox"
        raise RouteplanError([Fault(host, message, hint)]) from None
    on_step(f"found {found.loc[0, 'display_name']}")
    outline: Polygon | MultiPolygon = found.geometry.iloc[0]
    return outline


def _asks(outline: Polygon | MultiPolygon, *, homes: bool) -> Iterator[Callable[[], None]]:
    """Yield what is asked of Overpass, each to be asked until it is answered."""
    import osmnx  # noqa: PLC0415

    def roads() -> None:
        with contextlib.suppress(InterruptedError):  # how osmnx ends when it only fills its cache
            osmnx.graph_from_polygon(outline, custom_filter='["highway"]', retain_all=True)

    def things(tags: dict[str, Any]) -> None:
        with contextlib.suppress(InterruptedError):
            osmnx.features_from_polygon(outline, tags)

    yield roads
    yield lambda: things(_PLACES)
    if homes:
        yield lambda: things({"building": True})


def _check_bounds(bounds: Box) -> None:
    west, south, east, north = bounds
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004
        hint = "write west,south,east,north in degrees: 76.5,43.1,77.3,43.5"
        raise InputError([Fault("--bbox", f"{','.join(map(str, bounds))} is no box", hint)])
    _check_area(box(*bounds), "the box")


def _check_area(outline: Polygon | MultiPolygon, what: str) -> None:
    middle = math.radians(outline.centroid.y)
    km2 = outline.area * _KM_PER_DEGREE**2 * math.cos(middle)
    if km2 > LARGEST_KM2:
        message = f"has {km2:,.0f} km², more than Overpass should be asked for ({LARGEST_KM2:,})"
        hint = "fetch an extract of the country instead: routeplan fetch extract --url …"
        raise InputError([Fault(what, message, hint)])


def _question(url: str, tells: str) -> HostRequest:
    return HostRequest(host_of(url), tells, url.startswith("https:"))


def _forget(folder: Path, *, everything: bool) -> None:
    """Throw away answers whose writing was cut off, or all of them."""
    for path in folder.glob("*.json"):
        if everything or not _is_whole(path):
            path.unlink()


def _is_whole(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True


def _answers(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the elements of all answers; those of Nominatim have none."""
    for path in sorted(folder.glob("*.json")):
        answer = json.loads(read_bytes(path))
        if isinstance(answer, dict):
            yield from answer.get("elements", ())


def _as_map(elements: Iterable[dict[str, Any]], output: Path) -> bytes:
    """Return each element once, in the order of a map: nodes before ways, by number."""
    nodes: dict[int, dict[str, Any]] = {}
    ways: dict[int, dict[str, Any]] = {}
    for element in elements:
        if element["type"] == "node":
            nodes[element["id"]] = element
        elif element["type"] == "way":
            ways[element["id"]] = element
    if not any("highway" in way.get("tags", ()) for way in ways.values()):
        raise RouteplanError("Overpass has no roads there; is the place the right one?")
    ending = next(each for each in FORMATS if output.name.lower().endswith(f".{each}"))
    with temporary_beside(output, f".{ending}") as path:
        with osmium.SimpleWriter(str(path), overwrite=True) as writer:
            for number, node in sorted(nodes.items()):
                spot = (node["lon"], node["lat"])
                writer.add_node(mutable.Node(id=number, location=spot, tags=node.get("tags", {})))
            for number, way in sorted(ways.items()):
                tags = way.get("tags", {})
                writer.add_way(mutable.Way(id=number, nodes=way["nodes"], tags=tags))
        return path.read_bytes()
