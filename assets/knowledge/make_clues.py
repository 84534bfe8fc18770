#!/usr/bin/env python3
"""Makes clues_made.toml, the clue records whose countries come from tables, and regions.csv, parts of the world by name.

    pip install babel==2.18.0;  npm pack name-suggestion-index@8.0.20260918 and unpack it
    python assets/knowledge/make_clues.py DATA name-suggestion-index/dist/json/nsi.json

DATA holds `streetcomplete_countrymetadata/data` (CC0), `country-coder_borders.json` (ISC), `koppen_geiger_0p5deg.csv`
(Rubel & Kottek) and `geonames_rg_cities1000.csv` (GeoNames, CC BY 4.0). countries.toml and signs_*.csv beside this script
are read too, so that no fact stands in two hands. How a likelihood was counted stands with each record; a judged one is at
most 20 times as likely inside as outside. What is known only by hand stands in clues.toml, in the same form.
"""

import collections
import csv
import json
import math
import re
import sys
import tomllib
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from make_countries import table

HERE = Path(__file__).parent
COUNTRIES = {row["code"]: row for row in csv.DictReader((HERE.parent / "geo/countries.csv").open(encoding="utf-8"))}

SOURCES = {
    "streetcomplete": ("StreetComplete country metadata", "https://github.com/streetcomplete/countrymetadata", "CC0-1.0"),
    "cldr": ("Unicode CLDR", "https://cldr.unicode.org", "Unicode-3.0"),
    "climate": ("Koeppen-Geiger climates (Rubel & Kottek) at GeoNames' towns", "https://koeppen-geiger.vu-wien.ac.at",
                "climate grid: cite; GeoNames: CC BY 4.0"),
    "countries": ("this project's road facts, entered by hand", "https://en.wikipedia.org/wiki/Comparison_of_European_road_signs",
                  "MIT"),
    "iana": ("IANA's root zone and ISO 3166", "https://www.iana.org/domains/root/db", "facts"),
    "libphonenumber": ("libphonenumber's metadata; ITU-T E.164", "https://github.com/google/libphonenumber", "Apache-2.0"),
    "brands": ("name-suggestion-index", "https://github.com/osmlab/name-suggestion-index", "BSD-3-Clause"),
}

# A sign in a language is met at a shop or a restaurant of another country now and then; judged.
ABROAD = 0.01


def main():
    data, nsi = Path(sys.argv[1]), Path(sys.argv[2])
    records = [*road(data), *languages(data), *signs(), *towns(data), *drawn(), *brands(nsi)]
    out = ["# Made by make_clues.py; see there. Do not edit by hand: what is known by hand stands in clues.toml.", ""]
    for key, (name, address, licence) in SOURCES.items():
        out += [f"[source.{key}]", f"name = {quoted(name)}", f"address = {quoted(address)}", f"licence = {quoted(licence)}", ""]
    for record in records:
        out += ["[[clue]]", *(f"{key} = {value}" for key, value in record.items()), ""]
    (HERE / "clues_made.toml").write_text("\n".join(out), "utf-8")
    print("clues_made.toml", len(records))
    regions(data)


def quoted(value):
    return json.dumps(value, ensure_ascii=False)


def record(feature, value, countries, likelihood, seen_by, source, words, name=None, classes=()):
    """A record; `likelihood` is (inside, outside, how it was counted and over how many, or None where it is judged)."""
    inside, outside, counted = likelihood
    basis = f"{{ counted = {{ data = {quoted(counted[0])}, n = {counted[1]} }} }}" if counted else '"judged"'
    assert counted or inside / outside <= 20 + 1e-9, (feature, value)
    name = name or re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
    made = {
        "id": quoted(f"{feature}-{name}"), "feature": quoted(feature), "value": quoted(value),
        "countries": quoted(sorted(countries)), "inside": round(inside, 4), "outside": round(outside, 4), "basis": basis,
        "seen_by": quoted(seen_by), "source": quoted(source), "words": quoted(list(words)),
    }
    return made | ({"classes": quoted(list(classes))} if classes else {})


def judged(inside, ratio):
    return inside, inside / ratio, None


