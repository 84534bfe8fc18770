#!/usr/bin/env python3
"""Packs Natural Earth's countries and populated places into the small files that the program holds.

    python3 make_borders.py NATURAL_EARTH_DIR

NATURAL_EARTH_DIR holds ne_110m_admin_0_countries.json, ne_50m_admin_0_countries.json, ne_10m_populated_places_simple.json
(Natural Earth 4, public domain) and world-atlas_countries-10m.json (the same data at 1:10m). Needs shapely. Writes
countries.csv, borders_110m.bin, borders_50m.bin, borders_10m.bin and labels.csv beside this script.

The layout of a borders file, all numbers LEB128 varints, signed ones zigzag:
    units per degree
    arc count, then per arc: kind (0 coast, 1 border, 2 within one country, 3 seam of the map sheet), point count,
        and the points as differences from the point before (the first from the last point of the arc before)
    feature count, then per feature: two letters of the country ("--" where disputed), polygon count, per polygon the ring
        count, per ring the arc count and the arcs: index n forwards is n, backwards is -1-n (signed)
Every border is stored once. Rings are closed; none crosses the antimeridian, because Natural Earth cuts there; the cut
edges are the seam.
"""

import csv
import json
import math
import sys
from collections import defaultdict
from pathlib import Path

import shapely
from shapely.affinity import translate

HERE = Path(__file__).parent

# Features without a usable ISO_A2. FR and NO are "-99" in Natural Earth 4; the others have no code of their own.
BY_ADM0_A3 = {"FRA": "FR", "NOR": "NO", "KOS": "XK", "SOL": "SO", "CYN": "CY", "ATC": "AU", "IOA": "CX", "KAS": "--"}

# ISO gives these parts of a country a code of their own: (west, south, east, north).
PARTS = {
    "FR": {
        "GF": (-55, 1, -51, 7), "GP": (-62, 15.7, -60.9, 16.6), "MQ": (-61.3, 14.3, -60.7, 15),
        "RE": (55, -21.6, 56, -20.7), "YT": (44.8, -13.2, 45.5, -12.5),
    },
    "NO": {"SJ": (-10, 70.5, 40, 82), "BV": (3, -55, 4, -54)},
    "NL": {"BQ": (-70, 12, -62, 18)},
    "CX": {"CC": (96, -13, 98, -11)},
    # Natural Earth draws land with who holds it; ISO 3166 and GeoNames, on which all else here rests, have Crimea under UA.
    "RU": {"UA": (32, 44, 37, 46.5)},
}
PARTS_EXCEPT = {"SJ": lambda x, y: y < 74 and x > 0}  # mainland Norway reaches 71.2 N

# Absent from the 1:50m sheet, taken from 1:10m.
FROM_10M = ("GI", "TV")

# Pieces that the 1:10m sheet gives no ISO number; the rest of its nameless ones are reefs and bases of no code ("--").
BY_NAME_10M = {
    "Kosovo": "XK", "Somaliland": "SO", "N. Cyprus": "CY", "Cyprus U.N. Buffer Zone": "CY", "Dhekelia": "CY",
    "Akrotiri": "CY", "Baikonur": "KZ", "USNB Guantanamo Bay": "CU", "Indian Ocean Ter.": "CX", "Coral Sea Is.": "AU",
    "Clipperton I.": "FR",
}

# Countries and territories whose name or numbers Natural Earth 4 does not give as one feature of its own.
OWN_NAMES = {
    "GF": ("GUF", "French Guiana", "South America"), "GP": ("GLP", "Guadeloupe", "North America"),
    "MQ": ("MTQ", "Martinique", "North America"), "RE": ("REU", "Réunion", "Africa"), "YT": ("MYT", "Mayotte", "Africa"),
    "SJ": ("SJM", "Svalbard and Jan Mayen", "Europe"), "BQ": ("BES", "Caribbean Netherlands", "North America"),
    "CX": ("CXR", "Christmas Island", "Asia"), "CC": ("CCK", "Cocos Islands", "Asia"),
    "GI": ("GIB", "Gibraltar", "Europe"), "TV": ("TUV", "Tuvalu", "Oceania"), "TK": ("TKL", "Tokelau", "Oceania"),
    "FR": ("FRA", "France", "Europe"), "NO": ("NOR", "Norway", "Europe"), "XK": ("XKX", "Kosovo", "Europe"),
}
CENTRES = {"TK": (-9.2, -171.85)}  # no polygon at any of these scales; the middle of its three atolls

