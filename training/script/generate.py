"""Crops of every class: python generate.py train|test|clean SEED COUNT OUT.npz STREETS [CLASS]

`train` hard crops of the fonts to learn from, every fifth clean; `test` hard ones and `clean` clean ones of the held-out fonts.
STREETS is a prefix of examples/streetdump.rs; `test` and `clean` take streets of the second half."""

import sys

import numpy as np

from signs import Fonts, line
from textures import Textures
from words import CLASSES, NO_TEXT, Words


def main():
    kind, seed, count, out, streets = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
    rng = np.random.default_rng(seed)
    words, fonts, textures = Words(), Fonts(kind != "train"), Textures(streets, seed)
    half = len(textures.pixels) // 2
    part = slice(0, half) if kind == "train" else slice(half, None)
    textures.pixels, textures.labels = textures.pixels[part], textures.labels[part]
    # Boxes without text are as many as those of three scripts.
    shares = np.array([3.0 if name == NO_TEXT else 1.4 if name in ("Latn", "Cyrl", "Grek") else 1.0 for name in CLASSES])
    if len(sys.argv) > 6:
        shares = np.array([float(name == sys.argv[6]) for name in CLASSES])
    pixels, widths, labels, texts = [], [], [], []
    for _ in range(count):
        label = rng.choice(len(CLASSES), p=shares / shares.sum())
        if CLASSES[label] == NO_TEXT:
            picture, text = textures.line(rng), ""
        else:
            is_hard = kind == "test" or kind == "train" and rng.random() < 0.8
            picture, text = line(CLASSES[label], words, fonts, rng, is_hard, textures.ground(rng))
        pixels.append(np.asarray(picture, np.uint8).ravel())
        widths.append(picture.width)
        labels.append(label)
        texts.append(text)
    np.savez(out, pixels=np.concatenate(pixels), widths=np.array(widths), labels=np.array(labels), texts=np.array(texts))


if __name__ == "__main__":
    main()
