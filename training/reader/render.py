"""What a process of train.py renders without end: crops for the script head, lines for the second recogniser, in batches of equal
width. PACK is the folder of training/script/pack.py."""

import io
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "script"))
import signs  # noqa: E402
from reading import LONGEST, Lines, characters  # noqa: E402
from shapes import could_be, shape  # noqa: E402
from textures import Textures  # noqa: E402
from words import CLASSES, NO_TEXT, NUMERALS, Words  # noqa: E402

WIDTHS = (320, 480)
KINDS = ("script", "read", "script kept", "read kept")
# Numbers for each crop: of a script crop its class and the bits of what it could be, of a line its length and classes.
MARKS = LONGEST + 1
BATCH = 32
COULD = ("Latn", "Grek", "Cyrl")
UPSIDE_DOWN = 0.12


class Packed(signs.Fonts):
    """Fonts of a folder of pack.py; those of kept-back families, or all others."""

    def __init__(self, pack, is_kept):
        listed = json.loads((pack / "fonts.json").read_text())
        self.families = {script: [(name, [str(pack / path) for path in family["paths"]]) for name, family in families.items() if family["kept"] == is_kept]
                         for script, families in listed.items()}
        self.opened, self.holds = {}, {}


class Renderer:
    def __init__(self, pack, seed, is_kept):
        self.rng = np.random.default_rng([seed, int(is_kept)])
        lists = json.loads((pack / "lists.json").read_text(encoding="utf-8"))
        self.words, self.lines, self.fonts = Words(lists["cldr"]), Lines(lists), Packed(pack, is_kept)
        self.textures = Textures(streets(pack), seed)
        self.class_of = {c: index + 1 for index, c in enumerate(characters())}
        known = [name for name in CLASSES if name == NO_TEXT or self.fonts.families.get(name)]
        shares = np.array([0 if name not in known else 4.0 if name == NO_TEXT else 1.6 if name in COULD else 1.0 for name in CLASSES])
        self.shares = shares / shares.sum()

    def script(self):
        """A crop, its class and what it could be."""
        rng = self.rng
        label = int(rng.choice(len(CLASSES), p=self.shares))
        name = CLASSES[label]
        if name == NO_TEXT:
            picture, text = self.textures.line(rng), ""
        else:
            texts = (lambda rng: self.text(name, rng))
            picture, text = signs.line(name, texts, self.fonts, rng, rng.random() < 0.85, self.textures.ground(rng))
        pixels = np.asarray(picture)
        if rng.random() < UPSIDE_DOWN:
            pixels = pixels[::-1, ::-1]
        could = could_be(name, text)
        return pixels, [label, sum(1 << bit for bit, other in enumerate(COULD) if other in could)]

    def text(self, script, rng):
        if script in self.lines.lists and rng.random() < 0.5:
            return self.lines.written(script, rng)
        return self.words.of(script, rng)

    def line(self):
        """A line, how many characters it has, and their classes."""
        rng = self.rng
        while True:
            script, text = self.lines.of(rng)
            if not self.fonts.families.get(script):
                continue
            try:
                picture, text = signs.line(script, one(text), self.fonts, rng, rng.random() < 0.85, self.textures.ground(rng), may_stack=False)
            except StopIteration:
                continue
            classes = [self.class_of[c] for c in shape(text)]
            repeats = sum(a == b for a, b in zip(classes, classes[1:]))
            # Pressed lines, and those with less than a column a letter, are none that the program would make.
            if picture.width < signs.MOST and len(classes) + repeats <= picture.width // 8:
                return np.asarray(picture), [len(classes), *classes]


def one(text):
    """Gives a text, and ends where no font has it."""
    texts = iter([text] * 2)
    return lambda rng: next(texts)


def streets(pack):
    """Pictures as JPEG and labels of a zip archive of numpy's."""
    packed = np.load(pack / "streets.npz")
    pictures = np.stack([np.asarray(Image.open(io.BytesIO(part.tobytes()))) for part in np.split(packed["jpeg"], packed["ends"][:-1])])
    return pictures, packed["labels"]


def work(pack, number, rendered):
    pack = Path(pack)
    waiting = {(kind, width): [] for kind in KINDS for width in WIDTHS}

    def give(renderer, kind):
        pixels, marks = renderer.script() if kind.startswith("script") else renderer.line()
        width = WIDTHS[0] if pixels.shape[1] <= WIDTHS[0] else WIDTHS[1]
        waiting[kind, width].append((pixels, marks))
        if len(waiting[kind, width]) == BATCH:
            rendered.put((kind, width, *stacked(waiting.pop((kind, width)), width)))
            waiting[kind, width] = []

    if number % 4 == 1:
        kept = Renderer(pack, 1000 + number, True)
        for index in range(1000):
            give(kept, "script kept" if index % 2 else "read kept")
        del kept
    renderer = Renderer(pack, number, False)
    while True:
        give(renderer, "script" if renderer.rng.random() < 0.5 else "read")


def stacked(crops, width):
    pixels = np.full((len(crops), signs.HEIGHT, width), 128, np.uint8)
    marks = np.zeros((len(crops), MARKS), np.int16)
    for index, (picture, numbers) in enumerate(crops):
        pixels[index, :, :picture.shape[1]] = picture
        marks[index, :len(numbers)] = numbers
    return pixels, np.array([picture.shape[1] for picture, _ in crops]), marks
