"""Packs a folder of `terrasight streets` for training: `pack.py STREETS_FOLDER COUNTRIES.toml NAME`.

Pictures are resized to 224 x 168 with Pillow's bicubic filter, as the starter's image processor does, and boxes with
them. COUNTRIES.toml is assets/knowledge/countries.toml, for the names. Writes NAME.bin, NAME.jsonl and, when both are
whole, NAME.done.
"""

import csv
import json
import sys
import tomllib
from pathlib import Path

from PIL import Image

from data import HEIGHT, WIDTH


def main() -> None:
    folder, countries, name = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    names = {row["code"]: row["name"] for row in tomllib.loads(countries.read_text())["country"]}
    with (folder / "manifest.csv").open(newline="") as manifest, name.with_suffix(".bin").open("wb") as pictures, \
            name.with_suffix(".jsonl").open("w") as lines:
        for row in csv.DictReader(manifest):
            picture = Image.open(folder / row["path"]).convert("RGB")
            scale = WIDTH / picture.width
            pictures.write(picture.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).tobytes())
            clues = [dict(clue, box=[side * scale for side in clue["box"]]) for clue in json.loads(row["clues"])]
            lines.write(json.dumps({
                "country_code": row["country_code"], "country": names[row["country_code"]], "city": row["city"],
                "reasons": json.loads(row["reasons"]), "clues": clues,
            }, ensure_ascii=False) + "\n")
    name.with_suffix(".done").touch()


if __name__ == "__main__":
    main()
