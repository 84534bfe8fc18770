"""What the recogniser's backbone sees in crops: python features.py RAPIDOCR CROPS.npz OUT.npz SEED FROM COUNT TURNED

RAPIDOCR is the unpacked wheel (training/reader/export.py). Crops are coloured, some turned upside down, and filled up with grey
to 320 columns as the reader does. Of the tenth and the last block: means over the line's columns of each third of its rows, and
the maximum over all places, 2304 numbers in all (src/model/reader/script.rs)."""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/reference"))
import reader as reference  # noqa: E402

BLOCKS = (9, 12)
WIDTH = 320


def session(folder, rounded=False):
    """The backbone, with the weights as released or as the program has them."""
    path = Path(folder) / "rapidocr/models/PP-OCRv6_rec_small.onnx"
    model = reference.rounded(path) if rounded else onnx.load(path)
    depthwise = [node for node in model.graph.node if node.op_type == "Conv" and ".depthwise_conv2d." in node.output[0]]
    pool = [node for node in model.graph.node if node.op_type == "AveragePool"][-1]
    # A block's output is what the next one's depthwise convolution reads; the last one's is pooled.
    outputs = [depthwise[BLOCKS[0] + 1].input[0], pool.input[0]]
    for name in outputs:
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    network = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda x: network.run(outputs, {"x": x})


def pooled(block, columns):
    """[channels, rows, columns] to the means of three parts of the rows and the maximum: [4 * channels]."""
    block = block[:, :, :columns]
    channels, rows, _ = block.shape
    thirds = block.reshape(channels, 3, rows // 3, -1).mean((2, 3))
    return np.concatenate([thirds.T.ravel(), block.max((1, 2))])


def features(network, picture):
    """Of a picture [48, width, 3] in blue, green, red."""
    x = np.zeros((1, 3, 48, max(WIDTH, -(-picture.shape[1] // 8) * 8)), np.float32)
    x[0, :, :, :picture.shape[1]] = picture.transpose(2, 0, 1) / 127.5 - 1
    columns = -(-picture.shape[1] // 4)
    return np.concatenate([pooled(block[0], columns) for block in network(x)])


def coloured(grey, rng):
    """Grey levels between two colours that are about as far apart."""
    tint = rng.normal(0, 25, 3) if rng.random() < 0.7 else np.zeros(3)
    other = rng.normal(0, 25, 3) if rng.random() < 0.7 else np.zeros(3)
    share = grey[..., None].astype(np.float32) / 255
    return np.clip(grey[..., None] + tint * (1 - share) + other * share, 0, 255)


def main():
    folder, crops, out, seed, first, count, turned = *sys.argv[1:4], *map(float, sys.argv[4:8])
    rng = np.random.default_rng(int(seed))
    network, file = session(folder), np.load(crops)
    pixels, widths, labels = file["pixels"], file["widths"], file["labels"]
    starts = np.concatenate([[0], np.cumsum(widths * 48)])
    rows, classes, places = [], [], []
    for index in range(int(first), min(int(first + count), len(labels))):
        picture = pixels[starts[index]:starts[index + 1]].reshape(48, -1)
        if picture.shape[1] > WIDTH:
            continue
        if rng.random() < 0.5:
            picture = 255 - picture
        if rng.random() < turned:
            picture = picture[::-1, ::-1]
        rows.append(features(network, coloured(picture, rng)).astype(np.float16))
        classes.append(labels[index])
        places.append(index)
        if len(rows) % 500 == 0 or index == int(first + count) - 1:
            np.savez(out + ".part.npz", rows=np.stack(rows), labels=np.array(classes), places=np.array(places))
            Path(out + ".part.npz").rename(out)
            print(out, len(rows), flush=True)
    np.savez(out, rows=np.stack(rows), labels=np.array(classes), places=np.array(places))


if __name__ == "__main__":
    main()
