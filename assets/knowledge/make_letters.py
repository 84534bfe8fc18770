#!/usr/bin/env python3
"""Makes the tables of what letters, scripts and languages on a sign tell: signs_scripts.csv, signs_letters.csv and
signs_languages.csv.

    pip install babel==2.18.0
    npm pack cldr-misc-full@48.2.0 cldr-core@48.2.0 and unpack them
    python assets/knowledge/make_letters.py cldr-misc-full cldr-core

Sources, all CLDR (Unicode licence): how many people of a country use a language and whether it is official there, and the
script it is written in (package babel); the letters of each language's alphabet (package cldr-misc-full). A script's share is the
mean over its countries of the share of people who write it. How strongly a script or a language speaks is judged.
"""

import csv
import json
import re
import sys
import unicodedata
from pathlib import Path

from babel.core import get_global
from babel.languages import get_territory_language_info

from signs_table import write

HERE = Path(__file__).parent

# The program's scripts (src/knowledge/script.rs) but Latin: how many times likelier they are on signs at home; judged. Lower
# where restaurants and monuments carry them abroad.
SCRIPTS = {
    "Grek": 15, "Cyrl": 18, "Arab": 12, "Hebr": 12, "Deva": 15, "Beng": 18, "Guru": 15, "Gujr": 18, "Orya": 18, "Taml": 18,
    "Telu": 18, "Knda": 18, "Mlym": 18, "Sinh": 18, "Thai": 15, "Laoo": 18, "Khmr": 18, "Mymr": 18, "Geor": 18, "Armn": 18,
    "Ethi": 18, "Hang": 15, "Hrkt": 12, "Hani": 8, "Tibt": 15, "Thaa": 18, "Tfng": 18,
}
# Which of CLDR's scripts are read as the program's.
SAME_SCRIPT = {"Jpan": {"Hrkt", "Hani"}, "Kore": {"Hang"}, "Hans": {"Hani"}, "Hant": {"Hani"}}
# Where no language of the script is official, and yet signs are written in it.
ALSO_SCRIPT = {
    "Arab": "IL ER", "Cyrl": "MD", "Deva": "MU", "Hani": "MY", "Hebr": "PS", "Taml": "MY SG", "Tfng": "DZ MA",
    "Tibt": "BT CN IN",
}

