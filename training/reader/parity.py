#!/usr/bin/env python3
"""Whether the program reads the same strings as onnxruntime with the released networks.

    READER_PICTURES=PICTURES READER_LINES=LINES cargo test --release --lib -- --ignored lines_are_written_out
    python training/reader/parity.py RAPIDOCR LINES      # the unpacked wheel, as export.py reads it

LINES holds every line that the program cuts out of the pictures, held in every way that it tries, its texts, and which of them it
gives out. onnxruntime is given the same pixels, with the released weights in single precision and with the rounded ones that the program
has."""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/reference"))
import reader as reference  # noqa: E402

LEAST_WIDTH, COLUMN = 320, 8


def main():
    path = Path(sys.argv[1]) / "rapidocr/models/PP-OCRv6_rec_small.onnx"
    folder = Path(sys.argv[2])
    texts = json.loads((folder / "texts.json").read_text())
    characters = (ROOT / "assets/reader/characters.txt").read_text(encoding="utf-8").split("\n")
    released = onnxruntime.InferenceSession(onnx.load(path).SerializeToString(), providers=["CPUExecutionProvider"])
    sessions = {"released": lambda x: released.run(None, {"x": x})[0], "rounded": reference.session(path)}
    for name, session in sessions.items():
        right = [read(session, Image.open(folder / f"{index}.png").convert("RGB"), characters) for index in range(len(texts))]
        for which, part in (("all", range(len(texts))), ("given out", [i for i, text in enumerate(texts) if text["given"]])):
            different = [(i, texts[i]["text"], right[i]) for i in part if texts[i]["text"] != right[i]]
            print(f"{name}, {which}: {len(part) - len(different)} of {len(part)} strings are the same; {different[:20]}")


def read(session, line, characters):
    """Filled up with grey to the width that the program gives it, then the best class of each column."""
    values = reference.numbers(line)
    width = max(line.width, LEAST_WIDTH)
    width += -width % COLUMN
    values = np.concatenate([values, np.zeros((1, 3, 48, width - line.width), np.float32)], 3)
    classes = session(values)[0].argmax(1)
    return "".join(characters[c - 1] for i, c in enumerate(classes) if c and (i == 0 or classes[i - 1] != c))


if __name__ == "__main__":
    main()
