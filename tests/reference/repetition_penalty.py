"""What `transformers` answers where generation_config.json asks for a repetition penalty.

Reads the checkpoints and the prompts that `qwen2_5_vl.py` wrote and writes, beside them:

    qwen2_5_vl/<checkpoint>.penalised.json   per penalty and prompt the tokens of `generate()`, without sampling

The penalties are the one that the checkpoints' generation_config.json has, a stronger one, and one that rewards. Prompts in
which a best score leads by less than MIN_MARGIN are left out.

Run: python tests/reference/repetition_penalty.py
(torch 2.15, transformers 5.23, safetensors)
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import GenerationConfig, Qwen2_5_VLForConditionalGeneration

HERE = Path(__file__).resolve().parent / "qwen2_5_vl"
PENALTIES = [1.05, 1.4, 0.9]
NEW_TOKENS = 24
MIN_MARGIN = 0.02


def answer(model, prompt: dict, pixels: dict, penalty: float) -> tuple:
    """The new tokens, and by how much the best score led at least."""
    ids = torch.tensor([prompt["input_ids"]])
    seen = {}
    if prompt["pictures"]:
        seen = {"pixel_values": torch.cat([pixels[name] for name in prompt["pictures"]]),
                "image_grid_thw": torch.tensor(prompt["image_grid_thw"]),
                "mm_token_type_ids": (ids == model.config.image_token_id).int()}
    asked = GenerationConfig(
        do_sample=False, repetition_penalty=penalty, max_new_tokens=NEW_TOKENS, eos_token_id=None, pad_token_id=600,
        return_dict_in_generate=True, output_scores=True,
    )
    out = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), generation_config=asked, **seen)
    leads = [torch.topk(scores[0], 2).values for scores in out.scores]
    return out.sequences[0, ids.shape[1]:].tolist(), min(float(best - second) for best, second in leads)


def main() -> None:
    pixels = load_file(HERE / "pixel_values.safetensors")
    for name in ["untied", "tied_sharded"]:
        model = Qwen2_5_VLForConditionalGeneration.from_pretrained(
            HERE / name, dtype=torch.float32, attn_implementation="eager",
        ).eval()
        ends = model.generation_config.eos_token_id
        expected = json.loads((HERE / f"{name}.expected.json").read_text())
        document = {}
        for penalty in PENALTIES:
            answers = {}
            for prompt, asked in expected["prompts"].items():
                tokens, margin = answer(model, asked, pixels, penalty)
                differs = next((n for n, (a, b) in enumerate(zip(tokens, asked["greedy"])) if a != b), None)
                print(name, penalty, prompt, f"leads by {margin:.4f}, differs from token {differs} on")
                if margin >= MIN_MARGIN and not set(tokens) & set(ends):
                    answers[prompt] = tokens
            document[str(penalty)] = answers
        (HERE / f"{name}.penalised.json").write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