# The languages that the program tells: their code in ISO 639-3 where crate whatlang knows them, name, CLDR's codes, how many
# times likelier at home; judged. World languages are low: English stands on signs everywhere, French at restaurants.
LANGUAGES = {
    "en": ("eng", "English", "en", 3), "fr": ("fra", "French", "fr", 10), "it": ("ita", "Italian", "it", 10),
    "es": ("spa", "Spanish", "es", 15), "pt": ("por", "Portuguese", "pt", 18), "de": ("deu", "German", "de", 15),
    "nl": ("nld", "Dutch", "nl", 18), "af": ("afr", "Afrikaans", "af", 18), "sv": ("swe", "Swedish", "sv", 18),
    "da": ("dan", "Danish", "da", 15), "nb": ("nob", "Norwegian", "no nb nn", 15), "fi": ("fin", "Finnish", "fi", 20),
    "et": ("est", "Estonian", "et", 20), "lv": ("lav", "Latvian", "lv", 20), "lt": ("lit", "Lithuanian", "lt", 20),
    "pl": ("pol", "Polish", "pl", 18), "cs": ("ces", "Czech", "cs", 15), "sk": ("slk", "Slovak", "sk", 15),
    "sl": ("slv", "Slovenian", "sl", 18), "hu": ("hun", "Hungarian", "hu", 20),
    "hr": ("hrv", "Serbo-Croatian", "hr sr_Latn sr bs cnr", 18), "sr": ("srp", "Serbian in Cyrillic", "sr", 18),
    "ro": ("ron", "Romanian", "ro", 20), "sq": ("-", "Albanian", "sq", 18), "tr": ("tur", "Turkish", "tr", 15),
    "az": ("aze", "Azerbaijani", "az", 15), "uz": ("uzb", "Uzbek", "uz", 18), "tk": ("tuk", "Turkmen", "tk", 18),
    "vi": ("vie", "Vietnamese", "vi", 18), "id": ("ind", "Indonesian or Malay", "id ms", 18),
    "tl": ("tgl", "Filipino", "fil", 18), "ca": ("cat", "Catalan", "ca", 18), "cy": ("cym", "Welsh", "cy", 20),
    "ru": ("rus", "Russian", "ru", 12), "uk": ("ukr", "Ukrainian", "uk", 15), "be": ("bel", "Belarusian", "be", 18),
    "bg": ("bul", "Bulgarian", "bg", 18), "mk": ("mkd", "Macedonian", "mk", 18), "el": ("ell", "Greek", "el", 15),
    "hi": ("hin", "Hindi", "hi", 15), "mr": ("mar", "Marathi", "mr", 15), "ne": ("nep", "Nepali", "ne", 15),
    "bn": ("ben", "Bengali", "bn", 18), "ar": ("ara", "Arabic", "ar", 12), "fa": ("pes", "Persian", "fa", 15),
    "ur": ("urd", "Urdu", "ur", 15), "is": ("-", "Icelandic", "is", 20), "mt": ("-", "Maltese", "mt", 20),
    "ga": ("-", "Irish", "ga", 20), "eu": ("-", "Basque", "eu", 18),
}
# Where a language stands on signs without being official.
ALSO_LANGUAGE = {
    "af": "NA", "ar": "IL ER", "ca": "FR", "da": "FO GL", "de": "IT", "en": "AE BD BN CY IL JO LK MM MV MY NP OM QA TH", "eu": "FR",
    "fr": "DZ LB MR TN", "hr": "XK", "ru": "AM GE MD MN TJ TM UA UZ", "ne": "BT",
}
# Where CLDR has a language official in a part, and few signs are written in it.
FEW_SIGNS = {"de": {"DK", "PL"}}

# A language that is official in a part of a country counts from so many percent of all its people; its letters from more.
LEAST_REGIONAL_PERCENT, LEAST_LETTERS_PERCENT = 0.5, 5
# A script of so few percent of a country's people counts there only where so much of all its users live there: Gujarati in India,
# and not Arabic letters in China.
LEAST_SCRIPT_PERCENT, LEAST_SHARE_OF_USERS = 5, 0.1
# A letter of more countries' alphabets than this tells too little.
MOST_COUNTRIES = 40
# Letters that other languages borrow with words ("café", "crème brûlée").
BORROWED = set("áàâçéèêëíîïóôúû")
# Alphabets that do not have a letter of their language there.
NOT_THERE = {"ß": {"CH", "LI", "DK", "PL"}}
# Letters of languages that fewer speak, and of the way in which Japanese is written in Latin letters.
ALSO_LETTER = {"ŵ": {"GB"}, "ŷ": {"GB"}, "ō": {"JP"}, "ū": {"JP"}}


def main(cldr, core):
    codes = [row["code"] for row in csv.DictReader((HERE.parent / "geo/countries.csv").open(encoding="utf-8"))]
    spoken = {code: languages_of(code) for code in codes}
    write("scripts", "script,times,share,codes", scripts(spoken, Path(core)))
    write("letters", "letter,codes", letters(codes, Path(cldr)))
    write("languages", "language,iso639_3,name,times,codes", languages(spoken))


def languages_of(code, least_regional=LEAST_REGIONAL_PERCENT):
    """The official languages of a country, with the percentage of its people who use each."""
    found = {}
    for language, info in get_territory_language_info(code).items():
        percent, status = info["population_percent"], info["official_status"]
        is_regional = status == "official_regional" and percent >= least_regional
        if status in ("official", "de_facto_official") or is_regional:
            found[language] = percent
    return found


