"""What train.py learnt, as the program reads it, and its figures:

    python settle.py OUT VAL.npz HARD.npz CLEAN.npz LISTS.json    # OUT of train.py, the crops of training/script/generate.py

Writes to assets/reader: second.safetensors and script.safetensors (f16), second.txt, and script.json (classes, temperature and
bound, both from VAL); to tests/reference/reader: scripts.png and scripts.expected.json, second.png and second.expected.json, with the rounded
weights. Prints the script head's figures on HARD and CLEAN, and the second recogniser's on lines in the held-out fonts, whose words are
not among those that it learnt."""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy

import network
from reading import LETTERS, characters
from rendered import distance

sys.path.insert(0, str(Path(__file__).parents[1] / "script"))
import signs  # noqa: E402
from shapes import could_be, shape  # noqa: E402
from words import CASED, CLASSES, NO_TEXT, upper  # noqa: E402

FIXTURES = Path(__file__).parents[2] / "tests/reference/reader"
# Of boxes whose script is called sure so many may be wrong, on hard crops.
WRONG = 0.01
LEAST, COLUMN = 320, 8
LINES = 150


def main():
    out, crops, lists = Path(sys.argv[1]), sys.argv[2:5], json.loads(Path(sys.argv[5]).read_text(encoding="utf-8"))
    torch.set_num_threads(1)
    torch.manual_seed(0)
    first = network.recogniser()
    trained = network.ScriptHead(len(CLASSES))
    trained.load_state_dict(load_file(out / "script.safetensors"), strict=False)
    tensors = trained.folded()
    save_file(tensors, network.ASSETS / "script.safetensors", {"format": "pt"})
    head = network.ScriptHead.opened(tensors)
    second = {key: value.half() for key, value in load_file(out / "reader.safetensors").items()}
    save_file(second, network.ASSETS / "second.safetensors", {"format": "pt"})
    for name in ("script", "second"):
        (network.ASSETS / f"{name}.safetensors").chmod(0o644)
    (network.ASSETS / "second.txt").write_text("\n".join(characters()), encoding="utf-8")
    print("script head", sum(t.numel() for t in tensors.values()), "numbers; second recogniser", sum(t.numel() for t in second.values()))
    second = network.recogniser(network.ASSETS / "second.safetensors")
    val, hard, clean = (Crops(np.load(path), seed) for seed, path in enumerate(crops))
    scores = val.scores(first, head)
    temperature, bound = settled(scores, val.labels)
    (network.ASSETS / "script.json").write_text(json.dumps({"classes": CLASSES, "temperature": temperature, "bound": bound}) + "\n")
    print("temperature", temperature, "bound", bound)
    script_fixtures(first, head, val)
    line_fixtures(second)
    for name, part in (("clean", clean), ("hard", hard)):
        told(name, part.scores(first, head), part, temperature, bound)
    lines(second, lists)


class Crops:
    """Crops of generate.py, coloured."""

    def __init__(self, file, seed):
        rng = np.random.default_rng(seed)
        starts = np.concatenate([[0], np.cumsum(file["widths"] * 48)])
        self.pictures = [coloured(file["pixels"][a:b].reshape(48, -1), rng) for a, b in zip(starts, starts[1:])]
        self.labels, self.texts = torch.from_numpy(file["labels"]), [str(text) for text in file["texts"]]
        # Where letters are such as other scripts have too, no answer is the right one.
        self.plain = torch.tensor([len(could_be(CLASSES[label], text)) == 1 for label, text in zip(self.labels, self.texts)])

    @torch.no_grad()
    def scores(self, first, head):
        scores = [head(first.backbone(pixels(picture), network.TRUNK), torch.tensor([picture.shape[1]])) for picture in self.pictures]
        return torch.cat(scores)


def coloured(grey, rng):
    """Grey levels between two colours that are about as far apart."""
    if rng.random() < 0.5:
        grey = 255 - grey
    tint = rng.normal(0, 25, 3) if rng.random() < 0.7 else np.zeros(3)
    other = rng.normal(0, 25, 3) if rng.random() < 0.7 else np.zeros(3)
    share = grey[..., None].astype(np.float32) / 255
    return np.clip(grey[..., None] + tint * (1 - share) + other * share, 0, 255)


def pixels(picture):
    """`[48, width, 3]` in blue, green, red, filled up as the program does."""
    width = max(LEAST, -(-picture.shape[1] // COLUMN) * COLUMN)
    x = torch.zeros(1, 3, 48, width)
    x[0, :, :, :picture.shape[1]] = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32)) / 127.5 - 1
    return x


def settled(scores, labels):
    """The temperature of least loss, and the least bound above which few scripts are wrong."""
    temperatures = np.exp(np.linspace(np.log(0.3), np.log(3), 200))
    temperature = round(float(min(temperatures, key=lambda t: cross_entropy(scores / t, labels).item())), 3)
    certainty, best = torch.softmax(scores / temperature, 1).max(1)
    wrong = (best != labels) & (best != CLASSES.index(NO_TEXT))
    bounds = np.arange(0.5, 0.995, 0.01)
    return temperature, round(float(next((b for b in bounds if wrong[certainty >= b].float().mean() <= WRONG), 0.99)), 2)