# Natural Earth abbreviates or names formally; these are the names in common English use.
COMMON = {
    "US": "United States", "CZ": "Czechia", "MK": "North Macedonia", "SZ": "Eswatini", "TR": "Turkey", "CI": "Ivory Coast",
    "CD": "Democratic Republic of the Congo", "CG": "Republic of the Congo", "KR": "South Korea", "KP": "North Korea",
    "LA": "Laos", "BN": "Brunei", "FM": "Micronesia", "VA": "Vatican City", "PS": "Palestine", "TL": "East Timor",
    "BS": "Bahamas", "GM": "Gambia", "CV": "Cape Verde", "RU": "Russia", "RS": "Serbia", "TZ": "Tanzania", "HK": "Hong Kong",
    "MO": "Macau", "ST": "São Tomé and Príncipe", "SY": "Syria", "FK": "Falkland Islands", "AX": "Åland", "FO": "Faroe Islands",
    "GB": "United Kingdom", "PN": "Pitcairn Islands", "GS": "South Georgia and the South Sandwich Islands",
}


def code_of(properties):
    iso = properties["ISO_A2"]
    return BY_ADM0_A3.get(properties["ADM0_A3"], iso) if iso == "-99" or properties["ADM0_A3"] in BY_ADM0_A3 else iso


def polygons_of(geometry):
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]


def part_of(code, ring):
    """The code of the part of a country in which a ring lies."""
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    for part, (west, south, east, north) in PARTS.get(code, {}).items():
        if west <= x <= east and south <= y <= north and not PARTS_EXCEPT.get(part, lambda *_: False)(x, y):
            return part
    return code


def read_countries(path):
    """Polygons (lists of rings) by country, in a fixed order."""
    found = defaultdict(list)
    for feature in json.load(open(path))["features"]:
        code = code_of(feature["properties"])
        for polygon in polygons_of(feature["geometry"]):
            found[part_of(code, polygon[0])].append(polygon)
    return found


def read_10m(path, by_number):
    """Polygons by country from the 1:10m sheet, a TopoJSON whose rings run on over the antimeridian."""
    sheet = json.load(open(path))
    (sx, sy), (tx, ty) = sheet["transform"]["scale"], sheet["transform"]["translate"]

    def arc(n):
        x = y = 0
        points = []
        for dx, dy in sheet["arcs"][n if n >= 0 else ~n]:
            x, y = x + dx, y + dy
            points.append((round(x * sx + tx, 6), round(y * sy + ty, 6)))
        return points if n >= 0 else points[::-1]

    def ring(arcs):
        points = [point for n in arcs for point in arc(n)[:-1]]
        return points + points[:1]

    found = defaultdict(list)
    for geometry in sheet["objects"]["countries"]["geometries"]:
        code = by_number.get(geometry.get("id")) or BY_NAME_10M.get(geometry["properties"]["name"], "--")
        polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
        for polygon in polygons:
            for rings in cut_at_antimeridian([ring(arcs) for arcs in polygon]):
                found[part_of(code, rings[0])].append(rings)
    return found


def cut_at_antimeridian(rings):
    """The polygon as those that touch longitude -180 and 180 but do not cross them, as the other sheets have them."""
    crosses = lambda ring: any(abs(a[0] - b[0]) > 180 for a, b in zip(ring, ring[1:]))
    if not any(crosses(ring) for ring in rings):
        return [rings]
    unrolled = []
    for ring in rings:
        points, turn = [ring[0]], 0
        for before, point in zip(ring, ring[1:]):
            turn += 360 * round((before[0] - point[0]) / 360)
            points.append((point[0] + turn, point[1]))
        if turn:  # it goes around the pole
            points += [(points[-1][0], -90.0), (points[0][0], -90.0), points[0]]
        unrolled.append(points)
    # A hole lies beside its outer ring, not a turn away from it.
    middle = sum(point[0] for point in unrolled[0]) / len(unrolled[0])
    holes = []
    for hole in unrolled[1:]:
        turn = 360 * round((middle - sum(point[0] for point in hole) / len(hole)) / 360)
        holes.append([(x + turn, y) for x, y in hole])
    whole = shapely.make_valid(shapely.Polygon(unrolled[0], holes))
    pieces = []
    for turn in (-720, -360, 0, 360, 720):
        part = translate(whole.intersection(shapely.box(-180 - turn, -90, 180 - turn, 90)), turn)
        for piece in getattr(part, "geoms", [part]):
            if piece.geom_type == "Polygon" and not piece.is_empty:
                pieces.append([list(piece.exterior.coords)] + [list(hole.coords) for hole in piece.interiors])
    return pieces


