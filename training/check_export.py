"""Compares the exported segmenter or network, read by `transformers`, with the weights it was trained to.

    python check_export.py STATE    (the folder of train_segmenter.py or train_tower.py)
"""

import json
import sys
from pathlib import Path

import torch
from transformers import CLIPModel, CLIPTokenizer, SegformerForSemanticSegmentation

import kept
import train_segmenter
import train_tower


def compare(name: str, ours: torch.Tensor, theirs: torch.Tensor) -> None:
    difference, spread = (ours - theirs).abs().max().item(), (theirs.max() - theirs.min()).item()
    print(f"{name}: greatest difference {difference:.2e}, spread {spread:.2f}")
    assert difference < 1e-4 * spread + 1e-5


@torch.no_grad()
def main() -> None:
    folder = Path(sys.argv[1])
    checkpoint = folder / "checkpoint"
    trained = {name: value.half().float() for name, value in kept.read(folder / "state.safetensors")["average"].items()}
    torch.manual_seed(0)
    if json.loads((checkpoint / "config.json").read_text())["model_type"] == "segformer":
        theirs = SegformerForSemanticSegmentation.from_pretrained(checkpoint, dtype=torch.float32).eval()
        known = theirs.decode_head.classifier.bias > train_segmenter.NEVER
        ours = train_segmenter.build(int(known.sum())).eval()
        ours.load_state_dict(trained, strict=False)
        seen = torch.randn(2, 3, *train_segmenter.SIZE[::-1])
        logits = theirs(seen).logits
        assert known[logits.argmax(1).unique()].all(), "a class that does not occur was chosen"
        compare("logits", ours(seen).logits, logits[:, known])
    else:
        theirs = CLIPModel.from_pretrained(checkpoint, dtype=torch.float32).eval()
        tokenizer = CLIPTokenizer.from_pretrained(checkpoint)
        ours = train_tower.build(tokenizer).eval()
        ours.load_state_dict(trained, strict=False)
        seen = torch.randn(2, 3, train_tower.EDGE, train_tower.EDGE)
        ids = tokenizer(["mostly road, traffic keeps left", "cactus"], padding=True, return_tensors="pt")
        out = theirs(pixel_values=seen, **ids)
        compare("image vectors", train_tower.vectors(ours, seen)[1], out.image_embeds)
        compare("text vectors", train_tower.text_vectors(ours, ids["input_ids"]), out.text_embeds)


if __name__ == "__main__":
    main()
