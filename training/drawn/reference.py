"""Writes tests/reference/drawn/numbers.safetensors: the numbers of a picture that src/model/drawn.rs makes in its test."""
import numpy as np
from safetensors.numpy import save_file
from network import numbers
from pictures import H, W

y, x = np.mgrid[:H, :W]
picture = np.stack([(3 * x + y) % 256, (x * y // 16) % 256, ((x // 32 + y // 24) % 2) * 200 + 20], -1)
path = "../../tests/reference/drawn/numbers.safetensors"
save_file({"numbers": np.asarray(numbers(picture[None].astype(np.float32)))[0]}, path)
