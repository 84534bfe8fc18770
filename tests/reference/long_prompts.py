"""What `transformers` computes after long prompts with the tiny checkpoints, whole and packed.

Reads what `qwen2_5_vl.py` and `gguf_files.py` have written; writes, beside this file:

    long/expected.json          the prompts, their lengths, and the greedy tokens of each checkpoint
    long/expected.safetensors   every fifth logit after each prompt and after its greedy tokens, for each form

One prompt is words alone, more than the program reads at once; the other has a picture of 2,024 patches, made by a formula
that `tests/long_prompts.rs` has as well. Packed weights are unpacked and computed in f32 like the others.

Run: python tests/reference/long_prompts.py
(as `qwen2_5_vl.py`, and gguf 0.19)
"""

import json
import random
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader
from gguf.quants import dequantize, quantize
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

from gguf_files import WIDE, read_checkpoint, text_name, vision_tensors
from qwen2_5_vl import BASE_TOKENS, CORPUS, ID, MIN_MARGIN, QUESTION, encode, forward, generated, load, write_json

HERE = Path(__file__).resolve().parent
NEW_TOKENS = 12
WORDS = 300
EVERY = 5  # one of so many logits is kept
SPANS = [1.0, 0.97, 0.94, 0.91, 0.88, 0.85, 0.82, 0.79]