def told(name, scores, crops, temperature, bound):
    certainty, best = torch.softmax(scores / temperature, 1).max(1)
    labels, right = crops.labels, best == crops.labels
    bins = [(certainty >= low) & (certainty < low + 0.1) for low in np.arange(0, 1.05, 0.1)]
    error = sum((certainty[part].mean() - right[part].float().mean()).abs() * part.float().mean() for part in bins if part.any())
    sure = (certainty >= bound) & (best != CLASSES.index(NO_TEXT))
    print(f"{name}: {len(labels)} crops, right {right.float().mean():.4f} (letters of one script alone: {right[crops.plain].float().mean():.4f} "
          f"of {int(crops.plain.sum())}), sure of a script {sure.float().mean():.4f}, of these wrong {1 - right[sure].float().mean():.4f}, "
          f"calibration error {error:.4f}; shared letters: {int((~crops.plain).sum())}, sure {int((sure & ~crops.plain).sum())}")
    for index, label in enumerate(CLASSES):
        of = labels == index
        others = torch.bincount(best[of], minlength=len(CLASSES))
        taken = [f"{CLASSES[i]} {others[i]}" for i in others.argsort(descending=True)[:4] if i != index and others[i]]
        print(f"  {label} {int(of.sum())} crops, right {right[of].float().mean():.3f}; else {', '.join(taken)}")


def script_fixtures(first, head, crops):
    """A crop of each of some classes, grey, and its scores."""
    chosen = [next(i for i, label in enumerate(crops.labels) if CLASSES[label] == code and crops.pictures[i].shape[1] <= 240)
              for code in ("Latn", "Cyrl", "Arab", "Thai", "Hang", NO_TEXT)]
    sheet, expected = Image.new("L", (240, 48 * len(chosen))), []
    for row, index in enumerate(chosen):
        picture = crops.pictures[index].mean(2).astype(np.uint8)
        sheet.paste(Image.fromarray(picture), (0, row * 48))
        with torch.no_grad():
            trunk = first.backbone(pixels(np.repeat(picture[..., None], 3, 2)), network.TRUNK)
            scores = head(trunk, torch.tensor([picture.shape[1]]))[0]
        expected.append({"class": CLASSES[crops.labels[index]], "width": picture.shape[1], "scores": [round(s, 5) for s in scores.tolist()]})
    sheet.save(FIXTURES / "scripts.png")
    (FIXTURES / "scripts.expected.json").write_text(json.dumps(expected) + "\n")


@torch.no_grad()
def read(second, picture):
    """Class and probability of each column, and what they say."""
    best, classes = torch.softmax(second(pixels(picture))[0], 1).max(1)
    known, path = characters(), classes.tolist()
    return path, best.tolist(), "".join(known[c - 1] for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c))


def line_fixtures(second):
    """Lines in fonts of this project's drawn streets and Debian's, and what is read."""
    from PIL import ImageDraw, ImageFont

    dejavu = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
    korean = str(Path(__file__).parents[2] / "assets/fonts/korean.otf")
    texts = [(dejavu, "Аптека №5"), (dejavu, "ΦΑΡΜΑΚΕΙΟ"), (dejavu, "Οδός Ερμού"), (korean, "약국 커피")]
    sheet, expected = Image.new("RGB", (320, 48 * len(texts)), "#204080"), []
    for row, (font, text) in enumerate(texts):
        font = ImageFont.truetype(font, 32)
        width = -(-int(font.getlength(text) + 24) // 8) * 8
        ImageDraw.Draw(sheet).text((12, 48 * row + 24), text, "white", font, anchor="lm")
        path, probabilities, found = read(second, np.asarray(sheet)[48 * row:48 * row + 48, :width, ::-1].astype(np.float32))
        expected.append({"text": text, "read": found, "width": width, "classes": path, "probabilities": [round(p, 5) for p in probabilities]})
        print("fixture:", text, "read", found)
    sheet.save(FIXTURES / "second.png")
    (FIXTURES / "second.expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


def lines(second, lists):
    """Words of CLDR that were not learnt, half of them capitals, clean and hard."""
    held_out, known = signs.Fonts(True), set(characters())
    for is_hard in (False, True):
        rng = np.random.default_rng(903 + is_hard)
        for script in LETTERS:
            learnt = {part.lower() for text in lists["read"][script] for part in text.split()} | {word.lower() for word in lists["signs"][script]}
            words = [w for w in lists["cldr"][script] if 1 < len(w) <= 18 and not {part.lower() for part in w.split()} & learnt and known.issuperset(shape(w))]

            def texts(rng):
                word = words[rng.integers(len(words))]
                return upper(script, word) if script in CASED and rng.random() < 0.5 else word

            right = total = whole = 0
            for _ in range(LINES):
                picture, text = signs.line(script, texts, held_out, rng, is_hard, may_stack=False)
                wanted = shape(text).replace(" ", "")
                found = read(second, np.repeat(np.asarray(picture)[..., None], 3, 2).astype(np.float32))[2].replace(" ", "")
                right, total, whole = right + max(0, len(wanted) - distance(found, wanted)), total + len(wanted), whole + (found == wanted)
            print(f"{'hard' if is_hard else 'clean'} {script}: {LINES} lines of {len(words)} words, characters right {right / total:.4f}, lines {whole / LINES:.4f}")


if __name__ == "__main__":
    main()
