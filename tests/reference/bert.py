"""Tiny seeded BERT sentence encoders and what `transformers` computes with them.

Writes, beside this file:

    bert/plain/       BertModel in the layout of all-MiniLM-L6-v2: f32, names without a prefix, integer `position_ids`,
                      truncation and padding of its own in tokenizer.json, sentence_bert_config.json, mean pooling
    bert/prefixed/    names with the prefix `bert.` and a head that is no part of the encoder; f16; no further files
    bert/<checkpoint>.expected.json          the texts and their ids
    bert/<checkpoint>.expected.safetensors   texts [rows, width], unit length

With the folder of the real all-MiniLM-L6-v2 as argument it also writes `bert/minilm.expected.*`.
Everything is computed in f32 on the CPU, each text by itself; f16 weights are widened.

Run: python tests/reference/bert.py [FOLDER]   (torch 2.15, transformers 5.23, tokenizers, safetensors, numpy)
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel

HERE = Path(__file__).resolve().parent / "bert"
TEXTS = [
    "Bollards in France are white with a red band.",
    "road",
    "",
    "Traffic keeps LEFT; the plates are yellow, and wooden poles stand beside the road!",
    "Žižkov, Île-de-France, улица, 東京",
    "signboard, sign " * 70,  # longer than any of these models reads
    "palm, palm tree",
]
CORPUS = TEXTS + [
    "street lamps beside the road", "a yellow plate and a red sign", "the poles are made of wood", "traffic light",
]


def tokenizer() -> Tokenizer:
    """WordPiece as BERT's uncased models have it."""
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece(prefix="##")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=180, special_tokens=special, show_progress=False)
    made.train_from_iterator(CORPUS, trainer)
    ends = [(name, made.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=ends
    )
    return made


def seeded(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """Random numbers large enough that every part of the model matters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "LayerNorm" in name:
                parameter.copy_(0.1 * noise + (1.0 if name.endswith("weight") else 0.0))
            elif parameter.dim() >= 2 and "embeddings" not in name:
                parameter.copy_(noise / np.sqrt(parameter.shape[1]) * 1.5)
            else:
                parameter.copy_(noise * 0.5)
    return model.eval()


def expect(name: str, model: BertModel, made: Tokenizer, limit: int, texts: list[str]) -> None:
    made.no_padding()
    made.enable_truncation(max_length=limit)
    ids = [made.encode(text).ids for text in texts]
    rows = []
    with torch.no_grad():
        for row in ids:
            mean = model(torch.tensor([row])).last_hidden_state[0].mean(dim=0)
            rows.append(mean / mean.norm())
    save_file({"texts": torch.stack(rows)}, HERE / f"{name}.expected.safetensors")
    (HERE / f"{name}.expected.json").write_text(json.dumps({"texts": texts, "ids": ids}, ensure_ascii=False) + "\n")


def read(folder: Path, model: BertModel, prefix: str) -> BertModel:
    """The model with the numbers as they are on the disk."""
    weights = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    wanted = [name for name in model.state_dict() if prefix + name in weights]
    assert all(name in wanted or name.startswith("pooler") for name in model.state_dict())
    model.load_state_dict({name: weights[prefix + name] for name in wanted}, strict=False)
    return model.eval()


def write(folder: Path, tensors: dict, config: dict, made: Tokenizer) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    save_file({name: value.contiguous() for name, value in tensors.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    made.save(str(folder / "tokenizer.json"), pretty=False)


def tiny(name: str, shape: dict, seed: int, prefix: str, dtype: torch.dtype, limit: int, more: dict) -> None:
    made = tokenizer()
    shape = {**shape, "vocab_size": made.get_vocab_size() + 3, "type_vocab_size": 2, "hidden_act": "gelu"}
    model = seeded(BertModel(BertConfig(**shape), add_pooling_layer=False), seed)
    tensors = {prefix + key: value.detach().to(dtype) for key, value in model.state_dict().items()}
    if name == "plain":
        # The released file has these, and neither is what sentence-transformers then uses.
        made.enable_truncation(max_length=6)
        made.enable_padding(length=6, pad_id=0, pad_token="[PAD]")
    config = {"architectures": ["BertModel"], "model_type": "bert", "position_embedding_type": "absolute", **shape}
    write(HERE / name, {**tensors, **more}, config, made)
    expect(name, read(HERE / name, model, prefix), made, limit, TEXTS)


def main() -> None:
    torch.set_num_threads(1)
    shape = {"hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 3, "intermediate_size": 64}
    shape = {**shape, "max_position_embeddings": 64, "layer_norm_eps": 1e-12}
    positions = {"embeddings.position_ids": torch.arange(64)[None], "pooler.dense.weight": torch.zeros(32, 32)}
    tiny("plain", shape, 3, "", torch.float32, 24, positions)
    folder = HERE / "plain"
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 24, "do_lower_case": false}\n')
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 32, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling) + "\n")

    shape = {"hidden_size": 24, "num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 40}
    shape = {**shape, "max_position_embeddings": 40, "layer_norm_eps": 1e-7}
    head = {"cls.predictions.bias": torch.zeros(7, dtype=torch.float16)}
    tiny("prefixed", shape, 5, "bert.", torch.float16, 40, head)

    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        shape = json.loads((folder / "config.json").read_text())
        model = read(folder, BertModel(BertConfig(**shape), add_pooling_layer=False), "")
        made = Tokenizer.from_file(str(folder / "tokenizer.json"))
        expect("minilm", model, made, 256, TEXTS)


if __name__ == "__main__":
    main()
