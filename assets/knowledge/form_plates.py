"""Forms of number plates that few countries have: what Faker and pointblank write as plates of a country, and this project's
own table, which names the form that each country's article in Wikipedia gives."""

import importlib
import json
import random
import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

from faker import Faker
from faker.config import AVAILABLE_LOCALES

from forms import changes_in, digits_in, letters_in, seen

# A plate of more countries tells too little.
MOST_COUNTRIES = 6
# So many letters and digits, or what is met by chance has the form too (MP3 128, USB 3.0).
LEAST_LETTERS, LEAST_DIGITS, LEAST_SIGNS, MANY_SIGNS = 2, 2, 6, 7
# Each of their states has forms of its own, which are other countries' too.
MANY_PLATES = {"US", "CA"}
# So many plates of each country are drawn, and a form counts from so many of them.
DRAWN, LEAST_DRAWN = 2000, 20
# Letters of other alphabets that plates share with the Latin one.
SHARED = str.maketrans("АВЕКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXABEZHIKMNOPTYX")

# This project's: codes with the forms in use, by the article on each country's plates.
OWN = {
    "AL": "@@ ### @@", "AR": "@@ ### @@", "BE": "#-@@@-###", "BG": "@@ #### @@|@@####@@", "BR": "@@@#@##", "CZ": "#@# ####",
    "DE": "@-@@ ###|@-@@ ####|@@-@@ ###|@@-@@ ####|@@-@ ####|@@@-@@ ###", "DK": "@@ ## ###", "ES": "#### %%%|####%%%", "FR": "@@-###-@@", "GB": "@@## @@@|@@##@@@", "GE": "@@-###-@@",
    "HR": "@@ ####-@@|@@-####-@@|@@ ###-@@", "HU": "@@ @@-###", "ID": "@ #### @@@", "IE": "##-@-#####|###-@-#####|###-@@-####|###-@-####",
    "IL": "##-###-##|###-##-###", "IN": "@@ ## @@ ####|@@##@@####|@@ ##@@ ####|@@## @@ ####|@@##@@ ####", "IT": "@@ ### @@|@@ ###@@",
    "KE": "K@@ ###@", "MX": "@@@-###-@", "NG": "@@@-### @@|@@@ ### @@", "NL": "##-@@-##|@@-##-@@|##-@@@-#|#-@@@-##|@@-###-@|@-###-@@|@@@-##-@",
    "PT": "##-@@-##|@@-##-@@", "RO": "@@ ## @@@|B ### @@@", "RS": "@@ ####-@@|@@-####-@@|@@ ###-@@", "RU": "@###@@ ##|@###@@##|@###@@###|@ ### @@ ##|@ ### @@ ###",
    "SG": "S@@ #### @|S@@####@", "SK": "@@-###@@|@@ ###@@", "TR": "## @@@ ###|## @@ ###|## @ ####", "TZ": "T ### @@@",
    "UA": "@@ #### @@|@@####@@", "UG": "U@@ ###@", "VN": "##@-###.##|##@ ###.##|##@-#####", "AZ": "##-@@-###", "MK": "@@ ####-@@|@@-####-@@",
    "ME": "@@ @@###", "SI": "@@ @#-###", "BA": "@##-@-###", "XK": "##-###-@@", "ZA": "|".join(f"@@ ## @@ {end}|@@@ ### {end}" for end in "GP EC MP FS NC NW".split()),
}


def plates(countries):
    """(form, codes, sources) of each form that this project or Faker has and few countries; the forms of all countries."""
    users = {"wikipedia-plates": {}, "faker": {}, "pointblank": {}}
    for code, forms in OWN.items():
        for form in forms.split("|"):
            users["wikipedia-plates"].setdefault(form, set()).add(code)
    for locale in sorted(AVAILABLE_LOCALES):
        code = locale[-2:]
        if code in countries and code not in MANY_PLATES and find_spec(f"faker.providers.automotive.{locale}"):
            for form in drawn(locale):
                users["faker"].setdefault(form, set()).add(code)
    data = Path(find_spec("pointblank").origin).parent / "countries/data"
    for file in sorted(data.glob("*/misc.json")):
        form = json.loads(file.read_text(encoding="utf-8")).get("license_plate_format", "").replace("?", "@")
        if form:
            users["pointblank"].setdefault(form, set()).add(file.parent.name)
    every = set().union(*users.values())
    return [row for form in sorted(every) if (row := row_of(form, users))], every


def row_of(form, users):
    """A form with all its countries: those of the form that it is a case of are too, as of `#### @@@` for `#### %%%`."""
    same = {form, form.replace("%", "@"), re.sub("^[A-Z] ", "@ ", form)}
    codes = set().union(*(named.get(one, set()) for named in users.values() for one in same))
    sources = {source for source, named in users.items() if any(one in named for one in same)}
    is_own = form in users["wikipedia-plates"]
    is_parted = any(c in form for c in "-%") or len(form.split()) > 2
    is_told = (is_own and is_parted) or (changes_in(form) > 1 and (is_own or (form in users["faker"] and "-" in form)))
    n_letters, n_digits = letters_in(form), digits_in(form)
    is_long = n_digits >= LEAST_DIGITS and n_letters + n_digits >= (LEAST_SIGNS if n_letters >= LEAST_LETTERS else MANY_SIGNS)
    return (form, codes, sources) if is_told and is_long and len(codes) <= MOST_COUNTRIES else None


def drawn(locale):
    random.seed(locale)
    Faker.seed(0)
    fake = Faker(locale)
    forms = Counter(seen(fake.license_plate().upper().translate(SHARED)) for _ in range(DRAWN))
    return [form for form, count in sorted(forms.items(), key=str) if form and count >= LEAST_DRAWN]
