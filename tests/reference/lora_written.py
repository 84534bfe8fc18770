"""An adapter that terrasight wrote, opened by `peft`: what is written there opens elsewhere.

Reads, beside this file, `lora_written/untied/`, which the test `what_is_written_here_peft_has_opened_and_answers_the_same` of
`src/model/lora/tests.rs` writes where TERRASIGHT_WRITE_REFERENCE is set, and otherwise compares byte by byte. Writes
`lora_written/untied.safetensors`: the last position's scores of the prompt `windows` that PEFT gives with it, in f32 on the CPU.
Fails where PEFT leaves a tensor of the file unused, or finds none for a layer.

Run: python tests/reference/lora_written.py
(torch 2.15, transformers 5.23, peft 0.21, safetensors, numpy)
"""

import json
import warnings

import torch
from lora import HERE, MODELS, TARGETS, last_logits
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import Qwen2_5_VLForConditionalGeneration

NAME = "untied"
OURS = HERE / "lora_written" / NAME


def main() -> None:
    # PEFT says that keys are missing in a warning.
    warnings.filterwarnings("error", message="Found missing adapter keys")
    base = Qwen2_5_VLForConditionalGeneration.from_pretrained(MODELS / NAME, dtype=torch.float32, attn_implementation="eager")
    expected = json.loads((MODELS / f"{NAME}.expected.json").read_text())
    plain = last_logits(base, expected)
    model = PeftModel.from_pretrained(base, OURS)
    layers = [name for name, _ in model.named_modules() if name.endswith("lora_A.default")]
    tensors = load_file(OURS / "adapter_model.safetensors")
    assert 2 * len(layers) == len(tensors) and len(layers) % len(TARGETS) == 0, (len(layers), len(tensors))
    held = dict(model.named_parameters())
    for name, value in tensors.items():
        assert torch.equal(held[name.replace(".weight", ".default.weight")], value), name
    logits = last_logits(model, expected)
    assert not torch.allclose(plain, logits, atol=1e-3)
    save_file({"logits": logits}, HERE / "lora_written" / f"{NAME}.safetensors")


if __name__ == "__main__":
    main()
