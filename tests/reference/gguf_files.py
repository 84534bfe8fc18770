"""GGUF files of the tiny checkpoints of `qwen2_5_vl.py`, written by llama.cpp's own library, and what it unpacks.

Reads `qwen2_5_vl/tied_sharded` and `qwen2_5_vl/untied`; writes, beside this file:

    gguf/blocks.gguf           a matrix of random blocks of every type
    gguf/blocks.safetensors    the same numbers unpacked (f32)
    gguf/pair/                 tied_sharded as text and vision file, bf16: the same model
    gguf/words/                tied_sharded's decoder alone (`qwen2`), in two shards
    gguf/packed/               untied as text and vision file, of many types
    gguf/wide/                 a decoder of one wide layer, of the types whose blocks are 256 numbers, and IQ4_NL

Run: python tests/reference/gguf_files.py
(gguf 0.19, numpy, safetensors)
"""

import json
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize, quantize
from safetensors.numpy import save_file

HERE = Path(__file__).resolve().parent
OUT = HERE / "gguf"
BLOCKS = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"]
# Where the f16 scales of a block stand: random bytes there might be no numbers.
HALVES = {"Q4_1": [0, 2], "Q5_1": [0, 2], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
# How the wide decoder differs from `untied`, and its matrices.
WIDE = {"hidden_size": 256, "intermediate_size": 256, "num_hidden_layers": 1, "num_key_value_heads": 1}
WIDE_MATRICES = [
    ("token_embd", 640, "Q4_K"), ("blk.0.attn_q", 256, "Q5_K"), ("blk.0.attn_k", 64, "IQ4_NL"),
    ("blk.0.attn_v", 64, "Q6_K"), ("blk.0.attn_output", 256, "IQ4_XS"), ("blk.0.ffn_gate", 256, "Q4_K"),
    ("blk.0.ffn_up", 256, "IQ4_XS"), ("blk.0.ffn_down", 256, "Q6_K"),
]


def read_checkpoint(folder):
    """All tensors of a safetensors checkpoint in f32, and the types they are stored in."""
    tensors = {}
    for path in sorted(folder.glob("*.safetensors")):
        raw = path.read_bytes()
        length = int.from_bytes(raw[:8], "little")
        for name, info in json.loads(raw[8:8 + length]).items():
            if name == "__metadata__":
                continue
            begin, end = (8 + length + offset for offset in info["data_offsets"])
            data = raw[begin:end]
            if info["dtype"] == "BF16":
                values = (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
            else:
                values = np.frombuffer(data, np.float32)
            tensors[name] = values.reshape(info["shape"]).copy()
    return tensors


def text_name(name):
    """llama.cpp's name of a decoder's tensor."""
    name = name.replace("model.language_model.", "model.")
    for ours, theirs in [
        ("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"), ("lm_head", "output"),
        ("model.layers", "blk"), ("input_layernorm", "attn_norm"), ("post_attention_layernorm", "ffn_norm"),
        ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"),
        ("self_attn.o_proj", "attn_output"), ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"),
        ("mlp.down_proj", "ffn_down"),
    ]:
        name = name.replace(ours, theirs)
    return name


def vision_tensors(tensors):
    """llama.cpp's names and pieces of a vision tower's tensors."""
    for name, values in tensors.items():
        name = name.removeprefix("model.").removeprefix("visual.")
        if name == "patch_embed.proj.weight":
            yield "v.patch_embd.weight", values[:, :, 0]
            yield "v.patch_embd.weight.1", values[:, :, 1]
            continue
        for ours, theirs in [
            ("blocks.", "v.blk."), ("norm1", "ln1"), ("norm2", "ln2"), ("attn.proj", "attn_out"),
            ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
            ("merger.ln_q", "v.post_ln"), ("merger.mlp.", "mm."),
        ]:
            name = name.replace(ours, theirs)
        if "attn.qkv" in name:
            for letter, part in zip("qkv", np.split(values, 3)):
                yield name.replace("attn.qkv", f"attn_{letter}"), part
        else:
            yield name, values


def add(writer, name, values, kind):
    """Vectors and what does not divide into blocks stay f32."""
    kind = Type.F32 if values.ndim == 1 or values.shape[-1] % GGML_QUANT_SIZES[kind][0] else kind
    values = np.ascontiguousarray(values)
    if kind == Type.F32:
        writer.add_tensor(name, values.astype(np.float32))
    elif kind == Type.F16:
        writer.add_tensor(name, values.astype(np.float16))
    else:
        writer.add_tensor(name, quantize(values, kind), raw_dtype=kind)


def close(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def describe_text(writer, folder, arch, changes=None):
    config = json.loads((folder / "config.json").read_text())
    text = config.get("text_config", config) | (changes or {})
    writer.add_name("a tiny Qwen2.5-VL of random numbers")
    writer.add_block_count(text["num_hidden_layers"])
    writer.add_context_length(text["max_position_embeddings"])
    writer.add_embedding_length(text["hidden_size"])
    writer.add_feed_forward_length(text["intermediate_size"])
    writer.add_head_count(text["num_attention_heads"])
    writer.add_head_count_kv(text["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(text["rms_norm_eps"])
    rope = text.get("rope_parameters") or text["rope_scaling"]
    writer.add_rope_freq_base(text.get("rope_theta") or rope["rope_theta"])
    if arch == "qwen2vl":
        writer.add_rope_dimension_sections(rope["mrope_section"] + [0])
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    special = json.loads((folder / "tokenizer_config.json").read_text())
    rows = text["vocab_size"]
    tokens, types = [f"[PAD{i}]" for i in range(rows)], [5] * rows
    for token, index in tokenizer["model"]["vocab"].items():
        tokens[index], types[index] = token, 1
    for token in tokenizer["added_tokens"]:
        tokens[token["id"]], types[token["id"]] = token["content"], 3 if token["special"] else 4
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_chat_template(special["chat_template"])


def write_vision(path, folder, tensors, kind):
    config = json.loads((folder / "config.json").read_text())["vision_config"]
    writer = GGUFWriter(path, "clip")
    writer.add_type("mmproj")
    writer.add_file_type(1)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "qwen2.5vl_merger")
    writer.add_bool("clip.use_silu", True)
    for key, value in [
        ("image_size", 560), ("patch_size", config["patch_size"]), ("embedding_length", config["hidden_size"]),
        ("feed_forward_length", config["intermediate_size"]), ("projection_dim", config["out_hidden_size"]),
        ("block_count", config["depth"]), ("attention.head_count", config["num_heads"]),
        ("n_wa_pattern", config["fullatt_block_indexes"][0] + 1),
    ]:
        writer.add_uint32(f"clip.vision.{key}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_array("clip.vision.image_mean", [0.48145466, 0.4578275, 0.40821073])
    writer.add_array("clip.vision.image_std", [0.26862954, 0.26130258, 0.27577711])
    for name, values in vision_tensors({n: v for n, v in tensors.items() if "visual" in n}):
        add(writer, name, values, Type.F32 if "patch_embd" in name else kind(name))
    close(writer)


def write_text(path, folder, tensors, arch, kind, shards=1):
    more = {"split_max_tensors": -(-sum("visual" not in name for name in tensors) // shards)} if shards > 1 else {}
    writer = GGUFWriter(path, arch, **more)
    describe_text(writer, folder, arch)
    for name, values in tensors.items():
        if "visual" not in name:
            add(writer, text_name(name), values, kind(text_name(name)))
    close(writer)


def write_blocks():
    random = np.random.default_rng(20)
    writer, unpacked = GGUFWriter(OUT / "blocks.gguf", "blocks"), {}
    for name in BLOCKS:
        kind = Type[name]
        values, size = GGML_QUANT_SIZES[kind]
        rows, blocks = 3, 768 // values
        data = random.integers(0, 256, (rows, blocks, size), dtype=np.uint8)
        for at in HALVES.get(name, [0]):
            scales = random.uniform(-0.02, 0.02, (rows, blocks)).astype(np.float16)
            data[:, :, at:at + 2] = scales[..., None].view(np.uint8)
        data = data.reshape(rows, blocks * size)
        writer.add_tensor(name, data, raw_dtype=kind)
        unpacked[name] = dequantize(data, kind).astype(np.float32)
    close(writer)
    save_file(unpacked, OUT / "blocks.safetensors")


def write_wide(folder):
    """Random blocks, since gguf-py packs none of these types; their scales give the numbers the spread of the other decoders'."""
    random = np.random.default_rng(31)
    writer = GGUFWriter(OUT / "wide" / "tiny-wide.gguf", "qwen2")
    describe_text(writer, folder, "qwen2", WIDE)
    width = WIDE["hidden_size"]
    for name, rows, kind in WIDE_MATRICES:
        values, size = GGML_QUANT_SIZES[Type[kind]]
        data = random.integers(0, 256, (rows, width // values, size), dtype=np.uint8)
        scale, wanted = 1.0, 0.25 if name == "token_embd" else 1.4 / width**0.5
        for _ in range(2):
            # What is taken off in a block is on average what its numbers are before.
            for at, half in zip(HALVES.get(kind, [0]), [1.0, {"Q4_K": 7.5, "Q5_K": 15.5}.get(kind)]):
                data[:, :, at:at + 2] = np.full((rows, width // values, 1), half * scale, np.float16).view(np.uint8)
            scale *= wanted / dequantize(data.reshape(rows, -1), Type[kind]).std()
        writer.add_tensor(f"{name}.weight", data.reshape(rows, -1), raw_dtype=Type[kind])
    for name, size in [("attn_q", width), ("attn_k", 64), ("attn_v", 64)]:
        writer.add_tensor(f"blk.0.{name}.bias", random.normal(0, 0.1, size).astype(np.float32))
    for name in ["blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"]:
        writer.add_tensor(f"{name}.weight", random.normal(1, 0.1, width).astype(np.float32))
    close(writer)


def packed_kind(name):
    """A mixture of types, as in released files."""
    table = {
        "token_embd": Type.Q8_0, "output.": Type.Q8_0, "attn_q": Type.Q4_0, "attn_k": Type.Q5_1, "attn_v": Type.Q5_0,
        "attn_output": Type.Q4_1, "ffn_gate": Type.Q8_0, "ffn_up": Type.Q8_0, "ffn_down": Type.Q5_0,
    }
    return next((kind for part, kind in table.items() if part in name), Type.Q8_0)


def main():
    tied, untied = HERE / "qwen2_5_vl" / "tied_sharded", HERE / "qwen2_5_vl" / "untied"
    for folder in ["pair", "words", "packed", "wide"]:
        (OUT / folder).mkdir(parents=True, exist_ok=True)
    write_blocks()
    tensors = read_checkpoint(tied)
    write_text(OUT / "pair" / "tiny-BF16.gguf", tied, tensors, "qwen2vl", lambda name: Type.BF16)
    write_vision(OUT / "pair" / "mmproj-tiny-BF16.gguf", tied, tensors, lambda name: Type.BF16)
    write_text(OUT / "words" / "tiny.gguf", tied, tensors, "qwen2", lambda name: Type.BF16, shards=2)
    tensors = read_checkpoint(untied)
    write_text(OUT / "packed" / "tiny-mixed.gguf", untied, tensors, "qwen2vl", packed_kind)
    write_vision(OUT / "packed" / "mmproj-tiny.gguf", untied, tensors,
                 lambda name: Type.Q8_0 if "attn" in name else Type.F16)
    write_wide(untied)
    for path in sorted(OUT.rglob("*.gguf")):
        print(path.relative_to(HERE), path.stat().st_size, len(GGUFReader(path).tensors), "tensors")


if __name__ == "__main__":
    main()
