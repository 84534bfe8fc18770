"""Writes countries.toml and cities.csv: what a street looks like in each country of the drawn world.

    python3 assets/knowledge/make_countries.py DATA

DATA holds `streetcomplete_countrymetadata/data` (CC0), `ne_10m_populated_places_simple.json` (Natural Earth, public
domain) and `koppen_geiger_0p5deg.csv` (Rubel & Kottek, koeppen-geiger.vu-wien.ac.at). Every fact is written with its
source: a StreetComplete table where there is one; otherwise what is commonly known of a country's plates and signs,
entered by hand below, not checked against a catalogue and marked so; `default` where nothing is known, with a value that
many countries share.
"""

import csv
import json
import math
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
GENERAL = "general knowledge, entered by hand"

# code: name, language shares on signs (the official ones by StreetComplete, the shares by hand)
COUNTRIES = {
    "TH": ("Thailand", {"th": 1.0}), "LA": ("Laos", {"lo": 1.0}), "KH": ("Cambodia", {"km": 1.0}),
    "KR": ("South Korea", {"ko": 1.0}), "JP": ("Japan", {"ja": 1.0}), "CN": ("China", {"zh-Hans": 1.0}),
    "TW": ("Taiwan", {"zh-Hant": 1.0}), "IN": ("India", {"hi": 0.75, "en": 0.25}), "NP": ("Nepal", {"ne": 1.0}),
    "BD": ("Bangladesh", {"bn": 1.0}), "LK": ("Sri Lanka", {"si": 0.75, "ta": 0.25}), "GE": ("Georgia", {"ka": 1.0}),
    "AM": ("Armenia", {"hy": 1.0}), "GR": ("Greece", {"el": 1.0}), "IL": ("Israel", {"he": 0.85, "ar": 0.15}),
    "ET": ("Ethiopia", {"am": 1.0}), "RU": ("Russia", {"ru": 1.0}), "UA": ("Ukraine", {"uk": 1.0}),
    "BG": ("Bulgaria", {"bg": 1.0}), "KZ": ("Kazakhstan", {"kk": 0.7, "ru": 0.3}), "MN": ("Mongolia", {"mn": 1.0}),
    "EG": ("Egypt", {"ar": 1.0}), "MA": ("Morocco", {"ar": 0.6, "fr": 0.4}), "JO": ("Jordan", {"ar": 1.0}),
    "AE": ("United Arab Emirates", {"ar": 0.7, "en": 0.3}), "IR": ("Iran", {"fa": 1.0}), "TR": ("Turkey", {"tr": 1.0}),
    "PL": ("Poland", {"pl": 1.0}), "CZ": ("Czechia", {"cs": 1.0}), "HU": ("Hungary", {"hu": 1.0}),
    "RO": ("Romania", {"ro": 1.0}), "FI": ("Finland", {"fi": 0.9, "sv": 0.1}), "SE": ("Sweden", {"sv": 1.0}),
    "DE": ("Germany", {"de": 1.0}), "FR": ("France", {"fr": 1.0}), "IT": ("Italy", {"it": 1.0}),
    "ES": ("Spain", {"es": 1.0}), "PT": ("Portugal", {"pt": 1.0}), "NL": ("Netherlands", {"nl": 1.0}),
    "GB": ("United Kingdom", {"en": 1.0}), "US": ("United States", {"en": 0.9, "es": 0.1}), "MX": ("Mexico", {"es": 1.0}),
    "BR": ("Brazil", {"pt": 1.0}), "AR": ("Argentina", {"es": 1.0}), "AU": ("Australia", {"en": 1.0}),
    "ZA": ("South Africa", {"en": 0.7, "af": 0.3}), "KE": ("Kenya", {"en": 0.5, "sw": 0.5}), "VN": ("Vietnam", {"vi": 1.0}),
}

