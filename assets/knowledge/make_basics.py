#!/usr/bin/env python3
"""Makes basics.csv: driving side, scripts, domain, dialling code and currency of every country code; `-` where there is none
or it is not known.

    pip install babel==2.18.0 phonenumbers==9.0.43
    npm pack cldr-core@48.2.0 and unpack it
    python assets/knowledge/make_basics.py DATA CLDR

DATA holds `streetcomplete_countrymetadata/data` (CC0): its list of left-hand traffic. Scripts of official languages and
currencies in use are CLDR's (Unicode licence), dialling codes libphonenumber's (Apache-2.0, ITU-T E.164), domains IANA's
root zone.
"""

import csv
import re
import sys
from pathlib import Path

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

import make_letters
import make_signs

HERE = Path(__file__).parent
# What ends after that is still in use.
NOW = "2026-11-26"
# Without roads that the public drives on.
NO_TRAFFIC = set("AQ BV HM TF UM".split())
# Where libphonenumber has no region, and where nobody lives.
ALSO_DIALLING = {"PN": "64", "GS": "500", "TF": "262", "UM": "1", "AQ": "672"}
# The program's scripts, of which CLDR joins some.
JOINED = {"Jpan": "Hrkt Hani", "Kore": "Hang", "Hans": "Hani", "Hant": "Hani"}


def main(data, cldr):
    codes = [row["code"] for row in csv.DictReader((HERE.parent / "geo/countries.csv").open(encoding="utf-8"))]
    table = Path(data) / "streetcomplete_countrymetadata/data/isLeftHandTraffic.yml"
    left = set(re.findall(r"^([A-Z]{2}): true", table.read_text(encoding="utf-8"), re.MULTILINE))
    dialling = {code: str(prefix) for prefix, regions in COUNTRY_CODE_TO_REGION_CODE.items() for code in regions}
    with (HERE / "basics.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow("code,driving_side,scripts,domain,dialling,currencies".split(","))
        for code in codes:
            side = "-" if code in NO_TRAFFIC else "left" if code in left else "right"
            domain = "-" if code in make_signs.NO_DOMAIN else make_signs.OTHER_DOMAINS.get(code, code.lower())
            currencies = make_signs.tender(cldr, code, NOW)
            phone = dialling.get(code) or ALSO_DIALLING.get(code) or "-"
            rows.writerow([code, side, scripts(code), domain, phone, " ".join(currencies) or "-"])


def scripts(code):
    own = set(make_letters.SCRIPTS) | {"Latn"}
    found = set()
    for language in make_letters.languages_of(code):
        script = make_letters.script_of(language, code)
        found |= set(JOINED.get(script, script).split()) & own
    found |= {script for script, codes in make_letters.ALSO_SCRIPT.items() if code in codes.split()}
    return " ".join(sorted(found)) or "-"


if __name__ == "__main__":
    main(*sys.argv[1:3])