def road(data):
    """Rules of the road and what they paint, over the whole world."""
    tables = data / "streetcomplete_countrymetadata/data"
    borders = [f["properties"] for f in json.loads((data / "country-coder_borders.json").read_text("utf-8"))["features"]]

    def other(key, value):
        return {p.get("iso1A2") or p.get("country") for p in borders if p.get(key) == value} & set(COUNTRIES)

    def agreed(mine, others, what):
        """How often two tables that were made apart agree on a country, with one more case each way."""
        same = sum((code in mine) == (code in others) for code in COUNTRIES)
        n = len(COUNTRIES)
        share = (same + 1) / (n + 2)
        return share, 1 - share, (f"countries on which StreetComplete and country-coder agree about {what}", n)

    left = {code for code, value in table(tables, "isLeftHandTraffic")[0].items() if value == "true"} & set(COUNTRIES)
    sides = agreed(left, other("driveSide", "left"), "the driving side")
    for side, codes in [("left", left), ("right", set(COUNTRIES) - left)]:
        words = [f"drive on {side}", f"driving on {side}", f"drove on {side}", f"{side} hand traffic", f"{side} hand driving",
                 f"traffic keep {side}", f"keep {side}", f"{side} side of road", f"traffic on {side}", f"driving side {side}",
                 f"{side} hand side of road", f"traffic drive {side}", f"car on {side} side",
                 *{"left": ["linksverkehr", "fahren links", "roulent a gauche", "conduite a gauche", "conducen por izquierda"],
                   "right": ["rechtsverkehr", "fahren rechts", "roulent a droite", "conduite a droite",
                             "conducen por derecha"]}[side]]
        yield record("driving_side", side, codes, sides, "model", "streetcomplete", words)
    miles = {code for code, value in table(tables, "speedUnits")[0].items() if "miles" in value} & set(COUNTRIES)
    units = agreed(miles, other("roadSpeedUnit", "mph"), "the unit of speed")
    yield record("speed_unit", "mph", miles, units, "reader", "streetcomplete",
                 ["mph", "mile per hour", "speed limit in mile", "speed in mile"], classes=["signboard"])
    yield record("speed_unit", "km/h", set(COUNTRIES) - miles, units, "reader", "streetcomplete",
                 ["km h", "kmh", "kilometre per hour", "kilometer per hour", "speed limit in kilometre"], name="kmh",
                 classes=["signboard"])

    centre, _ = table(tables, "centerLineStyle")
    yellow = {code for code, value in centre.items() if value == "yellow"} & set(COUNTRIES)
    line = ["centre line", "line in centre", "central line", "line down centre", "line between direction", "line dividing lane"]
    for colour, codes, likelihood in [("yellow", yellow, judged(0.8, 16)),
                                      ("white", set(COUNTRIES) - yellow, judged(0.9, 3))]:
        yield record("centre_line", colour, codes, likelihood, "model", "streetcomplete",
                     [f"{colour} {words}" for words in line] + [f"centre line {colour}", f"{colour} mittellinie"], classes=["road"])
    edge, _ = table(tables, "edgeLineStyle")
    styles = collections.defaultdict(set)
    for code, style in edge.items():
        if code in COUNTRIES:
            styles[style].add(code)
    for style, codes in sorted(styles.items()):
        if style in ("white", "two yellow lines"):
            continue
        rest = ["edge line", "line at edge", "side line", "outer line", "line along edge", "road edge line"]
        likelihood = judged(0.8, 16) if style == "yellow" else judged(0.6, 12)
        codes |= styles["two yellow lines"] if style == "yellow" else set()
        yield record("edge_line", style, codes, likelihood, "model", "streetcomplete",
                     [f"{style} {words}" for words in rest] + [f"edge line {style}"], classes=["road"])
    white = set(COUNTRIES) - {code for style, codes in styles.items() if style != "white" for code in codes}
    yield record("edge_line", "white", white, judged(0.9, 3), "model", "streetcomplete",
                 ["white edge line", "edge line white", "white line at edge", "white side line", "white outer line"],
                 classes=["road"])

    entry, _ = table(tables, "noEntrySignStyle")
    looks = {"yellow": ("yellow", ["yellow no entry sign", "no entry sign with yellow", "no entry sign yellow bar"]),
             "arrow": ("arrow", ["no entry sign with arrow", "struck through arrow", "crossed out arrow"]),
             "do not enter": ("words", ["do not enter", "no entry sign with word"]),
             "no entry": ("words", []), "no entry on white": ("words", []), "no entre": ("words", ["no entre"])}
    by_look, words_of = collections.defaultdict(set), collections.defaultdict(list)
    for code, style in entry.items():
        if style in looks and code in COUNTRIES:
            by_look[looks[style][0]].add(code)
    for look, words in looks.values():
        words_of[look] += words
    for look, codes in sorted(by_look.items()):
        yield record("no_entry_sign", look, codes, judged(0.7, 14), "model", "streetcomplete", words_of[look], classes=["signboard"])

    parking, _ = table(tables, "noParkingSignStyle")
    kinds = {
        "mutcd": ("black P struck out on white", ["P struck out", "crossed out P", "no parking sign with P"]),
        "mutcd latin": ("black E struck out on white", ["E struck out", "crossed out E", "no parking sign with E"]),
        "sadc": ("black P before a mirrored red bar, southern Africa", ["mirrored no parking sign"]),
        "australia": ("P behind a mirrored red bar, Australia", ["australian no parking sign"]),
        "vienna variant": ("P struck out on white, Vienna shape", []),
    }
    for style, (value, words) in kinds.items():
        codes = {code for code, found in parking.items() if found == style and code in COUNTRIES}
        if words:
            yield record("parking_sign", value, codes, judged(0.6, 10), "model", "streetcomplete", words,
                         name=style.replace(" ", "-"), classes=["signboard"])
    cypher = {code for code, value in table(tables, "postboxesHaveRoyalCypher")[0].items() if value == "true"}
    yield record("post_box", "royal cypher", cypher & set(COUNTRIES), judged(0.4, 20), "model", "streetcomplete",
                 ["royal cypher", "red pillar box", "red post box", "pillar box"])
    flat = {code for code, value in table(tables, "roofsAreUsuallyFlat")[0].items() if value == "true"} & set(COUNTRIES)
    yield record("roof", "flat", flat, judged(0.8, 3), "model", "streetcomplete", ["flat roof", "flachdach"], classes=["building", "house"])
    yield record("roof", "pitched", set(COUNTRIES) - flat, judged(0.8, 3), "model", "streetcomplete",
                 ["pitched roof", "gabled roof", "sloping roof", "steep roof"], classes=["building", "house"])


