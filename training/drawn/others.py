"""Thumbnails of every real picture at hand, as it is and changed (for measuring only)."""
import glob, os, sys, numpy as np
from PIL import Image, ImageFilter, ImageOps
from fields import *
Image.MAX_IMAGE_PIXELS = None
# python others.py 3 photos='FOLDER/*' packages='FOLDER/**/*' ...: how many travelled versions of each, and what to measure.
GROUPS = {name: patterns.split(",") for name, patterns in (word.split("=", 1) for word in sys.argv[2:])}


def opened(p):
    try:
        im = Image.open(p); im.draft("RGB", (1000, 1000)); im = ImageOps.exif_transpose(im)
        if im.mode in ("RGBA", "LA", "P"):
            im = im.convert("RGBA"); g = Image.new("RGBA", im.size, (255,) * 4); im = Image.alpha_composite(g, im)
        if im.mode.startswith("I"):
            a = np.asarray(im, float); im = Image.fromarray((a / max(1, a.max()) * 255).astype(np.uint8))
        im = im.convert("RGB")
        return im if min(im.size) >= 8 else None
    except Exception: return None
def changed(rng, im):
    s = max(im.size)
    yield "blur", im.filter(ImageFilter.GaussianBlur(s / rng.uniform(60, 400)))
    small = im.copy(); small.thumbnail((640, 640))
    yield "median", small.filter(ImageFilter.MedianFilter(int(rng.choice([5, 7, 9, 11]))))
    yield "mode", small.resize((small.width // 2 + 8, small.height // 2 + 8)).filter(ImageFilter.ModeFilter(7))
    yield "posterise", ImageOps.posterize(im, int(rng.integers(2, 5)))
    yield "palette", small.quantize(int(rng.choice([6, 12, 24]))).convert("RGB")
    yield "jpeg10", jpeg(small, rng.integers(5, 30), 2)
    t = im.copy(); t.thumbnail([int(rng.choice([64, 96, 128, 200]))] * 2, Image.BOX); yield "small", t
    yield "grey", im.convert("L").convert("RGB")
if __name__ == "__main__":
    rng = np.random.default_rng(5); X = []; T = []; n = int(sys.argv[1])
    for g, pats in GROUPS.items():
        files = sorted({f for p in pats for f in glob.glob(p, recursive=True) if os.path.isfile(f)})
        for f in files:
            im = opened(f)
            if im is None: continue
            if max(im.size) > 1000: im.thumbnail((1000, 1000), Image.BOX)
            vs = [("as is", im)]
            if g != "graphics":
                vs += [("travelled", travelled(rng, im)) for _ in range(n)] + list(changed(rng, im))
            else:
                vs += [("travelled", travelled(rng, im))]
            for k, v in vs:
                X.append(fields(thumbnail(v))); T.append((g, k, f))
        print(g, len(files), len(X), flush=True)
    np.savez("others.npz", X=np.array(X), T=np.array(T))
