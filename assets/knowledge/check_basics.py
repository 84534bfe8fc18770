#!/usr/bin/env python3
"""Writes tests/fixtures/basics.csv, what other tables than those of make_basics.py say of the countries, so that a test can hold
basics.csv against them.

    npm pack @rapideditor/country-coder@5.6.1 tlds@1.261.0 and unpack them
    python assets/knowledge/check_basics.py BORDERS tlds/index.json

BORDERS is country-coder's `borders.json` (ISC): driving sides (right where left is not said) and calling codes. The domains are
those of two letters in IANA's root zone by way of tlds (MIT), each under the country of its letters.
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def main(borders, tlds):
    shapes = [feature["properties"] for feature in json.loads(Path(borders).read_text(encoding="utf-8"))["features"]]
    domains = {"GB" if domain == "uk" else domain.upper(): domain for domain in json.loads(Path(tlds).read_text(encoding="utf-8"))}
    with (ROOT / "tests/fixtures/basics.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["code", "driving_side", "dialling", "domain"])
        for code in sorted({shape["iso1A2"] for shape in shapes if "iso1A2" in shape}):
            own = [shape for shape in shapes if shape.get("iso1A2") == code]
            # Great countries are made of parts, which have the facts; a territory without them has its country's, or nothing.
            parts = [shape for shape in shapes if shape.get("country") == code and "iso1A2" not in shape]
            country = [shape for shape in shapes if "country" in own[0] and shape.get("iso1A2") == own[0]["country"]]
            group = next((group for group in (own, parts, country) if any("callingCodes" in shape for shape in group)), [])
            calling = sorted({number.split(" ")[0] for shape in group for number in shape.get("callingCodes", [])})
            sides = Counter(shape.get("driveSide", "right") for shape in group)
            side = sides.most_common(1)[0][0] if sides else "-"
            table.writerow([code, side, " ".join(calling) or "-", domains.get(code, "-")])


if __name__ == "__main__":
    main(*sys.argv[1:3])
