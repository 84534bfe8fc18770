"""Makes one part of the training set: python generate.py pos|neg|soft SEED COUNT OUT.npz (reads train.raw: 8,000 streets from seed 0)."""
import sys, numpy as np
from PIL import Image
from fields import *
from made_up import Made
kind, seed, n, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
pix, lab = streets("train.raw", 8000)
rng = np.random.default_rng(seed)
X = np.zeros((n, 36, 48, 8), np.float16); names = []
if kind == "pos":
    for i in range(n):
        im = Image.fromarray(pix[(seed * 1000 + i) % len(pix)])
        im = im if i % 6 == 0 else travelled(rng, im)
        X[i] = fields(thumbnail(im))
else:
    made = Made(seed, pix, lab, 30 if kind == 'soft' else 110)
    for i in range(n):
        name, im = made.any('soft_street' if kind == 'soft' else None)
        names.append(name)
        if rng.random() < .75: im = travelled(rng, im, rng.choice([10, 30, 60]), .6)
        X[i] = fields(thumbnail(im))
np.savez(out, X=X, names=np.array(names))