# Number plates: (front, rear, shape). The blue band is at the left unless the name says otherwise.
BAND = ("white-blue-band", "white-blue-band", "long")
PLATES = {code: BAND for code in "GR BG PL CZ HU RO FI SE DE ES PT TR UA IR".split()} | {
    "FR": ("white-blue-both", "white-blue-both", "long"), "IT": ("white-blue-both", "white-blue-both", "long"),
    "NL": ("yellow-blue-band", "yellow-blue-band", "long"), "IL": ("yellow-blue-band", "yellow-blue-band", "long"),
    "GB": ("white", "yellow", "long"), "KE": ("white", "yellow", "long"), "LK": ("white", "yellow", "long"),
    "CN": ("blue", "blue", "long"), "NP": ("red", "red", "tall"), "LA": ("yellow", "yellow", "tall"),
    "BR": ("white-blue-top", "white-blue-top", "long"), "AR": ("white-blue-top", "white-blue-top", "long"),
    "EG": ("white-blue-top", "white-blue-top", "tall"),
    "TH": ("white", "white", "tall"), "JP": ("white", "white", "tall"), "US": ("white", "white", "tall"),
    "MX": ("white", "white", "tall"), "BD": ("white", "white", "tall"),
}
PLATES |= {code: ("white", "white", "long") for code in "KR TW IN RU KZ MN JO AE ZA".split()}

WARNING = {code: "yellow-diamond" for code in "US MX BR AR AU JP TH KH LK".split()} | {
    code: "yellow-triangle" for code in "GR PL SE FI VN KR".split()} | {"CN": "black-yellow-triangle"} | {
    code: "white-triangle" for code in
    "DE FR IT ES PT NL GB CZ HU RO BG TR RU UA KZ MN GE AM IL EG MA JO AE IN NP BD KE ZA TW LA".split()}

DIRECTION = {code: "green" for code in "US MX BR AR AU TH KR TW IN IL PL GB ZA KE BD".split()} | {
    code: "white" for code in "FR ES PT MA".split()} | {"DE": "yellow"} | {
    code: "blue" for code in "JP CN RU UA BG KZ MN TR CZ RO FI SE IT NL GR VN".split()}

STOP = {"JP": "止まれ", "BR": "PARE", "AR": "PARE", "MX": "ALTO", "TR": "DUR", "TH": "หยุด", "KR": "정지", "CN": "停",
        "TW": "停", "IR": "ایست", "AE": "قف", "EG": "قف", "JO": "قف", "MA": "قف", "KH": "ឈប់", "LA": "ຢຸດ", "ET": "ቁም"}
STOP |= {code: "STOP" for code in
         "DE FR IT ES PT NL GB CZ HU RO BG GR RU UA KZ GE PL SE FI US AU IN NP BD LK KE ZA VN".split()}

STOP_SHAPE = {code: "octagon" for code in STOP} | {"JP": "triangle"}

SPEED = {"SE": "yellow-ring", "FI": "yellow-ring", "US": "white-rectangle"}

POLES = {code: "wood" for code in "US AU FI SE GB GR IL ZA KE ET RU DE".split()} | {
    code: "concrete" for code in "JP KR TW TH CN BR HU RO PL CZ BG FR IN MX BD VN LK KH LA".split()} | {
    code: "metal" for code in "NL AE TR IR".split()}

POSTS = {code: "black-band" for code in "DE CZ HU IT".split()} | {
    code: "red-band" for code in "FR PL AU".split()} | {"TH": "black-white", "BR": "black-white"}


def table(folder, name):
    """A StreetComplete table: country code to its text, and the default."""
    rows, default = {}, None
    for line in (folder / f"{name}.yml").read_text("utf-8").splitlines():
        found = re.match(r"'?([A-Za-z]+)'?:\s*([^#]*)", line)
        if found and found[1] == "default":
            default = found[2].strip()
        elif found:
            rows[found[1]] = found[2].strip()
    return rows, default


def climates(path):
    with open(path) as lines:
        return {(float(row["Lat"]), float(row["Lon"])): row["Cls"] for row in csv.DictReader(lines)}


def climate_at(grid, lat, lon):
    """The Koeppen-Geiger class of the nearest land cell of the half-degree grid."""
    near = min((math.hypot(a - lat, (b - lon) * math.cos(math.radians(lat))), cls) for (a, b), cls in grid.items()
               if abs(a - lat) < 2 and abs(b - lon) < 3)
    return near[1]