def picture() -> Image.Image:
    """610 x 650 pixels: resized to 44 x 46 patches, whose windows are short at both edges."""
    y, x = np.mgrid[0:650, 0:610]
    return Image.fromarray(np.stack([x * y // 60 + 3 * x, x * x // 90 + y, y * y // 70 + 5 * x], 2).astype(np.uint8))


def prompts(seed: int) -> dict:
    """Words drawn anew from each seed."""
    draw, words = random.Random(seed), " ".join(CORPUS).split()
    text = " ".join(draw.choice(words) for _ in range(WORDS))
    question = f"{QUESTION} {' '.join(draw.choice(words) for _ in range(20))}"
    return {
        "text": ([], [{"role": "user", "content": [{"type": "text", "text": text}]}]),
        "picture": (["formula"], [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": question}]}]),
    }


# --- forms ----------------------------------------------------------------------------------------------------------

def eight_bits(values: np.ndarray) -> np.ndarray:
    return dequantize(quantize(values, Type.Q8_0), Type.Q8_0)


def four_bits(values: np.ndarray) -> np.ndarray:
    """Sixteen steps over each block's span, drawn in or not, whichever is nearest once scale and offset are fitted."""
    x = values.reshape(-1, 32)
    least, most = x.min(1, keepdims=True), x.max(1, keepdims=True)
    best, nearest = np.full_like(least, np.inf), x
    for factor in SPANS:
        span = (most - least) * np.float32(factor)
        q = steps(x, span / 15, (least + most) / 2 - span / 2)
        q1, x1, q2, qx = (part.sum(1, keepdims=True) for part in (q, x, q * q, q * x))
        scale = (32 * qx - q1 * x1) / (32 * q2 - q1 * q1)
        scale, low = (part.astype(np.float16).astype(np.float32) for part in (scale, (x1 - scale * q1) / 32))
        found = scale * steps(x, scale, low) + low
        error = ((found - x) ** 2).sum(1, keepdims=True)
        nearest = np.where(error < best, found, nearest)
        best = np.minimum(error, best)
    return nearest.reshape(values.shape)


def steps(x: np.ndarray, scale: np.ndarray, low: np.ndarray) -> np.ndarray:
    return np.rint(np.clip((x - low) / scale, 0, 15)).astype(np.float32)


def packed(tensors: dict, bits: int) -> dict:
    """As the program packs a folder's weights (`src/model/precision.rs`)."""
    def of(name, values):
        if values.ndim != 2 or values.shape[1] % 32:
            return values
        sensitive = name.startswith("visual.") or "embed_tokens" in name or name.startswith("lm_head")
        return four_bits(values) if bits == 4 and not sensitive else eight_bits(values)
    return {name: of(name, values) for name, values in tensors.items()}


def unpacked(folder: Path) -> dict:
    """All numbers of the GGUF files of a folder."""
    return {t.name: dequantize(t.data, t.tensor_type) for path in folder.glob("*.gguf") for t in GGUFReader(path).tensors}


def of_gguf(tensors: dict, folder: Path) -> dict:
    """The numbers of GGUF files under the names of the checkpoint that they were made from."""
    held, whole = unpacked(folder), {}
    for name, values in tensors.items():
        pieces = [piece for piece, _ in vision_tensors({name: values})] if "visual" in name else [text_name(name)]
        pieces = [held[piece] for piece in pieces]
        whole[name] = np.stack(pieces, 2) if values.ndim == 5 else np.concatenate(pieces)
        assert whole[name].shape == values.shape, name
    return whole


def forms() -> dict:
    """For each form its checkpoint and its numbers."""
    found = {}
    for name in ["untied", "tied_sharded"]:
        found[name] = (name, read_checkpoint(HERE / "qwen2_5_vl" / name))
    whole = found["untied"][1]
    found["untied.8-bit"] = ("untied", packed(whole, 8))
    found["untied.4-bit"] = ("untied", packed(whole, 4))
    found["untied.gguf"] = ("untied", of_gguf(whole, HERE / "gguf" / "packed"))
    return found


def model_of(checkpoint: str, tensors: dict):
    with tempfile.TemporaryDirectory() as folder:
        for file in (HERE / "qwen2_5_vl" / checkpoint).glob("*.json"):
            if "index" not in file.name:
                shutil.copy(file, folder)
        tensors = {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in tensors.items()}
        save_file(tensors, Path(folder) / "model.safetensors", metadata={"format": "pt"})
        return load(Path(folder))


def wide_model() -> Qwen2ForCausalLM:
    """The decoder of wide blocks, which sees no pictures."""
    config = json.loads((HERE / "qwen2_5_vl" / "untied" / "config.json").read_text())
    taken = ["num_attention_heads", "rms_norm_eps", "rope_theta", "max_position_embeddings", "vocab_size", "eos_token_id"]
    config = {name: config[name] for name in taken} | WIDE
    model = Qwen2ForCausalLM(Qwen2Config(**config, tie_word_embeddings=True, attn_implementation="eager"))
    held = unpacked(HERE / "gguf" / "wide")
    taken = {name: torch.tensor(held[text_name(name)]) for name, _ in model.named_parameters()}
    assert len(taken) == len(held)
    missing, unexpected = model.load_state_dict(taken, strict=False)
    assert missing == ["lm_head.weight"] and not unexpected
    return model.float().eval()


# --- expected outputs -----------------------------------------------------------------------------------------------

def greedy(model, prompt: dict):
    """The greedy tokens by cached decoding; None where a step is ambiguous, off the plain tokens, or too much the same."""
    out = generated(model, prompt, output_logits=True, return_dict_in_generate=True)
    path = out.sequences[0, len(prompt["ids"]):].tolist()
    best = torch.topk(torch.cat(out.logits), 2).values
    sound = float((best[:, 0] - best[:, 1]).min()) >= MIN_MARGIN and max(path) < BASE_TOKENS and len(set(path)) >= 4
    return path if sound and len(path) == NEW_TOKENS else None


def scores(model, prompt: dict, path: list) -> torch.Tensor:
    """The logits after the prompt and after each token of the path, by one pass without a cache."""
    row = prompt["ids"] + path
    if isinstance(model, Qwen2ForCausalLM):
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([row]), use_cache=False).logits
    else:
        logits = forward(model, [row], [prompt])[0].logits
    return logits[0, -len(path) - 1:]


def main() -> None:
    tokenizer = AutoTokenizer.from_pretrained(HERE / "qwen2_5_vl" / "untied")
    models = {name: model_of(*form) for name, form in forms().items()} | {"wide": wide_model()}
    document, tensors = {}, {}
    for kind, whole in [("text", ["untied", "tied_sharded", "wide"]), ("picture", ["untied", "tied_sharded"])]:
        for seed in range(3000):
            names, messages = prompts(seed)[kind]
            prompt = encode(tokenizer, {"formula": picture()}, names, messages)
            paths = {}
            for name in whole:
                paths[name] = greedy(models[name], prompt)
                if paths[name] is None:
                    break
            else:
                break
        else:
            raise SystemExit(f"{kind}: no seed gave unambiguous greedy paths")
        grid = [] if prompt["grid"] is None else prompt["grid"][0].tolist()
        document[kind] = {"messages": messages, "tokens": len(prompt["ids"]), "grid": grid, "greedy": paths}
        for name, model in models.items():
            if name.split(".")[0] not in whole:
                continue
            path = paths[name.split(".")[0]]
            logits = scores(model, prompt, path)
            assert name not in whole or logits[:-1].argmax(-1).tolist() == path
            tensors[f"{name}.{kind}"] = logits[[0, -1], ::EVERY].contiguous()
        print(f"{kind}: seed {seed}, {len(prompt['ids'])} tokens, grid {grid}")
    (HERE / "long").mkdir(exist_ok=True)
    write_json(HERE / "long" / "expected.json", document)
    save_file(tensors, HERE / "long" / "expected.safetensors")


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
