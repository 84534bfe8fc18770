#!/usr/bin/env python3
"""Makes signs_forms.csv, the forms of postcodes, number plates and national phone numbers that few countries have, and
signs_roads.csv, what is written on road signs there.

    python assets/knowledge/make_forms.py

Facts in this project's own words, known by hand; each can be checked at Universal Postal Union ("Postal addressing systems",
upu.int), ITU-T E.164's national numbering plans (itu.int/oth/T0202) and, for plates, the countries' registration offices.
Which languages a country has is read from signs_languages.csv. How strongly a form or word speaks is judged.

A form is written with `#` for a digit, `@` for a capital letter, `%` for a capital consonant, `?` for a digit or capital and
`*` for a word of three letters or more with a capital; all else stands for itself.
"""

import csv
from pathlib import Path

from signs_table import write

HERE = Path(__file__).parent

STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD "
    "TN TX UT VT VA WA WV WI WY DC PR"
).split()
NORTH_AMERICA = "AG AI AS BB BM BS CA DM DO GD GU JM KN KY LC MP MS PR SX TC TT US VC VG VI"
FRANCE = "FR GF GP MQ RE YT"

# kind: times likelier at home, then codes: forms with `|` between them
FORMS = {
    "postcode": (15, {
        "GB": "@# #@@|@## #@@|@@# #@@|@@## #@@|@#@ #@@|@@#@ #@@", "CA": "@#@ #@#|@#@#@#", "IE": "@## @#??|@## @?#?|@## @??#",
        "NL": "#### @@ *", "BR": "#####-###", "JP": "〒###-####|〒 ###-####", "PT": "####-### *|P-####-###", "PL": "##-### *|PL-##-###",
        "CZ GR SE SK": "### ## *", "US": "|".join(f"{state} #####" for state in STATES if state not in ("IN", "OR")),
        "AU": "NSW ####|VIC ####|QLD ####|TAS ####|ACT ####|SA ####", "AR": "@####@@@", "SG": "Singapore ######|SINGAPORE ######",
        "MT": "@@@ ####", "DE": "D-#####|DE-#####", "AT": "A-####", "CH": "CH-####", "FR": "F-#####", "LU": "L-####",
        "BE": "B-####", "IT": "I-#####", "ES": "E-#####", "DK": "DK-####", "SE": "S-### ##|SE-### ##", "FI": "FI-#####|FIN-#####",
        "LV": "LV-####", "LT": "LT-#####", "MD": "MD-####|MD####", "AZ": "AZ####|AZ ####", "HR": "HR-#####", "SI": "SI-####",
        "SK": "SK-### ##", "CZ": "CZ-### ##", "HU": "H-####", "RO": "RO-######", "BG": "BG-####", "GR": "GR-### ##", "NO": "N-####",
        "AD": "AD###", "BB": "BB#####", "KY": "KY#-####", "VC": "VC####", "VG": "VG####",
    }),
    "plate": (8, {
        "GB": "@@## @@@|@@##@@@", "FR": "@@-###-@@", "AR IT": "@@ ### @@", "ES": "#### %%%|####%%%", "BE": "#-@@@-###",
        "NL": "##-@@@-#|#-@@@-##|@@-###-@|@-###-@@|@@@-##-@", "NL PT": "##-@@-##|@@-##-@@", "BR": "@@@#@##",
        "IN": "@@ ## @@ ####|@@##@@####|@@ ##@@ ####|@@##@@ ####", "BG UA": "@@ #### @@|@@####@@", "RU": "@###@@ ##|@###@@##|@###@@###",
        "TR": "## @@@ ###|## @@ ###|## @ ####", "IE": "##-@-#####|###-@-#####|###-@@-####|###-@-####", "CZ": "#@# ####",
        "SK": "@@-###@@|@@ ###@@", "RO": "@@ ## @@@|B ### @@@", "DK": "@@ ## ###", "IL": "##-###-##|###-##-###", "MX": "@@@-###-@",
        "HR RS": "@@ ####-@@|@@-####-@@|@@ ###-@@", "HU": "@@ @@-###", "VN": "##@-###.##|##@ ###.##|##@-#####", "ID": "@ #### @@@",
        "SG": "S@@ #### @|S@@####@", "KE": "K@@ ###@", "UG": "U@@ ###@", "TZ": "T ### @@@", "NG": "@@@-### @@|@@@ ### @@",
        "ZA": "|".join(f"@@ ## @@ {end}|@@@ ### {end}" for end in "GP EC MP FS NC NW".split()),
    }),
    "phone": (10, {
        NORTH_AMERICA: "(###) ###-####|###-###-####|1-800-###-####", FRANCE: "0# ## ## ## ##|0#.##.##.##.##",
        "BR": "(##) #####-####|(##)#####-####", "BR MX": "(##) ####-####", "GB": "020 #### ####|0#### ### ###|0845 ### ####",
        "AU": "(0#) #### ####|1300 ### ###|1800 ### ###", "JP": "0#-####-####|0120-###-###", "KR": "010-####-####|15##-####|16##-####",
        "BY KZ RU": "8 (###) ###-##-##|8(###)###-##-##|8-###-###-##-##|8 800 ### ## ##", "TR": "0### ### ## ##|0(###) ### ## ##|444 # ###",
        "CH UA": "0## ### ## ##", "BA HR ME MK RS": "0##/###-###", "CN": "400-###-####|400 ### ####",
    }),
}

# What stands on road signs, alone or with little else: words, languages (`=de`) or codes. A word of fewer letters than six
# counts only where nothing else stands in its box. STOP itself stands in most of the world.
ROADS = [
    ("alto", "CR GT HN MX NI SV"), ("pare", "AR BO BR CL CO CU DO EC PA PE PR PY UY VE"), ("arrêt", "CA"), ("dur", "TR CY"),
    ("berhenti", "MY BN"), ("dừng lại", "VN"), ("止まれ", "JP"), ("徐行", "JP"), ("停", "CN HK MO TW"), ("정지", "KR"),
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
    ("eccetto", "IT"), ("excepto", "=es"), ("nie dotyczy", "PL"), ("mimo", "CZ SK"), ("kivéve", "HU"), ("gäller ej", "SE"), ("gjelder ikke", "NO"),
    ("rappel", "FR"), ("péage", "=fr"), ("peaje", "=es"), ("pedágio", "BR"), ("portagem", "PT"), ("pedaggio", "IT"), ("maut", "AT DE"),
    ("bompenger", "NO"), ("cestarina", "HR SI"), ("putarina", "BA ME RS"), ("mýtné", "CZ"), ("zone 30", "BE CH FR LU NL"), ("zona 30", "CH ES IT PT RO"),
    ("zóna 30", "CZ HU SK"), ("30 zone", "AT DE"), ("tempo 30", "AT CH DE"), ("20's plenty", "GB"), ("twenty's plenty", "GB"), ("speed limit", "AU CA PH PR US"),
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


def main():
    of_language = {}
    for row in csv.DictReader((HERE / "signs_languages.csv").open(encoding="utf-8")):
        of_language[row["language"]] = " ".join(part.split(":")[0] for part in row["codes"].split())
    forms = (
        (kind, form, times, codes)
        for kind, (times, countries) in FORMS.items()
        for codes, all_forms in countries.items()
        for form in all_forms.split("|")
    )
    write("forms", "kind,form,times,codes", forms)
    words = {}
    for word, codes in ROADS:
        words[word] = of_language[codes[1:]] if codes.startswith("=") else " ".join(sorted(codes.split()))
    write("roads", "words,codes", sorted(words.items()))


if __name__ == "__main__":
    main()
