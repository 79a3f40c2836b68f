"""Roads and places of a district from the Overpass API, through osmnx."""

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

from routeplan import files
from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.fetch import hosts
from routeplan.fetch.extract import Download, check_url, map_format
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import requests
    from shapely import MultiPolygon, Polygon

OVERPASS = "https://overpass-api.de/api"
NOMINATIM = "https://nominatim.openstreetmap.org/"
LARGEST_KM2 = 100_000
"""Above this an extract is quicker, and spares the public Overpass servers."""

_KM_PER_DEGREE = 111.2
_PLACES = {"place": ["city", "town", "village", "hamlet", "isolated_dwelling", "farm"]}
_REMARK_BYTES = 4096


@dataclass(frozen=True, slots=True)
class OverpassRequest:
    """A district to download, by its name or by a bounding box.

    Raises
    ------
    InputError
        Where an address, the box or the name of the file is wrong.
    """

    output: Path  # the map file
    cache: Path  # folder of answers, which are not requested again
    place: str = ""  # its name, whose outline Nominatim has; empty for a box
    bounds: tuple[float, float, float, float] | None = None  # west, south, east, north, degrees
    homes: bool = False  # whether to download buildings too, to estimate households
    overpass: str = OVERPASS  # address of the host
    nominatim: str = NOMINATIM  # address of the host

    def __post_init__(self) -> None:
        check_url(self.overpass, "--overpass")
        check_url(self.nominatim, "--nominatim")
        map_format(self.output)
        if bool(self.place.strip()) == (self.bounds is not None):
            raise InputError(_("name either a place or a box: --place or --bbox"))
        if self.bounds is not None:
            west, south, east, north = self.bounds
            if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004  # degrees
                message = _("{box} is not a bounding box", box=",".join(map(str, self.bounds)))
                hint = _("write west,south,east,north in degrees: 76.5,43.1,77.3,43.5")
                raise InputError([Fault("--bbox", message, hint)])
            _check_area(box(*self.bounds), _("the box"))

    def host_requests(self) -> tuple[hosts.HostRequest, ...]:
        """Return which hosts are contacted, and what is sent to each."""
        where = _("the outline of {place!r}", place=self.place)
        if self.bounds is not None:
            # As they were typed, with points.
            west, south, east, north = map(str, self.bounds)
            where = _(
                "longitude {west} to {east}, latitude {south} to {north}",
                west=west,
                east=east,
                south=south,
                north=north,
            )
        content = _("a query of roads and places within {where}", where=where)
        if self.homes:
            content = _("a query of roads, places and buildings within {where}", where=where)
        overpass = hosts.HostRequest.to(self.overpass, content)
        if not self.place:
            return (overpass,)
        name = _("the name {place!r}", place=self.place)
        return hosts.HostRequest.to(self.nominatim, name), overpass

    @property
    def folder(self) -> Path:
        """The folder of the answers to this very request."""
        key = [self.place, self.bounds, self.homes, self.overpass, self.nominatim]
        return self.cache / hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]


def fetch_osm(
    request: OverpassRequest,
    policy: hosts.RetryPolicy | None = None,
    *,
    fresh: bool = False,
    on_step: Callable[[str], None] = lambda _text: None,
) -> Download:
    """Download the roads and places of a district as a map.

    Each answer is cached as it comes, so that after a break only the rest is requested.

    Parameters
    ----------
    request, policy
        What to download, and where to; how often to try.
    fresh
        Whether to ignore cached answers.
    on_step
        Called with a message at each step and each wait.

    Raises
    ------
    RouteplanError
        Where a host gives no complete answer, knows no such place, or has no roads there.
    """
    policy = policy or hosts.RetryPolicy(timeout_seconds=180.0)
    files.check_writable(request.output, request.cache / "answer")
    files.make_folder(request.folder)
    # osmnx names the files itself: one entry marks the folder as ours in its index.
    files.enter_in_index(request.folder / "answer")
    cached = []
    for path in sorted(request.folder.glob("*.json")):
        try:
            json.loads(b"" if fresh else path.read_bytes())
            cached.append(path)
        except ValueError:
            path.unlink()
    if cached:
        day = dt.datetime.fromtimestamp(cached[0].stat().st_mtime, tz=dt.UTC).date()
        folder = request.folder
        on_step(_("resuming with answers of {day} in {folder}", day=day, folder=folder))
    host = hosts.host_of(request.overpass)
    with _osmnx_settings(request, policy):
        outline = _outline(request, policy, on_step)
        _check_area(outline, request.place or _("the box"))
        on_step(_("requesting from {host}", host=host))
        for query in _queries(outline, homes=request.homes):
            hosts.retry(query, host, policy, on_step)
    on_step(_("writing {file}", file=request.output.name))
    files.make_folder(request.output.parent)
    data = _map_bytes(request)
    files.write_whole({request.output: data})
    return Download(request.output, len(data), ("complete answers",), unchanged=False)


