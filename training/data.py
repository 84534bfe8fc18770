"""Packed drawn streets: pictures, and what is trained on them.

A packed set is two files: `NAME.bin` holds one 224 x 168 RGB picture after the other (8 bit, row by row, no header),
`NAME.jsonl` one line a picture: `seed`, `country_code`, `country`, `city`, `reasons` and `clues`, a list of
`{kind, value, text, box}` with the box (x, y, width, height) in pixels of the packed picture. `pack.py` makes it from a
folder that `terrasight streets` wrote.
"""

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tokenizer import seen_text

WIDTH, HEIGHT, CELL = 224, 168, 28
ROWS, COLUMNS = HEIGHT // CELL, WIDTH // CELL
MOST_CLUES = 24
MOST_ANSWER = 28  # tokens

# Kinds that are one small thing in one place. Those of the first list carry writing, which gets a label of its own.
WRITTEN = ("word", "stop_word", "speed_sign")
THINGS = (
    "plate_rear", "plate_front", "warning_sign", "speed_sign", "stop_word", "no_entry_sign", "direction_sign",
    "roadside_post",
)


class Labels:
    """Numbers for everything that the auxiliary heads tell apart; number 0 means that there is none."""

    def __init__(self, written: list, things: list, pictures: dict):
        self.written, self.things, self.pictures = written, things, pictures
        self.written_number = {name: number for number, name in enumerate(written, 1)}
        self.thing_number = {name: number for number, name in enumerate(things, 1)}
        self.picture_number = {
            kind: {value: number for number, value in enumerate(values, 1)} for kind, values in pictures.items()
        }
        languages = sorted({name.split("|")[1] for name in written if name.startswith("word|")})
        self.languages = languages
        # What a writing consists of: its language (0 for none) and its characters from left to right.
        self.language_of = np.array([0] + [
            languages.index(name.split("|")[1]) + 1 if name.startswith("word|") else 0 for name in written
        ])
        spelled = [[]] + [places(name.split("|")[-1]) for name in written]
        self.characters = sorted({character for word in spelled for character, _, _ in word})
        number = {character: index for index, character in enumerate(self.characters)}
        self.spelling = [[(number[c], start, stop) for c, start, stop in word] for word in spelled]

    @classmethod
    def gather(cls, files: list) -> "Labels":
        written, things, pictures = set(), set(), {}
        for file in files:
            for line in file.read_text().splitlines():
                row = json.loads(line)
                for clue in row["clues"]:
                    if clue["kind"] in WRITTEN and clue.get("text"):
                        written.add(written_name(clue))
                    if clue["kind"] in THINGS:
                        things.add(thing_name(clue))
                    pictures.setdefault(clue["kind"], set()).add(clue["value"])
        return cls(sorted(written), sorted(things), {k: sorted(v) for k, v in sorted(pictures.items())})

    def to_json(self) -> dict:
        return {"written": self.written, "things": self.things, "pictures": self.pictures}


def places(text: str) -> list:
    """(character, start, stop) as shares of the word's width, from left to right, all letters taken as equally wide."""
    letters = []
    for character in text:
        if letters and unicodedata.category(character) in ("Mn", "Me"):
            letters[-1] += character  # stands above or below its letter
        else:
            letters.append(character)
    if any(unicodedata.bidirectional(character) in ("R", "AL") for character in text):
        letters.reverse()
    step = 1.0 / max(len(letters), 1)
    return [(c, i * step, (i + 1) * step) for i, letter in enumerate(letters) for c in letter if not c.isspace()]


def written_name(clue: dict) -> str:
    return f"{clue['kind']}|{clue['value']}|{clue.get('text')}" if clue["kind"] == "word" else f"{clue['kind']}|{clue.get('text')}"


def thing_name(clue: dict) -> str:
    return f"{clue['kind']}|{clue['value']}"


@dataclass
class Streets:
    """One packed set in memory-mapped form with its labels as arrays."""

    pictures: np.ndarray  # [n, 168, 224, 3] u8
    boxes: np.ndarray  # [n, MOST_CLUES, 4] f32: left, top, right, bottom
    written: np.ndarray  # [n, MOST_CLUES]: label of what is written there, 0 none
    things: np.ndarray  # [n, MOST_CLUES]
    arrow: np.ndarray  # [n, MOST_CLUES]: whether an arrow stands at the right of the writing
    kinds: np.ndarray  # [n, kinds]: value of each kind of clue in the picture, 0 none
    answers: np.ndarray  # [n, MOST_ANSWER] token ids of the answer with its end token, -1 after


