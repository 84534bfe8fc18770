"""Forms of number plates that few countries have: what Faker and pointblank write as plates of a country, and this project's
own table, each of whose forms a page on the country's plates shows (signs_sources.csv) or one of the two has as well."""

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

# This project's: codes with the forms in use.
OWN = {
    "AL": "@@ ### @@", "AR": "@@ ### @@", "BE": "#-@@@-###", "BG": "@@ #### @@|@@####@@", "BR": "@@@#@##", "CZ": "#@# ####|#@@ ####",
    "DE": "@-@@ ###|@-@@ ####|@@-@@ ###|@@-@@ ####|@@-@ ####|@@@-@@ ###", "DK": "@@ ## ###", "ES": "#### %%%|####%%%", "FR": "@@-###-@@", "GB": "@@## @@@|@@##@@@", "GE": "@@-###-@@",
    "HR": "@@ ####-@@|@@-####-@@|@@ ###-@@", "HU": "@@ @@-###", "ID": "@ #### @@@", "IE": "##-@-#####|###-@-#####|###-@@-####|###-@-####",
    "IL": "##-###-##|###-##-###", "IN": "@@ ## @@ ####|@@##@@####|@@ ##@@ ####|@@## @@ ####|@@##@@ ####", "IT": "@@ ### @@|@@ ###@@",
    "KE": "K@@ ###@", "MX": "@@@-###-@", "NG": "@@@-###@@|@@@-### @@", "NL": "##-@@-##|@@-##-@@|##-@@@-#|#-@@@-##|@@-###-@|@-###-@@|@@@-##-@",
    "PT": "##-@@-##|@@-##-@@", "RO": "@@ ## @@@|B ### @@@", "RS": "@@ ####-@@|@@-####-@@|@@ ###-@@", "RU": "@###@@ ##|@###@@##|@###@@###|@ ### @@ ##|@ ### @@ ###",
    "TZ": "T ### @@@", "SG": "S@@ #### @|S@@####@", "SK": "@@-###@@|@@ ###@@", "TR": "## @@@ ###|## @@ ###|## @ ####", 
    "UA": "@@ #### @@|@@####@@", "UG": "U@@ ###@", "VN": "##@-###.##|##@-#####", "AZ": "##-@@-###", "MK": "@@ #### @@",
    "SI": "@@ @#-###|@@ @@-###|@@ ##-@@@", "BA": "@##-@-###", "XK": "##-###-@@", "ZA": "@@ ## @@ GP|" + "|".join(f"@@@ ### {end}" for end in "GP EC MP FS NC NW".split()),
}

# Countries on whose plates signs_sources.csv names a page, under `plates-` and the code.
PAGES = set("BA CZ DE HR HU IE IN NG NL RO RS RU SG SI TZ XK ZA".split())


def plates(countries):
    """(form, codes, sources) of each form that this project or Faker has and few countries; the forms of all countries."""
    tables = {"faker": drawn_forms(countries), "pointblank": pointblank_forms()}
    own, users = {}, {name: {form: set(codes) for form, codes in table.items()} for name, table in tables.items()}
    for code, forms in OWN.items():
        for form in forms.split("|"):
            own.setdefault(form, set()).add(code)
            for source in sources_of(form, code, tables):
                users.setdefault(source, {}).setdefault(form, set()).add(code)
    every = set().union(*users.values())
    return [row for form in sorted(every) if (row := row_of(form, users, own, tables["faker"]))], every


def sources_of(form, code, tables):
    """Where a form of a country can be checked: its page, or the tables that have the form but for blanks and hyphens."""
    if code in PAGES:
        return [f"plates-{code.lower()}"]
    plain = lambda text: re.sub("[ -]", "", text).replace("%", "@")
    alike = lambda table: any(code in codes and plain(known) == plain(form) for known, codes in table.items())
    found = [name for name, table in tables.items() if alike(table)]
    assert found, (code, form)
    return found


def row_of(form, users, own, drawn):
    """A form with all its countries: those of the form that it is a case of are too, as of `#### @@@` for `#### %%%`."""
    same = {form, form.replace("%", "@"), re.sub("^[A-Z] ", "@ ", form)}
    codes = set().union(*(named.get(one, set()) for named in users.values() for one in same))
    sources = {source for source, named in users.items() if any(one in named for one in same)}
    is_parted = any(c in form for c in "-%") or len(form.split()) > 2
    is_told = (form in own and is_parted) or (changes_in(form) > 1 and (form in own or (form in drawn and "-" in form)))
    n_letters, n_digits = letters_in(form), digits_in(form)
    is_long = n_digits >= LEAST_DIGITS and n_letters + n_digits >= (LEAST_SIGNS if n_letters >= LEAST_LETTERS else MANY_SIGNS)
    return (form, codes, sources) if is_told and is_long and len(codes) <= MOST_COUNTRIES else None


def drawn_forms(countries):
    """The codes of each form that Faker draws."""
    found = {}
    for locale in sorted(AVAILABLE_LOCALES):
        code = locale[-2:]
        if code in countries and code not in MANY_PLATES and find_spec(f"faker.providers.automotive.{locale}"):
            for form in drawn(locale):
                found.setdefault(form, set()).add(code)
    return found


def pointblank_forms():
    found = {}
    for file in sorted((Path(find_spec("pointblank").origin).parent / "countries/data").glob("*/misc.json")):
        form = json.loads(file.read_text(encoding="utf-8")).get("license_plate_format", "").replace("?", "@")
        if form:
            found.setdefault(form, set()).add(file.parent.name)
    return found


def drawn(locale):
    random.seed(locale)
    Faker.seed(0)
    fake = Faker(locale)
    forms = Counter(seen(fake.license_plate().upper().translate(SHARED)) for _ in range(DRAWN))
    return [form for form, count in sorted(forms.items(), key=str) if form and count >= LEAST_DRAWN]
