#!/usr/bin/env python3
"""The peers of `terrasight bench locatability`: PyTorch on the same checkpoints, and fast JPEG decoders on the same files.

    peer_locatability.py checkpoints FOLDER              writes seeded random checkpoints of released shapes into FOLDER
    peer_locatability.py measure THREADS REPETITIONS < task.json

The task is {"models": [{"name", "kind", "folder", "batch", "width", "height"}], "pictures": [JPEG, ..], "side": n}; one
line of JSON comes back with pictures a second for each. Needs torch, transformers and pillow; simplejpeg (libjpeg-turbo)
where it is at hand. TERRASIGHT_BENCH_PYTHON names the interpreter that has them.
"""

import json
import sys
import time
from pathlib import Path

import torch
import transformers
from PIL import Image
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    MaskFormerConfig,
    MaskFormerForInstanceSegmentation,
    SegformerConfig,
    SegformerForSemanticSegmentation,
    SwinConfig,
)

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


def write_checkpoints(folder):
    """SegFormer-B0, MaskFormer Swin-B and CLIP ViT-L/14 in shape; speed depends on nothing else."""
    labels = {str(index): name for index, name in enumerate(json.load(sys.stdin))}
    names = {"id2label": labels, "label2id": {name: int(index) for index, name in labels.items()}}
    models = {
        "segformer-b0": SegformerForSemanticSegmentation(
            SegformerConfig(hidden_sizes=[32, 64, 160, 256], depths=[2, 2, 2, 2], decoder_hidden_size=256, **names)
        ),
        "maskformer-swin-base": MaskFormerForInstanceSegmentation(
            MaskFormerConfig(
                backbone_config=SwinConfig(
                    image_size=384,
                    embed_dim=128,
                    depths=[2, 2, 18, 2],
                    num_heads=[4, 8, 16, 32],
                    window_size=12,
                    out_features=["stage1", "stage2", "stage3", "stage4"],
                ),
                **names,
            )
        ),
        "clip-vit-large": CLIPVisionModelWithProjection(
            CLIPVisionConfig(
                hidden_size=1024,
                intermediate_size=4096,
                num_hidden_layers=24,
                num_attention_heads=16,
                patch_size=14,
                image_size=224,
                projection_dim=768,
            )
        ),
    }
    preprocessors = {
        "segformer-b0": {"do_resize": True, "size": {"height": 512, "width": 512}, "resample": 2, "do_rescale": True,
                         "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": MEAN, "image_std": STD,
                         "image_processor_type": "SegformerImageProcessor"},
        "maskformer-swin-base": {"do_resize": True, "size": 640, "max_size": 2560, "size_divisibility": 32, "resample": 2,
                                 "do_normalize": True, "image_mean": MEAN, "image_std": STD,
                                 "image_processor_type": "MaskFormerImageProcessor"},
        "clip-vit-large": {"do_resize": True, "size": {"shortest_edge": 224}, "resample": 3, "do_center_crop": True,
                           "crop_size": {"height": 224, "width": 224}, "do_rescale": True, "rescale_factor": 1 / 255,
                           "do_normalize": True, "image_mean": CLIP_MEAN, "image_std": CLIP_STD,
                           "image_processor_type": "CLIPImageProcessor"},
    }
    for name, model in models.items():
        model.save_pretrained(folder / name)
        (folder / name / "preprocessor_config.json").write_text(json.dumps(preprocessors[name]))


def forward_of(kind, folder):
    """The part of a model that scores a picture, as a function of its pixel values."""
    if kind == "segformer":
        model = SegformerForSemanticSegmentation.from_pretrained(folder, dtype=torch.float32).eval()
        return lambda pixels: model(pixel_values=pixels).logits
    if kind == "maskformer":
        model = MaskFormerForInstanceSegmentation.from_pretrained(folder, dtype=torch.float32).eval()
        return lambda pixels: model(pixel_values=pixels).masks_queries_logits
    model = CLIPVisionModelWithProjection.from_pretrained(folder, dtype=torch.float32).eval()
    return lambda pixels: model(pixel_values=pixels).image_embeds


def pictures_per_second(work, pictures, repetitions):
    """The median over some rounds, the first left out."""
    rounds = []
    for _ in range(repetitions + 1):
        start = time.perf_counter()
        work()
        rounds.append(pictures / (time.perf_counter() - start))
    return sorted(rounds[1:])[len(rounds[1:]) // 2]


def measure_model(task, repetitions):
    forward = forward_of(task["kind"], task["folder"])
    pixels = torch.randn(task["batch"], 3, task["height"], task["width"])
    with torch.inference_mode():
        return pictures_per_second(lambda: forward(pixels), task["batch"], repetitions)


def measure_decoders(files, side, repetitions):
    """Decoding and resizing to `side` on the longer side, one thread."""

    def pillow():
        for file in files:
            picture = Image.open(file)
            picture.draft("RGB", (side, side))
            picture.thumbnail((side, side), Image.Resampling.BILINEAR)

    found = {"pillow with draft": pictures_per_second(pillow, len(files), repetitions)}
    try:
        import simplejpeg
    except ImportError:
        return found | {"simplejpeg": None}

    def turbo():
        for file in files:
            data = Path(file).read_bytes()
            pixels = simplejpeg.decode_jpeg(data, min_height=side // 2, min_width=side, min_factor=1)
            Image.fromarray(pixels).resize((side, side * pixels.shape[0] // pixels.shape[1]), Image.Resampling.BILINEAR)

    return found | {f"simplejpeg {simplejpeg.__version__}": pictures_per_second(turbo, len(files), repetitions)}


def main():
    if sys.argv[1] == "checkpoints":
        torch.manual_seed(0)
        write_checkpoints(Path(sys.argv[2]))
        return
    threads, repetitions = int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    task = json.load(sys.stdin)
    report = {
        "program": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "models": {model["name"]: measure_model(model, repetitions) for model in task["models"]},
        "decoders": measure_decoders(task["pictures"], task["side"], repetitions),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
