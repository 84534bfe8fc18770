"""How pictures travel, and how the network is shown them."""
import io
import numpy as np
from PIL import Image

W, H = 256, 192
FILTERS = [Image.NEAREST, Image.BOX, Image.BILINEAR, Image.HAMMING, Image.BICUBIC, Image.LANCZOS]


def shown(im):
    """192 x 256 x 3, as `src/model/drawn.rs` resizes a picture."""
    return np.asarray(im.convert("RGB").resize((W, H), Image.BILINEAR), np.float32)


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


LEAST = 160


def resize(rng, im, low=.4, high=2.0):
    """To 0.4 to 2 times the size, the longer side at least 160 pixels."""
    low = max(low, LEAST / max(im.size))
    s = np.exp(rng.uniform(np.log(min(low, high)), np.log(high)))
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


def streets(prefix):
    """Pixels and labels of `cargo run --release --example streetdump -- COUNT 0 PREFIX 448 336`."""
    pixels = np.memmap(prefix + ".bin", np.uint8, "r").reshape(-1, 336, 448, 3)
    return pixels, np.memmap(prefix + ".labels", np.uint8, "r").reshape(-1, 336, 448)
