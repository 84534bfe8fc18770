"""Fits the script classifier: python fit.py FOLDER RAPIDOCR CROPS; FOLDER holds train*.npz, val.npz, hard.npz and clean.npz of
features.py, CROPS the val.npz of generate.py.

Writes assets/reader/script.safetensors (f16) and script.json (classes, temperature, bound), the last two from val.npz; prints the
figures on hard.npz and clean.npz; and fixtures for the program's test in tests/reference/reader/: scripts.png, crops one below the
other, and scripts.expected.json, the scores of each with the weights that the program has."""

import glob
import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import cross_entropy

import features
from words import CLASSES, NO_TEXT

ROOT = Path(__file__).parents[2]
ASSETS, FIXTURES = ROOT / "assets/reader", ROOT / "tests/reference/reader"
HIDDEN, STEPS, BATCH, RATE, DECAY = 128, 6000, 256, 2e-3, 0.05
# Of boxes whose script is called sure so many may be wrong, on hard crops.
WRONG = 0.01


def main():
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)
    torch.manual_seed(0)
    parts = [loaded(path) for path in sorted(glob.glob(f"{folder}/train*.npz"))]
    rows, labels = torch.cat([rows for rows, _ in parts]), torch.cat([labels for _, labels in parts])
    val = loaded(folder / "val.npz")
    print(len(labels), "crops to learn from")
    tensors = fitted(rows, labels, val)
    ASSETS.mkdir(exist_ok=True)
    save_file(tensors, ASSETS / "script.safetensors", {"format": "pt"})
    temperature, bound = settled(scored(tensors, val[0]), val[1])
    (ASSETS / "script.json").write_text(json.dumps({"classes": CLASSES, "temperature": temperature, "bound": bound}) + "\n")
    print(sum(t.numel() for t in tensors.values()), "numbers; temperature", temperature, "bound", bound)
    for name in ("clean", "hard"):
        rows, labels = loaded(folder / f"{name}.npz")
        told(name, scored(tensors, rows), labels, temperature, bound)
    fixtures(tensors, sys.argv[2], np.load(sys.argv[3]))


def loaded(path):
    file = np.load(path)
    return torch.from_numpy(file["rows"].astype(np.float32)), torch.from_numpy(file["labels"])


def fitted(rows, labels, val):
    """Two products with a rectifier between; numbers are centred and scaled within the first."""
    middle, scale = rows.mean(0), rows.std(0) + 0.02
    rows = (rows - middle) / scale
    network = nn.Sequential(nn.Dropout(0.2), nn.Linear(rows.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(0.4), nn.Linear(HIDDEN, len(CLASSES)))
    average = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995))
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for step in range(STEPS):
        picked = torch.randint(len(labels), (BATCH,))
        x = rows[picked] + 0.1 * torch.randn(BATCH, rows.shape[1])
        loss = cross_entropy(network(x), labels[picked], label_smoothing=0.02)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
        if step % 1000 == 999:
            found = average.module.eval()((val[0] - middle) / scale)
            print(step + 1, f"loss {loss.item():.3f}, val {(found.argmax(1) == val[1]).float().mean():.4f}", flush=True)
            average.module.train()
    _, first, _, _, last = average.module
    weight = first.weight / scale
    tensors = {"hidden.weight": weight, "hidden.bias": first.bias - weight @ middle, "head.weight": last.weight, "head.bias": last.bias}
    return {key: value.detach().half().contiguous() for key, value in tensors.items()}


def scored(tensors, rows):
    """The scores that the program computes: rounded weights in single precision."""
    weight, bias, weight2, bias2 = (tensors[key].float() for key in ("hidden.weight", "hidden.bias", "head.weight", "head.bias"))
    return torch.relu(rows @ weight.T + bias) @ weight2.T + bias2


def settled(scores, labels):
    """The temperature of least loss, and the least bound above which few scripts are wrong."""
    temperatures = np.exp(np.linspace(np.log(0.3), np.log(3), 200))
    temperature = round(float(min(temperatures, key=lambda t: cross_entropy(scores / t, labels).item())), 3)
    certainty, best = torch.softmax(scores / temperature, 1).max(1)
    wrong = (best != labels) & (best != CLASSES.index(NO_TEXT))
    bounds = np.arange(0.5, 0.995, 0.01)
    return temperature, round(float(next((b for b in bounds if wrong[certainty >= b].float().mean() <= WRONG), 0.99)), 2)


def told(name, scores, labels, temperature, bound):
    certainty, best = torch.softmax(scores / temperature, 1).max(1)
    right = best == labels
    bins = [(certainty >= low) & (certainty < low + 0.1) for low in np.arange(0, 1.05, 0.1)]
    error = sum((certainty[part].mean() - right[part].float().mean()).abs() * part.float().mean() for part in bins if part.any())
    sure = (certainty >= bound) & (best != CLASSES.index(NO_TEXT))
    print(f"{name}: {len(labels)} crops, right {right.float().mean():.4f}, sure of a script {sure.float().mean():.4f}, "
          f"of these wrong {1 - right[sure].float().mean():.4f}, calibration error {error:.4f}")
    for index, label in enumerate(CLASSES):
        of = labels == index
        others = torch.bincount(best[of], minlength=len(CLASSES))
        taken = [f"{CLASSES[i]} {others[i]}" for i in others.argsort(descending=True)[:4] if i != index and others[i]]
        print(f"  {label} {int(of.sum())} crops, right {right[of].float().mean():.3f}; else {', '.join(taken)}")


def fixtures(tensors, folder, crops):
    """A crop of each of some classes, and its scores."""
    network = features.session(folder, rounded=True)
    starts = np.concatenate([[0], np.cumsum(crops["widths"] * 48)])
    chosen = [next(i for i, label in enumerate(crops["labels"]) if CLASSES[label] == code and crops["widths"][i] <= 240)
              for code in ("Latn", "Cyrl", "Arab", "Thai", "Hang", NO_TEXT)]
    sheet, expected = Image.new("L", (240, 48 * len(chosen))), []
    for row, index in enumerate(chosen):
        picture = crops["pixels"][starts[index]:starts[index + 1]].reshape(48, -1)
        sheet.paste(Image.fromarray(picture), (0, row * 48))
        seen = features.features(network, np.repeat(picture[..., None], 3, 2).astype(np.float32))
        scores = scored(tensors, torch.from_numpy(seen)[None])[0]
        code = CLASSES[crops["labels"][index]]
        expected.append({"class": code, "width": picture.shape[1], "scores": [round(s, 5) for s in scores.tolist()]})
    sheet.save(FIXTURES / "scripts.png")
    (FIXTURES / "scripts.expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