def main():
    data = pathlib.Path(sys.argv[1])
    streetcomplete = data / "streetcomplete_countrymetadata/data"
    left, _ = table(streetcomplete, "isLeftHandTraffic")
    centre, centre_default = table(streetcomplete, "centerLineStyle")
    edge, edge_default = table(streetcomplete, "edgeLineStyle")
    flat, _ = table(streetcomplete, "roofsAreUsuallyFlat")
    speed, _ = table(streetcomplete, "speedUnits")
    entry, entry_default = table(streetcomplete, "noEntrySignStyle")
    official, _ = table(streetcomplete, "officialLanguages")
    grid = climates(data / "koppen_geiger_0p5deg.csv")
    places = json.loads((data / "ne_10m_populated_places_simple.json").read_text("utf-8"))["features"]

    out = ["# Made by make_countries.py; see there for what the sources mean. Do not edit by hand.", ""]
    cities = []
    for code in sorted(COUNTRIES):
        name, languages = COUNTRIES[code]
        assert code in official or code in ("TW",), code
        front, rear, shape = PLATES.get(code, ("white", "white", "long"))

        def fact(key, value, source):
            text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) or not value.startswith("[") else value
            out.append(f"{key} = {{ value = {text}, source = {json.dumps(source)} }}")

        def by_hand(key, rows, default):
            fact(key, rows.get(code, default), GENERAL if code in rows else "default")

        def from_table(key, rows, default, name, change=lambda text: text):
            fact(key, change(rows.get(code, default)), f"StreetComplete {name}" + ("" if code in rows else ", its default"))

        out += ["[[country]]", f'code = "{code}"', f'name = "{name}"']
        fact("driving_side", "left" if left.get(code) == "true" else "right", "StreetComplete isLeftHandTraffic")
        from_table("centre_line", centre, centre_default, "centerLineStyle")
        from_table("edge_line", edge, edge_default, "edgeLineStyle")
        shares = ", ".join(f'{{ code = "{key}", share = {share} }}' for key, share in languages.items())
        fact("languages", f"[{shares}]", "StreetComplete officialLanguages; shares by hand")
        plate_source = GENERAL if code in PLATES else "default"
        fact("plate_front", front, plate_source)
        fact("plate_rear", rear, plate_source)
        fact("plate_shape", shape, plate_source)
        by_hand("warning_sign", WARNING, "white-triangle")
        by_hand("direction_sign", DIRECTION, "blue")
        by_hand("stop_word", STOP, "STOP")
        by_hand("stop_shape", STOP_SHAPE, "octagon")
        by_hand("speed_sign", SPEED, "red-ring")
        fact("speed_unit", "mph" if speed.get(code, "").startswith("[miles") else "km/h", "StreetComplete speedUnits")
        from_table("no_entry_sign", entry, entry_default, "noEntrySignStyle",
                   lambda style: style if style in ("yellow", "arrow") else "words" if "ent" in style else "default")
        by_hand("pole", POLES, "wood")
        by_hand("roadside_post", POSTS, "grey")
        fact("roof", "flat" if flat.get(code) == "true" else "pitched", "StreetComplete roofsAreUsuallyFlat")
        out.append("")

        own = [place["properties"] for place in places if place["properties"]["iso_a2"] == code]
        own.sort(key=lambda place: -place["pop_max"])
        seen = set()
        for place in own:
            if place["nameascii"] in seen or len(seen) == 8:
                continue
            seen.add(place["nameascii"])
            lat, lon = place["latitude"], place["longitude"]
            cities.append([code, place["nameascii"], round(lat, 4), round(lon, 4), climate_at(grid, lat, lon)])

    (HERE / "countries.toml").write_text("\n".join(out), "utf-8")
    with open(HERE / "cities.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["country_code", "city", "latitude", "longitude", "climate"])
        writer.writerows(cities)


if __name__ == "__main__":
    main()