def load(stem: Path, labels: Labels, tokenizer) -> Streets:
    """A packed set; the answers say what is seen."""
    lines = stem.with_suffix(".jsonl").read_text().splitlines()
    pictures = np.memmap(stem.with_suffix(".bin"), np.uint8, "r").reshape(-1, HEIGHT, WIDTH, 3)
    n = min(len(pictures), len(lines))
    kinds = list(labels.pictures)
    out = Streets(
        pictures[:n], np.zeros((n, MOST_CLUES, 4), np.float32),
        np.zeros((n, MOST_CLUES), np.int64), np.zeros((n, MOST_CLUES), np.int64), np.zeros((n, MOST_CLUES), bool),
        np.zeros((n, len(kinds)), np.int64),
        np.full((n, MOST_ANSWER), -1, np.int64),
    )
    end = tokenizer.token_to_id("<|im_end|>")
    cache = {}
    for i, line in enumerate(lines[:n]):
        row = json.loads(line)
        text = seen_text(row["clues"])
        if text not in cache:
            cache[text] = tokenizer.encode(text).ids + [end]
        ids = cache[text][:MOST_ANSWER]
        out.answers[i, : len(ids)] = ids
        place = 0
        arrows = [clue["box"] for clue in row["clues"] if clue["kind"] == "direction_sign"]
        for clue in row["clues"]:
            if clue["kind"] in labels.picture_number:
                out.kinds[i, kinds.index(clue["kind"])] = labels.picture_number[clue["kind"]].get(clue["value"], 0)
            written = labels.written_number.get(written_name(clue), 0) if clue["kind"] in WRITTEN else 0
            thing = labels.thing_number.get(thing_name(clue), 0) if clue["kind"] in THINGS else 0
            if (written or thing) and place < MOST_CLUES:
                x, y, w, h = clue["box"]
                out.boxes[i, place] = (x, y, x + w, y + h)
                out.written[i, place], out.things[i, place] = written, thing
                out.arrow[i, place] = clue["box"] in arrows
                place += 1
    return out


def cell_characters(boxes: np.ndarray, written: np.ndarray, arrow: np.ndarray, chosen: np.ndarray, labels: Labels) -> np.ndarray:
    """Which characters stand in each cell, `[batch, cells, characters]`, each cell's row summing to 1 (or 0).

    `chosen` is what `cell_labels` made of `written`. Boards leave a third of an em at either side of the word, direction
    signs nine tenths more for their arrow; an em is four fifths of the board's height.
    """
    out = np.zeros((*chosen.shape, len(labels.characters)), np.float32)
    for k, n in zip(*np.nonzero(written)):
        left, top, right, bottom = boxes[k, n]
        em = 0.8 * (bottom - top)
        start, stop = left + 0.35 * em, right - (1.25 if arrow[k, n] else 0.35) * em
        rows = np.flatnonzero(chosen[k] == written[k, n])
        for cell in rows:
            if not (_TOP[cell] < bottom and _TOP[cell] + CELL > top):
                continue
            for character, a, b in labels.spelling[written[k, n]]:
                x0, x1 = start + a * (stop - start), start + b * (stop - start)
                if min(x1, _LEFT[cell] + CELL) - max(x0, _LEFT[cell]) > 0.5 * (x1 - x0):
                    out[k, cell, character] = 1.0
    return out / np.maximum(out.sum(-1, keepdims=True), 1.0)


_LEFT, _TOP = np.meshgrid(np.arange(COLUMNS) * CELL, np.arange(ROWS) * CELL)
_LEFT, _TOP = _LEFT.reshape(-1).astype(np.float32), _TOP.reshape(-1).astype(np.float32)


def cell_labels(boxes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """For each 28 x 28 cell the label of the box that covers most of it, `[batch, cells]`.

    A box counts where it covers a quarter of the cell, or a third of the box lies in the cell (small things).
    """
    wide = np.minimum(boxes[..., 2:3], _LEFT + CELL) - np.maximum(boxes[..., 0:1], _LEFT)
    tall = np.minimum(boxes[..., 3:4], _TOP + CELL) - np.maximum(boxes[..., 1:2], _TOP)
    shared = np.clip(wide, 0, None) * np.clip(tall, 0, None)  # [batch, clues, cells]
    area = np.maximum((boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1]), 1.0)
    score = np.maximum(shared / (CELL * CELL), 0.75 * shared / area[..., None])
    score = np.where(numbers[..., None] > 0, score, 0.0)
    best = score.argmax(1)
    chosen = np.take_along_axis(numbers, best, axis=1)
    return np.where(np.take_along_axis(score, best[:, None], axis=1)[:, 0] >= 0.25, chosen, 0)


