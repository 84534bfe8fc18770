"""What is said of a drawn street to train the small CLIP, and its tokenizer in CLIP's form.

    python captions.py PACKED.jsonl FOLDER

learns the tokenizer from the captions of a packed set (see scenes.py).
"""

import json
import sys
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

import scenes

START, END = "<|startoftext|>", "<|endoftext|>"
MERGES = 1200
LENGTH = 48  # tokens of the longest text
# Upper bounds of the shares of a picture that these words stand for.
AMOUNTS = ((0.02, "a little"), (0.1, "some"), (0.3, "much"), (1.0, "mostly"))
# Upper bounds of the locatability that these words stand for; 0.4 is the paper's threshold.
TELLING = ((0.3, "hardly locatable"), (0.4, "barely locatable"), (0.5, "locatable"), (1.0, "very locatable"))


def level(bounds: tuple, value: float) -> str:
    return next(word for bound, word in bounds if value <= bound)


def phrases(row: dict, shares: np.ndarray, locatability: float) -> tuple:
    """(what the clues say, how much of what is seen and how locatable it is). `shares` by label, 0 for none."""
    things = [f"{level(AMOUNTS, shares[k])} {scenes.NAMES[k - 1].split(',')[0]}" for k in np.argsort(-shares) if k and shares[k] > 0.002]
    return sorted({clue["fact"] for clue in row["clues"]}), [*things, f"{level(TELLING, locatability)} street"]


def caption(row: dict, shares: np.ndarray, locatability: float, random: np.random.Generator) -> str:
    """The reasons as they stand, or some of the phrases in random order, now and then with the country."""
    facts, things = phrases(row, shares, locatability)
    if row["reasons"] and random.random() < 0.2:
        said = list(row["reasons"])
    else:
        said = [str(p) for p in random.permutation(facts)[: random.integers(0, 4)]]
        said += [str(p) for p in random.permutation(things)[: random.integers(2, 6)]]
        random.shuffle(said)
    if random.random() < 0.25:
        said.append(f"in {row['country']}")
    return ", ".join(said)


def everything(rows: list) -> list:
    """Texts that the merges are learned from: each phrase that can be said, common ones often."""
    texts = [f"{word} {name.split(',')[0]}" for _, word in AMOUNTS for name in scenes.NAMES]
    texts += [f"{word} street, a photograph of a street" for _, word in TELLING] * 50
    texts += [name for name in scenes.NAMES]
    for row in rows:
        texts += [clue["fact"] for clue in row["clues"]] + [f"in {row['country']}", row["city"]]
    return texts


def build(rows: list) -> CLIPTokenizer:
    """A vocabulary in CLIP's order: the 256 bytes, the same at the end of a word, merges, then the two marks."""
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    form = CLIPTokenizer()._tokenizer
    learner.normalizer, learner.pre_tokenizer = form.normalizer, form.pre_tokenizer
    learner.train_from_iterator(everything(rows), trainers.BpeTrainer(
        vocab_size=MERGES + 300, min_frequency=2, show_progress=False, end_of_word_suffix="</w>",
    ))
    merges = [tuple(pair) for pair in json.loads(learner.to_str())["model"]["merges"]]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*letters, *(letter + "</w>" for letter in letters), *("".join(pair) for pair in merges), START, END]
    assert len(set(tokens)) == len(tokens)
    return CLIPTokenizer({token: i for i, token in enumerate(tokens)}, merges, model_max_length=LENGTH)


def save(tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Without the padding and cutting that training asked for, which are the caller's to choose."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "bos_token": START, "eos_token": END, "model_max_length": LENGTH, "pad_token": END, "tokenizer_class": "CLIPTokenizer",
        "unk_token": END,
    }, indent=2) + "\n")


def main() -> None:
    packed, folder = Path(sys.argv[1]), Path(sys.argv[2])
    rows = [json.loads(line) for line in packed.read_text().splitlines()]
    tokenizer = build(rows)
    save(tokenizer, folder)
    longest = max(len(tokenizer(text)["input_ids"]) for text in {t for row in rows for t in (", ".join(row["reasons"]), row["city"])})
    print(f"{len(tokenizer)} tokens; most in the reasons of one picture or a city's name: {longest}")


if __name__ == "__main__":
    main()
