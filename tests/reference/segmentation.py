#!/usr/bin/env python3
"""Tiny seeded segmentation checkpoints in the released layouts, and what transformers makes of them.

Writes tests/reference/segmentation/:
  pictures/                     wide.png, tall.png and tiny.png, drawn by seed
  segformer/                    SegFormer, model.safetensors, a network input that no stride divides
  segformer_bin/                SegFormer, pytorch_model.bin and the older forms of its preprocessor_config.json
  maskformer/                   MaskFormer with Swin, the released tensor names
  maskformer_new_names.json     what those tensors are called in transformers 5
  NAME.expected.safetensors     scores and label maps of each picture
  pickles/                      a pickle that calls os.system, a pickle that claims more than its file holds

Weights are stored in half precision and the outputs computed from just those numbers in single precision.
"""

import json
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import (
    MaskFormerConfig, MaskFormerForInstanceSegmentation, SegformerConfig, SegformerForSemanticSegmentation,
)
from transformers.models.maskformer.image_processing_pil_maskformer import MaskFormerImageProcessorPil
from transformers.models.segformer.image_processing_pil_segformer import SegformerImageProcessorPil

OUT = Path(__file__).parent / "segmentation"
CLASSES = Path(__file__).parents[2] / "assets" / "knowledge" / "ade20k.csv"

# Every tenth class: enough to see a wrong one, small enough to keep.
SHOWN_CLASSES = list(range(0, 150, 10))

# Where the released SegFormer checkpoints name a class otherwise than the released MaskFormer.
SEGFORMER_NAMES = {
    6: "road", 7: "bed ", 8: "windowpane", 11: "sidewalk", 13: "earth", 16: "mountain", 22: "painting", 37: "bathtub",
    38: "railing", 87: "streetlight", 89: "television receiver", 90: "airplane", 92: "apparel", 109: "swimming pool",
    113: "waterfall", 138: "ashcan",
}


def main():
    draw_pictures()
    segformer("segformer", 3, {"depths": [1, 2, 1, 1]}, {
        "do_reduce_labels": True, "do_resize": True, "do_rescale": True, "do_normalize": True, "resample": 2,
        "rescale_factor": 1 / 255, "size": {"height": 72, "width": 104},
        "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
        "image_processor_type": "SegformerImageProcessor",
    }, pickled=False)
    segformer("segformer_bin", 5, {"depths": [1, 1, 1, 1]}, {
        "reduce_labels": True, "do_resize": True, "do_normalize": True, "resample": 2, "size": 64,
        "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
        "feature_extractor_type": "SegformerFeatureExtractor",
    }, pickled=True)
    maskformer()
    bad_pickles()


def ade20k_names() -> list:
    import csv
    with CLASSES.open() as file:
        return [row["class"] for row in csv.DictReader(file)]


def draw_pictures() -> None:
    (OUT / "pictures").mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(17)
    for name, width, height in (("wide", 75, 50), ("tall", 41, 70), ("tiny", 3, 2)):
        y, x = np.mgrid[0:height, 0:width]
        picture = np.stack([x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], -1)
        for _ in range(12):
            left, top = random.integers(0, width), random.integers(0, height)
            right, bottom = left + random.integers(1, width // 2 + 2), top + random.integers(1, height // 2 + 2)
            picture[top:bottom, left:right] = random.integers(0, 256, 3)
        Image.fromarray(picture.astype(np.uint8)).save(OUT / "pictures" / f"{name}.png", optimize=True)


def seeded_weights(model: torch.nn.Module, seed: int) -> None:
    """Numbers large enough that scores differ from place to place, rounded to half precision."""
    for index, (name, value) in enumerate(sorted(model.state_dict().items())):
        if not value.is_floating_point():
            continue
        noise = torch.randn(value.shape, generator=torch.Generator().manual_seed(1000 * seed + index))
        if "running_var" in name:
            new = 0.5 + noise.abs()
        elif value.ndim == 1 and "norm" in name and name.endswith("weight"):
            new = 1 + 0.2 * noise
        elif value.ndim == 1:
            new = 0.2 * noise
        elif "relative_position_bias_table" in name:
            new = noise
        else:
            # Louder where queries look, and where they take their class and their place, so that several win somewhere.
            loud = ["encoder_attn.q_proj", "encoder_attn.k_proj", "encoder_attn.o_proj", "queries_embedder", "class_predictor", "mask_embedder.2"]
            gain = 8.0 if any(part in name for part in loud) else 1.6
            new = noise * gain / noise[0].numel() ** 0.5
        value.copy_(new.half().float())


def save(model: torch.nn.Module, folder: Path, preprocessor: dict, names: dict, pickled: bool) -> None:
    model.config.id2label = names
    model.config.label2id = {name: index for index, name in names.items()}
    model.save_pretrained(folder)
    tensors = load_file(folder / "model.safetensors")
    tensors = {n: t.half() if t.is_floating_point() else t for n, t in tensors.items()}
    if pickled:
        (folder / "model.safetensors").unlink()
        torch.save(tensors, folder / "pytorch_model.bin")
    else:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor, indent=2) + "\n")


def pictures() -> dict:
    return {name: Image.open(OUT / "pictures" / f"{name}.png") for name in ("wide", "tall", "tiny")}


