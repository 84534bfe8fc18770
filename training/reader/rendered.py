#!/usr/bin/env python3
"""300 rendered signs in 20 scripts: how many characters the reader reads right, how many scripts it tells.

    python training/reader/rendered.py render SIGNS          # 60 pictures of five signs each and truth.json, with held-out fonts
    terrasight read SIGNS/*.png --format json --out READ.json
    python training/reader/rendered.py score SIGNS READ.json

FONTSOURCE names the folder of the @fontsource packages (training/script/fonts.py). The signs lie on textures of noise, turned and
seen from the side a little, letters 22 to 48 pixels high."""

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

sys.path.insert(0, str(Path(__file__).parents[1] / "script"))
import signs as crops  # noqa: E402
import textures  # noqa: E402
import words as vocabulary  # noqa: E402

READ = ["Latn", "Grek", "Hani", "Hrkt", "Cyrl", "Hang"]
SCRIPTS = ["Latn", "Grek", "Hani", "Hrkt", "Cyrl", "Arab", "Hebr", "Deva", "Beng", "Guru", "Gujr", "Taml", "Telu", "Knda", "Mlym", "Sinh", "Thai", "Khmr",
           "Geor", "Hang"]
EACH, ON_ONE = 15, 5
SIZE, SEED = (1024, 768), 7


def render(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    words, fonts = vocabulary.Words(), crops.Fonts(True)
    noise = [textures.fractal(rng) for _ in range(8)]
    order = [script for script in SCRIPTS for _ in range(EACH)]
    rng.shuffle(order)
    truth = []
    for number in range(len(order) // ON_ONE):
        picture = ground(noise, rng)
        for place in range(ON_ONE):
            script = order[number * ON_ONE + place]
            text, sign = draw_sign(script, words, fonts, rng)
            x, y = int(rng.uniform(10, max(11, SIZE[0] - sign.width - 10))), place * SIZE[1] // ON_ONE + 8
            picture.paste(sign, (x, y), sign)
            truth.append({"picture": f"{number:02}.png", "script": script, "text": text, "box": [x, y, x + sign.width, y + sign.height]})
        picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.7))).save(folder / f"{number:02}.png")
    (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=0), encoding="utf-8")


def ground(noise, rng):
    field = np.asarray(Image.fromarray(noise[rng.integers(len(noise))]).resize(SIZE), np.float32)[..., None]
    values = rng.uniform(60, 190, 3) + field * rng.uniform(0.1, 0.6)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def draw_sign(script, words, fonts, rng):
    """A board with one line, turned a little; transparent beside it."""
    while True:
        size = int(rng.uniform(30, 56))
        text = words.real(script, rng)
        if script in vocabulary.CASED and rng.random() < 0.5:
            text = vocabulary.upper(script, text)
        font = fonts.pick(script, size, text, rng)
        if font is None or len(text) < 2:
            continue
        left, top, right, bottom = font.getbbox(text)
        if right - left < SIZE[0] - 140:
            break
    ink, board = (tuple(int(v) for v in rng.uniform(0, 255, 3)) for _ in range(2))
    while abs(luma(ink) - luma(board)) < 80:
        ink, board = (tuple(int(v) for v in rng.uniform(0, 255, 3)) for _ in range(2))
    margin = size // 3
    sign = Image.new("RGBA", (right - left + 2 * margin, bottom - top + 2 * margin), board)
    ImageDraw.Draw(sign).text((margin - left, margin - top), text, ink, font)
    w, h = sign.size
    shear, narrow = rng.uniform(-0.15, 0.15) * h, rng.uniform(-0.12, 0.12) * h
    pad = h // 6
    whole = Image.new("RGBA", (w + 2 * pad, h + 2 * pad))
    whole.paste(sign, (pad, pad))
    w, h = whole.size
    quad = [shear, -narrow, -shear, h + narrow, w - shear, h - narrow, w + shear, narrow]
    whole = whole.transform((w, h), Image.Transform.QUAD, quad, Image.Resampling.BILINEAR)
    whole = whole.rotate(rng.uniform(-5, 5) * min(1, 300 / w), Image.Resampling.BICUBIC, expand=True)
    return text, whole.crop((0, 0, whole.width, min(whole.height, SIZE[1] // ON_ONE - 8)))


def luma(colour):
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def score(folder, read):
    pictures = {Path(p["path"]).name: p["readings"] for p in json.loads(Path(read).read_text(encoding="utf-8"))}
    rows = defaultdict(lambda: [0] * 7)
    for sign in json.loads((folder / "truth.json").read_text(encoding="utf-8")):
        inside = [r for r in pictures[sign["picture"]] if is_in(middle(r["quad"]), sign["box"])]
        inside.sort(key=lambda r: middle(r["quad"])[0])
        text = "".join(r["text"] for r in inside)
        scripts = [r.get("script") for r in inside if r.get("script")]
        row = rows[sign["script"]]
        right = sign["text"].replace(" ", "")
        row[0] += 1
        row[1] += bool(inside)
        row[2] += bool(scripts) and all(s == sign["script"] for s in scripts)
        row[3] += any(s != sign["script"] for s in scripts)
        row[4] += sign["script"] not in READ and any(r["text"].strip() and r["score"] >= 0.5 for r in inside)
        row[5] += max(0, len(right) - distance(text.replace(" ", ""), right))
        row[6] += len(right)
    print("| script | signs | found | script right | script wrong | read wrongly though unknown | characters right |")
    print("|---|---|---|---|---|---|---|")
    for script in SCRIPTS:
        told(script, rows[script], script in READ)
    for name, part in (("all that it reads", READ), ("all others", [script for script in SCRIPTS if script not in READ]), ("all", SCRIPTS)):
        told(name, [sum(rows[s][i] for s in part) for i in range(7)], part == READ)


def told(name, row, is_read):
    characters = f"{row[5]} of {row[6]} ({100 * row[5] / row[6]:.1f} %)" if is_read else ""
    print(f"| {name} | {row[0]} | {row[1]} | {row[2]} | {row[3]} | {'' if is_read else row[4]} | {characters} |")


def middle(quad):
    return [sum(corner[axis] for corner in quad) / 4 for axis in (0, 1)]


def is_in(point, box):
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def distance(a, b):
    """Levenshtein's."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]


if __name__ == "__main__":
    render(Path(sys.argv[2])) if sys.argv[1] == "render" else score(Path(sys.argv[2]), sys.argv[3])
