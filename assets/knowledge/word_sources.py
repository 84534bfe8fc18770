"""Where a word of the streets can be checked: libpostal's dictionaries, and the names, terms and answers of OpenStreetMap's
tagging schema in each language."""

import json
import re
from functools import cache
from pathlib import Path

# CLDR's codes where the two tables have others.
SAME = {"no": {"nb", "no"}, "nn": {"nb", "no"}, "fil": {"fil", "tl"}, "zh_Hant": {"zh-TW", "zh-HK", "zh"}, "zh_Hans": {"zh-CN", "zh"},
        "sr_Latn": {"sr", "bs", "hr"}, "bs": {"bs", "hr"}, "cnr": {"sr", "hr"}, "sr": {"sr", "sr-Latn"}}


class WordSources:
    """`dictionaries` is libpostal's folder of that name, `translations` that of the id-tagging-schema."""

    def __init__(self, dictionaries, translations):
        self.folders = {"libpostal": Path(dictionaries), "id-tagging-schema": Path(translations)}

    def of(self, word, languages):
        """The tables in which the word stands in one of these languages; this project alone where it is in none."""
        own = set().union(*(SAME.get(language, {language.replace("_", "-"), language.split("_")[0]}) for language in languages))
        found = [name for name in self.folders if any(self.has(name, word, language) for language in own)]
        return found or ["own"]

    @cache
    def has(self, name, word, language):
        texts = self.dictionary(language) if name == "libpostal" else self.names(language)
        # Letters of Japanese and Chinese stand without blanks.
        bound = r"(?<!\w)%s(?!\w)" if all(ord(c) < 0x2E80 for c in word) and not re.search("[\u0e00-\u0eff\u1780-\u17ff]", word) else "%s"
        return word in texts if name == "libpostal" else re.search(bound % re.escape(word), texts) is not None

    @cache
    def dictionary(self, language):
        files = (self.folders["libpostal"] / language).glob("*.txt")
        lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
        return {word.strip().lower() for line in lines for word in line.split("|")}

    @cache
    def names(self, language):
        file = self.folders["id-tagging-schema"] / f"{language}.json"
        if not file.exists():
            return ""
        return "\n".join(text.lower() for text in texts_in(json.loads(file.read_text(encoding="utf-8"))))


def texts_in(document):
    """Every text of a JSON document; not its keys."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, (dict, list)):
        for part in document.values() if isinstance(document, dict) else document:
            yield from texts_in(part)