def segformer(name: str, seed: int, shape: dict, preprocessor: dict, pickled: bool) -> None:
    config = SegformerConfig(
        **shape, sr_ratios=[8, 4, 2, 1], hidden_sizes=[8, 8, 16, 16], num_attention_heads=[1, 2, 2, 2],
        mlp_ratios=[4, 4, 2, 2], decoder_hidden_size=16, num_labels=150,
    )
    model = SegformerForSemanticSegmentation(config).eval()
    seeded_weights(model, seed)
    ade20k = ade20k_names()
    names = {index: SEGFORMER_NAMES.get(index, ade20k[index]) for index in range(150)}
    save(model, OUT / name, preprocessor, names, pickled)
    processor = SegformerImageProcessorPil(**preprocessor)
    expected = {}
    for picture, image in pictures().items():
        inputs = processor(image, return_tensors="pt")
        with torch.no_grad():
            output = model(**inputs)
        sizes = [(image.height, image.width)]
        labels = processor.post_process_semantic_segmentation(output, target_sizes=sizes)[0]
        expected[f"{picture}.scores"] = output.logits[0, SHOWN_CLASSES].contiguous()
        expected[f"{picture}.labels"] = labels.to(torch.uint8) + 1
        print(name, picture, tuple(inputs["pixel_values"].shape), tuple(output.logits.shape), len(labels.unique()), "classes")
    save_file(expected, OUT / f"{name}.expected.safetensors")


def maskformer() -> None:
    swin = {
        "model_type": "swin", "embed_dim": 4, "depths": [2, 2, 2, 1], "num_heads": [1, 2, 2, 4], "window_size": 5,
        "mlp_ratio": 2.0, "image_size": 64, "drop_path_rate": 0.0,
    }
    detr = {
        "model_type": "detr", "d_model": 16, "decoder_layers": 2, "decoder_attention_heads": 2, "decoder_ffn_dim": 24,
        "encoder_attention_heads": 2, "num_queries": 12,
    }
    config = MaskFormerConfig(
        backbone_config=swin, decoder_config=detr, fpn_feature_size=32, mask_feature_size=8, num_labels=150,
    )
    model = MaskFormerForInstanceSegmentation(config).eval()
    seeded_weights(model, 10)
    # The old form: plain integers, and the divisor under its first name.
    preprocessor = {
        "do_normalize": True, "do_reduce_labels": False, "do_resize": True, "feature_extractor_type": "MaskFormerFeatureExtractor",
        "ignore_index": 255, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
        "max_size": 96, "resample": 2, "size": 60, "size_divisibility": 32,
    }
    processor = MaskFormerImageProcessorPil(**preprocessor)
    tell_queries_apart(model, processor(pictures()["wide"], return_tensors="pt"))
    folder = OUT / "maskformer"
    save(model, folder, preprocessor, dict(enumerate(ade20k_names())), pickled=False)
    on_disk, in_memory = set(load_file(folder / "model.safetensors")), set(model.state_dict())
    old, new = sorted(on_disk - in_memory), sorted(in_memory - on_disk)
    renamed = {o: o.replace("out_proj", "o_proj").replace(".fc", ".mlp.fc") for o in old}
    assert sorted(renamed.values()) == new
    (OUT / "maskformer_new_names.json").write_text(json.dumps(renamed, indent=1) + "\n")
    expected = {}
    for picture, image in pictures().items():
        inputs = processor(image, return_tensors="pt")
        with torch.no_grad():
            output = model(**inputs)
        sizes = [(image.height, image.width)]
        labels = processor.post_process_semantic_segmentation(output, target_sizes=sizes)[0]
        expected[f"{picture}.class_logits"] = output.class_queries_logits[0].contiguous()
        expected[f"{picture}.mask_logits"] = output.masks_queries_logits[0].contiguous()
        expected[f"{picture}.labels"] = labels.to(torch.uint8) + 1
        shape = tuple(inputs["pixel_values"].shape)
        print("maskformer", picture, shape, tuple(output.masks_queries_logits.shape), len(labels.unique()), "classes")
    save_file(expected, OUT / "maskformer.expected.safetensors")


def tell_queries_apart(model: torch.nn.Module, inputs: dict) -> None:
    """Random queries say much the same: a bias takes away what they all say, so that several classes win somewhere."""
    with torch.no_grad():
        queries = model(**inputs).transformer_decoder_last_hidden_state[0]
        predictor = model.class_predictor
        predictor.bias.copy_((-predictor.weight @ queries.mean(0)).half().float())
        masks = model.mask_embedder
        masks.get_submodule("2.0").bias.sub_(masks(queries).mean(0)).copy_(masks.get_submodule("2.0").bias.half().float())


class Malicious:
    def __reduce__(self):
        return (os.system, ("touch pickle_was_run",))


def bad_pickles() -> None:
    folder = OUT / "pickles"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "malicious.bin", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"decode_head.classifier.weight": Malicious()}, protocol=2))
        archive.writestr("archive/version", "3\n")
    # A view of one number that says it is a billion: nothing but the pickle knows.
    torch.save({"decode_head.classifier.weight": torch.zeros(1).expand(1 << 15, 1 << 15)}, folder / "claims_4_gib.bin")
    # A compressed storage: a few kB that say they are 16 MiB.
    torch.save({"decode_head.classifier.weight": torch.zeros(1 << 22)}, folder / "plain.bin")
    with zipfile.ZipFile(folder / "plain.bin") as plain, zipfile.ZipFile(
        folder / "bomb.bin", "w", zipfile.ZIP_DEFLATED, compresslevel=9
    ) as bomb:
        for entry in plain.namelist():
            bomb.writestr(entry, plain.read(entry))
    (folder / "plain.bin").unlink()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
