"""Trains the starter segmenter, a small SegFormer, on packed drawn streets, on one core, until its minutes have passed.

    python train_segmenter.py --train scenes/c0 scenes/c1 --validation scenes/validation --state segmenter --minutes 40 --batch 16

`segmenter/checkpoint` is the model as `transformers` saves it. It is trained with the classes that occur; in the checkpoint
it has ADE20K's 150, the others never chosen.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from transformers import SegformerConfig, SegformerForSemanticSegmentation

import scenes
from figures import Scores, told
from loop import Log, Run, arguments
from scenes import pixels

SIZE = (256, 192)
LABEL_SIZE = (128, 96)  # where the loss is taken
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
NEVER = -30.0  # bias of a class that does not occur


def build(classes: int, **more) -> SegformerForSemanticSegmentation:
    return SegformerForSemanticSegmentation(SegformerConfig(
        hidden_sizes=[32, 48, 96, 160], depths=[1, 1, 2, 2], num_attention_heads=[1, 1, 2, 4], sr_ratios=[8, 4, 2, 1],
        mlp_ratios=[2, 4, 4, 4], decoder_hidden_size=64, drop_path_rate=0.0, classifier_dropout_prob=0.0,
        num_labels=classes, attn_implementation="eager", **more,
    ))


def batch(sampler: scenes.Sampler, count: int, number: np.ndarray) -> tuple:
    """(pictures, labels): labels are places in the list of classes, -1 for none."""
    pictures, labels = [], []
    for one, i in sampler.picks(count):
        box = (0, 0, *one.labels.shape[:0:-1]) if sampler.random.random() < 0.3 else sampler.crop(one, 0.6)
        picture = sampler.picture(one.pictures[i], box, SIZE, 2)
        label = scenes.part(one.labels[i], box, LABEL_SIZE)
        turned = slice(None, None, -1 if sampler.random.random() < 0.5 else 1)
        pictures.append(picture[:, turned])
        labels.append(number[label[:, turned]])
    return pixels(np.stack(pictures), MEAN, STD), torch.from_numpy(np.stack(labels))


def export(model, classes: np.ndarray, folder: Path) -> None:
    """The model with all 150 classes, in f16."""
    out = build(scenes.CLASSES, id2label=dict(enumerate(scenes.NAMES)), label2id={n: i for i, n in enumerate(scenes.NAMES)})
    weights = dict(model.state_dict())
    weight = torch.zeros(scenes.CLASSES, *weights["decode_head.classifier.weight"].shape[1:])
    bias = torch.full((scenes.CLASSES,), NEVER)
    weight[classes], bias[classes] = weights["decode_head.classifier.weight"], weights["decode_head.classifier.bias"]
    weights["decode_head.classifier.weight"], weights["decode_head.classifier.bias"] = weight, bias
    out.load_state_dict(weights)
    out.half().save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "do_normalize": True, "do_reduce_labels": False, "do_rescale": True, "do_resize": True,
        "image_mean": MEAN.tolist(), "image_processor_type": "SegformerImageProcessor", "image_std": STD.tolist(),
        "resample": 2, "rescale_factor": 1 / 255, "size": {"height": SIZE[1], "width": SIZE[0]},
    }, indent=2) + "\n")


def main() -> None:
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    options.state.mkdir(parents=True, exist_ok=True)
    log = Log(options.state / "log.txt")
    classes, shares = scenes.classes_of(scenes.load(options.train[0]))
    number = np.full(256, -1, np.int64)
    number[classes + 1] = np.arange(len(classes))
    # Small things count for a little more than their pixels, or poles and plates would not be learned in the time there is.
    weights = torch.from_numpy((shares / shares.max()) ** -0.2).float()
    model = build(len(classes))
    run = Run(options, model, None, lambda name: ".blocks." in name, log)
    sampler = scenes.Sampler(options.train, 1000 + run.steps)
    validation = scenes.load(options.validation)
    log(f"{sum(p.numel() for p in model.parameters())} parameters, {len(classes)} classes, on validation "
        f"the locatability has a standard deviation of {np.std([row['locatability'] for row in validation.rows]):.4f}")

    def losses(done: float) -> dict:
        pictures, labels = batch(sampler, options.batch, number)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(pictures).logits
        logits = F.interpolate(logits.float(), LABEL_SIZE[::-1], mode="bilinear", align_corners=False)
        return {"pixels": F.cross_entropy(logits, labels, weights, ignore_index=-1)}

    def finish(last: bool) -> None:
        scores = Scores()
        for i in range(len(validation) if last else min(200, len(validation))):
            true, row = validation.labels[i], validation.rows[i]
            picture = scenes.Image.fromarray(validation.pictures[i]).resize(SIZE, 2)
            logits = model(pixels(np.asarray(picture)[None], MEAN, STD)).logits
            said = F.interpolate(logits, true.shape, mode="bilinear", align_corners=False).argmax(1)[0].numpy()
            scores.add(true, classes[said] + 1, row["locatability"])
        summary = scores.summary()
        log(f"VALIDATION {told(summary)}" + (f"; {summary['iou']}" if last else ""))
        export(model, classes, options.state / "checkpoint")

    run.go(losses, finish)


if __name__ == "__main__":
    main()