def languages(data):
    """How many people of a country read a language or a script, by CLDR; where it is official, by StreetComplete."""
    spoken = get_global("territory_languages")
    official, _ = table(data / "streetcomplete_countrymetadata/data", "officialLanguages")
    official = {code: set(re.findall(r"[A-Za-z-]+", value)) for code, value in official.items() if code in COUNTRIES}
    share, script_share = collections.defaultdict(dict), collections.defaultdict(collections.Counter)
    for code in COUNTRIES:
        for tag, entry in spoken.get(code, {}).items():
            part = entry["population_percent"] / 100
            language = tag.split("_")[0]
            share[language][code] = min(1.0, share[language].get(code, 0.0) + part)
            script = script_of(tag)
            if script:
                script_share[script][code] += part
    for language, shares in sorted(share.items()):
        codes = {code for code, tags in official.items() if language in tags or language == "fil" and "tl" in tags}
        codes = {code for code in codes if shares.get(code, 0) >= 0.05}
        name = english(language)
        if not codes or not name or max(shares.get(code, 0) for code in codes) < 0.1:
            continue
        likelihood = counted(shares, codes, f"people who use {name} in a country, by CLDR, and 1 % abroad (judged)")
        yield record("language", name, codes, likelihood, "reader", "cldr", language_words(language, name), name=language,
                     classes=["signboard"])
    table_of_scripts = csv.DictReader((HERE / "signs_scripts.csv").open(encoding="utf-8"))
    on_signs = {row["script"]: set(row["codes"].split()) for row in table_of_scripts}
    for script, shares in sorted(script_share.items()):
        # A script that is no country's first, such as Tamil, is of those where it is read at all; one of few people of those
        # that have it on signs.
        at_least = lambda least: {code for code, part in shares.items() if part >= least}
        codes = at_least(0.3) or at_least(0.04) or on_signs.get(script, set())
        name = SCRIPTS.get(script)
        if codes and name:
            likelihood = counted(shares, codes, f"people who read {name} letters in a country, by CLDR, and 1 % abroad (judged)")
            words = [f"{name} script", f"{name} letter", f"{name} alphabet", f"{name} writing", f"{name} character", f"script {name}"]
            yield record("script", name, codes, likelihood, "reader", "cldr", words, name=script.lower(), classes=["signboard"])


