"""Asks an exported starter about drawn streets with `transformers`, greedily, and counts right countries.

    python evaluate_starter.py CHECKPOINT STREETS_FOLDER COUNTRIES.toml [--count N] [--quality 85]

Every picture is saved again as JPEG first, as a user's would be. The program's own `evaluate` is what figures are
quoted from; this is its independent check.
"""

import argparse
import csv
import io
import json
import tomllib
from pathlib import Path

import torch
from PIL import Image
from transformers import PreTrainedTokenizerFast, Qwen2_5_VLForConditionalGeneration
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from tokenizer import QUESTION


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("checkpoint", type=Path)
    arguments.add_argument("streets", type=Path)
    arguments.add_argument("countries", type=Path)
    arguments.add_argument("--count", type=int, default=500)
    arguments.add_argument("--quality", type=int, default=85)
    options = arguments.parse_args()
    names = {row["code"]: row["name"] for row in tomllib.loads(options.countries.read_text())["country"]}
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(options.checkpoint, dtype=torch.float32).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(options.checkpoint)
    limits = json.loads((options.checkpoint / "preprocessor_config.json").read_text())
    processor = Qwen2VLImageProcessorPil(min_pixels=limits["min_pixels"], max_pixels=limits["max_pixels"])
    with (options.streets / "manifest.csv").open(newline="") as manifest:
        rows = list(csv.DictReader(manifest))[: options.count]
    right = 0
    for number, row in enumerate(rows, 1):
        text = ask(model, tokenizer, processor, resaved(options.streets / row["path"], options.quality))
        right += f"'country': '{names[row['country_code']]}'" in text
        print(f"{number} {right / number:.3f} {row['country_code']} {text}", flush=True)


def resaved(path: Path, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    Image.open(path).convert("RGB").save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


@torch.no_grad()
def ask(model, tokenizer, processor, picture: Image.Image) -> str:
    seen = processor.preprocess([picture], return_tensors="pt")
    cells = int(seen["image_grid_thw"].prod()) // 4
    messages = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": QUESTION}]}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    ids = torch.tensor([tokenizer(text.replace("<|image_pad|>", "<|image_pad|>" * cells), add_special_tokens=False)["input_ids"]])
    out = model.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), pixel_values=seen["pixel_values"].float(),
        image_grid_thw=seen["image_grid_thw"], mm_token_type_ids=(ids == model.config.image_token_id).int(),
        do_sample=False, max_new_tokens=64,
    )
    return tokenizer.decode(out[0, ids.shape[1]:], skip_special_tokens=True)


if __name__ == "__main__":
    main()
