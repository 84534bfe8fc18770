"""What the network sees of a picture, as src/street/drawn/grid.rs computes it, and how pictures travel."""
import io
import numpy as np
from PIL import Image
W, H = 192, 144
FILTERS = [Image.NEAREST, Image.BOX, Image.BILINEAR, Image.HAMMING, Image.BICUBIC, Image.LANCZOS]


def box(n, m):
    """m x n weights: the mean of n samples over m equal intervals, cut samples counting in part."""
    e = np.arange(m + 1) * n / m
    i = np.arange(n)
    o = np.minimum(e[1:, None], i[None] + 1) - np.maximum(e[:-1, None], i[None])
    return (np.maximum(o, 0) * m / n).astype(np.float32)


CACHE = {}


def thumbnail(im):
    a = np.asarray(im.convert("RGB"), np.float32)
    h, w = a.shape[:2]
    for k in ((h, H), (w, W)):
        if k not in CACHE:
            CACHE[k] = box(*k)
    t = np.tensordot(CACHE[h, H], a, 1)
    return np.einsum("ywc,xw->yxc", t, CACHE[w, W], optimize=True)


def jpeg(im, q, sub):
    f = io.BytesIO()
    im.save(f, "JPEG", quality=int(q), subsampling=int(sub))
    return Image.open(io.BytesIO(f.getvalue())).convert("RGB")


def crop(rng, im, least):
    w, h = im.size
    a, b = rng.uniform(least, 1, 2)
    cw, ch = max(1, round(w * a)), max(1, round(h * b))
    x, y = rng.integers(0, w - cw + 1), rng.integers(0, h - ch + 1)
    return im.crop((x, y, x + cw, y + ch))


def resize(rng, im, low=.4, high=2.0):
    s = np.exp(rng.uniform(np.log(low), np.log(high)))
    return im.resize((max(1, round(im.width * s)), max(1, round(im.height * s))), FILTERS[rng.integers(len(FILTERS))])


def travelled(rng, im, low_q=60, least=.5):
    """As pictures travel: cut, resized, saved as JPEG, some of it or all."""
    if rng.random() < .3:
        im = jpeg(im, rng.uniform(low_q, 96), rng.integers(3))
    if rng.random() < .5:
        im = crop(rng, im, least)
    if rng.random() < .6:
        im = resize(rng, im)
    if rng.random() < .5:
        im = jpeg(im, rng.uniform(low_q, 96), rng.integers(3))
    return im


def streets(path, count):
    size = 448 * 336
    a = np.memmap(path, np.uint8, "r").reshape(-1, size * 4)[:count]
    return a[:, :size * 3].reshape(-1, 336, 448, 3), a[:, size * 3:].reshape(-1, 336, 448)


def fields(t):
    """48 x 36 fields of 4 x 4: colours, and how rough each is, squeezed to 0..2."""
    b = t.reshape(H // 4, 4, W // 4, 4, 3).transpose(0, 2, 1, 3, 4)
    y = (b[..., 0] + 2 * b[..., 1] + b[..., 2]) / 4
    c = b[..., 0] - b[..., 2]
    sd = lambda v: np.sqrt(((v - v.mean((2, 3), keepdims=True)) ** 2).mean((2, 3)))
    dx, dy = np.abs(np.diff(y, axis=3)).mean((2, 3)), np.abs(np.diff(y, axis=2)).mean((2, 3))
    s = lambda v, k: 2 * v / (v + k)
    m = b.mean((2, 3)) / 64 - 2
    r = sd(y)
    return np.concatenate([m, np.stack([s(r, 1), s(r, 8), s(dx, 3), s(dy, 3), s(sd(c), 3)], -1)], -1).astype(np.float16)
