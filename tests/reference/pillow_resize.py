"""Small pictures and what Pillow's bicubic resize makes of them (8 bit, rounded and clipped between the two passes).

Writes pillow_resize/<picture>.png and pillow_resize/<picture>_<width>x<height>.png beside this file.
Run: python tests/reference/pillow_resize.py   (pillow 13, numpy)
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parent / "pillow_resize"
TARGETS = {
    "edges": [(56, 28), (112, 84), (97, 28), (28, 61), (33, 122)],
    "noise": [(28, 28), (56, 56), (13, 41)],
    "ramp": [(28, 112), (84, 56), (364, 28)],
    "tiny": [(56, 84), (28, 28)],
}


def pictures() -> dict:
    random = np.random.default_rng(3)
    edges = Image.new("RGB", (97, 61), (20, 30, 200))
    draw = ImageDraw.Draw(edges)
    for x in range(0, 97, 6):
        draw.rectangle([x, 8, x + 2, 40], fill=(255, 255, 255) if x % 12 else (255, 210, 0))
    for y in range(44, 61, 3):
        draw.line([0, y, 96, y - 9], fill=(0, 0, 0))
    noise = Image.fromarray(random.integers(0, 256, (47, 52, 3), dtype=np.uint8))
    ramp = np.stack([np.tile(np.linspace(0, 255, 120), (33, 1)), np.tile(np.linspace(255, 0, 33)[:, None], (1, 120)),
                     np.full((33, 120), 128.0)], axis=-1)
    return {"edges": edges, "noise": noise, "ramp": Image.fromarray(ramp.astype(np.uint8)),
            "tiny": Image.fromarray(random.integers(0, 256, (3, 5, 3), dtype=np.uint8))}


def main() -> None:
    HERE.mkdir(exist_ok=True)
    for name, picture in pictures().items():
        picture.save(HERE / f"{name}.png")
        for width, height in TARGETS[name]:
            picture.resize((width, height), Image.Resampling.BICUBIC).save(HERE / f"{name}_{width}x{height}.png")


if __name__ == "__main__":
    main()