def script_of(language, code):
    likely = get_global("likely_subtags")
    if "_" in language:
        return language.split("_")[1]
    tag = likely.get(f"{language}_{code}") or likely.get(language) or ""
    parts = tag.split("_")
    return parts[1] if len(parts) > 1 else "Latn"


def scripts(spoken, core):
    territories = json.loads((core / "supplemental/territoryInfo.json").read_text(encoding="utf-8"))["supplemental"]["territoryInfo"]
    percents = {script: {} for script in SCRIPTS}
    for code, found in spoken.items():
        for language, percent in found.items():
            script = script_of(language, code)
            for own in SAME_SCRIPT.get(script, {script}) & set(SCRIPTS):
                percents[own][code] = max(percent, percents[own].get(code, 0))
    users = {script: set(ALSO_SCRIPT.get(script, "").split()) for script in SCRIPTS}
    for script, of in percents.items():
        people = {code: percent * int(territories.get(code, {}).get("_population", 0)) for code, percent in of.items()}
        least = LEAST_SHARE_OF_USERS * sum(people.values())
        users[script] |= {code for code, percent in of.items() if percent >= LEAST_SCRIPT_PERCENT or people[code] >= least}
    for script, times in SCRIPTS.items():
        assert users[script], script
        share = sum(share_of_users(script, code, territories) for code in users[script]) / len(users[script])
        yield script, times, f"{share:.3f}", " ".join(sorted(users[script]))


def share_of_users(script, code, territories):
    """The share of a country's people who use its commonest language of this script and write it."""
    languages = territories.get(code, {}).get("languagePopulation", {})
    written = lambda info: float(info["_populationPercent"]) / 100 * float(info.get("_writingPercent", 100)) / 100
    is_so = lambda language: script in SAME_SCRIPT.get(script_of(language, code), {script_of(language, code)})
    return max((written(info) for language, info in languages.items() if is_so(language)), default=0)


def letters(codes, cldr):
    """Each letter beyond a to z, with the countries in whose alphabets it stands."""
    users = {letter: set(also) for letter, also in ALSO_LETTER.items()}
    for code in codes:
        for language in languages_of(code, LEAST_LETTERS_PERCENT):
            if script_of(language, code) == "Latn":
                for letter in alphabet(cldr, language):
                    users.setdefault(letter, set()).add(code)
    for letter, codes in sorted(users.items()):
        codes -= NOT_THERE.get(letter, set())
        if letter not in BORROWED and len(codes) <= MOST_COUNTRIES:
            yield letter, " ".join(sorted(codes))


def alphabet(cldr, language):
    file = cldr / "main" / language.replace("_", "-") / "characters.json"
    if not file.exists():
        return set()
    exemplars = next(iter(json.loads(file.read_text(encoding="utf-8"))["main"].values()))["characters"]["exemplarCharacters"]
    units = re.sub(r"\{[^}]*\}", " ", exemplars.strip("[]"))
    units = unicodedata.normalize("NFC", units)
    found = set()
    for letter in units:
        if letter.isalpha() and not letter.isascii() and unicodedata.name(letter, "").startswith("LATIN"):
            found.add(letter)
    for first, last in re.findall(r"(\w)-(\w)", units):
        found |= {chr(point) for point in range(ord(first), ord(last) + 1) if point > 127}
    return found


def languages(spoken):
    for language, (code3, name, own, times) in LANGUAGES.items():
        percents = {code: percent_of(own, code) for code in ALSO_LANGUAGE.get(language, "").split()}
        for code, found in spoken.items():
            shares = [found[tag] for tag in own.split() if tag in found]
            if shares and code not in FEW_SIGNS.get(language, set()):
                percents[code] = max(shares)
        assert percents, language
        yield language, code3, name, times, " ".join(f"{code}:{percent:.0f}" for code, percent in sorted(percents.items()))


def percent_of(languages, code):
    info = get_territory_language_info(code)
    return max((info[tag]["population_percent"] for tag in languages.split() if tag in info), default=0)


if __name__ == "__main__":
    main(*sys.argv[1:3])