def quantised(polygons, units):
    """Rings as open lists of distinct integer points; rings that shrink to nothing are dropped."""
    out = []
    for polygon in polygons:
        rings = []
        for ring in polygon:
            points = []
            for x, y in ring:
                point = (round(x * units), round(y * units))
                if not points or points[-1] != point:
                    points.append(point)
            if len(points) > 1 and points[0] == points[-1]:
                points.pop()
            if len(points) >= 3:
                rings.append(points)
            elif not rings:
                break
        if rings:
            out.append(rings)
    return out


def topology(countries, units):
    """Cuts the rings into arcs that neighbours share. Returns (arcs, kinds, features)."""

    def seam(a, b):
        edge = 180 * units
        return (abs(a[0]) == edge and a[0] == b[0]) or (a[1] == b[1] == -90 * units)

    turns = defaultdict(set)
    for polygons in countries.values():
        for ring in (ring for polygon in polygons for ring in polygon):
            for i, point in enumerate(ring):
                before, after = ring[i - 1], ring[(i + 1) % len(ring)]
                turns[point].add(frozenset((before, after)))
                if seam(before, point) != seam(point, after):
                    turns[point].add("seam")
    junction = {point for point, ways in turns.items() if len(ways) > 1}

    index, arcs, owners, features = {}, [], [], []
    for code in sorted(countries):
        shapes = []
        for polygon in countries[code]:
            rings = []
            for ring in polygon:
                at = [i for i, point in enumerate(ring) if point in junction]
                start = at[0] if at else ring.index(min(ring))
                turned = ring[start:] + ring[:start] + [ring[start]]
                cuts = [i for i, point in enumerate(turned) if i in (0, len(turned) - 1) or point in junction]
                refs = []
                for first, last in zip(cuts, cuts[1:]):
                    points = tuple(turned[first : last + 1])
                    forwards = points <= points[::-1]
                    key = points if forwards else points[::-1]
                    if key not in index:
                        index[key] = len(arcs)
                        arcs.append(key)
                        owners.append([])
                    owners[index[key]].append(code)
                    refs.append(index[key] if forwards else ~index[key])
                rings.append(refs)
            shapes.append(rings)
        features.append((code, shapes))

    def kind(arc, codes):
        if seam(arc[0], arc[1]):
            return 3
        return 0 if len(codes) == 1 else 2 if len(set(codes)) == 1 else 1

    return arcs, [kind(a, o) for a, o in zip(arcs, owners)], features


def varint(n):
    out = bytearray()
    while True:
        out.append((n & 127) | (128 if n > 127 else 0))
        n >>= 7
        if not n:
            return bytes(out)


def signed(n):
    return varint(n * 2 if n >= 0 else -n * 2 - 1)


def packed(arcs, kinds, features, units):
    out = bytearray(varint(units) + varint(len(arcs)))
    x = y = 0
    for arc, kind in zip(arcs, kinds):
        out += varint(kind) + varint(len(arc))
        for px, py in arc:
            out += signed(px - x) + signed(py - y)
            x, y = px, py
    out += varint(len(features))
    for code, polygons in features:
        out += code.encode() + varint(len(polygons))
        for rings in polygons:
            out += varint(len(rings))
            for refs in rings:
                out += varint(len(refs)) + b"".join(signed(ref) for ref in refs)
    return bytes(out)


def area(ring):
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1]))) / 2


def inside(rings, x, y):
    odd = False
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1]):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                odd = not odd
    return odd


def edge_distance(rings, x, y, squeeze):
    best = math.inf
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1]):
            ux, uy = (bx - ax) * squeeze, by - ay
            wx, wy = (x - ax) * squeeze, y - ay
            length = ux * ux + uy * uy
            t = max(0.0, min(1.0, (wx * ux + wy * uy) / length)) if length else 0.0
            best = min(best, math.hypot(wx - t * ux, wy - t * uy))
    return best


