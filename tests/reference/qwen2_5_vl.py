"""Tiny seeded Qwen2.5-VL checkpoints and what `transformers` computes with them.

Writes, beside this file:

    qwen2_5_vl/pictures/*.png                the synthetic pictures
    qwen2_5_vl/pixel_values.safetensors      what the image processor makes of them (f32)
    qwen2_5_vl/smart_resize.json             target sizes for many picture sizes
    qwen2_5_vl/untied/                       checkpoint: untied head, f32, one file
    qwen2_5_vl/tied_sharded/                 checkpoint: tied embeddings, bf16, two shards
    qwen2_5_vl/<checkpoint>.expected.json    prompts, ids, positions, greedy tokens, continuation scores
    qwen2_5_vl/<checkpoint>.expected.safetensors   vision features, hidden states, logits

The checkpoints have the layout in which the hub serves the released models (tensor names, configuration keys,
tokenizer files). Everything is computed in f32 on the CPU; the bf16 checkpoint is read, widened and computed in f32.

Run: python tests/reference/qwen2_5_vl.py
(torch 2.15, transformers 5.23, tokenizers, safetensors, pillow, numpy, jinja2)
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, Qwen2_5_VLForConditionalGeneration
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil, smart_resize

HERE = Path(__file__).resolve().parent / "qwen2_5_vl"
BASE_TOKENS = 600
VOCABULARY_ROWS = 640  # more rows than tokens, as in the released models
NEW_TOKENS = 24
MIN_MARGIN = 0.02  # least gap between best and second logit on a greedy path, so that equality is a fair demand

SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
]
PLAIN_ADDED = [
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
    "<|repo_name|>", "<|file_sep|>",
]
ID = {name: BASE_TOKENS + index for index, name in enumerate(SPECIAL + PLAIN_ADDED)}

# Splits text before the merges, as the released tokenizer does.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# Does what the released template does for text and pictures; the wording is ours.
CHAT_TEMPLATE = (
    "{% set pictures = namespace(seen=0) %}"
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    "{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' or 'image' in part or 'image_url' in part %}"
    "{% set pictures.seen = pictures.seen + 1 %}"
    "{% if add_vision_id %}Picture {{ pictures.seen }}: {% endif %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif 'text' in part %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

CORPUS = [
    "Which country is this street in, and why? Look at the signs, the road lines and the side people drive on.",
    "The picture shows a road with yellow centre lines, wooden poles and red soil beside it.",
    "A blue sign with white letters stands at the crossing; traffic keeps left, so Japan or Thailand are likely.",
    "Rue de la République, Straße, calle, улица, ถนน, 東京都, 서울, οδός, شارع, रास्ता, ulica Długa, rua, väg, gade.",
    "{'country': 'Thailand', 'city': 'Chiang Mai', 'reasons': ['Thai script on a sign', 'traffic keeps left']}",
    "The answer is a guess: the sun stands in the north, therefore the southern hemisphere.",
    "It is not certain. Compare both pictures and say which one was taken further south.",
    "1234567890 km/h, 40 m, 3.5 %, 12:30, (a), [b], {c}, \"quoted\", don't, it's, we'll, they've.",
    "Describe what you see in the first picture.\nThen describe the second one.\n\nBe short.",
    "Straßenschild, Fußgänger, größer; café, naïve, señal, ação, łódź, İstanbul, Kraków, Zürich, Århus.",
]


@dataclass
class Shape:
    """The sizes of one tiny checkpoint."""

    name: str
    seed: int
    tied: bool
    dtype: torch.dtype
    shards: int
    vision_hidden: int
    vision_heads: int
    vision_depth: int
    vision_intermediate: int
    full_attention: list
    hidden: int
    heads: int
    kv_heads: int
    layers: int
    intermediate: int
    mrope_section: list
    nested_text_config: bool


SHAPES = [
    Shape("untied", 7, False, torch.float32, 1, 32, 2, 4, 48, [1, 3], 64, 4, 2, 3, 96, [2, 3, 3], False),
    Shape("tied_sharded", 11, True, torch.bfloat16, 2, 48, 3, 3, 80, [2], 64, 4, 1, 2, 112, [2, 3, 3], True),
]

QUESTION = "Which country is this street in, and why?"
PROMPTS = {
    "windows": (["windows"], [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": QUESTION}]}]),
    "odd": (["odd"], [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Describe the señal: 東京都 or Łódź?"}]},
    ]),
    "two": (["odd", "small"], [
        {"role": "user", "content": [
            {"type": "text", "text": "Compare both pictures."}, {"type": "image"}, {"type": "image"},
            {"type": "text", "text": " Which one was taken further south?"},
        ]},
    ]),
    "text": ([], [{"role": "user", "content": "Traffic keeps left. Which country is it?"}]),
    "turns": (["small"], [
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": QUESTION}]},
        {"role": "assistant", "content": "Thailand: Thai script on a sign."},
        {"role": "user", "content": [{"type": "text", "text": "It is not certain.\nLook again."}]},
    ]),
}
BATCH = ["windows", "text", "two"]
CONTINUATIONS = ["Thailand", "Thai", "Japan", " Japan or Thailand", "{'country': 'Thailand'", "{'country': 'Japan'"]


def main() -> None:
    shutil.rmtree(HERE, ignore_errors=True)
    pictures = write_pictures(HERE / "pictures")
    write_pixel_values(pictures)
    write_smart_resize()
    for shape in SHAPES:
        write_checkpoint(shape, pictures)


# --- pictures -------------------------------------------------------------------------------------------------------

def write_pictures(folder: Path) -> dict:
    """Three synthetic pictures: one of several windows, one of an odd size, one smaller than the least size."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(5)
    sizes = {"windows": (205, 150), "odd": (133, 90), "small": (50, 41)}
    pictures = {}
    for name, (width, height) in sizes.items():
        ramp = np.linspace(0, 255, width)[None, :, None] * np.array([1.0, 0.6, 0.2])
        rows = np.linspace(160, 0, height)[:, None, None] * np.array([0.1, 0.5, 1.0])
        picture = Image.fromarray(np.clip(ramp * 0.6 + rows, 0, 255).astype(np.uint8))
        draw = ImageDraw.Draw(picture)
        for _ in range(14):  # sharp edges, where resizers differ most
            x, y = random.integers(0, width), random.integers(0, height)
            w, h = random.integers(4, width // 3), random.integers(4, height // 3)
            draw.rectangle([int(x), int(y), int(x + w), int(y + h)], fill=tuple(int(v) for v in random.integers(0, 256, 3)))
        for x in range(0, width, 7):
            draw.line([x, height // 2, x + 3, height // 2 + 9], fill=(255, 255, 255))
        picture.save(folder / f"{name}.png")
        pictures[name] = picture
    return pictures


def image_processor() -> Qwen2VLImageProcessorPil:
    return Qwen2VLImageProcessorPil(min_pixels=56 * 56, max_pixels=12_845_056)


def process(pictures: list) -> tuple:
    out = image_processor().preprocess(pictures, return_tensors="pt")
    return out["pixel_values"].float(), out["image_grid_thw"]


def write_pixel_values(pictures: dict) -> None:
    tensors = {}
    for name, picture in pictures.items():
        values, grid = process([picture])
        tensors[name] = values.contiguous()
        tensors[f"{name}.grid_thw"] = grid[0].contiguous()
    save_file(tensors, HERE / "pixel_values.safetensors")


def write_smart_resize() -> None:
    limits = [(3136, 12_845_056), (3136, 224 * 168), (3136, 1_003_520), (200_704, 1_003_520)]
    sizes = [(448, 336), (336, 448), (10, 10), (41, 50), (90, 133), (150, 205), (1, 150), (2000, 11), (6000, 8000),
             (28, 28), (42, 70), (70, 42), (14, 14), (126, 98), (480, 640), (1080, 1920), (13, 2500)]
    rows = []
    for low, high in limits:
        for height, width in sizes:
            h, w = smart_resize(height, width, 28, low, high)
            rows.append({"height": height, "width": width, "min_pixels": low, "max_pixels": high, "to": [h, w]})
    write_json(HERE / "smart_resize.json", rows)


# --- checkpoint -----------------------------------------------------------------------------------------------------

def write_checkpoint(shape: Shape, pictures: dict) -> None:
    """Draws weights from successive seeds until every greedy path is unambiguous and free of added tokens."""
    folder = HERE / shape.name
    folder.mkdir(parents=True)
    write_json(folder / "config.json", config(shape))
    write_json(folder / "preprocessor_config.json", {
        "min_pixels": 56 * 56, "max_pixels": 12_845_056, "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
        "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
        "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor",
    })
    write_json(folder / "generation_config.json", {
        "bos_token_id": ID["<|endoftext|>"], "pad_token_id": ID["<|endoftext|>"], "do_sample": True,
        "eos_token_id": [ID["<|im_end|>"], ID["<|endoftext|>"]], "repetition_penalty": 1.05, "temperature": 1e-06,
    })
    tokenizer = write_tokenizer(folder)
    for seed in range(shape.seed, shape.seed + 4000):
        write_weights(shape, folder, seed)
        model = load(folder)
        expected = compute(model, tokenizer, pictures)
        if expected is None:
            continue
        document, tensors = expected
        document["weights_seed"] = seed
        write_json(HERE / f"{shape.name}.expected.json", document)
        save_file(tensors, HERE / f"{shape.name}.expected.safetensors")
        print(f"{shape.name}: seed {seed}, least margin {document['least_margin']:.3f}")
        return
    raise SystemExit(f"{shape.name}: no seed gave unambiguous greedy paths")


def config(shape: Shape) -> dict:
    text = {
        "attention_dropout": 0.0, "bos_token_id": ID["<|endoftext|>"], "eos_token_id": ID["<|im_end|>"],
        "hidden_act": "silu", "hidden_size": shape.hidden, "initializer_range": 0.02,
        "intermediate_size": shape.intermediate, "max_position_embeddings": 4096, "max_window_layers": shape.layers,
        "num_attention_heads": shape.heads, "num_hidden_layers": shape.layers, "num_key_value_heads": shape.kv_heads,
        "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 4096, "tie_word_embeddings": shape.tied,
        "torch_dtype": str(shape.dtype).removeprefix("torch."), "use_cache": True, "use_sliding_window": False,
        "vocab_size": VOCABULARY_ROWS,
        "rope_scaling": {"type": "mrope", "mrope_section": shape.mrope_section},
    }
    whole = {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl",
        "vision_start_token_id": ID["<|vision_start|>"], "vision_end_token_id": ID["<|vision_end|>"],
        "vision_token_id": ID["<|vision_pad|>"], "image_token_id": ID["<|image_pad|>"],
        "video_token_id": ID["<|video_pad|>"],
        "vision_config": {
            "depth": shape.vision_depth, "hidden_act": "silu", "hidden_size": shape.vision_hidden,
            "intermediate_size": shape.vision_intermediate, "num_heads": shape.vision_heads, "in_chans": 3,
            "out_hidden_size": shape.hidden, "patch_size": 14, "spatial_merge_size": 2, "spatial_patch_size": 14,
            "window_size": 112, "fullatt_block_indexes": shape.full_attention, "tokens_per_second": 2,
            "temporal_patch_size": 2,
        },
        "transformers_version": "4.41.2",
    }
    whole.update(text)
    if shape.nested_text_config:  # tuned checkpoints saved by transformers 4.52 to 4.57 carry both
        nested = dict(text, model_type="qwen2_5_vl_text")
        nested["rope_scaling"] = {"mrope_section": shape.mrope_section, "rope_type": "default", "type": "default"}
        whole["rope_scaling"] = nested["rope_scaling"]
        whole["text_config"] = nested
        whole["transformers_version"] = "4.53.0"
    return whole


def write_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    inner = Tokenizer(models.BPE(ignore_merges=False))
    inner.normalizer = normalizers.NFC()
    inner.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    inner.post_processor = processors.ByteLevel(add_prefix_space=False, use_regex=False, trim_offsets=False)
    inner.decoder = decoders.ByteLevel(add_prefix_space=False, use_regex=False, trim_offsets=False)
    inner.train_from_iterator(CORPUS * 2, trainers.BpeTrainer(
        vocab_size=BASE_TOKENS, min_frequency=1, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
    ))
    assert inner.get_vocab_size() == BASE_TOKENS, inner.get_vocab_size()
    for name in SPECIAL:
        inner.add_special_tokens([AddedToken(name, special=True, normalized=False)])
    for name in PLAIN_ADDED:
        inner.add_tokens([AddedToken(name, special=False, normalized=False)])
    assert all(inner.token_to_id(name) == token for name, token in ID.items())
    inner.save(str(folder / "tokenizer.json"))
    special = set(SPECIAL)
    write_json(folder / "tokenizer_config.json", {
        "add_bos_token": False, "add_prefix_space": False,
        "added_tokens_decoder": {
            str(token): {"content": name, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False,
                         "special": name in special}
            for name, token in ID.items()
        },
        "additional_special_tokens": SPECIAL[1:], "bos_token": None, "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False, "eos_token": "<|im_end|>", "errors": "replace",
        "model_max_length": 131072, "pad_token": "<|endoftext|>", "split_special_tokens": False,
        "tokenizer_class": "Qwen2Tokenizer", "unk_token": None,
    })
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, chat_template=CHAT_TEMPLATE, pad_token="<|endoftext|>", eos_token="<|im_end|>",
        clean_up_tokenization_spaces=False,
    )


def write_weights(shape: Shape, folder: Path, seed: int) -> None:
    """Random weights under the released names; large enough that outputs differ from token to token."""
    tensors = {}
    for name, size in tensor_sizes(shape).items():
        random = torch.Generator().manual_seed(seed * 1000 + len(tensors))
        noise = torch.randn(size, generator=random)
        if "norm" in name or "ln_q" in name:
            value = 1.0 + 0.1 * noise
        elif name.endswith(".bias"):
            value = 0.1 * noise
        elif name == "model.embed_tokens.weight":
            value = noise * (0.25 if shape.tied else 1.0)
        else:
            fan_in = noise[0].numel()
            value = noise * (1.4 / fan_in**0.5)
        if name in ("lm_head.weight", "model.embed_tokens.weight"):
            value[BASE_TOKENS:] *= 0.2  # keeps added tokens and unused rows off the greedy paths
        tensors[name] = value.to(shape.dtype).contiguous()
    if shape.shards == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    files, weight_map, names = {}, {}, list(tensors)
    for index, name in enumerate(names):
        number = index * shape.shards // len(names) + 1
        file = f"model-{number:05d}-of-{shape.shards:05d}.safetensors"
        files.setdefault(file, {})[name] = tensors[name]
        weight_map[name] = file
    for file, part in files.items():
        save_file(part, folder / file, metadata={"format": "pt"})
    size = sum(t.numel() * t.element_size() for t in tensors.values())
    write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": size}, "weight_map": weight_map})


def tensor_sizes(shape: Shape) -> dict:
    v, t, head = shape.vision_hidden, shape.hidden, shape.hidden // shape.heads
    sizes = {"visual.patch_embed.proj.weight": (v, 3, 2, 14, 14)}
    for n in range(shape.vision_depth):
        block = f"visual.blocks.{n}"
        sizes |= {
            f"{block}.norm1.weight": (v,), f"{block}.norm2.weight": (v,),
            f"{block}.attn.qkv.weight": (3 * v, v), f"{block}.attn.qkv.bias": (3 * v,),
            f"{block}.attn.proj.weight": (v, v), f"{block}.attn.proj.bias": (v,),
        }
        for part, out, into in (("gate", shape.vision_intermediate, v), ("up", shape.vision_intermediate, v), ("down", v, shape.vision_intermediate)):
            sizes |= {f"{block}.mlp.{part}_proj.weight": (out, into), f"{block}.mlp.{part}_proj.bias": (out,)}
    sizes |= {
        "visual.merger.ln_q.weight": (v,),
        "visual.merger.mlp.0.weight": (4 * v, 4 * v), "visual.merger.mlp.0.bias": (4 * v,),
        "visual.merger.mlp.2.weight": (t, 4 * v), "visual.merger.mlp.2.bias": (t,),
        "model.embed_tokens.weight": (VOCABULARY_ROWS, t),
    }
    for n in range(shape.layers):
        layer = f"model.layers.{n}"
        for part, out in (("q", t), ("k", shape.kv_heads * head), ("v", shape.kv_heads * head)):
            sizes |= {f"{layer}.self_attn.{part}_proj.weight": (out, t), f"{layer}.self_attn.{part}_proj.bias": (out,)}
        sizes |= {
            f"{layer}.self_attn.o_proj.weight": (t, t),
            f"{layer}.mlp.gate_proj.weight": (shape.intermediate, t),
            f"{layer}.mlp.up_proj.weight": (shape.intermediate, t),
            f"{layer}.mlp.down_proj.weight": (t, shape.intermediate),
            f"{layer}.input_layernorm.weight": (t,), f"{layer}.post_attention_layernorm.weight": (t,),
        }
    sizes["model.norm.weight"] = (t,)
    if not shape.tied:
        sizes["lm_head.weight"] = (VOCABULARY_ROWS, t)
    return sizes


def load(folder: Path) -> Qwen2_5_VLForConditionalGeneration:
    model, info = Qwen2_5_VLForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True,
    )
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"], info
    return model.eval()


# --- expected outputs -----------------------------------------------------------------------------------------------

def encode(tokenizer, pictures: dict, names: list, messages: list) -> dict:
    """The prompt as ids, each placeholder repeated once for every merged cell of its picture."""
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    pixel_values, grid = process([pictures[n] for n in names]) if names else (None, None)
    expanded = text
    for row in grid if grid is not None else []:
        expanded = expanded.replace("<|image_pad|>", "<|placeholder|>" * int(row.prod() // 4), 1)
    expanded = expanded.replace("<|placeholder|>", "<|image_pad|>")
    ids = tokenizer(expanded, add_special_tokens=False)["input_ids"]
    return {"text": text, "ids": ids, "pixel_values": pixel_values, "grid": grid}


def forward(model, rows: list, prompts: list) -> tuple:
    """Logits of left-padded rows, by full recomputation; returns (output, attention mask, positions)."""
    length = max(len(row) for row in rows)
    ids = torch.full((len(rows), length), ID["<|endoftext|>"])
    mask = torch.zeros_like(ids)
    for index, row in enumerate(rows):
        ids[index, length - len(row):] = torch.tensor(row)
        mask[index, length - len(row):] = 1
    kinds = (ids == ID["<|image_pad|>"]).int()
    pixels = [p["pixel_values"] for p in prompts if p["pixel_values"] is not None]
    grids = [p["grid"] for p in prompts if p["grid"] is not None]
    pixels, grids = (torch.cat(pixels), torch.cat(grids)) if pixels else (None, None)
    positions, _ = model.model.get_rope_index(ids, kinds, image_grid_thw=grids, attention_mask=mask)
    with torch.no_grad():
        out = model(
            input_ids=ids, attention_mask=mask, position_ids=positions, pixel_values=pixels, image_grid_thw=grids,
            use_cache=False, output_hidden_states=True,
        )
    return out, ids, mask, positions


def greedy(model, prompt: dict) -> tuple:
    """Argmax decoding without penalties; None when a step is ambiguous or leaves the plain tokens."""
    row, margin = list(prompt["ids"]), float("inf")
    for _ in range(NEW_TOKENS):
        logits = forward(model, [row], [prompt])[0].logits[0, -1]
        best = torch.topk(logits, 2)
        margin = min(margin, float(best.values[0] - best.values[1]))
        token = int(best.indices[0])
        if token >= BASE_TOKENS or margin < MIN_MARGIN:
            return None, 0.0
        row.append(token)
    new = row[len(prompt["ids"]):]
    return (new, margin) if len(set(new)) >= 8 else (None, 0.0)


def compute(model, tokenizer, pictures: dict):
    prompts = {name: encode(tokenizer, pictures, *spec) for name, spec in PROMPTS.items()}
    paths, least = {}, float("inf")
    for name, prompt in prompts.items():
        paths[name], margin = greedy(model, prompt)
        if paths[name] is None:
            return None
        least = min(least, margin)
    check_generate(model, prompts, paths)

    document = {"least_margin": least, "prompts": {}, "batch": {}, "continuations": {}}
    tensors = {}
    for name, prompt in prompts.items():
        out, ids, _, positions = forward(model, [prompt["ids"]], [prompt])
        document["prompts"][name] = {
            "pictures": PROMPTS[name][0], "messages": PROMPTS[name][1], "text": prompt["text"], "input_ids": prompt["ids"],
            "image_grid_thw": [] if prompt["grid"] is None else prompt["grid"].tolist(),
            "position_ids": positions[:, 0].tolist(),
            "greedy": paths[name], "greedy_text": tokenizer.decode(paths[name]),
        }
        tensors[f"{name}.logits"] = out.logits[0, -1].clone()
        tensors[f"{name}.hidden_states"] = torch.stack([h[0, -1] for h in out.hidden_states]).contiguous()
        if prompt["grid"] is not None:
            with torch.no_grad():
                features = model.model.visual(prompt["pixel_values"], grid_thw=prompt["grid"]).pooler_output
            tensors[f"{name}.vision_features"] = features.contiguous()

    chosen = [prompts[name] for name in BATCH]
    out, ids, mask, positions = forward(model, [p["ids"] for p in chosen], chosen)
    document["batch"] = {
        "prompts": BATCH, "input_ids": ids.tolist(), "attention_mask": mask.tolist(),
        "position_ids": positions.permute(1, 0, 2).tolist(),
    }
    tensors["batch.logits"] = out.logits[:, -1].contiguous()
    for row, name in enumerate(BATCH):
        assert torch.allclose(tensors["batch.logits"][row], tensors[f"{name}.logits"], atol=2e-4)

    prompt = prompts["windows"]
    scored = []
    for text in CONTINUATIONS:
        tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
        logits = forward(model, [prompt["ids"] + tokens], [prompt])[0].logits[0].log_softmax(-1)
        start = len(prompt["ids"]) - 1
        score = sum(float(logits[start + i, token]) for i, token in enumerate(tokens))
        scored.append({"text": text, "ids": tokens, "log_probability": score})
    document["continuations"] = {"prompt": "windows", "scored": scored}
    return document, tensors


def generated(model, prompt: dict, **more):
    """What `generate()` makes of a prompt and its picture, greedily and with the cache."""
    ids = torch.tensor([prompt["ids"]])
    seen = {}
    if prompt["grid"] is not None:
        seen = {"pixel_values": prompt["pixel_values"], "image_grid_thw": prompt["grid"],
                "mm_token_type_ids": (ids == ID["<|image_pad|>"]).int()}
    return model.generate(
        input_ids=ids, attention_mask=torch.ones_like(ids), **seen, **more,
        do_sample=False, repetition_penalty=1.0, temperature=None, max_new_tokens=NEW_TOKENS,
    )


def check_generate(model, prompts: dict, paths: dict) -> None:
    """The cached decoding of `generate()` walks the same greedy path."""
    for name, prompt in prompts.items():
        out = generated(model, prompt)
        assert out[0, len(prompt["ids"]):].tolist() == paths[name], name


def write_json(path: Path, value) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2 if "expected" not in path.name else None) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