# By ISO 15924; Latin is read in every country.
SCRIPTS = {
    "Cyrl": "Cyrillic", "Grek": "Greek", "Arab": "Arabic", "Hebr": "Hebrew", "Deva": "Devanagari", "Beng": "Bengali",
    "Sinh": "Sinhala", "Taml": "Tamil", "Thai": "Thai", "Laoo": "Lao", "Khmr": "Khmer", "Mymr": "Burmese", "Geor": "Georgian",
    "Armn": "Armenian", "Ethi": "Ethiopic", "Kore": "Korean", "Jpan": "Japanese", "Hans": "Chinese", "Hant": "Traditional Chinese",
    "Thaa": "Thaana", "Tibt": "Tibetan", "Mong": "Mongolian", "Guru": "Gurmukhi", "Gujr": "Gujarati", "Orya": "Oriya", "Telu": "Telugu",
    "Knda": "Kannada", "Mlym": "Malayalam", "Tfng": "Tifinagh",
}
# What else a language is called, and forms that stand in a hint in another language.
ALSO = {
    "fa": ["Farsi", "Persian"], "zh": ["Mandarin", "Cantonese"], "nl": ["Flemish"], "el": ["Greek"], "es": ["Castilian"],
    "nb": ["Norwegian"], "no": ["Norwegian"], "km": ["Cambodian"], "my": ["Myanmar"], "de": ["Deutsch"], "fr": ["français"],
    "si": ["Sinhalese"], "ro": ["Moldovan"], "sr": ["Serbo Croatian"],
}
SAME = {"zh": "Chinese", "nb": "Norwegian", "fil": "Filipino"}


def language_words(code, name):
    words = []
    for called in [name, *ALSO.get(code, [])]:
        words += [f"in {called}", f"{called} on sign", f"{called} sign", f"{called} text", f"{called} word", f"{called} writing",
                  f"{called} language", f"{called} script", f"speak {called}", f"language {called}"]
    for language, preposition in [("de", "auf"), ("fr", "en"), ("es", "en")]:
        own = english(code, language)
        words += [f"{preposition} {own.lower()}"] if own else []
    return list(dict.fromkeys(words))


def english(language, into="en"):
    if into == "en" and language in SAME:
        return SAME[language]
    try:
        return Locale.parse(language).get_language_name(into)
    except (ValueError, UnknownLocaleError):
        return None


def script_of(tag):
    likely = get_global("likely_subtags").get(tag) or get_global("likely_subtags").get(tag.split("_")[0])
    parts = [part for part in tag.split("_") + (likely or "").split("_") if len(part) == 4 and part.isalpha()]
    return parts[0] if parts else None


def counted(shares, codes, data):
    inside = sum(min(1.0, shares.get(code, 0.0)) for code in codes) / len(codes)
    others = [code for code in COUNTRIES if code not in codes]
    outside = ABROAD + sum(min(1.0, shares.get(code, 0.0)) for code in others) / max(1, len(others))
    return min(inside, 0.99), min(outside, 0.99), (data, len(COUNTRIES))


