#!/usr/bin/env python3
"""What onnxruntime makes of the released PP-OCRv6 small networks, for the reader's parity tests.

    python tests/reference/reader.py RAPIDOCR     # the unpacked wheel, as training/reader/export.py reads it

The weights are folded and rounded with export.py's own functions and computed in f32, so that the tests see the program's
arithmetic alone. Writes tests/reference/reader/:
  signs.png                       drawn signs, both sides multiples of 32; two of them slanted
  LINE.png                        lines of text, 48 pixels high and a multiple of 8 wide
  reader.expected.safetensors     `signs` the detector's map, every third row and column, f32; for each line `LINE.classes`
                                  and `LINE.probabilities` of the best class of each column
  reader.expected.json            the text of each line as read, and the words on the signs
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from PIL import Image, ImageDraw, ImageFont
from safetensors.numpy import save_file

ROOT = Path(__file__).parents[2]
OUT = Path(__file__).parent / "reader"
sys.path.insert(0, str(ROOT / "training" / "reader"))
import export  # noqa: E402

STEP = 3
# Debian's fonts-dejavu-core (free licence of Bitstream Vera), and one of the fonts of the drawn streets.
LATIN = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
JAPANESE = ROOT / "assets/fonts/japanese.otf"
LINES = {
    "hotel": (LATIN, "HOTEL"),
    "german": (LATIN, "Bäckerei & Straße 12"),
    "polish": (LATIN, "ulica Łódź"),
    "japanese": (JAPANESE, "コーヒー"),
}
SIGNS = [("Apotheke", 30, (24, 10), 0, "white", "#8a1420"), ("BAHNHOF 250 m", 24, (20, 84), -8, "black", "#f0d040"),
         ("Rue de la Gare", 22, (60, 168), 12, "white", "#103080")]


def main():
    folder = Path(sys.argv[1]) / "rapidocr" / "models"
    OUT.mkdir(exist_ok=True)
    detect, recognise = (session(folder / file) for file in export.MODELS.values())
    characters = (ROOT / "assets/reader/characters.txt").read_text(encoding="utf-8").split("\n")
    signs = draw_signs()
    signs.save(OUT / "signs.png")
    expected = {"signs": detect(numbers(signs))[0, 0, ::STEP, ::STEP]}
    texts = {}
    for name, (font, text) in LINES.items():
        line = draw_line(font, text)
        line.save(OUT / f"{name}.png")
        scores = recognise(numbers(line))[0]
        classes = scores.argmax(1)
        expected[f"{name}.classes"] = classes.astype(np.float32)
        expected[f"{name}.probabilities"] = scores.max(1)
        kept = [c for i, c in enumerate(classes) if c and (i == 0 or classes[i - 1] != c)]
        texts[name] = "".join(characters[c - 1] for c in kept)
    save_file({key: np.ascontiguousarray(value) for key, value in expected.items()}, OUT / "reader.expected.safetensors")
    document = {"lines": texts, "signs": [text for text, *_ in SIGNS], "step": STEP}
    (OUT / "reader.expected.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(document)


def session(path):
    """The network with the weights that the program has."""
    network = onnxruntime.InferenceSession(rounded(path).SerializeToString(), providers=["CPUExecutionProvider"])
    return lambda x: network.run(None, {"x": x})[0]


def rounded(path):
    """The released model with the weights that the program has."""
    model = export.folded(onnx.load(path))
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and not is_setting(tensor.name):
            export.put(tensor, export.half(numpy_helper.to_array(tensor)).astype(np.float32))
    return model


def is_setting(name):
    """Epsilons, scales and the like, which the program has in its source; so are the variances of folded norms."""
    return name.startswith(("helper.constant", "auto.cast.74", "auto.cast.84")) or name.endswith(".w_2")


def numbers(picture):
    """Blue before red, as upstream reads pictures, from -1 to 1."""
    values = np.asarray(picture, np.float32)[:, :, ::-1] / 255
    return np.ascontiguousarray((values - 0.5) / 0.5).transpose(2, 0, 1)[None]


def draw_line(font, text):
    font = ImageFont.truetype(font, 32)
    width = -(-int(font.getlength(text) + 24) // 8) * 8
    line = Image.new("RGB", (width, 48), "#204080")
    ImageDraw.Draw(line).text((12, 24), text, "white", font, anchor="lm")
    return line


def draw_signs():
    signs = Image.new("RGB", (320, 256), "#7c8a94")
    for text, size, at, angle, ink, ground in SIGNS:
        font = ImageFont.truetype(LATIN, size)
        sign = Image.new("RGBA", (int(font.getlength(text)) + 24, size + 22), ground)
        ImageDraw.Draw(sign).text((12, (size + 22) // 2), text, ink, font, anchor="lm")
        sign = sign.rotate(angle, Image.Resampling.BICUBIC, expand=True)
        signs.paste(sign, at, sign)
    return signs


if __name__ == "__main__":
    main()
