#!/usr/bin/env python3
"""Makes signs_han.csv: Chinese characters that are written so only in China, only in Taiwan and Hong Kong, or only in Japan.

    npm pack opencc-js@1.4.2 and unpack it
    python assets/knowledge/make_han.py package/dist/esm-lib/dict

Source: OpenCC's tables of characters (Apache-2.0), which name for each simplified character its traditional ones, and for each
new form of Japan the old one. Left out is what two of the three share (国 in China and Japan, 東 in Taiwan and Japan).
"""

import re
import sys
from pathlib import Path

from signs_table import write

CODES = {"simplified": "CN MY SG", "traditional": "HK MO TW", "japanese": "JP"}


def main(tables):
    pairs = lambda name: [pair.split() for pair in re.search('"(.*)"', (Path(tables) / f"{name}.js").read_text(encoding="utf-8"))[1].split("|")]
    simplified = {pair[0]: set(pair[1:]) for pair in pairs("STCharacters")}
    japan = dict(pairs("JPShinjitaiCharacters"))
    traditional = set().union(*simplified.values()) | {pair[0] for pair in pairs("TSCharacters")}
    found = {
        "simplified": set(simplified) - traditional - set(japan),
        "traditional": (traditional - set(simplified)) & set(japan.values()) - set(japan),
        "japanese": set(japan) - set(simplified) - traditional,
    }
    # The reader knows characters of the first plane.
    common = lambda letters: "".join(sorted(letter for letter in letters if "\u4e00" <= letter <= "\u9fff"))
    write("han", "variety,codes,letters", ((variety, CODES[variety], common(letters)) for variety, letters in found.items()))


if __name__ == "__main__":
    main(sys.argv[1])
