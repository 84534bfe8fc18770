"""How postcodes, number plates and phone numbers are written, as forms: `#` is a digit, `@` a capital letter, `?` a digit or
capital and `*` the name of a town in one of the form's countries; all else stands for itself."""

import itertools
import re
from re import _constants as sre
from re import _parser as parser

LETTERS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
# An expression that stands for more forms than this is one of places, not of a form.
MOST_FORMS = 2000


def forms_of(expression):
    """Every form of what a regular expression accepts, in its own order and each once."""
    try:
        return list(dict.fromkeys(itertools.islice(spread(parser.parse(expression)), MOST_FORMS)))
    except NotImplementedError:
        return []


def spread(parsed):
    parts = [[form for form in part_forms(kind, value)] for kind, value in parsed]
    return ("".join(pieces) for pieces in itertools.product(*parts))


def part_forms(kind, value):
    if kind is sre.LITERAL:
        return [chr(value)]
    if kind is sre.IN:
        return signs_of(value)
    if kind is sre.SUBPATTERN:
        return spread(value[3])
    if kind is sre.BRANCH:
        return itertools.chain.from_iterable(spread(branch) for branch in value[1])
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        least, most, body = value
        return repeated(list(spread(body)), int(least), min(int(most), int(least) + 8))
    if kind in (sre.AT, sre.ASSERT_NOT, sre.ASSERT):
        return [""]
    raise NotImplementedError(kind)


def repeated(bodies, least, most):
    for count in range(least, most + 1):
        if len(bodies) == 1:
            yield bodies[0] * count
        else:
            yield from ("".join(pieces) for pieces in itertools.product(bodies, repeat=count))


def signs_of(members):
    """The sign for a class of characters, or the characters themselves where they only part groups."""
    found = set()
    for kind, value in members:
        if kind is sre.LITERAL:
            found.add(chr(value).upper())
        elif kind is sre.RANGE:
            found |= {chr(point).upper() for point in range(value[0], value[1] + 1)}
        elif kind is sre.CATEGORY and value is sre.CATEGORY_DIGIT:
            found |= set("0123456789")
        else:
            raise NotImplementedError(kind)
    digits, letters = {c for c in found if c.isdigit()}, found & LETTERS
    if len(found) == 1 or not found & (digits | letters):
        return sorted(found)
    return ["#" if found == digits else "@" if found == letters else "?"]


def seen(text):
    """The form of one example: its digits and capitals by their signs; none where it has other letters."""
    form = "".join("#" if c.isdigit() else "@" if c in LETTERS else c for c in text)
    return None if any(c.isalpha() for c in form) else form


def letters_in(form):
    return sum(c in LETTERS or c in "@%" for c in form)


def digits_in(form):
    return sum(c.isdigit() or c == "#" for c in form)


def changes_in(form):
    """How often letters and digits take turns: a form of several turns is met by chance seldom."""
    kinds = [c in LETTERS or c in "@%" for c in form if c.isalnum() or c in "#@%"]
    return sum(a != b for a, b in zip(kinds, kinds[1:]))


def told_apart(rows):
    """Rows in the order in which they are tried: what is written out goes before what a sign stands for."""
    return sorted(rows, key=lambda row: (-sum(c not in "#@?*% " for c in row[0]), -len(row[0]), row[0]))


def is_grouped(form):
    """Whether digits stand as thousands are written, `12 345`."""
    return re.fullmatch(r"#{1,3}( #{3})+", form) is not None
