"""Adapters as `peft` makes, saves and trains them on the tiny checkpoints of `qwen2_5_vl.py`.

Writes, beside this file, for each of the two checkpoints:

    lora/NAME/first/     the adapter before it learns, as `save_pretrained` writes it (second factor not zero)
    lora/NAME/last/      the same after STEPS steps of AdamW
    lora/NAME.json       the batches, the settings, and the loss of each step
    lora/NAME.safetensors  the last position's scores of the prompt `windows` with `first`, and with both adapters at once

Everything is computed in f32 on the CPU; the bf16 checkpoint is widened. `attention_dropout` and LoRA's dropout are 0.

Run: python tests/reference/lora.py
(torch 2.15, transformers 5.23, peft 0.21, safetensors, numpy)
"""

import json
import math
import shutil
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import Qwen2_5_VLForConditionalGeneration

HERE = Path(__file__).resolve().parent
MODELS = HERE / "qwen2_5_vl"
OUT = HERE / "lora"
STEPS = 5
SETTINGS = {"rank": 4, "alpha": 6.0, "learning_rate": 2e-3, "weight_decay": 0.1, "beta_1": 0.9, "beta_2": 0.95, "clip": 0.5,
            "final_share": 0.1, "warmup_steps": 1}
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
# In memory the tower has layers of these names too.
PATTERN = r"(.*\.)?language_model\.layers\.\d+\.(self_attn|mlp)\.(" + "|".join(TARGETS) + ")"
# Which prompts a step learns, batch by batch; answers are random tokens, so many each.
BATCHES = [[("windows", 30), ("odd", 41)], [("turns", 37)]]


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    for index, name in enumerate(["untied", "tied_sharded"]):
        write(name, 100 + index)


def write(name: str, seed: int) -> None:
    torch.manual_seed(seed)
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(MODELS / name, dtype=torch.float32, attn_implementation="eager")
    expected = json.loads((MODELS / f"{name}.expected.json").read_text())
    config = LoraConfig(r=SETTINGS["rank"], lora_alpha=SETTINGS["alpha"], lora_dropout=0.0, target_modules=PATTERN,
                        bias="none", task_type="CAUSAL_LM")
    model = get_peft_model(model, config)
    for key, value in model.named_parameters():
        if "lora_B" in key:
            torch.nn.init.normal_(value, std=0.05)
    model.save_pretrained(OUT / name / "first")
    batches = [[lesson(expected, prompt, count) for prompt, count in batch] for batch in BATCHES]
    tensors = {"first.logits": last_logits(model, expected)}
    losses = train(model, batches)
    model.save_pretrained(OUT / name / "last")
    (OUT / f"{name}.json").write_text(json.dumps({"settings": SETTINGS, "steps": STEPS, "batches": batches, "losses": losses}))
    del model
    base = Qwen2_5_VLForConditionalGeneration.from_pretrained(MODELS / name, dtype=torch.float32, attn_implementation="eager")
    both = PeftModel.from_pretrained(base, OUT / name / "first", adapter_name="first")
    both.load_adapter(OUT / name / "last", adapter_name="last")
    both.base_model.set_adapter(["first", "last"])
    tensors["both.logits"] = last_logits(both, expected)
    save_file(tensors, OUT / f"{name}.safetensors")
    for readme in OUT.rglob("README.md"):
        readme.unlink()
    for settings in (OUT / name).rglob("adapter_config.json"):
        # The path of the machine that made it is nobody's business.
        text = json.loads(settings.read_text()) | {"base_model_name_or_path": name}
        settings.write_text(json.dumps(text, indent=2))


def lesson(expected: dict, prompt: str, count: int) -> dict:
    said = expected["prompts"][prompt]
    answer = torch.randint(0, 600, (count,)).tolist()
    return {"prompt": said["input_ids"], "answer": answer, "pictures": said["pictures"], "grids": said["image_grid_thw"]}


def picture_inputs(pictures: list, grids: list) -> dict:
    if not pictures:
        return {}
    pixels = load_file(MODELS / "pixel_values.safetensors")
    return {"pixel_values": torch.cat([pixels[name] for name in pictures]), "image_grid_thw": torch.tensor(grids)}


def logits_of(model, rows: list, pictures: list, grids: list):
    length = max(map(len, rows))
    ids = torch.tensor([row + [0] * (length - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
    image = model.config.image_token_id
    return model(input_ids=ids, attention_mask=mask, mm_token_type_ids=(ids == image).long(), use_cache=False,
                 **picture_inputs(pictures, grids)).logits


def last_logits(model, expected: dict):
    said = expected["prompts"]["windows"]
    with torch.no_grad():
        return logits_of(model, [said["input_ids"]], said["pictures"], said["image_grid_thw"])[0, -1].clone()


def rate(step: int) -> float:
    """A warm-up in a straight line, then half a cosine to a share of the peak, as src/train/schedule.rs has it."""
    peak, warm, end = SETTINGS["learning_rate"], SETTINGS["warmup_steps"], SETTINGS["final_share"]
    if step < warm:
        return peak * (step + 1) / (warm + 1)
    done = min((step - warm) / max(STEPS - warm, 1), 1.0)
    return peak * (end + (1 - end) * 0.5 * (1 + math.cos(math.pi * done)))


def train(model, batches: list) -> list:
    learning = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=1.0, betas=(SETTINGS["beta_1"], SETTINGS["beta_2"]), eps=1e-8,
                                  weight_decay=SETTINGS["weight_decay"])
    count = sum(len(lesson["answer"]) for batch in batches for lesson in batch)
    losses = []
    model.train()
    for step in range(STEPS):
        optimizer.zero_grad()
        total = 0.0
        for batch in batches:
            rows = [lesson["prompt"] + lesson["answer"] for lesson in batch]
            logits = logits_of(model, rows, sum((lesson["pictures"] for lesson in batch), []),
                               sum((lesson["grids"] for lesson in batch), []))
            loss = 0.0
            for row, lesson in enumerate(batch):
                start = len(lesson["prompt"]) - 1
                scores = logits[row, start : start + len(lesson["answer"])]
                loss = loss + torch.nn.functional.cross_entropy(scores, torch.tensor(lesson["answer"]), reduction="sum")
            (loss / count).backward()
            total += float(loss) / count
        torch.nn.utils.clip_grad_norm_(learning, SETTINGS["clip"])
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        optimizer.step()
        losses.append(total)
    model.eval()
    return losses


if __name__ == "__main__":
    main()
