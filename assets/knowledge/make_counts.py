#!/usr/bin/env python3
"""Makes signs_counts.csv: how often letters, scripts and domains are met in the countries that have them, and elsewhere.

    npm pack name-suggestion-index@8.0.20260918 and unpack it
    python assets/knowledge/make_counts.py package

Counted on the brands of name-suggestion-index (BSD-3-Clause) that exist in exactly one country: letters, scripts and kinds of Chinese
characters in the names that stand above their doors, domains in the official websites that Wikidata (CC0) gives for them. The tables signs_letters.csv,
signs_scripts.csv, signs_han.csv and signs_domains.csv say which countries have what.
"""

import csv
import json
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from urllib.parse import urlparse

from signs_table import write

HERE = Path(__file__).parent
# Of fewer brands nothing is counted.
LEAST_BRANDS = 20
# Codes of the index that are not ISO 3166's.
CODES = {"UK": "GB", "FX": "FR"}
# Unicode's names of the scripts that have other names in ISO 15924.
SCRIPTS = {"Grek": "GREEK", "Cyrl": "CYRILLIC", "Arab": "ARABIC", "Hebr": "HEBREW", "Deva": "DEVANAGARI", "Beng": "BENGALI", "Guru": "GURMUKHI",
           "Gujr": "GUJARATI", "Orya": "ORIYA", "Taml": "TAMIL", "Telu": "TELUGU", "Knda": "KANNADA", "Mlym": "MALAYALAM", "Sinh": "SINHALA",
           "Thai": "THAI", "Laoo": "LAO", "Khmr": "KHMER", "Mymr": "MYANMAR", "Geor": "GEORGIAN", "Armn": "ARMENIAN", "Ethi": "ETHIOPIC",
           "Hang": "HANGUL", "Hrkt": "HIRAGANA|KATAKANA", "Hani": "CJK", "Tibt": "TIBETAN", "Thaa": "THAANA", "Tfng": "TIFINAGH"}


def main(nsi):
    brands = brands_of(Path(nsi) / "dist")
    write("counts", "kind,key,inside,of_inside,outside,of_outside", counts(brands))


def brands_of(dist):
    """(country, name, domains of its websites) of each brand of one country."""
    sites = json.loads((dist / "wikidata/wikidata.min.json").read_text(encoding="utf-8"))["wikidata"]
    found = []
    for kind, content in json.loads((dist / "json/nsi.min.json").read_text(encoding="utf-8"))["nsi"].items():
        for item in content["items"] if kind.startswith("brands/") else []:
            include, tags = item["locationSet"].get("include") or [], item["tags"]
            codes = {str(place)[:2].upper() for place in include if re.fullmatch(r"[a-z]{2}(-[^.]*\.geojson)?", str(place))}
            if len(codes) == 1 and len(include) == len([p for p in include if str(p)[:2].upper() in codes]):
                (code,) = codes
                hosts = [urlparse(site).hostname or "" for site in sites.get(tags.get("brand:wikidata"), {}).get("officialWebsites", [])]
                found.append((CODES.get(code, code), tags.get("name") or item["displayName"], {host.rsplit(".", 1)[-1] for host in hosts} - {""}))
    return found


def counts(brands):
    table = lambda name: csv.DictReader((HERE / f"signs_{name}.csv").open(encoding="utf-8"))
    named = [(code, unicodedata.normalize("NFC", name).lower()) for code, name, _ in brands]
    for row in table("letters"):
        yield from counted("letter", row["letter"], row["codes"].split(), [(code, row["letter"] in name) for code, name in named])
    for row in table("scripts"):
        names = SCRIPTS[row["script"]].split("|")
        is_in = lambda name: any(unicodedata.name(c, "").split(" ")[0] in names for c in name)
        yield from counted("script", row["script"], row["codes"].split(), [(code, is_in(name)) for code, name in named])
    for row in table("han"):
        yield from counted("han", row["variety"], row["codes"].split(), [(code, any(c in row["letters"] for c in name)) for code, name in named])
    # A brand with pages in several countries is of none.
    sites = [(code, next(iter(domains))) for code, _, domains in brands if len(domains) == 1]
    for row in table("domains"):
        yield from counted("domain", row["domain"], [row["code"]], [(code, domain == row["domain"]) for code, domain in sites])


def counted(kind, key, codes, seen):
    total, having = Counter(), Counter()
    for code, has in seen:
        total[code in codes] += 1
        having[code in codes] += has
    if total[True] >= LEAST_BRANDS:
        yield kind, key, having[True], total[True], having[False], total[False]


if __name__ == "__main__":
    main(sys.argv[1])
