"""Makes one part of the training set: python generate.py streets|made_up SEED COUNT OUT.npz PREFIX (see pictures.streets)."""
import sys, numpy as np
from PIL import Image
from pictures import shown, streets, travelled
from made_up import Made
from network import numbers

BATCH = 16


def street(rng, pixels, at):
    im = Image.fromarray(pixels[at % len(pixels)])
    return im if at % 4 == 0 else travelled(rng, im)


def made_up(rng, made):
    name, im = made.any()
    if rng.random() < .75:
        im = travelled(rng, im, rng.choice([10, 30, 60]), .6)
    return name, im


def main():
    kind, seed, count, out, prefix = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
    pixels, labels = streets(prefix)
    rng = np.random.default_rng(seed)
    made = Made(seed, pixels, labels, 110) if kind == "made_up" else None
    names, parts = [], []
    for start in range(0, count, BATCH):
        batch = []
        for i in range(start, min(start + BATCH, count)):
            name, im = made_up(rng, made) if made else ("street", street(rng, pixels, seed * count + i))
            names.append(name)
            batch.append(shown(im))
        whole = batch + [batch[0]] * (BATCH - len(batch))
        parts.append(np.asarray(numbers(np.stack(whole)))[:len(batch)])
    np.savez(out, X=np.concatenate(parts).astype(np.float32), names=np.array(names))


main()