def label_point(polygons):
    """The point of the greatest polygon that lies farthest from its edge, on a grid refined three times (lat, lon)."""
    rings = max(polygons, key=lambda p: area(p[0]) * math.cos(math.radians(sum(q[1] for q in p[0]) / len(p[0]))))
    xs, ys = [p[0] for p in rings[0]], [p[1] for p in rings[0]]
    west, east, south, north = min(xs), max(xs), min(ys), max(ys)
    squeeze = math.cos(math.radians((south + north) / 2))
    best = (-1.0, (west + east) / 2, (south + north) / 2)
    for _ in range(3):
        for i in range(13):
            for j in range(13):
                x, y = west + (east - west) * i / 12, south + (north - south) * j / 12
                if inside(rings, x, y):
                    best = max(best, (edge_distance(rings, x, y, squeeze), x, y))
        width, height = (east - west) / 6, (north - south) / 6
        west, east, south, north = best[1] - width, best[1] + width, best[2] - height, best[2] + height
    return round(best[2], 3), round(best[1], 3)


def write_countries(ne_dir, shapes):
    aliases = defaultdict(list)
    for row in csv.DictReader(open(HERE / "aliases.csv", encoding="utf-8")):
        assert None not in row, f"aliases.csv: quote the names of {row['code']}, one of which has a comma"
        aliases[row["code"]] += row["aliases"].split("|")
    rows = {}
    for feature in json.load(open(ne_dir / "ne_50m_admin_0_countries.json"))["features"]:
        p = feature["properties"]
        code = code_of(p)
        if code == "--" or code in rows or p["ADM0_A3"] in ("ATC", "CYN", "SOL", "IOA"):
            continue
        iso3, name, continent = OWN_NAMES.get(code, (p["ISO_A3"], COMMON.get(code, p["NAME_LONG"]), p["CONTINENT"]))
        names = [p[k] for k in ("NAME", "NAME_LONG", "ADMIN", "FORMAL_EN", "BRK_NAME", "NAME_CIAWF", "NAME_ALT")]
        rows[code] = (iso3, name, continent, [n for n in names if n and n != "-99"])
    for code, (iso3, name, continent) in OWN_NAMES.items():
        rows.setdefault(code, (iso3, name, continent, []))
    with open(HERE / "countries.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["code", "iso3", "name", "continent", "lat", "lon", "aliases"])
        for code, (iso3, name, continent, names) in sorted(rows.items()):
            lat, lon = CENTRES.get(code) or label_point(shapes[code])
            if continent.startswith("Seven seas"):
                continent = "Oceania" if code in ("CX", "CC") else "Africa" if code in ("MU", "SC", "MV", "SH", "IO") else "Antarctica"
                continent = "Asia" if code in ("MV", "IO") else continent
            other = [n for n in dict.fromkeys(names + aliases[code]) if n != name]
            out.writerow([code, iso3, name, continent, lat, lon, "|".join(other)])


def write_labels(ne_dir):
    """Populated places for the map and for the size of the greater towns."""
    rows = []
    for feature in json.load(open(ne_dir / "ne_10m_populated_places_simple.json"))["features"]:
        p = feature["properties"]
        code = p["iso_a2"] if p["iso_a2"] != "-99" else BY_ADM0_A3.get(p["adm0_a3"], "--")
        population = max(0, int(p["pop_max"]))
        rows.append((
            p["min_zoom"], -population, p["name"], code, round(p["latitude"], 3), round(p["longitude"], 3),
            1 if str(p["featurecla"]).startswith("Admin-0 capital") else 0,
        ))
    with open(HERE / "labels.csv", "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["name", "code", "lat", "lon", "min_zoom", "population", "capital"])
        for zoom, population, name, code, lat, lon, capital in sorted(rows):
            out.writerow([name, code, lat, lon, zoom, -population, capital])


def main(ne_dir):
    fine = read_countries(ne_dir / "ne_50m_admin_0_countries.json")
    sheet = json.load(open(ne_dir / "ne_50m_admin_0_countries.json"))["features"]
    by_number = {p["ISO_N3"]: code_of(p) for p in (feature["properties"] for feature in sheet)}
    by_number.update({"578": "NO", "581": "UM", "292": "GI", "798": "TV"})
    finest = read_10m(ne_dir / "world-atlas_countries-10m.json", by_number)
    fine.update({code: finest[code] for code in FROM_10M})
    coarse = read_countries(ne_dir / "ne_110m_admin_0_countries.json")
    sheets = (("borders_10m.bin", finest, 1000), ("borders_50m.bin", fine, 1000), ("borders_110m.bin", coarse, 100))
    for name, countries, units in sheets:
        shapes = {code: shape for code, polygons in countries.items() if (shape := quantised(polygons, units))}
        data = packed(*topology(shapes, units), units)
        (HERE / name).write_bytes(data)
        print(f"{name}: {len(data)} bytes, {len(shapes)} countries")
    write_countries(ne_dir, fine)
    write_labels(ne_dir)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
