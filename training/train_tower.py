"""Trains the starter network, a small CLIP, on packed drawn streets, on one core, until its minutes have passed.

    python train_tower.py --train scenes/c0 scenes/c1 --validation scenes/validation --tokenizer tokenizer --state network --minutes 19 --batch 64

Pictures and captions are matched as CLIP does it (Radford et al., 2021). Auxiliary heads, dropped at export, ask each patch
which classes lie in it, and the picture's vector how much there is of each and how locatable it is. Pictures are never
mirrored, since captions name the driving side.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

import captions
import scenes
from figures import agreement, told
from loop import Log, Run, arguments
from scenes import pixels

EDGE, PATCH, WIDTH = 112, 16, 128
MEAN, STD = np.array([0.48145466, 0.4578275, 0.40821073]), np.array([0.26862954, 0.26130258, 0.27577711])
# About the mean and the standard deviation of the locatability of drawn streets.
MIDDLE, SPREAD = 0.4, 0.07


def build(tokenizer: CLIPTokenizer) -> CLIPModel:
    marks = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    return CLIPModel(CLIPConfig(
        projection_dim=WIDTH,
        text_config={
            "hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 2,
            "max_position_embeddings": captions.LENGTH, "vocab_size": len(tokenizer), "projection_dim": WIDTH, **marks,
        },
        vision_config={
            "hidden_size": WIDTH, "intermediate_size": 4 * WIDTH, "num_hidden_layers": 4, "num_attention_heads": 4,
            "image_size": EDGE, "patch_size": PATCH, "projection_dim": WIDTH,
        },
    ))


class Heads(nn.Module):
    """What the tower is asked besides the captions."""

    def __init__(self, classes: int):
        super().__init__()
        self.patch, self.shares, self.locatability = nn.Linear(WIDTH, classes), nn.Linear(WIDTH, classes), nn.Linear(WIDTH, 1)
        self.scale = nn.Parameter(torch.tensor(10.0))  # vectors of length one make small scores

    def losses(self, patches, vectors, fields, locatability) -> dict:
        """`fields` `[batch, patches, classes]`: shares of the classes in each patch."""
        cross = lambda logits, target: -(logits.float().log_softmax(-1) * target).sum(-1).mean()
        said = self.locatability(vectors * self.scale)[:, 0].float()
        return {
            "patch": 0.5 * cross(self.patch(patches), fields), "shares": 0.5 * cross(self.shares(vectors * self.scale), fields.mean(1)),
            "locatability": F.smooth_l1_loss(said, (locatability - MIDDLE) / SPREAD, beta=0.2),
        }


def fields(labels: np.ndarray, number: np.ndarray, classes: int) -> np.ndarray:
    """Shares of the classes in each patch, `[patches, classes]`, of a label map of 4 x 4 points a patch."""
    side = EDGE // PATCH
    numbers = number[labels].reshape(side, 4, side, 4).transpose(0, 2, 1, 3).reshape(-1, 16)
    return np.eye(classes, dtype=np.float32)[numbers].mean(1)


class Batches:
    def __init__(self, sampler, tokenizer, classes: np.ndarray):
        self.sampler, self.tokenizer, self.count = sampler, tokenizer, len(classes) + 1
        self.number = np.zeros(256, np.int64)  # the last place is for pixels without a class
        self.number[:] = len(classes)
        self.number[classes + 1] = np.arange(len(classes))

    def next(self, count: int) -> tuple:
        pictures, shares, scores, texts = [], [], [], []
        for one, i in self.sampler.picks(count):
            whole = self.sampler.random.random() < 0.5
            box = (0, 0, *one.labels.shape[:0:-1]) if whole else self.sampler.crop(one, 0.85)
            pictures.append(self.sampler.picture(one.pictures[i], box, (EDGE, EDGE), 3))
            shares.append(fields(scenes.part(one.labels[i], box, (EDGE // 4, EDGE // 4)), self.number, self.count))
            labels = one.labels[i][round(box[1]):round(box[3]), round(box[0]):round(box[2])]
            scores.append(one.rows[i]["locatability"] if whole else scenes.locatability(labels))
            by_label = np.bincount(labels.ravel(), minlength=scenes.CLASSES + 1) / labels.size
            texts.append(captions.caption(one.rows[i], by_label, scores[-1], self.sampler.random))
        return pixels(np.stack(pictures), MEAN, STD), torch.from_numpy(np.stack(shares)), torch.tensor(scores), self.tokens(texts)

    def tokens(self, texts: list) -> torch.Tensor:
        told = self.tokenizer(texts, padding=True, truncation=True, max_length=captions.LENGTH, return_tensors="pt")
        return told["input_ids"]


def vectors(model: CLIPModel, seen: torch.Tensor) -> tuple:
    """(tokens of the patches, the picture's vector of length one)."""
    out = model.vision_model(pixel_values=seen)
    return model.vision_model.post_layernorm(out.last_hidden_state[:, 1:]), F.normalize(model.visual_projection(out.pooler_output), dim=-1)


def text_vectors(model: CLIPModel, ids: torch.Tensor) -> torch.Tensor:
    """Padding is the end's own token: what stands after the first end is not seen by it, since attention looks back only."""
    return F.normalize(model.text_projection(model.text_model(input_ids=ids).pooler_output), dim=-1)


def contrast(model: CLIPModel, pictures: torch.Tensor, texts: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """CLIP's symmetric loss; captions that are equal share the probability."""
    scores = model.logit_scale.clamp(max=np.log(100.0)).exp() * pictures.float() @ texts.float().t()
    same = (ids[:, None] == ids[None]).all(-1).float()
    target = same / same.sum(1, keepdim=True)
    return 0.25 * (F.cross_entropy(scores, target) + F.cross_entropy(scores.t(), target))


def export(model: CLIPModel, tokenizer: CLIPTokenizer, folder: Path) -> None:
    out = CLIPModel(model.config)
    out.load_state_dict(model.state_dict())
    out.half().save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    captions.save(tokenizer, folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "do_center_crop": False, "do_convert_rgb": True, "do_normalize": True, "do_rescale": True, "do_resize": True,
        "image_mean": MEAN.tolist(), "image_processor_type": "CLIPImageProcessor", "image_std": STD.tolist(), "resample": 3,
        "rescale_factor": 1 / 255, "size": {"height": EDGE, "width": EDGE},
    }, indent=2) + "\n")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--tokenizer", type=Path, required=True, help="the folder that captions.py wrote")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    options.state.mkdir(parents=True, exist_ok=True)
    log = Log(options.state / "log.txt")
    tokenizer = CLIPTokenizer.from_pretrained(options.tokenizer)
    classes, _ = scenes.classes_of(scenes.load(options.train[0]))
    model, heads = build(tokenizer), Heads(len(classes) + 1)
    run = Run(options, model, heads, lambda name: ".layers." in name, log)
    batches = Batches(scenes.Sampler(options.train, 1000 + run.steps), tokenizer, classes)
    validation = scenes.load(options.validation)
    log(f"{sum(p.numel() for p in model.parameters())} parameters, {len(tokenizer)} tokens")

    def losses(done: float) -> dict:
        seen, shares, scores, ids = batches.next(options.batch)
        with torch.autocast("cpu", torch.bfloat16):
            patches, seen = vectors(model, seen)
            texts = text_vectors(model, ids)
            parts = heads.losses(patches, seen, shares, scores.float())
        return {"contrast": contrast(model, seen, texts, ids), **parts}

    def finish(last: bool) -> None:
        count = len(validation) if last else min(500, len(validation))
        pictures = [scenes.Image.fromarray(validation.pictures[i]).resize((EDGE, EDGE), 3) for i in range(count)]
        seen = torch.cat([vectors(model, pixels(np.stack(pictures[at : at + 50]), MEAN, STD))[1] for at in range(0, count, 50)])
        said = (heads.locatability(seen * heads.scale)[:, 0] * SPREAD + MIDDLE).numpy()
        random = np.random.default_rng(5)
        rows, labels = validation.rows[:100], validation.labels[:100]
        shares = [np.bincount(one.ravel(), minlength=scenes.CLASSES + 1) / one.size for one in labels]
        texts = [captions.caption(row, share, row["locatability"], random) for row, share in zip(rows, shares)]
        found = (seen[: len(rows)] @ text_vectors(model, batches.tokens(texts)).t()).argsort(1, descending=True)
        place = (found == torch.arange(len(rows))[:, None]).float().argmax(1)
        true = np.array([row["locatability"] for row in validation.rows[:count]])
        log(f"VALIDATION {count}: {told(agreement(true, said))}; own caption among {len(rows)} first {(place == 0).float().mean():.3f}, "
            f"among the first five {(place < 5).float().mean():.3f}")
        export(model, tokenizer, options.state / "checkpoint")

    run.go(losses, finish)


if __name__ == "__main__":
    main()
