"""Packed drawn streets with their label maps, seen through cameras and websites of all kinds.

A packed set is what `streetdump COUNT SEED NAME WIDTH HEIGHT` writes: `NAME.bin` and `NAME.labels` hold one picture and one
label map (ADE20K class plus one, 0 none) after the other, `NAME.jsonl` one line a picture.
"""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageFilter

CLASSES = 150
ASSETS = Path(__file__).parent.parent / "assets"


def ade20k() -> tuple:
    """(names, weights): names by class in MaskFormer's order, weights by label, so that 0 (no class) weighs nothing."""
    with (ASSETS / "knowledge" / "ade20k.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["class"] for row in rows], np.array([0.0, *(float(row["weight"]) for row in rows)])


NAMES, WEIGHTS = ade20k()


def locatability(labels: np.ndarray) -> float:
    """The sum over classes of weight times share of pixels, as `knowledge::locatability`."""
    return float(np.bincount(labels.ravel(), minlength=CLASSES + 1)[: CLASSES + 1] @ WEIGHTS / labels.size)


@dataclass
class Scenes:
    """One packed set, memory-mapped."""

    pictures: np.ndarray  # [n, height, width, 3] u8
    labels: np.ndarray  # [n, height, width] u8
    rows: list  # a dict each: seed, country, locatability, reasons, clues, ...

    def __len__(self) -> int:
        return len(self.rows)


def load(stem: Path) -> Scenes:
    """The size of the pictures, all 4:3, follows from that of the file."""
    rows = [json.loads(line) for line in stem.with_suffix(".jsonl").read_text().splitlines()]
    labels = np.memmap(stem.with_suffix(".labels"), np.uint8, "r")
    height = round((len(labels) // len(rows) * 3 / 4) ** 0.5)
    labels = labels.reshape(len(rows), height, -1)
    pictures = np.memmap(stem.with_suffix(".bin"), np.uint8, "r").reshape(*labels.shape, 3)
    return Scenes(pictures, labels, rows)


def classes_of(scenes: Scenes, count: int = 2000) -> tuple:
    """(classes that occur, ascending; the share of pixels of each), from the first pictures."""
    counts = np.bincount(scenes.labels[:count].ravel(), minlength=CLASSES + 1)[1 : CLASSES + 1]
    classes = np.flatnonzero(counts)
    return classes, counts[classes] / counts.sum()


class Sampler:
    """Pictures of several packed sets in random order, each once in an epoch; a set is taken up when it is complete."""

    def __init__(self, stems: list, seed: int):
        self.random = np.random.default_rng(seed)
        self.pending, self.sets, self.queue = list(stems), [], []

    def picks(self, count: int) -> list:
        while self.pending and (not self.sets or self.pending[0].with_suffix(".done").exists()):
            self.sets.append(load(self.pending.pop(0)))
            self.queue += [(len(self.sets) - 1, i) for i in range(len(self.sets[-1]))]
            self.random.shuffle(self.queue)
        if len(self.queue) < count:
            self.queue = [(s, i) for s, one in enumerate(self.sets) for i in range(len(one))]
            self.random.shuffle(self.queue)
        out, self.queue = self.queue[:count], self.queue[count:]
        return [(self.sets[s], int(i)) for s, i in out]

    def crop(self, scenes: Scenes, smallest: float) -> tuple:
        """A random part of the picture, (left, top, right, bottom), each side at least `smallest` of the whole."""
        height, width = scenes.labels.shape[1:]
        zoom = self.random.uniform(smallest, 1.0)
        w, h = width * min(1.0, zoom * self.random.uniform(1.0, 1.15)), height * min(1.0, zoom * self.random.uniform(1.0, 1.15))
        left, top = self.random.uniform(0, width - w), self.random.uniform(0, height - h)
        return left, top, left + w, top + h

    def picture(self, pixels: np.ndarray, box: tuple, size: tuple, resample) -> np.ndarray:
        """The part `box` of a picture at `size` (width, height), `[height, width, 3]`, after what pictures go through."""
        picture, random = Image.fromarray(pixels), self.random
        if random.random() < 0.3:  # was smaller once
            small = random.uniform(0.45, 0.95)
            reduced = (round((box[2] - box[0]) * small), round((box[3] - box[1]) * small))
            picture = picture.resize(reduced, random.choice([0, 1, 2, 3]), box=box)
            box = (0, 0, *reduced)
        if random.random() < 0.5:
            if random.random() < 0.5:  # saved at its own size, else at that of the network
                picture, box = saved(picture.crop(tuple(round(side) for side in box)), int(random.integers(30, 96))), None
            picture = picture.resize(size, resample, box=box)
            picture = saved(picture, int(random.integers(50, 96)))
        else:
            picture = picture.resize(size, resample, box=box)
        if random.random() < 0.25:
            picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.3)))
        elif random.random() < 0.2:
            picture = picture.filter(ImageFilter.UnsharpMask(1, int(random.integers(40, 160)), 0))
        if random.random() < 0.5:
            picture = ImageEnhance.Color(picture).enhance(random.uniform(0.4, 1.5))
        return self.light(picture)

    def light(self, picture: Image.Image) -> np.ndarray:
        """Gain, tint, gamma and, now and then, noise."""
        random = self.random
        gain = random.normal(1.0, 0.1) * random.normal(1.0, 0.04, (3, 1))
        levels = (np.arange(256) / 255) ** np.exp(random.normal(0.0, 0.15)) * 255
        levels = levels * gain + random.normal(0.0, 8.0) + random.normal(0.0, 3.0, (3, 1))
        out = np.asarray(picture.point(levels.clip(0, 255).astype(int).ravel().tolist()))
        if random.random() < 0.25:
            grain = (random.standard_normal(out.shape, np.float32) * random.uniform(1, 9)).astype(np.int16)
            out = (out + grain).clip(0, 255).astype(np.uint8)
        return out


def saved(picture: Image.Image, quality: int) -> Image.Image:
    """The picture as it comes back from a JPEG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def part(labels: np.ndarray, box: tuple, size: tuple) -> np.ndarray:
    """The part `box` of a label map at `size` (width, height), nearest label."""
    height, width = labels.shape
    xs = box[0] + (np.arange(size[0]) + 0.5) * (box[2] - box[0]) / size[0]
    ys = box[1] + (np.arange(size[1]) + 0.5) * (box[3] - box[1]) / size[1]
    return labels[np.minimum(ys.astype(int), height - 1)[:, None], np.minimum(xs.astype(int), width - 1)]


def pixels(pictures: np.ndarray, mean: np.ndarray, std: np.ndarray) -> torch.Tensor:
    """`[batch, height, width, 3]` bytes as a network's input `[batch, 3, height, width]`; mean and spread as shares of 255."""
    scaled = (pictures.astype(np.float32) - (mean * 255).astype(np.float32)) / (std * 255).astype(np.float32)
    return torch.from_numpy(scaled).permute(0, 3, 1, 2).contiguous()
