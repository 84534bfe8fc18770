#!/usr/bin/env python3
"""The PyTorch peer of `terrasight bench lora`: steps of a LoRA adapter by peft on the same checkpoint, with gradient checkpointing.

    peer_lora.py CHECKPOINT THREADS REPETITIONS DTYPE DEVICE < settings.json

DEVICE is cpu, or cuda for the graphics card. It reads {"tokens", "learned", "grid", "rank", "alpha", "rate", "clip", "targets"} on standard input and prints one line of JSON with
the seconds of each step. Needs torch, transformers and peft; TERRASIGHT_BENCH_PYTHON names the interpreter that has them.
"""

import json
import resource
import sys
import time

import peft
import torch
import transformers
from transformers import Qwen2_5_VLForConditionalGeneration


def lesson(config, tokens, grid):
    """A picture, then any words."""
    ids = (torch.arange(tokens) * 7919 % 256).unsqueeze(0)
    image_tokens = int(grid.prod()) // 4
    ids[0, 3] = config.vision_start_token_id
    ids[0, 4 : 4 + image_tokens] = config.image_token_id
    return ids


def now():
    """By the wall and of processor time, when everything that was asked for is done."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter(), time.process_time()


def main():
    folder, threads, repetitions, dtype, device = sys.argv[1:6]
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    settings = json.load(sys.stdin)
    learned = settings["learned"]
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=getattr(torch, dtype)).to(device)
    config = model.config
    lora = peft.LoraConfig(
        r=settings["rank"],
        lora_alpha=settings["alpha"],
        lora_dropout=0.0,
        target_modules=settings["targets"],
        task_type="CAUSAL_LM",
    )
    model = peft.get_peft_model(model, lora)
    model.gradient_checkpointing_enable()
    model.enable_input_require_grads()
    model.train()
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=settings["rate"])
    grid = torch.tensor([settings["grid"]], device=device)
    ids = lesson(config, settings["tokens"], grid).to(device)
    pixels = torch.randn(int(grid.prod()), 3 * 2 * 14 * 14).to(device, getattr(torch, dtype))
    whole = model.base_model.model
    rounds = []
    for _ in range(int(repetitions) + 1):
        start, processor = now()
        states = whole.model(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            mm_token_type_ids=(ids == config.image_token_id).long(),
            pixel_values=pixels,
            image_grid_thw=grid,
            use_cache=False,
        ).last_hidden_state
        # The output layer sees the learned positions alone, as ours does.
        scores = whole.lm_head(states[:, -learned - 1 : -1]).float()
        loss = torch.nn.functional.cross_entropy(scores[0], ids[0, -learned:])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, settings["clip"])
        optimizer.step()
        optimizer.zero_grad()
        end, processor_end = now()
        rounds.append({"seconds": end - start, "processor_seconds": processor_end - processor})
    print(
        json.dumps(
            {
                "program": f"torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}",
                "device": torch.cuda.get_device_name() if device == "cuda" else "CPU",
                "precision": dtype,
                "tokens": settings["tokens"],
                "rounds": rounds[1:],
                "loss": float(loss.detach()),
                "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "peak_device_memory_bytes": torch.cuda.max_memory_reserved() if device == "cuda" else None,
            }
        )
    )


if __name__ == "__main__":
    main()
