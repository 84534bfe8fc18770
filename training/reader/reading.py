"""What the second recogniser learns to read: its characters, and lines of Cyrillic, Greek, Hangul and some Latin text.

Letters that alphabets write alike are one character (training/script/shapes.py); the program writes them in the script that the
line is in. Of Hangul there are the 2,350 syllables of KS X 1001."""

import sys
import unicodedata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "script"))
from shapes import GREEK_LETTERS, shape  # noqa: E402
from words import numerals, upper  # noqa: E402

CYRILLIC_LETTERS = "".join(chr(c) for c in range(0x400, 0x460)) + "ҐґҒғҖҗҘҙҚқҠҡҢңҮүҰұҲҳҶҷҺһӀӘәӨөӢӣӮӯ"
HANGUL = "".join(bytes([row, cell]).decode("euc_kr") for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF))
MARKS = "«»„“”’–—·°№€©"
LETTERS = {"Cyrl": CYRILLIC_LETTERS, "Grek": "".join(sorted(GREEK_LETTERS)), "Hang": HANGUL}
SHARES = {"Cyrl": 0.36, "Grek": 0.24, "Hang": 0.31, "Latn": 0.06, "Zyyy": 0.03}
LONGEST = 22


def characters():
    """In the order of the classes 1, 2, ...; the last one is the space."""
    every = "".join(chr(c) for c in range(0x21, 0x7F)) + MARKS + "".join(LETTERS.values())
    return list(dict.fromkeys(shape(every))) + [" "]


class Lines:
    """Of the lists that lists.py writes."""

    def __init__(self, lists):
        self.lists, self.signs = lists["read"], lists["signs"]
        self.known = set(characters())

    def of(self, rng):
        """A script and one line in it, all of whose characters are known."""
        while True:
            script = rng.choice(list(SHARES), p=list(SHARES.values()))
            text = numerals(rng) if script == "Zyyy" else self.written(script, rng)
            if 0 < len(text) <= LONGEST and all(c in self.known for c in shape(text)):
                return str(script), text

    def written(self, script, rng):
        way = rng.random()
        words = self.lists[script] if way < 0.62 else self.signs[script]
        if way > 0.78 and script in LETTERS:
            text = self.made_up(script, rng)
        else:
            text = " ".join(words[rng.integers(len(words))] for _ in range(1 if rng.random() < 0.75 else 2))
        if script != "Hang":
            held = rng.random()
            text = upper(script, text) if held < 0.5 else text.title() if held < 0.72 else text
        if rng.random() < 0.1:
            text = text + " " + numerals(rng)[:4] if rng.random() < 0.7 else numerals(rng)[:3] + " " + text
        if rng.random() < 0.06:
            text = ("({})", "«{}»", '"{}"', "{}.", "{},", "{}!", "{}:", "{}-")[rng.integers(8)].format(text)
        return unicodedata.normalize("NFC", text)

    def made_up(self, script, rng):
        """Letters in no order, all as often, so that the seldom ones are learnt too; half of them as words mix them."""
        letters, words = LETTERS[script], self.lists[script]
        length = int(rng.integers(1, 7))
        return "".join(letters[rng.integers(len(letters))] if rng.random() < 0.6 else (lambda w: w[rng.integers(len(w))])(words[rng.integers(len(words))])
                       for _ in range(length)).strip()
