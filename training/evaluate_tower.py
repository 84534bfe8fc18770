"""Measures how well the locatability can be read from an exported network's image vectors, with `transformers`.

    streetdump 2000 950000 scenes/fit 448 336
    streetdump 500 1000000 scenes/evaluation 448 336
    python evaluate_segmenter.py SEGMENTER scenes/fit --scores fit.json
    python evaluate_tower.py CHECKPOINT --fit scenes/fit --test scenes/evaluation [--scores fit.json] [--quality 90]

A linear head and one with a hidden layer are fitted here on the vectors (length one) of the first set: to the truth, and
with `--scores` to those of a segmenter, as the program does it. The second set, compared with the truth, gives
the figures. Every picture is saved again as JPEG first.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from transformers import CLIPModel, CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

import captions
import scenes
from figures import agreement


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--fit", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--scores", type=Path, help="locatability of each picture of the first set, by a segmenter")
    parser.add_argument("--quality", type=int, default=90)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    model = CLIPModel.from_pretrained(options.checkpoint, dtype=torch.float32).eval()
    processor = CLIPImageProcessorPil.from_pretrained(options.checkpoint)
    fit, test = scenes.load(options.fit), scenes.load(options.test)
    vectors, true = vectors_of(model, processor, test, options.quality), truth(test)
    figures = {"deviation_of_truth": float(true.std()), "captions": captions_found(model, options.checkpoint, test, vectors)}
    known = vectors_of(model, processor, fit, options.quality)
    targets = {"truth": truth(fit)}
    if options.scores:
        targets["segmenter"] = np.array(json.loads(options.scores.read_text()))
    for name, target in targets.items():
        for kind, head in (("linear", linear(known, target)), ("hidden", hidden(known, target))):
            figures[f"{kind}_head_from_{name}"] = agreement(true, head(vectors))
    print(json.dumps(figures, indent=2))


def truth(streets: scenes.Scenes) -> np.ndarray:
    return np.array([row["locatability"] for row in streets.rows])


@torch.no_grad()
def vectors_of(model, processor, streets: scenes.Scenes, quality: int) -> torch.Tensor:
    """`[n, width]`, of length one, of pictures saved as JPEG."""
    vectors = []
    for pixels in streets.pictures:
        picture = scenes.saved(scenes.Image.fromarray(pixels), quality)
        seen = processor(picture, return_tensors="pt")["pixel_values"]
        vectors.append(model.visual_projection(model.vision_model(pixel_values=seen).pooler_output))
    return F.normalize(torch.cat(vectors), dim=-1)


@torch.no_grad()
def captions_found(model, folder: Path, streets: scenes.Scenes, vectors: torch.Tensor) -> dict:
    """How often a street's own caption is the nearest, or among the nearest five, of 100 streets' captions."""
    tokenizer, random = CLIPTokenizer.from_pretrained(folder), np.random.default_rng(5)
    first, five, rounds = [], [], len(streets) // 100
    for at in range(0, 100 * rounds, 100):
        texts = []
        for labels, row in zip(streets.labels[at : at + 100], streets.rows[at : at + 100]):
            shares = np.bincount(labels.ravel(), minlength=scenes.CLASSES + 1) / labels.size
            texts.append(captions.caption(row, shares, row["locatability"], random))
        ids = tokenizer(texts, padding=True, truncation=True, max_length=captions.LENGTH, return_tensors="pt")["input_ids"]
        said = F.normalize(model.text_projection(model.text_model(input_ids=ids).pooler_output), dim=-1)
        order = (vectors[at : at + 100] @ said.t()).argsort(1, descending=True)
        place = (order == torch.arange(100)[:, None]).float().argmax(1)
        first.append((place == 0).float().mean().item())
        five.append((place < 5).float().mean().item())
    return {"first_of_100": float(np.mean(first)), "first_five_of_100": float(np.mean(five))}


def linear(vectors: torch.Tensor, target: np.ndarray, decay: float = 1e-3):
    """Ridge regression."""
    ones = lambda v: torch.cat([v, torch.ones(len(v), 1)], dim=1).double()
    x, y = ones(vectors), torch.from_numpy(target).double()
    weights = torch.linalg.solve(x.t() @ x + decay * torch.eye(x.shape[1], dtype=torch.double), x.t() @ y)
    return lambda v: (ones(v) @ weights).numpy()


def hidden(vectors: torch.Tensor, target: np.ndarray, width: int = 64, steps: int = 1500):
    """A hidden layer, the inputs scaled to unit spread."""
    middle, spread = vectors.mean(0), vectors.std(0)
    net = nn.Sequential(nn.Linear(vectors.shape[1], width), nn.GELU(), nn.Linear(width, 1))
    y = torch.from_numpy((target - target.mean()) / target.std()).float()
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.05)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, steps)
    for _ in range(steps):
        pick = torch.randint(0, len(vectors), (256,))
        loss = F.smooth_l1_loss(net((vectors[pick] - middle) / spread)[:, 0], y[pick], beta=0.3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
    with_scale = lambda v: net((v - middle) / spread)[:, 0].detach().numpy() * target.std() + target.mean()
    return with_scale


if __name__ == "__main__":
    main()
