#!/usr/bin/env python3
"""The reader on the photographs of the project's data and on drawn streets that it has not seen.

    terrasight read PHOTOGRAPHS/*.jpg --format json --out READ.json
    python training/reader/pictures.py photographs READ.json
    terrasight streets --count 60 --seed 1000000 --out STREETS
    terrasight read STREETS/pictures/*.png --format json --out READ.json
    python training/reader/pictures.py streets READ.json STREETS/manifest.csv

photographs.csv beside this script holds the legible signs, typed by hand, in pixels of the files."""

import csv
import json
import sys
import tomllib
from collections import Counter
from pathlib import Path

from rendered import distance, is_in, middle

ROOT = Path(__file__).parents[2]
# The scripts of assets/knowledge/words.toml; Japanese words there hold kana.
CODES = {"Latin": "Latn", "Greek": "Grek", "Cyrillic": "Cyrl", "Arabic": "Arab", "Hebrew": "Hebr", "Devanagari": "Deva", "Bengali": "Beng",
         "Tamil": "Taml", "Sinhala": "Sinh", "Thai": "Thai", "Lao": "Laoo", "Khmer": "Khmr", "Georgian": "Geor", "Armenian": "Armn",
         "Ethiopic": "Ethi", "Korean": "Hang", "Japanese": "Hrkt", "Chinese": "Hani"}
READ = {"Latn", "Grek", "Hrkt", "Hani", "Cyrl", "Hang"}


def readings_of(path):
    return {Path(p["path"]).name: p["readings"] for p in json.loads(Path(path).read_text(encoding="utf-8"))}


def photographs(read):
    read = readings_of(read)
    right = total = 0
    claimed = set()
    with open(Path(__file__).with_name("photographs.csv"), encoding="utf-8") as file:
        for sign in csv.DictReader(file):
            box = [float(sign[side]) for side in ("left", "top", "right", "bottom")]
            inside = [(i, r) for i, r in enumerate(read.get(sign["file"], [])) if is_in(middle(r["quad"]), box)]
            claimed |= {(sign["file"], i) for i, _ in inside}
            text = "".join(r["text"] for _, r in inside).replace(" ", "")
            wanted = sign["text"].replace(" ", "")
            right += max(0, len(wanted) - distance(text, wanted))
            total += len(wanted)
            print(f"| {sign['file']} | {sign['text']} | {text or '-'} | {', '.join(str(r.get('script')) for _, r in inside)} |")
    print(f"characters right: {right} of {total}")
    for file, readings in sorted(read.items()):
        for index, r in enumerate(readings):
            if (file, index) not in claimed:
                print(f"also: {file}: '{r['text']}' {r['score']:.2f} {r.get('script')} {r.get('script_certainty') or 0:.2f}")


def streets(read, manifest):
    read = readings_of(read)
    languages = tomllib.loads((ROOT / "assets/knowledge/words.toml").read_text(encoding="utf-8"))
    counts = {True: Counter(), False: Counter()}
    others = Counter()
    with open(manifest, encoding="utf-8") as file:
        for street in csv.DictReader(file):
            readings = read[Path(street["path"]).name]
            claimed = set()
            for clue in json.loads(street["clues"]):
                if clue["kind"] != "word":
                    continue
                x, y, width, height = clue["box"]
                script = CODES[languages[clue["value"]]["script"]]
                count = counts[script in READ]
                inside = [(i, r) for i, r in enumerate(readings) if is_in(middle(r["quad"]), (x, y, x + width, y + height))]
                claimed |= {i for i, _ in inside}
                found = [r.get("script") for _, r in inside if r.get("script")]
                text = "".join(r["text"] for _, r in inside).replace(" ", "")
                count["words"] += 1
                count["found"] += bool(inside)
                count["script right"] += bool(found) and set(found) == {script}
                count["script wrong"] += any(f != script for f in found)
                if any(f != script for f in found):
                    print(f"script wrong: {clue['text']} {script} taken for {found}, read '{text}'")
                count["text right"] += text == clue["text"].replace(" ", "")
                count["a text of 0.5 or more"] += any(r["text"] and r["score"] >= 0.5 for _, r in inside)
                count["a text of 0.9 or more"] += any(r["text"] and r["score"] >= 0.9 for _, r in inside)
            for i, r in enumerate(readings):
                if i not in claimed:
                    others["text" if r["text"] else "script alone"] += 1
    for is_read in (True, False):
        print("scripts that it reads:" if is_read else "other scripts:", dict(counts[is_read]))
    print("readings on no word (numbers, plates, stop signs and mistakes):", dict(others))


if __name__ == "__main__":
    photographs(sys.argv[2]) if sys.argv[1] == "photographs" else streets(*sys.argv[2:4])
