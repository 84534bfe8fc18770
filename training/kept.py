"""What a run goes on from, as one safetensors file: every tensor under its place in the state (`adam/state/3/exp_avg`),
and the numbers and the order between them as JSON in the file's metadata. Nothing in it is executed when it is read."""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file


def write(file: Path, state: dict) -> None:
    """Keeps `state` (dicts, lists, tensors, numbers); an older file stays until the new one is whole."""
    tensors = {}

    def shape(place: str, value):
        if isinstance(value, torch.Tensor):
            tensors[place] = value.detach().contiguous().clone()  # tied tensors are kept twice
            return {"tensor": place}
        if isinstance(value, dict):
            return {"dict": [[key, shape(f"{place}/{key}".lstrip("/"), part)] for key, part in value.items()]}
        if isinstance(value, (list, tuple)):
            return {"list": [shape(f"{place}/{number}", part) for number, part in enumerate(value)]}
        return {"plain": value}

    described = json.dumps(shape("", state))
    part = file.with_suffix(".part")
    save_file(tensors, part, metadata={"state": described})
    part.rename(file)


def read(file: Path) -> dict:
    """The state that `write` kept; tuples come back as lists."""
    with safe_open(file, framework="pt") as held:

        def value(shape: dict):
            (kind, inner), = shape.items()
            if kind == "tensor":
                return held.get_tensor(inner)
            if kind == "dict":
                return {key: value(part) for key, part in inner}
            return [value(part) for part in inner] if kind == "list" else inner

        return value(json.loads(held.metadata()["state"]))
