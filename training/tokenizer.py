"""The base's small byte-level BPE tokenizer and chat template.

Every text can be encoded (all 256 bytes are tokens), but the merges are learned from what the base and the starter that is
made of it say: what is seen, names of countries and cities, the reasons of the drawn street world, and the shape of the answers.
Text is split at the answers' punctuation first, so that a country's name is the same tokens wherever it stands.

    python tokenizer.py PACKED.jsonl FOLDER

learns it from a packed set (see data.py).
"""

import json
import re
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
]

QUESTION = "Which country and city is the image located? Explain the reason."
# Other ways of asking it.
OTHER_QUESTIONS = [
    "Where is this?",
    "Where was this picture taken, and why?",
    "Which country is this street in?",
]

# What the base is asked, and the questions of the later stages (GeoReasoner's).
SEEN_QUESTION = "What is seen in the picture?"
STAGE_QUESTIONS = [
    "Which country is the image located? Explain the reason.",
    "Which country and city is the image located?",
]
# The pieces of the hints that `train/answer.rs` makes, the country's name between them.
HINTS = ["I think this is in ", "It looks like ", "Someone told me that this is ", "Could it be "]
AFTER_HINTS = [" to me. Which country and city is it?", ". Which country and city is it?", "? Which country and city is it?"]

OPEN, CITY, REASONS, NEXT, CLOSE = "{'country': '", "', 'city': '", "', 'reasons': ['", "', '", "']}"
OPEN_SEEN, WORD, CLOSE_PLACE = "{'seen': ['", "the word ", "'}"
VOCABULARY = 4096
NO_REASONS = "', 'reasons': []}"
# The punctuation of the answers, and what stands around the words that are seen and around a hint's country.
SPLIT = r"\{'country': '|', 'city': '|', 'reasons': \['|', 'reasons': \[\]\}|', '|'\]\}|\n|" + "|".join(re.escape(piece) for piece in [OPEN_SEEN, WORD, CLOSE_PLACE, *HINTS, *AFTER_HINTS])

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' or 'image' in part or 'image_url' in part %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif 'text' in part %}{{ part['text'] }}{% endif %}"
    "{% endfor %}"
    "{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def seen_text(clues: list) -> str:
    """What is seen of the clues, the largest first: words as they are written, the rest as it looks, and no place."""
    largest = sorted(clues, key=lambda clue: -clue["box"][2] * clue["box"][3])
    said = dict.fromkeys(WORD + clue["text"] if clue["kind"] == "word" else clue["fact"] for clue in largest)
    return f"{OPEN_SEEN}{NEXT.join(said)}{CLOSE}"


def build(countries: set, cities: set, reasons: set, words: set) -> Tokenizer:
    """Learns merges from the closed lists; names of countries come first, so that each becomes one token. `words` stand on signs."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False, use_regex=False, trim_offsets=False)
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, use_regex=False, trim_offsets=False)
    corpus = [OPEN, CITY, REASONS, NEXT, CLOSE, NO_REASONS, QUESTION, "system", "user", "assistant"] * 1000
    corpus += OTHER_QUESTIONS * 500
    corpus += [SEEN_QUESTION, *STAGE_QUESTIONS, OPEN_SEEN, WORD, CLOSE_PLACE, *HINTS, *AFTER_HINTS] * 1000
    corpus += sorted(words) * 100
    corpus += sorted(countries) * 300 + sorted(reasons) * 30 + sorted(cities) * 3
    tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL), min_frequency=2, show_progress=False, max_token_length=96,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    ))
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in SPECIAL])
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "add_bos_token": False, "add_prefix_space": False,
        "added_tokens_decoder": {
            str(tokenizer.token_to_id(name)): {
                "content": name, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True,
            }
            for name in SPECIAL
        },
        "additional_special_tokens": SPECIAL[1:], "bos_token": None, "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False, "eos_token": "<|im_end|>", "errors": "replace", "model_max_length": 2048,
        "pad_token": "<|endoftext|>", "split_special_tokens": False, "tokenizer_class": "PreTrainedTokenizerFast", "unk_token": None,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    packed, folder = Path(sys.argv[1]), Path(sys.argv[2])
    rows = [json.loads(line) for line in packed.read_text().splitlines()]
    countries, cities = {row["country"] for row in rows}, {row["city"] for row in rows}
    reasons = {reason for row in rows for reason in row["reasons"]}
    words = {clue["text"] for row in rows for clue in row["clues"] if clue["kind"] == "word"}
    tokenizer = build(countries, cities, reasons, words)
    save(tokenizer, folder)
    lengths = {name: max(len(tokenizer.encode(t).ids) for t in texts) for name, texts in
               (("countries", countries), ("cities", cities), ("reasons", reasons))}
    print(f"{tokenizer.get_vocab_size()} tokens; most tokens in one of {len(countries)} countries, {len(cities)} cities, "
          f"{len(reasons)} reasons: {lengths}")


if __name__ == "__main__":
    main()