def signs():
    """Domains, dialling codes and currencies: the tables of make_signs.py once more as records, and the other currencies."""
    def rows(name):
        return csv.DictReader((HERE / f"signs_{name}.csv").open(encoding="utf-8"))

    for row in rows("domains"):
        domain = row["domain"]
        yield record("domain", f".{domain}", [row["code"]], judged(0.3, 20), "reader", "iana",
                     [f"domain {domain}", f"{domain} domain", f"address ending in {domain}", f"website ending in {domain}",
                      f"dot {domain}"], name=domain, classes=["signboard"])
    for row in rows("dialling"):
        prefix = row["prefix"]
        yield record("phone", f"+{prefix}", row["codes"].split(), judged(0.3, 20), "reader", "libphonenumber",
                     [f"code {prefix}", f"phone number start with {prefix}", f"number start with {prefix}", f"prefix {prefix}",
                      f"number with {prefix}"], name=prefix, classes=["signboard"])
    names, users = collections.defaultdict(list), {}
    for row in rows("currencies"):
        names[row["currency"]].append(row["sign"])
        users[row["currency"]] = row["codes"].split()
    # Those whose sign tells nothing, as `$`, have no row there, and are known all the same.
    for row in csv.DictReader((HERE / "basics.csv").open(encoding="utf-8")):
        for currency in row["currencies"].split():
            if currency != "-" and row["code"] not in users.setdefault(currency, []):
                users[currency].append(row["code"])
    common = set("dollar peso franc pound rupee dinar krone krona real rial riyal shilling".split())
    for currency in sorted(users):
        signs_of = names.get(currency, [currency])
        called = Locale("en").currencies.get(currency, currency)
        called = re.sub(r"\s*\(.*\)", "", called)
        last = called.split()[-1].lower()
        words = [called, f"price in {currency}"] + ([] if last in common or len(last) < 4 else [last, f"{last}s"])
        yield record("currency", f"{called} ({', '.join(signs_of)})", sorted(users[currency]), judged(0.4, 10), "reader", "cldr", words,
                     name=currency.lower(), classes=["signboard"])


