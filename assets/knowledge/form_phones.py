"""Forms of national phone numbers that few countries have, from libphonenumber's metadata (ITU-T E.164's numbering plans).

Each is one of its formats, or parts the digits of some valid number as its formats do: brackets, dots and hyphens are a matter
of taste, and so is whether the digits dialled at home stand before."""

import random
import re

from phonenumbers import (COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, NumberParseException, PhoneMetadata, PhoneNumberFormat,
                          format_number, is_valid_number_for_region, parse)

from forms import digits_in, forms_of

SOURCE = "libphonenumber"
# A form of more countries tells too little, and one of fewer digits or groups is met by chance. North America is one plan.
MOST_COUNTRIES, LEAST_DIGITS, LEAST_GROUPS = 10, 9, 4
# Longer ones are of exchanges within firms.
MOST_DIGITS, LONGEST_GROUP = 12, 5
# So many numbers of a form are tried.
TRIED = 5000
NORTH_AMERICA = 1

# Ways of writing that the formats do not have as they are, with the country that has them; what is written elsewhere too is not here.
ALSO = {
    "FR": "0#.##.##.##.##", "BR": "(##)#####-####", "RU": "8 (###) ###-##-##|8(###)###-##-##|8-###-###-##-##|8 800 ### ## ##",
    "KR": "010-####-####|15##-####|16##-####", "JP": "0120-###-###", "CN": "400-###-####|400 ### ####", "GB": "020 #### ####|0845 ### ####",
    "US": "(###) ###-####|###-###-####|1-800-###-####", "MX": "(##) ####-####", "TW": "0#-####-####", "TR": "444 # ###|0(###) ### ## ##", "AU": "(0#) #### ####|1300 ### ###|1800 ### ###",
    "UA": "0## ### ## ##",
}
# Of which another page tells (signs_sources.csv).
PAGES = {"UA": "phones-ua"}
# Who else has a form of the list above.
SAME = {
    "FR": "GF GP MQ RE YT", "RU": "BY KZ",
}


def phones(countries):
    """(form, codes, sources) of each form. Brackets and hyphens are a matter of taste, so that a form has the countries of all
    that part the digits alike."""
    found, of_groups, also = {}, {}, set()
    for region in sorted(SUPPORTED_REGIONS & set(countries)):
        for form in forms_of_region(region):
            found.setdefault(form, set()).add(SOURCE)
            of_groups.setdefault(groups_of(form), set()).add(region)
    for region, forms in ALSO.items():
        alike = COUNTRY_CODE_TO_REGION_CODE[NORTH_AMERICA] if region == "US" else [region, *SAME.get(region, "").split()]
        for form in forms.split("|"):
            assert region in PAGES or is_parted_so(form, region), (form, region)
            found.setdefault(form, set()).add(PAGES.get(region, SOURCE))
            also.add(form)
            of_groups.setdefault(groups_of(form), set()).update(set(alike) & set(countries))
    rows = ((form, of_groups[groups_of(form)], sources) for form, sources in found.items())
    few = lambda codes: len(codes) <= MOST_COUNTRIES or "US" in codes
    return [row for row in rows if few(row[1]) and (is_told(row[0]) or row[0] in also)]


def groups_of(form):
    """How a form parts its digits; brackets with a hyphen, hyphens alone and slashes belong to it."""
    return (form,) if is_marked(form) else tuple(re.findall(r"[\d#]+", form))


def is_marked(form):
    return "/" in form or ("(" in form and "-" in form) or re.fullmatch(r"0#+(-#+){2}", form) is not None


def is_told(form):
    """Whether it is met by chance seldom: long, and of several groups behind a digit dialled first, or marked."""
    groups = re.findall(r"[\d#]+", form)
    is_long = LEAST_DIGITS <= digits_in(form) <= MOST_DIGITS and all(1 < len(group) <= LONGEST_GROUP for group in groups[1:])
    has_trunk = len(groups) >= LEAST_GROUPS and form.strip("(")[0].isdigit()
    return is_long and (has_trunk or is_marked(form))


def is_parted_so(form, region):
    """Whether libphonenumber parts some valid number of this form as the form does."""
    random.seed(form)
    prefix = PhoneMetadata.metadata_for_region(region).national_prefix or ""
    filled = ("".join(random.choice("0123456789") if c == "#" else c for c in form) for _ in range(TRIED))
    return any((written := national(text, region)) and parts(written, prefix) == parts(text, prefix) for text in filled)


def national(text, region):
    """The number as libphonenumber writes it at home; nothing where it is none of the region's."""
    try:
        number = parse(text, region)
    except NumberParseException:
        return None
    return format_number(number, PhoneNumberFormat.NATIONAL) if is_valid_number_for_region(number, region) else None


def parts(text, prefix):
    """How many digits stand in each group, without what is dialled at home before."""
    first, *others = re.findall(r"\d+", text)
    return [len(group) for group in (first.removeprefix(prefix), *others) if group]


def forms_of_region(region):
    """How numbers of a region are written at home: the groups of each of its formats, with what is dialled before."""
    own = PhoneMetadata.metadata_for_region(region)
    of_code = PhoneMetadata.metadata_for_region(COUNTRY_CODE_TO_REGION_CODE[own.country_code][0])
    for layout in own.number_format or of_code.number_format:
        groups = [forms_of(group) for group in re.findall(r"\(((?:[^()]|\([^()]*\))*)\)", layout.pattern)]
        for choice in choices(groups):
            text = layout.format
            rule = layout.national_prefix_formatting_rule
            if rule:
                text = text.replace("\\1", rule.replace("$NP", own.national_prefix or "").replace("$FG", "\\1"), 1)
            written = re.sub(r"\\(\d)", lambda group: choice[int(group[1]) - 1], text)
            if "$" not in written:
                yield written


def choices(groups):
    found = [[]]
    for group in groups:
        found = [[*before, form] for before in found for form in group]
    return found
