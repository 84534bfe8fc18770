"""Cuts the fonts of the drawn streets down to the characters that are drawn.

    apt-get install fonts-noto-core fonts-noto-cjk && pip install fonttools
    python3 assets/fonts/make_fonts.py

Reads the words of assets/knowledge/words.toml and the stop words of assets/knowledge/countries.toml, and writes one
small font a script beside this file. The Noto fonts stand under the SIL Open Font Licence (OFL.txt).
"""

import pathlib
import subprocess
import tomllib
import unicodedata

HERE = pathlib.Path(__file__).parent
NOTO = pathlib.Path("/usr/share/fonts/truetype/noto")
CJK = pathlib.Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
ALWAYS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -"  # plates and speed limits

SOURCES = {
    "latin": (NOTO / "NotoSans-Bold.ttf", None),  # Greek and Cyrillic too
    "thai": (NOTO / "NotoSansThai-Bold.ttf", None),
    "lao": (NOTO / "NotoSansLao-Bold.ttf", None),
    "khmer": (NOTO / "NotoSansKhmer-Bold.ttf", None),
    "devanagari": (NOTO / "NotoSansDevanagari-Bold.ttf", None),
    "bengali": (NOTO / "NotoSansBengali-Bold.ttf", None),
    "sinhala": (NOTO / "NotoSansSinhala-Bold.ttf", None),
    "tamil": (NOTO / "NotoSansTamil-Bold.ttf", None),
    "georgian": (NOTO / "NotoSansGeorgian-Bold.ttf", None),
    "armenian": (NOTO / "NotoSansArmenian-Bold.ttf", None),
    "hebrew": (NOTO / "NotoSansHebrew-Bold.ttf", None),
    "ethiopic": (NOTO / "NotoSansEthiopic-Bold.ttf", None),
    "arabic": (NOTO / "NotoSansArabic-Bold.ttf", None),
    "japanese": (CJK, 0),
    "korean": (CJK, 1),
    "chinese-simplified": (CJK, 2),
    "chinese-traditional": (CJK, 3),
}


def main():
    languages = tomllib.loads((HERE / "../knowledge/words.toml").read_text("utf-8"))
    countries = tomllib.loads((HERE / "../knowledge/countries.toml").read_text("utf-8"))
    texts = {font: "" for font in SOURCES}
    for language in languages.values():
        texts[language["font"]] += "".join(language["words"])
    for country in countries["country"]:
        first = country["languages"]["value"][0]["code"]
        stop = country["stop_word"]["value"]
        texts[languages[first]["font"] if not stop.isascii() else "latin"] += stop
    texts["latin"] += ALWAYS
    # Shaping takes some letters apart and asks for the parts.
    texts = {font: text + unicodedata.normalize("NFD", text) for font, text in texts.items()}
    for font, (source, number) in SOURCES.items():
        suffix = "otf" if number is not None else "ttf"
        command = ["pyftsubset", str(source), f"--text={texts[font]}", f"--output-file={HERE / font}.{suffix}",
                   "--layout-features=*", "--no-hinting", "--name-IDs=0,1,2,13,14"]
        if number is not None:
            command.append(f"--font-number={number}")
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
