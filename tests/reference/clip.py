"""Tiny seeded CLIP checkpoints and what `transformers` computes with them.

Writes, beside this file:

    clip/released/      both towers as the released models lie on the hub: f32, integer `position_ids`, `text_config_dict`,
                        whole-number sizes in preprocessor_config.json, quick_gelu, eos_token_id 2
    clip/later/         both towers as later versions save them: f16, defaults left out of config.json, gelu, the real
                        eos_token_id
    clip/vision/        the vision tower alone (CLIPVisionModelWithProjection)
    clip/<checkpoint>.expected.json          the texts and their ids
    clip/<checkpoint>.expected.safetensors   PICTURE.pixels [3, side, side], pictures and texts [rows, width] (unit length)

The pictures are those of `qwen2_5_vl/pictures`. Everything is computed in f32 on the CPU; f16 weights are widened.

Run: python tests/reference/clip.py   (torch 2.15, transformers 5.23, tokenizers, safetensors, pillow, numpy)
"""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import CLIPConfig, CLIPModel, CLIPVisionConfig, CLIPVisionModelWithProjection
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

HERE = Path(__file__).resolve().parent / "clip"
PICTURES = sorted((HERE.parent / "qwen2_5_vl" / "pictures").glob("*.png"))
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
START, END = "<|startoftext|>", "<|endoftext|>"
SPLIT = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"

TEXTS = [
    "A street view photo in Thailand.",
    "a road with wooden poles, red soil\n and  yellow lines",
    "",
    "It's 40 km/h: drive on the LEFT!",
    "Žižkov, Île-de-France, улица, 東京",
    "the sign is blue and white " * 20,  # far more than the positions there are
]
CORPUS = TEXTS + [
    "wooden poles stand beside the road", "the driver keeps left", "a yellow line on the road", "the sun is in the north",
    "a photo of a street in France with white lines and red signs", "palm trees and red soil beside the driving road",
]


def tokenizer() -> Tokenizer:
    """Byte-level BPE with CLIP's word ends, its split and its two special tokens, which have the greatest ids."""
    made = Tokenizer(models.BPE(unk_token=END, end_of_word_suffix="</w>", continuing_subword_prefix=""))
    made.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    made.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), behavior="removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=alphabet, end_of_word_suffix="</w>", show_progress=False
    )
    made.train_from_iterator(CORPUS, trainer)
    # Every letter may end a word, as in the released vocabulary.
    state = json.loads(made.to_str())
    vocabulary = state["model"]["vocab"]
    for letter in sorted(alphabet):
        vocabulary.setdefault(letter + "</w>", len(vocabulary))
    for name in (START, END):
        vocabulary[name] = len(vocabulary)
    made = Tokenizer.from_str(json.dumps(state))
    made.add_special_tokens([START, END])
    made.post_processor = processors.RobertaProcessing(
        (END, vocabulary[END]), (START, vocabulary[START]), trim_offsets=False, add_prefix_space=False
    )
    return made


