"""Compares the training implementation with `transformers` on an exported checkpoint: `check_parity.py CHECKPOINT`."""

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoConfig, Qwen2_5_VLForConditionalGeneration

from model import PATCH, Shape, Starter


def shape_of(folder: Path) -> Shape:
    config = AutoConfig.from_pretrained(folder)
    text, vision = config.text_config, config.vision_config
    return Shape(
        vision_hidden=vision.hidden_size, vision_heads=vision.num_heads, vision_intermediate=vision.intermediate_size,
        vision_depth=vision.depth, window_size=vision.window_size, full_attention=tuple(vision.fullatt_block_indexes),
        hidden=text.hidden_size, heads=text.num_attention_heads, kv_heads=text.num_key_value_heads,
        intermediate=text.intermediate_size, layers=text.num_hidden_layers,
        mrope_section=tuple(text.rope_parameters["mrope_section"]), vocabulary=text.vocab_size,
    )


def load_starter(folder: Path) -> Starter:
    model = Starter(shape_of(folder))
    state = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    patch = state["visual.patch_embed.proj.weight"]
    state["visual.patch_embed.proj.weight"] = patch.sum(2).reshape(patch.shape[0], 3 * PATCH * PATCH)
    model.load_state_dict(state)
    return model.eval()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("checkpoint", type=Path)
    folder = arguments.parse_args().checkpoint
    torch.manual_seed(0)
    ours = load_starter(folder)
    theirs = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    shape, pad = ours.shape, theirs.config.image_token_id
    rows, columns = shape.patch_grid
    still = torch.randn(rows * columns, 3, PATCH * PATCH)
    before, after = torch.randint(0, 250, (1, 4)), torch.randint(0, 250, (1, 9))
    ids = torch.cat([before, torch.full((1, shape.cells), pad), after], dim=1)
    with torch.no_grad():
        cells = ours.visual(still.view(1, rows * columns, -1))
        cos, sin = ours.angles(ours.positions(4, 9))
        logits = ours.text(cells, before, after, cos, sin, 9)[0]
        frames = still[:, :, None].expand(-1, 3, 2, PATCH * PATCH).reshape(rows * columns, -1)
        grid = torch.tensor([[1, rows, columns]])
        expected = theirs(
            input_ids=ids, attention_mask=torch.ones_like(ids), pixel_values=frames, image_grid_thw=grid,
            mm_token_type_ids=(ids == pad).int(),
        ).logits[0, -9:]
    difference = (logits - expected).abs().max().item()
    spread = (expected.max() - expected.min()).item()
    print(f"greatest difference {difference:.2e}, spread of the logits {spread:.2f}")
    assert difference < 1e-4 * spread + 1e-4


if __name__ == "__main__":
    main()
