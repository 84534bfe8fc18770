"""Words in each script: names of languages, countries, months and days from CLDR by way of Babel, and made-up ones."""

import unicodedata

# CLDR locales written in each script; ISO 15924 codes as in src/knowledge/script.rs.
LOCALES = {
    "Latn": "en de fr es pt it nl pl cs sk hu ro tr vi sv da nb fi et lt lv hr sl sq is ga cy eu ca az uz sw id ms fil af mt yo ha so zu",
    "Grek": "el", "Cyrl": "ru uk bg sr mk be kk ky mn tg tt os ce cv",
    "Arab": "ar fa ur ps ckb sd ug ks", "Hebr": "he yi", "Deva": "hi ne mr kok mai brx sa", "Beng": "bn as", "Guru": "pa",
    "Gujr": "gu", "Orya": "or", "Taml": "ta", "Telu": "te", "Knda": "kn", "Mlym": "ml", "Sinh": "si", "Thai": "th", "Laoo": "lo",
    "Khmr": "km", "Mymr": "my", "Geor": "ka", "Armn": "hy", "Ethi": "am ti", "Hang": "ko", "Hrkt": "ja", "Hani": "zh zh_Hant yue ja",
    "Tibt": "bo dz", "Thaa": "", "Tfng": "zgh shi",
}
# The Unicode name of every letter of a script begins with one of these.
NAMES = {
    "Latn": ["LATIN"], "Grek": ["GREEK"], "Cyrl": ["CYRILLIC"], "Arab": ["ARABIC"], "Hebr": ["HEBREW"], "Deva": ["DEVANAGARI"],
    "Beng": ["BENGALI"], "Guru": ["GURMUKHI"], "Gujr": ["GUJARATI"], "Orya": ["ORIYA"], "Taml": ["TAMIL"], "Telu": ["TELUGU"],
    "Knda": ["KANNADA"], "Mlym": ["MALAYALAM"], "Sinh": ["SINHALA"], "Thai": ["THAI"], "Laoo": ["LAO"], "Khmr": ["KHMER"],
    "Mymr": ["MYANMAR"], "Geor": ["GEORGIAN"], "Armn": ["ARMENIAN"], "Ethi": ["ETHIOPIC"], "Hang": ["HANGUL"],
    "Hrkt": ["HIRAGANA", "KATAKANA", "CJK"], "Hani": ["CJK"], "Tibt": ["TIBETAN"], "Thaa": ["THAANA"], "Tfng": ["TIFINAGH"],
}
SCRIPTS = list(LOCALES)
# Numerals and marks stand in no script of their own; and there are boxes without text.
NUMERALS, NO_TEXT = "Zyyy", "Zxxx"
CLASSES = SCRIPTS + [NUMERALS, NO_TEXT]
WITHOUT_SPACES = {"Thai", "Laoo", "Khmr", "Mymr", "Hrkt", "Hani"}
CASED = {"Latn", "Grek", "Cyrl", "Armn", "Geor"}
THAANA = "ހށނރބޅކއވމފދތލގޏސޑޒޓޔޕޖޗ", "ަާިީުޫެޭޮޯް"


def is_of(script, text):
    """Whether every letter is of the script, and kana stand in a Japanese word."""
    letters = [c for c in text if unicodedata.category(c)[0] in "LM"]
    names = [unicodedata.name(c, "") for c in letters]
    if script == "Hrkt" and not any(n.startswith(("HIRAGANA", "KATAKANA")) for n in names):
        return False
    return bool(letters) and all(n.startswith((*NAMES[script], "COMBINING", "ZERO")) for n in names)


def cldr(script):
    from babel import Locale

    if script == "Thaa":
        return ["މާލެ", "ދިވެހި", "ރާއްޖެ", "ފިހާރަ", "ސްކޫލް", "މަގު", "ހޮޓާ", "ބޭސްފިހާރަ"]
    words = set()
    for name in LOCALES[script].split():
        locale = Locale.parse(name)
        texts = [*locale.languages.values(), *locale.territories.values()]
        for kind in ("wide", "abbreviated"):
            texts += [*locale.months["format"][kind].values(), *locale.days["format"][kind].values()]
        for text in texts:
            text = text.split("(")[0].replace("’", "'").strip()
            words.update(part for part in ([text] + text.split()) if 0 < len(part) <= 26 and is_of(script, part))
    return sorted(words)


