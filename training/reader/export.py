#!/usr/bin/env python3
"""The released PP-OCRv6 small networks as the program reads them.

    python training/reader/export.py RAPIDOCR     # the folder of the unpacked wheel: unzip rapidocr-3.10.0-*.whl -d RAPIDOCR

Writes to assets/reader/ `detection.safetensors` and `recognition.safetensors` (f16, named as the modules of
src/model/reader/) and `characters.txt` (one character a line, in the order of the recogniser's classes 1, 2, ...).

The convolutions are named by their order in the graph, and each shape is checked by the program when it reads them. The
batch norms that the released recogniser still has are folded into the convolutions before them.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

OUT = Path(__file__).parents[2] / "assets" / "reader"
MODELS = {"detection": "PP-OCRv6_det_small.onnx", "recognition": "PP-OCRv6_rec_small.onnx"}


def main():
    folder = Path(sys.argv[1]) / "rapidocr" / "models"
    for name, file in MODELS.items():
        model = folded(onnx.load(folder / file))
        tensors = {key: half(value) for key, value in named(model, name).items()}
        save_file(tensors, OUT / f"{name}.safetensors", {"format": "pt"})
        print(name, sum(t.size for t in tensors.values()), "numbers in", len(tensors), "tensors")
        for entry in model.metadata_props:
            if entry.key == "character":
                # The metadata leave out the blank before the characters and the space after them.
                (OUT / "characters.txt").write_text("\n".join(entry.value.split("\n") + [" "]), encoding="utf-8")


def half(value):
    """How every weight is rounded; the reference is rounded with the same function."""
    return np.ascontiguousarray(value.astype(np.float16))


def initialisers(model):
    return {t.name: t for t in model.graph.initializer}


def folded(model):
    """The model with each batch norm's scale in the convolution before it; the norm only adds from then on."""
    tensors = initialisers(model)
    before = {node.output[0]: node for node in model.graph.node}
    for node in model.graph.node:
        if node.op_type != "BatchNormalization":
            continue
        scale, bias, mean, variance = (numpy_helper.to_array(tensors[name]).astype(np.float64) for name in node.input[1:])
        epsilon = onnx.helper.get_node_attr_value(node, "epsilon")
        factor = scale / np.sqrt(variance + epsilon)
        weight = tensors[before[node.input[0]].input[1]]
        put(weight, numpy_helper.to_array(weight) * factor[:, None, None, None])
        new = np.ones_like(scale), bias - mean * factor, np.zeros_like(mean), np.full_like(variance, 1 - epsilon)
        for name, value in zip(node.input[1:], new):
            put(tensors[name], value)
    return model


def put(tensor, value):
    tensor.CopyFrom(numpy_helper.from_array(value.astype(np.float32), tensor.name))


def named(model, name):
    """The weights under the program's names."""
    tensors = {key: numpy_helper.to_array(tensor) for key, tensor in initialisers(model).items()}
    layers, vectors = weighted_nodes(model, tensors)
    names = backbone_names(layers)
    names += detector_names() if name == "detection" else RECOGNISER
    assert len(names) == len(layers), (len(names), len(layers))
    result = {}
    for key, (weight, bias) in zip(names, layers):
        result[f"{key}.weight"] = weight
        if bias is not None:
            result[f"{key}.bias"] = bias.reshape(-1)
    # Layer norms stand in the graph as products and sums with vectors.
    for index, key in enumerate(NORMS if vectors else []):
        result[f"{key}.weight"], result[f"{key}.bias"] = vectors[2 * index : 2 * index + 2]
    return result


def weighted_nodes(model, tensors):
    """Weight and bias of every convolution and product in the graph's order, and the vectors of layer norms."""
    source = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Identity"}
    users = {}
    for node in model.graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    layers, vectors = [], []
    for node in model.graph.node:
        constants = [original(name, source) for name in node.input if original(name, source) in tensors]
        if node.op_type in ("Conv", "ConvTranspose", "MatMul") and constants:
            weight = tensors[constants[0]]
            weight = weight.T if node.op_type == "MatMul" else weight
            layers.append((weight, bias_after(node, users, source, tensors)))
        elif node.op_type in ("Mul", "Add") and constants and constants[0].startswith("helper.reshape"):
            vectors.append(tensors[constants[0]])
    return layers, vectors


def original(name, source):
    while name in source:
        name = source[name]
    return name


def bias_after(node, users, source, tensors):
    (user, *others) = users[node.output[0]] if node.output[0] in users else [None]
    while user is not None and not others and user.op_type == "Identity":
        (user, *others) = users[user.output[0]]
    if user is None or others:
        return None
    if user.op_type == "BatchNormalization":
        return tensors[user.input[2]]
    constants = [original(name, source) for name in user.input if original(name, source) in tensors]
    return tensors[constants[0]] if user.op_type == "Add" and constants else None


def backbone_names(layers):
    """Five convolutions of the stem, then blocks: depthwise, squeeze and excite in some, expand, project. The backbone ends
    where no 3x3 depthwise convolution follows."""
    names = [f"backbone.stem.{index}" for index in range(5)]
    block = 0
    while len(names) < len(layers):
        at = len(names)
        weight = layers[at][0]
        if weight.ndim != 4 or weight.shape[1:] != (1, 3, 3):
            break
        squeezes = layers[at + 1][0].shape[0] < layers[at + 1][0].shape[1]
        parts = ["depthwise"] + (["squeeze", "excite"] if squeezes else []) + ["expand", "project"]
        names += [f"backbone.blocks.{block}.{part}" for part in parts]
        block += 1
    return names


def detector_names():
    names = []
    for side in ("lateral", "output"):
        for level in (3, 2, 1, 0):
            parts = ["project", "squeeze", "excite"] if side == "lateral" else ["depthwise", "project", "squeeze", "excite"]
            names += [f"neck.{level}.{side}.{part}" for part in parts]
    return names + ["head.convolution", "head.widen", "head.finish"]


RECOGNISER = [
    "neck.shortcut", "neck.narrow", "neck.mix",
    *(f"neck.blocks.{block}.{part}" for block in range(2) for part in ("qkv", "project", "expand", "contract")),
    "head",
]
NORMS = ["neck.blocks.0.norm1", "neck.blocks.0.norm2", "neck.blocks.1.norm1", "neck.blocks.1.norm2", "neck.norm"]


if __name__ == "__main__":
    main()
