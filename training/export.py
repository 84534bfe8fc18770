"""Writes a trained `Starter` as a checkpoint directory in the layout of the released Qwen2.5-VL models."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from model import PATCH, Shape, Starter
from tokenizer import save as save_tokenizer


def tensors(model: Starter) -> dict:
    """Parameters under the released names; the patch embedding becomes two equal temporal slices."""
    out = {}
    for name, value in model.state_dict().items():
        if name == "visual.patch_embed.proj.weight":
            half = value.view(-1, 3, 1, PATCH, PATCH) / 2
            value = half.expand(-1, 3, 2, PATCH, PATCH)
        out[name] = value
    return out


def export(model: Starter, tokenizer, folder: Path, dtype=torch.float16) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shape = model.shape
    save_file({name: value.to(dtype).contiguous() for name, value in tensors(model).items()},
              folder / "model.safetensors", metadata={"format": "pt"})
    save_tokenizer(tokenizer, folder)
    write(folder / "config.json", config(shape, tokenizer, dtype))
    pixels = shape.picture_width * shape.picture_height
    write(folder / "preprocessor_config.json", {
        "min_pixels": 56 * 56, "max_pixels": pixels, "patch_size": PATCH, "temporal_patch_size": 2, "merge_size": 2,
        "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
        "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor",
    })
    end, pad = tokenizer.token_to_id("<|im_end|>"), tokenizer.token_to_id("<|endoftext|>")
    write(folder / "generation_config.json", {
        "bos_token_id": pad, "pad_token_id": pad, "eos_token_id": [end, pad], "do_sample": False,
    })


def config(shape: Shape, tokenizer, dtype) -> dict:
    token = tokenizer.token_to_id
    return {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl",
        "attention_dropout": 0.0, "bos_token_id": token("<|endoftext|>"), "eos_token_id": token("<|im_end|>"),
        "vision_start_token_id": token("<|vision_start|>"), "vision_end_token_id": token("<|vision_end|>"),
        "vision_token_id": token("<|vision_pad|>"), "image_token_id": token("<|image_pad|>"),
        "video_token_id": token("<|video_pad|>"),
        "hidden_act": "silu", "hidden_size": shape.hidden, "initializer_range": 0.02,
        "intermediate_size": shape.intermediate, "max_position_embeddings": 2048, "max_window_layers": shape.layers,
        "num_attention_heads": shape.heads, "num_hidden_layers": shape.layers, "num_key_value_heads": shape.kv_heads,
        "rms_norm_eps": 1e-06, "rope_theta": shape.rope_theta, "sliding_window": 2048, "tie_word_embeddings": True,
        "torch_dtype": str(dtype).removeprefix("torch."), "use_cache": True, "use_sliding_window": False,
        "vocab_size": shape.vocabulary,
        "rope_scaling": {"type": "mrope", "mrope_section": list(shape.mrope_section)},
        "vision_config": {
            "depth": shape.vision_depth, "hidden_act": "silu", "hidden_size": shape.vision_hidden,
            "intermediate_size": shape.vision_intermediate, "num_heads": shape.vision_heads, "in_chans": 3,
            "out_hidden_size": shape.hidden, "patch_size": PATCH, "spatial_merge_size": 2, "spatial_patch_size": PATCH,
            "window_size": shape.window_size, "fullatt_block_indexes": list(shape.full_attention),
            "tokens_per_second": 2, "temporal_patch_size": 2,
        },
    }


def write(path: Path, value) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n")
