"""Crops of every class to test with, of the held-out fonts: python generate.py hard|clean SEED COUNT OUT.npz STREETS [CLASS]

STREETS is a prefix of examples/streetdump.rs, of which streets of the second half are taken."""

import sys

import numpy as np

from signs import Fonts, line
import textures
from words import CLASSES, NO_TEXT, Words


def main():
    kind, seed, count, out, streets = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
    rng = np.random.default_rng(seed)
    pixels, labels = textures.streets(streets)
    # Streets of the first half are learnt from (pack.py).
    half = len(pixels) // 2
    words, fonts, grounds = Words(), Fonts(True), textures.Textures((pixels[half:], labels[half:]), seed)
    # Boxes without text are as many as those of three scripts.
    shares = np.array([3.0 if name == NO_TEXT else 1.4 if name in ("Latn", "Cyrl", "Grek") else 1.0 for name in CLASSES])
    if len(sys.argv) > 6:
        shares = np.array([float(name == sys.argv[6]) for name in CLASSES])
    pixels, widths, labels, texts = [], [], [], []
    for _ in range(count):
        label = rng.choice(len(CLASSES), p=shares / shares.sum())
        if CLASSES[label] == NO_TEXT:
            picture, text = grounds.line(rng), ""
        else:
            picture, text = line(CLASSES[label], lambda rng: words.of(CLASSES[label], rng), fonts, rng, kind == "hard", grounds.ground(rng))
        pixels.append(np.asarray(picture, np.uint8).ravel())
        widths.append(picture.width)
        labels.append(label)
        texts.append(text)
    np.savez(out, pixels=np.concatenate(pixels), widths=np.array(widths), labels=np.array(labels), texts=np.array(texts))


if __name__ == "__main__":
    main()