class Sampler:
    """Endless augmented batches from several packed sets, every picture once in an epoch."""

    def __init__(self, sets: list, seed: int, labels: Labels):
        self.random = np.random.default_rng(seed)
        self.labels = labels
        self.sets = list(sets)
        self.queue = []

    def add(self, more: Streets) -> None:
        self.sets.append(more)
        index = len(self.sets) - 1
        self.queue.extend((index, i) for i in range(len(more.pictures)))
        self.random.shuffle(self.queue)

    def picks(self, count: int) -> list:
        if len(self.queue) < count:
            self.queue = [(s, i) for s, one in enumerate(self.sets) for i in range(len(one.pictures))]
            self.random.shuffle(self.queue)
        out, self.queue = self.queue[:count], self.queue[count:]
        return [tuple(pick) for pick in out]

    def batch(self, count: int, collages: float) -> dict:
        """`collages`: the share of pictures on which written things of others are pasted (only dense labels hold)."""
        picks = self.picks(count)
        take = lambda name: np.stack([getattr(self.sets[s], name)[i] for s, i in picks])
        pictures, boxes, written, things = take("pictures"), take("boxes"), take("written"), take("things")
        arrow = take("arrow")
        for k in range(count):
            if self.random.random() < collages:
                self.paste(pictures[k], boxes[k], written[k], things[k], arrow[k])
            elif self.random.random() < 0.7:
                shift(pictures[k], boxes[k], *self.random.integers(-8, 9, 2))
        cells = cell_labels(boxes, written)
        return {
            "pictures": pictures, "kinds": take("kinds"),
            "answers": take("answers"), "written": cells,
            "language": self.labels.language_of[cells],
            "characters": cell_characters(boxes, written, arrow, cells, self.labels), "things": cell_labels(boxes, things),
            "light": self.light(count),
        }

    def light(self, count: int) -> np.ndarray:
        """Gain and offset per picture and channel, `[count, 2, 3]`."""
        gain = self.random.normal(1.0, 0.08, (count, 1)) * self.random.normal(1.0, 0.03, (count, 3))
        offset = self.random.normal(0.0, 6.0, (count, 1)) + self.random.normal(0.0, 2.0, (count, 3))
        return np.stack([gain, offset], axis=1).astype(np.float32)

    def paste(self, picture, boxes, written, things, arrow) -> None:
        """Covers the picture with up to nine small things of other pictures, each in a free place."""
        free = np.flatnonzero((boxes[:, 2] == 0) & (written == 0) & (things == 0))
        for place in free[: self.random.integers(5, 10)]:
            s = self.sets[self.random.integers(len(self.sets))]
            i = self.random.integers(len(s.pictures))
            known = np.flatnonzero((s.written[i] > 0) | (s.things[i] > 0))
            if len(known) == 0:
                continue
            words = known[s.written[i][known] > 0]
            pick = self.random.choice(words if len(words) and self.random.random() < 0.75 else known)
            left, top, right, bottom = s.boxes[i, pick]
            x0, y0 = max(int(left) - 3, 0), max(int(top) - 3, 0)
            x1, y1 = min(int(right) + 4, WIDTH), min(int(bottom) + 4, HEIGHT)
            w, h = x1 - x0, y1 - y0
            if w < 4 or h < 4 or w > 120 or h > 90:
                continue
            for _ in range(6):
                x, y = self.random.integers(0, WIDTH - w + 1), self.random.integers(0, HEIGHT - h + 1)
                used = (np.minimum(boxes[:, 2], x + w) > np.maximum(boxes[:, 0], x)) & (
                    np.minimum(boxes[:, 3], y + h) > np.maximum(boxes[:, 1], y))
                if not used.any():
                    break
            else:
                continue
            picture[y : y + h, x : x + w] = s.pictures[i][y0:y1, x0:x1]
            inside = known[(s.boxes[i, known, 0] >= x0 - 1) & (s.boxes[i, known, 2] <= x1 + 1)
                           & (s.boxes[i, known, 1] >= y0 - 1) & (s.boxes[i, known, 3] <= y1 + 1)]
            others = [k for k in inside if k != pick]
            for slot, k in zip([place, *free[::-1]], [pick, *others[:2]]):
                if boxes[slot, 2] == 0:
                    boxes[slot] = s.boxes[i, k] + np.array([x - x0, y - y0, x - x0, y - y0], np.float32)
                    written[slot], things[slot], arrow[slot] = s.written[i, k], s.things[i, k], s.arrow[i, k]


def shift(picture: np.ndarray, boxes: np.ndarray, dx: int, dy: int) -> None:
    """Moves the picture by a few pixels, its edge repeated."""
    rows = np.clip(np.arange(HEIGHT) - dy, 0, HEIGHT - 1)
    columns = np.clip(np.arange(WIDTH) - dx, 0, WIDTH - 1)
    picture[:] = picture[rows][:, columns]
    boxes[boxes[:, 2] > 0] += np.array([dx, dy, dx, dy], np.float32)
