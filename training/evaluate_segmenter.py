"""Measures an exported segmenter with `transformers` on a packed set, every picture saved again as JPEG first.

    streetdump 500 1000000 scenes/evaluation 448 336
    python evaluate_segmenter.py CHECKPOINT scenes/evaluation [--quality 90] [--scores FILE.json]
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from transformers import SegformerForSemanticSegmentation
from transformers.models.segformer.image_processing_pil_segformer import SegformerImageProcessorPil

import scenes
from figures import Scores


class Segmenter:
    """A checkpoint as a user of `transformers` runs it."""

    def __init__(self, folder: Path):
        self.model = SegformerForSemanticSegmentation.from_pretrained(folder, dtype=torch.float32).eval()
        self.processor = SegformerImageProcessorPil.from_pretrained(folder)

    @torch.no_grad()
    def label(self, picture) -> np.ndarray:
        """Class plus one at each pixel of a Pillow picture."""
        out = self.model(**self.processor(picture, return_tensors="pt"))
        said = self.processor.post_process_semantic_segmentation(out, [picture.size[::-1]])[0]
        return said.numpy().astype(np.uint8) + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("packed", type=Path)
    parser.add_argument("--quality", type=int, default=90)
    parser.add_argument("--scores", type=Path, help="where to write the locatability of each picture")
    options = parser.parse_args()
    torch.set_num_threads(1)
    segmenter, streets, scores = Segmenter(options.checkpoint), scenes.load(options.packed), Scores()
    for pixels, labels, row in zip(streets.pictures, streets.labels, streets.rows):
        picture = scenes.saved(scenes.Image.fromarray(pixels), options.quality)
        scores.add(labels, segmenter.label(picture), row["locatability"])
    seeds = [row["seed"] for row in streets.rows]
    print(json.dumps({
        "seeds": [min(seeds), max(seeds)], "quality": options.quality, **scores.summary(),
        "deviation_of_truth": float(np.std(scores.true)),
    }, indent=2))
    if options.scores:
        options.scores.write_text(json.dumps(scores.said))


if __name__ == "__main__":
    main()
