"""Polygons of areas from files: GeoJSON, GeoPackage and shapefiles, and no other.

`read_polygons` is the one place where vector files are opened. Files come from strangers, and
libraries of many formats choose by content how to read a file: some formats name other files or
addresses, which are then opened. So the three formats are taken apart here, from bytes::

    read_polygons ─► parse_geojson | parse_geopackage | parse_shapefile ─► to_degrees
"""

from routeplan.polygons.reading import Polygons, read_polygons

__all__ = ["Polygons", "read_polygons"]