def towns(data):
    """Climate and the sun's side at noon, counted over GeoNames' towns."""
    grid = {}
    with open(data / "koppen_geiger_0p5deg.csv") as lines:
        for row in csv.DictReader(lines):
            grid[float(row["Lat"]), float(row["Lon"])] = row["Cls"]
    count, south, far_south = (collections.defaultdict(collections.Counter) for _ in range(3))
    n = 0
    with open(data / "geonames_rg_cities1000.csv", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            code, lat, lon = row["cc"], float(row["lat"]), float(row["lon"])
            cell = math.floor(lat * 2) / 2 + 0.25, math.floor(lon * 2) / 2 + 0.25
            if code not in COUNTRIES:
                continue
            n += 1
            south[code]["south" if lat < 0 else "north"] += 1
            far_south[code]["north" if lat < -23.44 else "south" if lat > 23.44 else "either"] += 1
            if cell in grid:
                count[code][grid[cell]] += 1
    groups = {
        "tropical": (lambda c: c[0] == "A", ["tropical climate", "tropical", "tropics", "tropical vegetation", "jungle", "rainforest"]),
        "dry": (lambda c: c[0] == "B", ["desert", "dry climate", "arid", "semi arid", "steppe", "sandy desert"]),
        "mediterranean": (lambda c: c[:2] == "Cs", ["mediterranean climate", "mediterranean vegetation", "dry summer"]),
        "temperate": (lambda c: c[0] == "C", ["temperate climate", "mild climate", "temperate vegetation"]),
        "cold winters": (lambda c: c[0] in "DE", ["continental climate", "cold climate", "boreal", "taiga", "snow on ground",
                                                 "snowy", "deep snow", "cold winter", "subarctic"]),
    }
    for value, (is_in, words) in groups.items():
        shares = {code: sum(k for cls, k in found.items() if is_in(cls)) / sum(found.values()) for code, found in count.items()}
        codes = {code for code, part in shares.items() if part >= 0.5}
        yield record("climate", value, codes, over_towns(count, codes, is_in, f"GeoNames towns by climate ({value})"), "model",
                     "climate", words)
    warm = lambda c: c[0] == "A" or c[:2] in ("Cs", "BW") or c[:3] == "Cfa"
    palms = {code for code, found in count.items()
             if sum(k for cls, k in found.items() if warm(cls)) / sum(found.values()) >= 0.5}
    yield record("plant", "palm", palms, judged(0.5, 6), "segmenter", "climate", ["palm", "palm tree", "coconut palm", "palmen", "palmier", "palmera"],
                 classes=["palm"])
    for value, found, codes_of, words in [
        ("south", far_south, "south", ["sun in south", "sun to south", "sun stood in south", "sun in southern sky"]),
        ("north", far_south, "north", ["sun in north", "sun to north", "sun stood in north", "sun in northern sky"]),
    ]:
        codes = {code for code, by in found.items() if by[codes_of] / sum(by.values()) >= 0.5}
        likelihood = over_towns(found, codes, lambda side: side == codes_of,
                                "GeoNames towns beyond the tropics, where the noon sun always stands on one side; 5 % misjudged")
        yield record("sun", value, codes, likelihood, "user", "climate", words)
    for value, codes_of in [("southern hemisphere", "south"), ("northern hemisphere", "north")]:
        codes = {code for code, by in south.items() if by[codes_of] / sum(by.values()) >= 0.5}
        yield record("hemisphere", value, codes, over_towns(south, codes, lambda side: side == codes_of, "GeoNames towns by hemisphere; 5 % misjudged"),
                     "user", "climate", [f"dish point {'north' if codes_of == 'south' else 'south'}"], name=codes_of)


def over_towns(count, codes, is_in, data):
    def share(wanted):
        inside = sum(k for code in wanted for key, k in count[code].items() if is_in(key))
        return inside / max(1, sum(sum(count[code].values()) for code in wanted))

    n = sum(sum(found.values()) for found in count.values())
    misjudged = 0.05
    mix = lambda p: misjudged + (1 - 2 * misjudged) * p
    return mix(share(codes)), mix(share(set(count) - codes)), (data, n)


def drawn():
    """Facts of countries.toml as records. It holds part of the world only, and a country that it lacks counts as elsewhere:
    so these say less than a table of all countries."""
    facts = tomllib.loads((HERE / "countries.toml").read_text("utf-8"))["country"]

    def groups(key):
        found = collections.defaultdict(set)
        for country in facts:
            if not country[key]["source"].startswith("default"):
                found[country[key]["value"]].add(country["code"])
        return sorted(found.items())

    for value, codes in groups("warning_sign"):
        if value in ("yellow-diamond", "yellow-triangle"):
            continue  # the whole world's stand in clues.toml
        plain = value.replace("-", " ")
        yield record("warning_sign", plain, codes, judged(0.8, 4), "model", "countries",
                     [f"{plain} warning sign", f"warning sign {plain}", f"{plain} sign"], classes=["signboard"])
    for value, codes in groups("direction_sign"):
        yield record("direction_sign", value, codes, judged(0.6, 4), "model", "countries",
                     [f"{value} direction sign", f"{value} road sign", f"{value} signpost", f"direction sign {value}"],
                     classes=["signboard"])
    for value, codes in groups("stop_word"):
        if value == "STOP":
            yield record("stop_sign", "STOP", codes, judged(0.8, 2), "reader", "countries", ["stop sign say STOP"], classes=["signboard"])
            continue
        yield record("stop_sign", value, codes, judged(0.7, 10), "reader", "countries",
                     [f"stop sign say {value}", f"stop sign with {value}", f"stop sign {value}"], name="-".join(sorted(codes)).lower(),
                     classes=["signboard"])
    for value, codes in groups("pole"):
        yield record("pole", value, codes, judged(0.7, 3), "model", "countries",
                     [f"{value} pole", f"{value} utility pole", f"{value} electricity pole", f"{value} power pole",
                      f"pole of {value}", f"pole made of {value}", f"{value}en pole"], classes=["pole"])
    for value, codes in groups("roadside_post"):
        plain = value.replace("-", " ")
        yield record("roadside_post", plain, codes, judged(0.7, 6), "model", "countries",
                     [f"roadside post with {plain}", f"bollard with {plain}", f"{plain} bollard", f"{plain} post",
                      f"post with {plain}", f"delineator with {plain}"], classes=["pole"])
    for end, side in [("plate_front", "front"), ("plate_rear", "rear")]:
        for value, codes in groups(end):
            plain = value.replace("-", " ")
            if plain.startswith("white") and plain != "white blue both":
                continue  # most of the world's; the band's stands in clues.toml
            words = [f"{plain} {side} plate", f"{plain} number plate at {'back' if side == 'rear' else 'front'}",
                     f"long {plain} {side} plate", f"tall {plain} {side} plate"]
            words += [f"{plain} {'back' if side == 'rear' else 'front'} plate"]
            yield record("plate", f"{plain} at the {side}", codes, judged(0.7, 8), "model", "countries", words,
                         name=f"{value}-{side}", classes=["car"])


BRAND_KINDS = ["shop/supermarket", "amenity/fuel", "amenity/bank", "shop/convenience", "amenity/pharmacy", "shop/mobile_phone"]
# Names that are a common word or a place, so that reading one says nothing.
NO_BRANDS = re.compile(r"^(the|super|market|bank|national|central|union|express|total|city|metro|first|people|star|fresh|family|"
                       r"village|farm|corner|local|community|post)\b|\b(bank|market|supermarket|pharmacy|apotheke|mart)$", re.I)


NO_WORDS = set("""galicia avanti united equador albert classic westfalen charter claudio lafayette halifax hursts premier bazaar aegean
victory yellow camelia cactus felicia catena countdown challenge waitomo phoenix tanker schneider marshal parallel dillons valiant
gulliver continente magistra cardenas haggen berkman drakes fresko markant suncorp fortinos ritchies hannaford victoriabank""".split())


def brands(path):
    """Brands that exist in exactly one country, a few a country: supermarkets before fuel and banks."""
    entries = json.loads(path.read_text("utf-8"))["nsi"]
    everywhere = collections.defaultdict(set)
    for key, group in entries.items():
        for item in group.get("items", []):
            for place in item["locationSet"]["include"]:
                everywhere[item["displayName"].lower()].add(place if isinstance(place, str) else "point")
    chosen = collections.defaultdict(list)
    for kind in BRAND_KINDS:
        for item in entries.get(f"brands/{kind}", {}).get("items", []):
            name, places = item["displayName"], item["locationSet"]["include"]
            code = places[0].upper() if len(places) == 1 and isinstance(places[0], str) else None
            # No letter beyond ASCII, so that a text names it as a sign does.
            plain = name.isalpha() and name.isascii() and 6 <= len(name) <= 14 and "brand:wikidata" in item["tags"]
            if code in COUNTRIES and plain and len(everywhere[name.lower()]) == 1 and not NO_BRANDS.search(name) \
                    and name.lower() not in NO_WORDS:
                chosen[code].append(name)
    for code, names in sorted(chosen.items()):
        names = list(dict.fromkeys(names))[:8]
        yield record("brand", ", ".join(names), [code], judged(0.3, 20), "reader", "brands", names, name=code.lower(),
                     classes=["signboard", "trade name"])


# UN M49 areas by country-coder's codes (ISC), and what people call parts of the world besides.
M49 = {
    "002": "Africa|Afrika|Afrique", "142": "Asia|Asien|Asie", "150": "Europe|Europa", "009": "Oceania", "019": "the Americas", "005": "South America|Südamerika|Sudamérica|Amérique du Sud",
    "013": "Central America", "029": "the Caribbean|Caribbean", "419": "Latin America",
    "015": "Northern Africa|North Africa|Nordafrika", "202": "Sub-Saharan Africa|subsaharan Africa", "014": "Eastern Africa|East Africa",
    "017": "Middle Africa|Central Africa", "018": "Southern Africa", "011": "Western Africa|West Africa", "143": "Central Asia",
    "030": "Eastern Asia|East Asia|the Far East", "035": "South-eastern Asia|Southeast Asia|South East Asia",
    "034": "Southern Asia|South Asia", "145": "Western Asia|West Asia", "151": "Eastern Europe|Osteuropa|East Europe",
    "154": "Northern Europe|Nordeuropa|North Europe", "039": "Southern Europe|Südeuropa|South Europe",
    "155": "Western Europe|Westeuropa|West Europe", "054": "Melanesia", "061": "Polynesia",
    "EU": "the European Union|European Union|EU",
}
SPOKEN = {
    "North America|Nordamerika|Norteamérica": "US CA MX", "Northern America": "US CA GL BM PM", "Scandinavia|Skandinavien|Scandinavie|Escandinavia": "DK NO SE",
    "the Nordic countries|Nordic countries|Nordic country|Nordics": "DK FI IS NO SE FO AX GL",
    "the Balkans|Balkans|Balkan|Balkan Peninsula|les Balkans|los Balcanes": "AL BA BG GR HR ME MK RO RS SI XK",
    "the Baltics|Baltics|Baltic States|Baltic countries|Baltikum": "EE LT LV", "Benelux": "BE LU NL",
    "Iberia|Iberian Peninsula|the Iberian Peninsula": "AD ES GI PT",
    "the British Isles|British Isles": "GB GG IE IM JE", "Great Britain and Ireland": "GB IE",
    "the Middle East|Middle East|Near East|Naher Osten": "AE BH CY EG IL IQ IR JO KW LB OM PS QA SA SY TR YE",
    "the Gulf|Gulf States|Persian Gulf": "AE BH IQ IR KW OM QA SA", "the Maghreb|Maghreb": "DZ LY MA MR TN EH",
    "the Caucasus|Caucasus|Kaukasus": "AM AZ GE RU", "the former Soviet Union|former Soviet Union|Soviet Union|USSR":
    "AM AZ BY EE GE KG KZ LT LV MD RU TJ TM UA UZ", "the former Yugoslavia|former Yugoslavia|Yugoslavia": "BA HR ME MK RS SI XK",
    "the Andes|Andes": "AR BO CL CO EC PE VE", "Central Europe|Mitteleuropa": "AT CH CZ DE HU LI PL SI SK",
    "the Alps|Alps|Alpen": "AT CH DE FR IT LI MC SI", "the Levant|Levant": "CY IL JO LB PS SY",
    "the Horn of Africa|Horn of Africa": "DJ ER ET SO", "Indochina": "KH LA MM MY TH VN", "the Guianas": "GF GY SR",
    "the Himalayas|Himalayas|Himalaya": "BT CN IN NP PK", "the Southern Cone|Southern Cone": "AR CL UY",
    "Australia and New Zealand|Australasia": "AU NZ", "the Mediterranean|Mediterranean":
    "AL BA CY DZ EG ES FR GR HR IL IT LB LY MA MC ME MT SI SY TN TR", "the Sahel|Sahel": "BF ML MR NE SD SN TD",
    "the Visegrad countries": "CZ HU PL SK", "the Commonwealth of Independent States": "AM AZ BY KG KZ MD RU TJ UZ",
}


# Countries that country-coder draws in parts, each of which has its own groups: where the country itself belongs.
IN_PARTS = {
    "AU": "009", "CN": "030 142", "DK": "154 150 EU", "EC": "005 019 419", "ES": "039 150 EU", "FI": "154 150 EU",
    "FR": "155 150 EU", "GB": "154 150", "GG": "154 150", "ID": "035 142", "IN": "034 142", "MY": "035 142", "NL": "155 150 EU",
    "NO": "154 150", "NZ": "009", "PS": "145 142", "PT": "039 150 EU", "RU": "151 150", "US": "019", "BQ": "029 019 419",
}


def regions(data):
    borders = json.loads((data / "country-coder_borders.json").read_text("utf-8"))["features"]
    groups = {p["iso1A2"]: set(p["groups"]) for p in (f["properties"] for f in borders) if p.get("iso1A2") and p.get("groups")}
    groups |= {code: set(areas.split()) for code, areas in IN_PARTS.items()}
    with (HERE / "regions.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["name", "also", "codes", "source"])
        for area, names in M49.items():
            name, _, also = names.partition("|")
            codes = sorted(code for code in COUNTRIES if area in groups.get(code, ()))
            rows.writerow([name, also, " ".join(codes), "UN M49 by country-coder (ISC)"])
        for names, codes in SPOKEN.items():
            name, _, also = names.partition("|")
            rows.writerow([name, also, codes, "common usage, by hand"])
    print("regions.csv", len(M49) + len(SPOKEN))


if __name__ == "__main__":
    main()
