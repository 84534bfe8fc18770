"""Writes the network as safetensors: python export.py NETWORK.npz FILE.safetensors."""
import json, struct, sys, numpy as np
def write(net, path):
    p = np.load(net); t = {}
    for i in range(sum(k[0] == "w" for k in p.files)):
        t[f"convolution.{i}.weight"] = p[f"w{i}"]; t[f"convolution.{i}.bias"] = p[f"b{i}"]
    t["head.weight"] = p["v"]; t["head.bias"] = p["c"].reshape(1)
    head, data = {}, b""
    for k, v in t.items():
        raw = np.ascontiguousarray(v, "<f4").tobytes()
        head[k] = {"dtype": "F32", "shape": list(v.shape), "data_offsets": [len(data), len(data) + len(raw)]}; data += raw
    h = json.dumps(head, separators=(",", ":")).encode(); h += b" " * (-len(h) % 8)
    open(path, "wb").write(struct.pack("<Q", len(h)) + h + data)
if __name__ == "__main__": write(sys.argv[1], sys.argv[2])
