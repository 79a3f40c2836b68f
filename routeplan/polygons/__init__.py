"""Polygons of areas from GeoJSON, GeoPackages and shapefiles.

`read_polygons` is the one place where vector files are opened. Files come from strangers, and
libraries of many formats choose a format by content, of which some name other files or addresses
that are then opened. So the three formats are parsed here from bytes, and converted to degrees::

    read_polygons ─► parse_geojson | parse_geopackage | parse_shapefile ─► to_degrees
"""

from routeplan.polygons.reading import Polygons, read_polygons

__all__ = ["Polygons", "read_polygons"]
