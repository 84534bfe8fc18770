"""Letters that Latin, Greek and Cyrillic write alike: what a word looks like, and which scripts it could be in."""

import unicodedata

# Each pair looks the same; the second stands for both. Greek stands for Cyrillic where Latin has no such letter.
GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo"))
CYRILLIC = dict(zip("АВЕКМНОРСТХЅІЈаеорсхуѕіјһГПФ", "ABEKMHOPCTXSIJaeopcxysijhΓΠΦ"))
# Macedonian and Serbian alone have these, so that no word of theirs makes a Latin one doubtful.
SELDOM = set("ЅЈѕјһ")
GREEK_LETTERS = set("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰΆΈΉΊΌΎΏΪΫ")
SHAPES = GREEK | CYRILLIC
OF_GREEK = {SHAPES.get(c, c) for c in GREEK_LETTERS}
OF_CYRILLIC = {SHAPES[c] for c in CYRILLIC if c not in SELDOM}


def shape(text):
    return "".join(SHAPES.get(c, c) for c in text)


def could_be(script, text):
    """The scripts of Latin, Greek and Cyrillic that have every letter of a word of `script`, itself among them."""
    if script not in ("Latn", "Grek", "Cyrl"):
        return {script}
    letters = {c for c in shape(text) if unicodedata.category(c)[0] in "LM"}
    has = {"Latn": all("LATIN" in unicodedata.name(c, "") for c in letters), "Grek": letters <= OF_GREEK, "Cyrl": letters <= OF_CYRILLIC}
    return {script} | {other for other, all_there in has.items() if all_there}
