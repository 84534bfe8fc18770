#!/usr/bin/env python3
"""The PyTorch peer of `terrasight bench model`: the same checkpoint, the same prompt, the same machine.

    peer_torch.py CHECKPOINT THREADS REPETITIONS NEW_TOKENS DTYPE DEVICE < prompt.json

DEVICE is cpu, or cuda for the graphics card. It reads {"prompt_token_ids": [..], "grid": [t, h, w]} on standard input and prints one line of JSON with the seconds of each
repetition. Needs torch and transformers; TERRASIGHT_BENCH_PYTHON names the interpreter that has them.
"""

import json
import resource
import sys
import time

import torch
import transformers
from transformers import Qwen2_5_VLForConditionalGeneration


def now():
    """By the wall and of processor time, when everything that was asked for is done."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter(), time.process_time()


def seconds_of(model, ids, pixels, grid, n_new):
    """Seconds of the picture alone, to the first token (the picture encoded and the prompt read) and for each token after it."""
    start, _ = now()
    model.get_image_features(pixels, grid)
    encode = now()[0] - start
    start, processor = now()
    out = model(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        mm_token_type_ids=(ids == model.config.image_token_id).long(),
        pixel_values=pixels,
        image_grid_thw=grid,
        use_cache=True,
        logits_to_keep=1,
    )
    token = out.logits[:, -1:].argmax(-1)
    end, processor_end = now()
    first, first_processor = end - start, processor_end - processor
    # After a picture positions go on from its longer side, not from its number of tokens.
    position = int(model.model.rope_deltas.max()) + ids.shape[1]
    start, processor = now()
    for _ in range(n_new):
        out = model(
            input_ids=token,
            past_key_values=out.past_key_values,
            position_ids=torch.full((3, 1, 1), position, device=ids.device),
            use_cache=True,
        )
        token = out.logits[:, -1:].argmax(-1)
        # A token is known before the next one begins, as in any answer that may end.
        token.item()
        position += 1
    end, processor_end = now()
    return {
        "encode_seconds": encode,
        "first_token_seconds": first,
        "first_token_processor_seconds": first_processor,
        "seconds_per_token": (end - start) / n_new,
        "processor_seconds_per_token": (processor_end - processor) / n_new,
    }


def main():
    folder, threads, repetitions, n_new, dtype, device = sys.argv[1:7]
    torch.set_num_threads(int(threads))
    prompt = json.load(sys.stdin)
    start = time.perf_counter()
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=getattr(torch, dtype)).eval().to(device)
    load = time.perf_counter() - start
    ids = torch.tensor([prompt["prompt_token_ids"]], device=device)
    grid = torch.tensor([prompt["grid"]], device=device)
    torch.manual_seed(0)
    pixels = torch.randn(int(grid.prod()), 3 * 2 * 14 * 14).to(device, model.dtype)
    with torch.inference_mode():
        runs = [seconds_of(model, ids, pixels, grid, int(n_new)) for _ in range(int(repetitions) + 1)][1:]
    print(
        json.dumps(
            {
                "program": f"torch {torch.__version__}, transformers {transformers.__version__}",
                "device": torch.cuda.get_device_name() if device == "cuda" else "CPU",
                "precision": dtype,
                "load_seconds": load,
                "rounds": runs,
                "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "peak_device_memory_bytes": torch.cuda.max_memory_reserved() if device == "cuda" else None,
            }
        )
    )


if __name__ == "__main__":
    main()
