#!/usr/bin/env python3
"""Makes the tables of what a text on a sign tells: signs_domains.csv, signs_dialling.csv, signs_currencies.csv and
signs_streets.csv.

    pip install babel==2.18.0 phonenumbers==9.0.43
    npm pack cldr-core@48.2.0 and unpack it
    python assets/knowledge/make_signs.py DICTIONARIES TRANSLATIONS CLDR

Sources: countries' dialling codes from libphonenumber's metadata (package phonenumbers, Apache-2.0; the facts are ITU-T
E.164's); currencies and their local signs, and official languages, from CLDR (package babel and, for which are in use,
cldr-core; Unicode licence);
domains are ISO 3166 codes in lower case with the exceptions below (IANA's root zone). The words for streets are this
project's choice; each row names the tables that have the word, read from the folders that make_roads.py names.
"""

import csv
import json
import sys
import unicodedata
from pathlib import Path

from babel import Locale, UnknownLocaleError, numbers
from babel.languages import get_official_languages
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from signs_table import write
from word_sources import WordSources

HERE = Path(__file__).parent

# Domains that are no country's code in lower case, and countries that have none of their own.
OTHER_DOMAINS = {"GB": "uk"}
NO_DOMAIN = {"BL", "BQ", "BV", "EH", "MF", "SJ", "UM", "XK"}
# Sold to the whole world, so that they say nothing of a place.
WORLDWIDE = set(
    "ac ag ai am as bz cc cd cf co cx dj fm ga gg gl gq gs ht im io la lc ly me ml ms mu nf nu pn pw sc sh sr st sx tc tk tl "
    "to tv vc vg ws".split()
)

# Signs that readers mistake for nothing else, besides those with a letter that is not ASCII's.
PLAIN_SIGNS = {"FCFP", "Ft", "Ksh", "TSh", "USh"}
# Codes that are words too, or are quoted far from home.
NO_CODES = set("ALL AMD AUD BAM BOB COP CUP DOP EUR GEL LAK MAD MOP MUR PEN RON SOS STN TOP TRY USD WST".split())
# Photographs are old: prices in a currency that has gone since are seen in them.
PHOTOGRAPHED_SINCE = "2010"
# Where a language names streets without being official in the whole country.
ALSO = {
    "ca": {"ES"}, "af": {"NA", "ZA"}, "eu": {"ES", "FR"}, "gl": {"ES"}, "cy": {"GB"}, "mr": {"IN"}, "hi": {"NP"}, "ru": {"UA"},
}

# Words for "street" and the like: word, whether it may end a longer word ("only" where alone it is a word of other languages),
# languages. No word of fewer than three letters.
STREETS = [
    ("straße", True, "de"), ("strasse", True, "de"), ("gasse", True, "de"), ("straat", True, "nl af"),
    ("laan", True, "nl af"), ("gracht", True, "nl"), ("steenweg", True, "nl"), ("gatan", True, "sv"),
    ("vägen", True, "sv"), ("vej", True, "da"), ("veien", True, "nb"),
    ("katu", True, "fi"), ("rue", False, "fr"), ("chaussée", False, "fr"), ("calle", False, "es"),
    ("carrer", False, "ca"), ("avenida", False, "es pt"), ("rua", False, "pt"), ("travessa", False, "pt"),
    ("corso", False, "it"), ("piazza", False, "it"), ("viale", False, "it"), ("ulica", False, "pl hr sl sr sk"),
    ("ulice", False, "cs"), ("utca", False, "hu"), ("útja", False, "hu"), ("strada", False, "ro it"),
    ("bulevardul", False, "ro"), ("sokak", False, "tr"), ("sokağı", False, "tr"), ("caddesi", False, "tr"),
    ("gatvė", False, "lt"), ("iela", False, "lv"), ("tänav", False, "et"), ("rruga", False, "sq"),
    ("plein", "only", "nl"), ("kade", True, "nl"), ("gränd", True, "sv"), ("torget", False, "sv nb"), ("vegen", True, "nb"),
    ("gata", "only", "nb is"), ("kuja", True, "fi"), ("polku", True, "fi"), ("platz", True, "de"), ("chemin", False, "fr"),
    ("ruelle", False, "fr"), ("impasse", False, "fr"), ("faubourg", False, "fr"), ("quai", False, "fr"), ("paseo", False, "es"),
    ("callejón", False, "es"), ("carretera", False, "es ca"), ("camino", False, "es"), ("plaça", False, "ca"),
    ("passeig", False, "ca"), ("avinguda", False, "ca"), ("rúa", False, "gl"), ("kalea", False, "eu"), ("praça", False, "pt"),
    ("estrada", False, "pt"), ("rodovia", False, "pt"), ("ladeira", False, "pt"), ("alameda", False, "pt es"),
    ("piazzale", False, "it"), ("vicolo", False, "it"), ("lungomare", False, "it"), ("aleja", False, "pl"),
    ("osiedle", False, "pl"), ("rynek", False, "pl"), ("plac", False, "pl"), ("náměstí", False, "cs"), ("třída", False, "cs"),
    ("nábřeží", False, "cs"), ("námestie", False, "sk"), ("trg", False, "hr sl sr"),
    ("körút", False, "hu"), ("sugárút", False, "hu"), ("rakpart", False, "hu"), ("șoseaua", False, "ro"), ("piața", False, "ro"),
    ("calea", False, "ro"), ("aleea", False, "ro"), ("bulevardi", False, "sq"), ("bulvarı", False, "tr"),
    ("meydanı", False, "tr"), ("mahallesi", False, "tr"), ("küçəsi", False, "az"), ("ko'chasi", False, "uz"),
    ("puiestee", False, "et"), ("maantee", False, "et"), ("prospekts", False, "lv"), ("bulvāris", False, "lv"),
    ("prospektas", False, "lt"), ("alėja", False, "lt"), ("đường", False, "vi"), ("phố", False, "vi"), ("lorong", False, "ms"),
    ("persiaran", False, "ms"), ("lebuh", False, "ms"), ("heol", False, "cy"), ("ffordd", False, "cy"), ("stryd", False, "cy"),
    ("bóthar", False, "ga"), ("sráid", False, "ga"), ("triq", False, "mt"), ("kalye", False, "fil"),
    ("barabara", False, "sw"), ("улица", False, "ru bg sr mk"), ("проспект", False, "ru uk"), ("переулок", False, "ru"),
    ("проезд", False, "ru"), ("шоссе", False, "ru"), ("площадь", False, "ru"), ("набережная", False, "ru"),
    ("бульвар", False, "ru uk"), ("вулиця", False, "uk"), ("провулок", False, "uk"), ("площа", False, "uk"),
    ("вуліца", False, "be"), ("булевард", False, "bg sr mk"), ("площад", False, "bg"), ("көшесі", False, "kk"),
    ("даңғылы", False, "kk"), ("гудамж", False, "mn"), ("πλατεία", False, "el"), ("شارع", False, "ar"),
    ("خیابان", False, "fa"), ("רחוב", False, "he"), ("मार्ग", False, "hi mr ne"), ("ถนน", True, "th"), ("ซอย", True, "th"),
    ("丁目", True, "ja"), ("jalan", False, "id ms"), ("οδός", False, "el"), ("οδοσ", False, "el"), ("λεωφόρος", False, "el"),
]