@contextlib.contextmanager
def _osmnx_settings(request: OverpassRequest, policy: hosts.RetryPolicy) -> Iterator[None]:
    """Make osmnx contact these hosts and no other; restore its settings afterwards."""
    import osmnx  # noqa: PLC0415  # loads half of the scientific Python

    settings: dict[str, Any] = {
        "cache_folder": request.folder,
        "cache_only_mode": True,
        "doh_url_template": None,  # else each unknown host name is sent to a public resolver
        "http_accept_language": "en",
        "http_referer": hosts.USER_AGENT,
        "http_user_agent": hosts.USER_AGENT,
        "log_console": False,
        "log_file": False,
        "nominatim_key": None,
        "nominatim_url": request.nominatim,
        "overpass_rate_limit": False,  # a busy host says so itself
        "overpass_url": request.overpass,
        "requests_kwargs": {"allow_redirects": False, "hooks": {"response": _check_answer}},
        "requests_timeout": policy.timeout_seconds,
        "use_cache": True,
    }
    before = {name: getattr(osmnx.settings, name) for name in settings}
    resolver = socket.getaddrinfo
    try:
        for name, value in settings.items():
            setattr(osmnx.settings, name, value)
        # osmnx writes the answers itself.
        with files.private_files():
            yield
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = resolver  # which osmnx replaces


def _check_answer(response: requests.Response, *_rest: object, **_options: object) -> None:
    """Check an answer before osmnx does, which would wait for busy hosts without end."""
    hosts.check_response(response)
    if b'"remark"' in response.content[-_REMARK_BYTES:]:
        said = str(response.json().get("remark", ""))
        if "error" in said.lower():
            message = _("gave up: {remark}", remark=said)
            hint = _("request a smaller district, or download an extract")
            raise RouteplanError([Fault(hosts.host_of(response.url), message, hint)])
    response.json()


def _outline(
    request: OverpassRequest, policy: hosts.RetryPolicy, on_step: Callable[[str], None]
) -> Polygon | MultiPolygon:
    if request.bounds is not None:
        return box(*request.bounds)
    import osmnx  # noqa: PLC0415  # heavy

    host = hosts.host_of(request.nominatim)
    on_step(_("requesting {place!r} from {host}", place=request.place, host=host))
    try:
        found = hosts.retry(lambda: osmnx.geocode_to_gdf(request.place), host, policy, on_step)
    except (TypeError, ValueError):  # what osmnx raises where there is none
        message = _("knows no outline of {place!r}", place=request.place)
        hint = _("spell it otherwise, with its country, or give a box: --bbox")
        raise RouteplanError([Fault(host, message, hint)]) from None
    on_step(_("found {place}", place=found.loc[0, "display_name"]))
    outline: Polygon | MultiPolygon = found.geometry.iloc[0]
    return outline


def _queries(outline: Polygon | MultiPolygon, *, homes: bool) -> Iterator[Callable[[], None]]:
    """Yield the queries to Overpass, each of which fills the cache."""
    import osmnx  # noqa: PLC0415  # heavy

    def send(query: Callable[..., object], **options: Any) -> None:  # noqa: ANN401  # osmnx's
        with contextlib.suppress(InterruptedError):  # how osmnx ends when it only fills its cache
            query(outline, **options)

    roads = {"custom_filter": '["highway"]', "retain_all": True}
    yield lambda: send(osmnx.graph_from_polygon, **roads)
    yield lambda: send(osmnx.features_from_polygon, tags=_PLACES)
    if homes:
        yield lambda: send(osmnx.features_from_polygon, tags={"building": True})


def _check_area(outline: Polygon | MultiPolygon, what: str) -> None:
    km2 = outline.area * _KM_PER_DEGREE**2 * math.cos(math.radians(outline.centroid.y))
    if km2 > LARGEST_KM2:
        message = _(
            "has {km2:,.0f} km², too much for Overpass (at most {most:,})",
            km2=km2,
            most=LARGEST_KM2,
        )
        hint = _("fetch an extract of the country instead: routeplan fetch extract --url …")
        raise InputError([Fault(what, message, hint)])


def _map_bytes(request: OverpassRequest) -> bytes:
    """Return the elements of all answers as a map file: each once, nodes before ways, by id."""
    nodes: dict[int, dict[str, Any]] = {}
    ways: dict[int, dict[str, Any]] = {}
    for path in sorted(request.folder.glob("*.json")):
        answer = json.loads(files.read_bytes(path))
        # Answers of Nominatim are lists.
        for element in answer.get("elements", ()) if isinstance(answer, dict) else ():
            if element["type"] in {"node", "way"}:
                (nodes if element["type"] == "node" else ways)[element["id"]] = element
    if not any("highway" in way.get("tags", ()) for way in ways.values()):
        raise RouteplanError(_("Overpass has no roads there; is the place the right one?"))
    with files.temporary_beside(request.output, f".{map_format(request.output)}") as path:
        with osmium.SimpleWriter(str(path), overwrite=True) as writer:
            for number, node in sorted(nodes.items()):
                location, tags = (node["lon"], node["lat"]), node.get("tags", {})
                writer.add_node(mutable.Node(id=number, location=location, tags=tags))
            for number, way in sorted(ways.items()):
                tags = way.get("tags", {})
                writer.add_way(mutable.Way(id=number, nodes=way["nodes"], tags=tags))
        return path.read_bytes()