def seeded(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """Random numbers large enough that every part of the model matters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name or "layrnorm" in name:
                parameter.copy_(0.1 * noise + (1.0 if name.endswith("weight") else 0.0))
            elif parameter.dim() >= 2 and "embedding" not in name:
                parameter.copy_(noise / np.sqrt(parameter[0].numel()) * 1.5)
            else:
                parameter.copy_(noise * 0.5)
    return model.eval()


def unit(rows: torch.Tensor) -> torch.Tensor:
    return rows / rows.norm(dim=-1, keepdim=True)


def of(output) -> torch.Tensor:
    return output if isinstance(output, torch.Tensor) else output.pooler_output


def write(folder: Path, model, config: dict, preprocessor: dict, dtype: torch.dtype, more: dict) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    weights = {name: value.detach().to(dtype).contiguous() for name, value in model.state_dict().items()}
    save_file({**weights, **more}, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor, indent=1) + "\n")


def reload(model, folder: Path):
    """The model with the numbers as they are on the disk."""
    weights = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    model.load_state_dict({name: weights[name] for name in model.state_dict()})
    return model


def expect(name: str, model, processor: CLIPImageProcessorPil, made: Tokenizer | None) -> None:
    tensors = {}
    pixels = []
    for path in PICTURES:
        picture = Image.open(path).convert("RGB")
        pixels.append(processor(picture, return_tensors="pt")["pixel_values"][0].float())
        tensors[f"{path.stem}.pixels"] = pixels[-1].contiguous()
    with torch.no_grad():
        if made is None:
            tensors["pictures"] = unit(model(torch.stack(pixels)).image_embeds)
            expected = {"pictures": [path.stem for path in PICTURES]}
        else:
            tensors["pictures"] = unit(of(model.get_image_features(torch.stack(pixels))))
            made.enable_truncation(max_length=model.config.text_config.max_position_embeddings)
            ids = [made.encode(text).ids for text in TEXTS]
            rows = [unit(of(model.get_text_features(torch.tensor([row])))) for row in ids]
            tensors["texts"] = torch.cat(rows)
            expected = {"pictures": [path.stem for path in PICTURES], "texts": TEXTS, "ids": ids}
    save_file({key: value.contiguous() for key, value in tensors.items()}, HERE / f"{name}.expected.safetensors")
    (HERE / f"{name}.expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")


def sizes(hidden: int, heads: int, layers: int, intermediate: int) -> dict:
    return {
        "hidden_size": hidden, "num_attention_heads": heads, "num_hidden_layers": layers, "intermediate_size": intermediate,
    }


def released(made: Tokenizer) -> None:
    rows = made.get_vocab_size() + 2
    text = {**sizes(16, 2, 2, 32), "vocab_size": rows, "max_position_embeddings": 77, "eos_token_id": 2}
    vision = {**sizes(24, 3, 3, 48), "image_size": 32, "patch_size": 8}
    both = {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5}
    config = CLIPConfig(text_config={**text, **both}, vision_config={**vision, **both}, projection_dim=20)
    model = seeded(CLIPModel(config), 3)
    on_disk = {
        "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": 20, "logit_scale_init_value": 2.6592,
        "text_config": {**text, **both, "model_type": "clip_text_model"},
        "text_config_dict": sizes(16, 2, 2, 32),
        "vision_config": {**vision, **both, "model_type": "clip_vision_model"},
        "vision_config_dict": {**sizes(24, 3, 3, 48), "image_size": 32, "patch_size": 8},
    }
    preprocessor = {
        "crop_size": 32, "do_center_crop": True, "do_normalize": True, "do_resize": True, "resample": 3, "size": 32,
        "feature_extractor_type": "CLIPFeatureExtractor", "image_mean": MEAN, "image_std": STD,
    }
    positions = {
        "text_model.embeddings.position_ids": torch.arange(77)[None],
        "vision_model.embeddings.position_ids": torch.arange(17)[None],
    }
    write(HERE / "released", model, on_disk, preprocessor, torch.float32, positions)
    made.save(str(HERE / "released" / "tokenizer.json"), pretty=False)
    processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    expect("released", reload(model, HERE / "released"), processor, made)


def later(made: Tokenizer) -> None:
    end = made.token_to_id(END)
    rows = made.get_vocab_size()
    text = {**sizes(24, 3, 2, 40), "vocab_size": rows, "max_position_embeddings": 30, "eos_token_id": end}
    vision = {**sizes(16, 2, 2, 64), "image_size": 28, "patch_size": 14}
    both = {"hidden_act": "gelu", "layer_norm_eps": 1e-6}
    # The projection is left out of config.json where it is the class's own default.
    config = CLIPConfig(text_config={**text, **both}, vision_config={**vision, **both}, projection_dim=512)
    model = seeded(CLIPModel(config), 5)
    on_disk = {
        "architectures": ["CLIPModel"], "model_type": "clip", "dtype": "float16",
        "text_config": {**text, **both}, "vision_config": {**vision, **both},
    }
    preprocessor = {
        "size": {"shortest_edge": 33}, "crop_size": {"height": 28, "width": 28}, "resample": 3, "do_resize": True,
        "do_center_crop": True, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
        "image_mean": MEAN, "image_std": STD, "image_processor_type": "CLIPImageProcessor",
    }
    write(HERE / "later", model, on_disk, preprocessor, torch.float16, {})
    made.save(str(HERE / "later" / "tokenizer.json"), pretty=False)
    processor = CLIPImageProcessorPil(size={"shortest_edge": 33}, crop_size={"height": 28, "width": 28})
    expect("later", reload(model, HERE / "later"), processor, made)


def vision() -> None:
    shape = {**sizes(32, 2, 2, 64), "image_size": 36, "patch_size": 12, "projection_dim": 12, "hidden_act": "gelu"}
    model = seeded(CLIPVisionModelWithProjection(CLIPVisionConfig(**shape)), 7)
    on_disk = {"architectures": ["CLIPVisionModelWithProjection"], "model_type": "clip_vision_model", **shape}
    preprocessor = {"size": {"height": 36, "width": 36}, "do_center_crop": False, "image_mean": MEAN, "image_std": STD}
    write(HERE / "vision", model, on_disk, preprocessor, torch.float32, {})
    processor = CLIPImageProcessorPil(size={"height": 36, "width": 36}, do_center_crop=False)
    expect("vision", reload(model, HERE / "vision"), processor, None)


def main() -> None:
    torch.set_num_threads(1)
    released(tokenizer())
    later(tokenizer())
    vision()


if __name__ == "__main__":
    main()