def main(dictionaries, translations, cldr):
    countries = [row["code"] for row in csv.DictReader((HERE.parent / "geo/countries.csv").open(encoding="utf-8"))]
    write("domains", "code,domain", domains(countries))
    write("dialling", "prefix,codes", dialling(set(countries)))
    write("currencies", "sign,currency,codes", currencies(set(countries), cldr))
    write("streets", "word,ends,languages,codes,sources", streets(countries, WordSources(dictionaries, translations)))


def domains(countries):
    for code in countries:
        domain = OTHER_DOMAINS.get(code, code.lower())
        if code not in NO_DOMAIN and domain not in WORLDWIDE:
            yield code, domain


def dialling(countries):
    for prefix, regions in sorted(COUNTRY_CODE_TO_REGION_CODE.items()):
        codes = sorted(countries & set(regions))
        if codes:
            yield prefix, " ".join(codes)


def currencies(countries, cldr):
    """Each currency's code, and each local sign that stands for one currency alone (so neither $ nor the pound's)."""
    users, signs = {}, {}
    for code in sorted(countries):
        for currency in tender(cldr, code, PHOTOGRAPHED_SINCE):
            users.setdefault(currency, []).append(code)
            for language in get_official_languages(code, regional=False, de_facto=True):
                sign = local_sign(currency, language, code)
                if sign and not any(letter in sign for letter in "$£¥￥") and sign != "F\u202fCFA":
                    signs.setdefault(sign, set()).add(currency)
    signs.update({currency: {currency} for currency in users})
    for sign, owners in sorted(signs.items()):
        is_code = sign in users and sign not in NO_CODES
        if len(owners) == 1 and (is_code or sign in PLAIN_SIGNS or is_read(sign)):
            (currency,) = owners
            yield sign, currency, " ".join(users[currency])


def tender(cldr, code, since):
    """The legal tender of a country, now or until a day after `since`."""
    table = json.loads((Path(cldr) / "supplemental/currencyData.json").read_text(encoding="utf-8"))
    periods = (item for entry in table["supplemental"]["currencyData"]["region"].get(code, []) for item in entry.items())
    return sorted({name for name, period in periods if period.get("_tender") != "false" and period.get("_to", "9999") > since})


def is_read(sign):
    """Whether it has a sign of its own and is written as the reader can read it."""
    letters = [letter for letter in sign if letter.isalpha()]
    latin = all(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return bool(sign.strip("\u200b")) and not sign.isascii() and latin and "\u200f" not in sign


def local_sign(currency, language, code):
    try:
        return numbers.get_currency_symbol(currency, Locale.parse(f"{language}_{code}")).strip()
    except (ValueError, UnknownLocaleError):
        return None


def streets(countries, table):
    official = {code: set(get_official_languages(code, regional=False, de_facto=True)) for code in countries}
    same = {"nb": {"nb", "no", "nn"}, "sr": {"sr", "sr_Latn"}, "sq": {"sq"}}
    for word, ends, languages in STREETS:
        wanted = set().union(*(same.get(language, {language}) for language in languages.split()))
        also = set().union(*(ALSO.get(language, set()) for language in languages.split()))
        codes = sorted(code for code in countries if official[code] & wanted or code in also)
        yield word, {True: "yes", False: "no"}.get(ends, ends), languages, " ".join(codes), " ".join(table.of(word, languages.split()))


if __name__ == "__main__":
    main(*sys.argv[1:4])
