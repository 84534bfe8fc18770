#!/usr/bin/env python3
"""Packs Natural Earth's lakes, rivers and the borders within greater countries into the file that the map draws them from.

    python3 make_waters.py NATURAL_EARTH_DIR

NATURAL_EARTH_DIR holds ne_10m_lakes.json, ne_10m_rivers_lake_centerlines.json and
ne_50m_admin_1_states_provinces_lines.json (Natural Earth 4, public domain). Needs shapely, which takes out points that
a map of the greatest zoom would not show. Writes waters.bin beside this script.

The layout, all numbers LEB128 varints, signed ones zigzag:
    units per degree
    count, then per thing, those first that show at the least zoom: kind (0 border within a country, 1 river, 2 lake,
        3 island in the lake before), ten times the web-map zoom from which it shows, point count, and the points as
        differences from the point before (the first from the last point of the thing before)
Lakes and islands are open rings: the last point is not the first again.
"""

import json
import sys
from pathlib import Path

from shapely.geometry import shape

from make_borders import signed, varint

HERE = Path(__file__).parent
UNITS = 1000
# 300 m on the ground: about a pixel at the closest look without online tiles.
TOLERANCE_DEG = 0.003
BORDER, RIVER, LAKE, ISLAND = range(4)


def features(path):
    for feature in json.load(open(path))["features"]:
        if feature["geometry"]:
            geometry = shape(feature["geometry"]).simplify(TOLERANCE_DEG)
            for part in getattr(geometry, "geoms", [geometry]):
                yield feature["properties"], part


def points_of(line):
    out = []
    for x, y in (point[:2] for point in line.coords):
        point = (round(x * UNITS), round(y * UNITS))
        if not out or out[-1] != point:
            out.append(point)
    return out


def ring_of(line):
    points = points_of(line)
    return points[:-1] if points[0] == points[-1] else points


def main(folder):
    groups = []  # (zoom, [(kind, points), ..]): an island stays behind its lake
    for properties, line in features(folder / "ne_50m_admin_1_states_provinces_lines.json"):
        groups.append((properties["min_zoom"], [(BORDER, points_of(line))]))
    for properties, line in features(folder / "ne_10m_rivers_lake_centerlines.json"):
        if properties["featurecla"] == "River":
            groups.append((properties["min_zoom"], [(RIVER, points_of(line))]))
    for properties, polygon in features(folder / "ne_10m_lakes.json"):
        rings = [(LAKE, ring_of(polygon.exterior))] + [(ISLAND, ring_of(hole)) for hole in polygon.interiors]
        if len(rings[0][1]) >= 3:
            groups.append((properties["min_zoom"], [ring for ring in rings if len(ring[1]) >= 3]))
    groups = [(zoom, things) for zoom, things in groups if all(len(points) >= 2 for _, points in things)]
    groups.sort(key=lambda group: group[0])
    things = [(zoom, kind, points) for zoom, things in groups for kind, points in things]
    out = bytearray(varint(UNITS) + varint(len(things)))
    x = y = 0
    for zoom, kind, points in things:
        out += varint(kind) + varint(round(10 * zoom)) + varint(len(points))
        for px, py in points:
            out += signed(px - x) + signed(py - y)
            x, y = px, py
    (HERE / "waters.bin").write_bytes(out)
    print(f"waters.bin: {len(out)} bytes, {len(things)} things, {sum(len(points) for *_, points in things)} points")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
