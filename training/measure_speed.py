"""Times the starter network, the starter segmenter and MaskFormer Swin-B (random weights) in PyTorch, taking turns on one core.

    python measure_speed.py NETWORK SEGMENTER

The networks alone, f32, one picture at a time: decoding, resizing and what comes after are left out. Processor time, so
that a busy machine matters less; medians.
"""

import json
import sys
import time

import numpy as np
import torch
from transformers import (
    CLIPVisionModelWithProjection, MaskFormerConfig, MaskFormerForInstanceSegmentation, SegformerForSemanticSegmentation, SwinConfig,
)

import train_segmenter
import train_tower

TURNS, LARGE_EVERY = 60, 12


@torch.no_grad()
def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    # facebook/maskformer-swin-base-ade: Swin-B with windows of 12 at 384; a 4:3 picture is resized to 640 x 853, padded to 864.
    swin = SwinConfig(image_size=384, embed_dim=128, depths=[2, 2, 18, 2], num_heads=[4, 8, 16, 32], window_size=12,
                      out_features=["stage1", "stage2", "stage3", "stage4"])
    runs = {
        "network": (CLIPVisionModelWithProjection.from_pretrained(sys.argv[1], dtype=torch.float32), (train_tower.EDGE,) * 2, 1),
        "segmenter": (SegformerForSemanticSegmentation.from_pretrained(sys.argv[2], dtype=torch.float32), train_segmenter.SIZE[::-1], 1),
        "maskformer_swin_base": (MaskFormerForInstanceSegmentation(MaskFormerConfig(backbone_config=swin, num_labels=150)), (640, 864), LARGE_EVERY),
    }
    taken = {name: [] for name in runs}
    for turn in range(TURNS):
        for name, (model, size, every) in runs.items():
            if turn % every == 0:
                seen = torch.randn(1, 3, *size)
                began = time.thread_time()
                model.eval()(pixel_values=seen)
                taken[name].append(1000 * (time.thread_time() - began))
    print(json.dumps({name: {"ms": float(np.median(one)), "least_ms": min(one), "runs": len(one)} for name, one in taken.items()}, indent=2))


if __name__ == "__main__":
    main()