def clusters(word):
    """Letters with the marks on them; a letter after a sign that joins stays with it."""
    parts = []
    for c in word:
        joined = parts and (unicodedata.category(c)[0] == "M" or c in "\u200c\u200d" or unicodedata.combining(parts[-1][-1]) == 9)
        if joined:
            parts[-1] += c
        elif unicodedata.category(c)[0] == "L":
            parts.append(c)
    return parts


def common_hanzi():
    """The first level of GB 2312 and of Big5, the characters in everyday use."""
    rows = [bytes([a, b]).decode("gb2312", "ignore") for a in range(0xB0, 0xD8) for b in range(0xA1, 0xFF)]
    rows += [bytes([a, b]).decode("big5", "ignore") for a in range(0xA4, 0xC6) for b in [*range(0x40, 0x7F), *range(0xA1, 0xFF)]]
    return [c for c in rows if c and unicodedata.name(c, "").startswith("CJK")]


class Words:
    """Of CLDR, or of `known`, a list for each script (lists.py)."""

    def __init__(self, known=None):
        self.known = known or {script: cldr(script) for script in SCRIPTS}
        self.letters = {script: [c for word in words for c in clusters(word)] for script, words in self.known.items()}
        self.letters["Thaa"] = [a + b for a in THAANA[0] for b in THAANA[1]]
        self.hanzi = common_hanzi()
        self.kana = [chr(c) for c in [*range(0x3042, 0x3094, 1), *range(0x30A2, 0x30F4)]]

    def of(self, script, rng):
        """One line of text of about 1 to 20 letters."""
        if script == NUMERALS:
            return numerals(rng)
        text = self.made_up(script, rng) if rng.random() < 0.3 or script == "Thaa" and rng.random() < 0.8 else self.real(script, rng)
        if script in CASED:
            way = rng.random()
            text = upper(script, text) if way < 0.5 else text.title() if way < 0.7 and script != "Geor" else text
        if rng.random() < 0.08:
            text = text + " " + numerals(rng)[:4] if rng.random() < 0.7 else numerals(rng)[:3] + " " + text
        return text if script in ("Taml", "Mlym") else unicodedata.normalize("NFC", text)

    def real(self, script, rng):
        words = self.known[script]
        count = 1 if rng.random() < 0.75 else int(rng.integers(2, 4))
        joint = "" if script in WITHOUT_SPACES and rng.random() < 0.6 else " "
        return joint.join(words[rng.integers(len(words))] for _ in range(count))

    def made_up(self, script, rng):
        length = int(rng.integers(2, 9)) if rng.random() < 0.9 else 1
        if script == "Hani":
            return "".join(self.hanzi[rng.integers(len(self.hanzi))] for _ in range(min(length, 6)))
        if script == "Hrkt":
            pool = [self.kana if rng.random() < 0.65 else self.hanzi for _ in range(length - 1)] + [self.kana]
            rng.shuffle(pool)
            return "".join(part[rng.integers(len(part))] for part in pool)
        if script == "Hang":
            # Syllables of all letters, the frequent ones oftener.
            extra = [chr(0xAC00 + int(rng.integers(11172))) for _ in range(length)]
            letters = self.letters[script]
            return "".join(c if rng.random() < 0.3 else letters[rng.integers(len(letters))] for c in extra[:6])
        letters = self.letters[script]
        return "".join(letters[rng.integers(len(letters))] for _ in range(length))


def upper(script, text):
    """Capitals; Greek ones mostly stand without accents."""
    text = text.upper()
    if script != "Grek":
        return text
    return "".join(c for c in unicodedata.normalize("NFD", text) if c != "\u0301")


def numerals(rng):
    def digits(low, high):
        return "".join(str(rng.integers(10)) for _ in range(rng.integers(low, high)))

    forms = [lambda: digits(1, 7), lambda: f"{digits(1, 4)}-{digits(2, 5)}", lambda: f"{digits(1, 3)}:{rng.integers(10, 60)}",
             lambda: f"+{digits(2, 4)} {digits(3, 4)} {digits(3, 5)}", lambda: f"{digits(1, 4)}.{digits(2, 3)}", lambda: f"{digits(2, 4)}%",
             lambda: f"№{digits(1, 4)}", lambda: f"{digits(1, 3)}/{digits(1, 3)}", lambda: f"({digits(3, 5)}) {digits(3, 8)}",
             lambda: f"{'€£$¥₹'[rng.integers(5)]}{digits(1, 4)}"]
    return forms[rng.integers(len(forms))]()
