#!/usr/bin/env python3
"""Makes signs_phone_places.csv: which town the first digits of an international phone number belong to.

    pip install phonenumbers==9.0.43
    python assets/knowledge/make_phone_places.py

Source: libphonenumber's tables from prefixes to names of places (Apache-2.0), of which those of up to six digits are kept
that name a town of `geo/places.txt` (GeoNames) in a country of that dialling code.
"""

import csv
from pathlib import Path

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.geodata import GEOCODE_DATA

from make_brands import fold_with

HERE = Path(__file__).parent
# The country's code included; longer prefixes are of villages and mobile exchanges, and many.
LONGEST_PREFIX = 6


def main():
    letters = dict(line.split(",", 1) for line in (HERE.parent / "geo/fold.csv").read_text(encoding="utf-8").splitlines())
    plain = lambda text: fold_with(text, letters)
    towns = towns_by_country(plain)
    found = {}
    for prefix, names in sorted(GEOCODE_DATA.items()):
        if len(prefix) <= LONGEST_PREFIX:
            place = place_of(prefix, names, towns, plain)
            shorter = next((found[prefix[:n]] for n in range(len(prefix) - 1, 0, -1) if prefix[:n] in found), None)
            if place and place != shorter:
                found[prefix] = place
    path = HERE / "signs_phone_places.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["prefix", "town", "code"])
        rows.writerows((prefix, town, code) for prefix, (town, code) in found.items())
    print(path.name, len(found), "rows", path.stat().st_size, "bytes")


def towns_by_country(plain):
    """For each country the folded names of its towns, with the name that stands in the gazetteer; the greatest of a name."""
    towns, code = {}, None
    people_of = {}
    for line in (HERE.parent / "geo/places.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("="):
            code = line[1:]
        elif not line.startswith("+"):
            cells = line.split("\t")
            people = int(cells[3]) if len(cells) > 3 and cells[3] else 0
            for name in [cells[0], *(cells[4].split("|") if len(cells) > 4 else [])]:
                key = (code, plain(name))
                if key not in towns or people > people_of[key]:
                    towns[key], people_of[key] = cells[0], people
    return towns


def place_of(prefix, names, towns, plain):
    # In North America a name without a state is a state's.
    if prefix.startswith("1") and "," not in names.get("en", ""):
        return None
    code = next(int(prefix[:n]) for n in (1, 2, 3) if int(prefix[:n]) in COUNTRY_CODE_TO_REGION_CODE)
    regions = COUNTRY_CODE_TO_REGION_CODE[code]
    for name in [names.get("en"), *names.values()]:
        for code in regions:
            town = name and towns.get((code, plain(name.split(",")[0])))
            if town and "," not in town:
                return town, code
    return None


if __name__ == "__main__":
    main()
