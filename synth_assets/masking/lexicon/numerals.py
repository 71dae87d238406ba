"""Numbers as written: grouped digits, and the words from one to ninety-nine with their scales."""

import re

from synth_assets.masking.keys import DocumentKey

_SMALL = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
          "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SCALES = r"(?:hundred|thousand|million|billion|trillion)"
_UNITS = "|".join(_SMALL[9:0:-1])
_COUNTED = "|".join([*_TENS[2:], *reversed(_SMALL[10:])])
_WORD = rf"(?:(?:{'|'.join(_TENS[2:])})[ -](?:{_UNITS})|{_COUNTED}|{_UNITS})"

_PART = rf"{_WORD}(?!\w)(?:[ -]{SCALES}(?!\w))*"
# Atomic: "twenty five" can be read as one part or two, so a list of them in exponentially many ways.
SPELLED = rf"(?>\b{_PART}(?: (?:and )?{_PART})*)"
"""A regex for a number in words, for use with IGNORECASE: "ten", "twenty-five", "two hundred and six"."""
DIGITS = r"(?:\d{1,3}(?:[ ,.\u00a0’']\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,3})?(?!\d))"
"""A regex for a number in digits, with thousands groups or decimals."""

_PARTS = re.compile(rf"(?P<digits>{DIGITS})|(?P<word>\b{_WORD}(?!\w))", re.IGNORECASE)


def value(surface: str) -> int | None:
    """The value of a number in digits, or of one below a hundred in words; None if it is neither."""
    return int(surface) if surface.isdecimal() else _VALUES.get(surface.casefold())


def write(number: int, like: str) -> str:
    """Write a number from 0 to 99 in digits or words, as `like` is written."""
    if like[:1].isdecimal():
        return str(number)
    tens, unit = divmod(number, 10)
    glue = " " if " " in like else "-"
    word = _SMALL[number] if number < 20 else _TENS[tens] + (glue + _SMALL[unit] if unit else "")
    return word.upper() if like.isupper() else word.capitalize() if like[:1].isupper() else word


_VALUES = {write(number, like): number for number in range(100) for like in ("twenty-one", "twenty one")}


def vary(surface: str, key: DocumentKey) -> str:
    """Replace every number of `surface` by one of the same magnitude, with the same grouping and trailing zeros.

    The first digit always changes and nothing becomes 1, so plurals stay right. Equal numbers get equal replacements,
    in digits and in words.
    """

    def other(match: re.Match[str]) -> str:
        written = match.group()
        if match["digits"]:
            return _other_digits(written, key)
        number = value(written)
        return write(_other(number, key), written) if number else written

    return _PARTS.sub(other, surface)


def _other_digits(written: str, key: DocumentKey) -> str:
    digits = [char for char in written if char.isdecimal()]
    number = "".join(digits).lstrip("0")
    round_from = len("".join(digits).rstrip("0"))
    lead = len(digits) - len(number)
    if written.isdecimal() and 0 < len(number) == len(digits) <= 2:
        return str(_other(int(number), key))
    others = iter(
        digit
        if i < lead or i >= round_from
        else str((int(digit) + key.draw("quantity", number, 0) % 8) % 9 + 1)  # another one, and never 0
        if i == lead
        else str(key.draw("quantity", number, i - lead) % 10)
        for i, digit in enumerate(digits)
    )
    return "".join(next(others) if char.isdecimal() else char for char in written)


def _other(number: int, key: DocumentKey) -> int:
    """Another number from the same range: 2 to 9, 10 to 19, or 20 to 99; multiples of ten stay multiples of ten."""
    if number < 20:
        first, size = (2, 8) if number < 10 else (10, 10)
        if number < first:
            return first + key.draw("quantity", number) % size
        return first + (number - first + 1 + key.draw("quantity", number) % (size - 1)) % size
    tens, unit = divmod(number, 10)
    other = 2 + (tens - 2 + 1 + key.draw("quantity", number) % 7) % 8
    return 10 * other + (1 + key.draw("quantity", number, 1) % 9 if unit else 0)
