"""Surrogates for identifiers with a shape: same length, punctuation and casing, in ranges nobody owns.

555-01xx numbers (NANPA), example.* hosts (RFC 2606), 192.0.2.0/24 and 2001:db8::/32 (RFC 5737, 3849),
00-00-5E-00-53-xx (RFC 7042), area 000 of social security numbers, wrong check digits for cards and IBANs.
"""

import re

from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.kinds import checksums
from synth_assets.masking.lexicon import numerals

_DOMAINS = ("example.org", "example.com", "example.net")
_UPPER, _LOWER = "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghjkmnpqrstuvwxyz"


def reshape(value: str, key: DocumentKey, *parts: str | int) -> str:
    """Digits for digits, letters for letters of the same case; a leading digit is never zero unless it was."""
    made = []
    for i, char in enumerate(value):
        if char.isdecimal():
            lead = i == 0 and char != "0"
            made.append(str(key.draw("digit", *parts, i) % (9 if lead else 10) + lead))
        elif char.isalpha():
            made.append(key.pick(_UPPER if char.isupper() else _LOWER, "letter", *parts, i))
        else:
            made.append(char)
    return "".join(made)


def phone(value: str, key: DocumentKey, *parts: str | int) -> str:
    """555-01xx behind as many other digits as there were; the punctuation before them is kept.

    A value without digits comes back as it is.
    """
    number, extension = _split_extension(value)
    places = [i for i, char in enumerate(number) if char.isdecimal()]
    if not places:
        return value
    tail_start = places[-7] if len(places) >= 7 else places[0]
    head, tail = number[:tail_start], number[tail_start:]
    separators = [char for char in tail if char in " .-"]
    glue = separators[-1] if separators else ""
    if ")" in tail:
        head = head.replace("(", "") + (glue or " ")
    head = reshape(head, key, "phone", *parts)
    if value.startswith("+") and len(head) > 1 and head[1] == "0":
        head = "+1" + head[2:]
    line = f"{key.draw('line', *parts) % 100:02d}"
    suffix = "".join(
        str(1 + key.draw("extension", *parts, i) % 9) if c.isdecimal() else c for i, c in enumerate(extension)
    )
    return head + "555" + glue + "01" + line + suffix


def _split_extension(value: str) -> tuple[str, str]:
    found = re.search(r"(?:\s?(?:x|ext\.?|extension)\s?\d+)+$", value)
    return (value[: found.start()], value[found.start() :]) if found else (value, "")


def ssn(value: str, key: DocumentKey, *parts: str | int) -> str:
    """Area 000, which is never issued."""
    made = reshape(value, key, "ssn", *parts)
    return "000" + made[3:]


def uncheckable(value: str, key: DocumentKey, *parts: str | int) -> str:
    """A card or account number in the same grouping whose check digits are wrong."""
    keep = 2 if value[:2].isalpha() else 0
    made = value[:keep] + reshape(value[keep:], key, "number", *parts)
    digits = "".join(char for char in made if char.isdecimal())
    if checksums.iban(made) if keep else checksums.luhn(digits):
        last = len(made) - 1 - next(i for i, char in enumerate(reversed(made)) if char.isdecimal())
        made = made[:last] + str((int(made[last]) + 1) % 10) + made[last + 1 :]
    return made


def ip(value: str, key: DocumentKey, *parts: str | int) -> str:
    """An address of the documentation ranges."""
    if ":" in value:
        groups = (f"{key.draw('v6', *parts, i) % 65536:x}" for i in range(2))
        return "2001:db8::" + ":".join(groups)
    block = key.pick(("192.0.2", "198.51.100", "203.0.113"), "v4", *parts)
    return f"{block}.{1 + key.draw('host', *parts) % 254}"


def mac(value: str, key: DocumentKey, *parts: str | int) -> str:
    """An address of the documentation range, with the first separator of `value`."""
    last = f"{key.draw('mac', *parts) % 256:02x}"
    return next((char for char in value if not char.isalnum()), "").join(["00", "00", "5e", "00", "53", last])


def host(key: DocumentKey, *parts: str | int) -> str:
    """One of the three documentation domains."""
    return key.pick(_DOMAINS, "host", *parts)


def url(value: str, word: str, key: DocumentKey, *parts: str | int) -> str:
    """Scheme and form of the path kept; the host is `word` under a documentation domain."""
    scheme, _, rest = value.rpartition("://") if "://" in value else ("", "", value)
    domain, slash, path = rest.partition("/")
    www = "www." if domain.lower().startswith("www.") else ""
    front = f"{scheme}://" if scheme else ""
    return f"{front}{www}{word}.{host(key, *parts)}{slash}{reshape(path, key, 'path', *parts)}"


def age(value: str, key: DocumentKey) -> str:
    """An age up to three years away, written like `value`; from 90 on, and what cannot be read, one group.

    45 CFR 164.514 asks for the group.
    """
    years = numerals.value(value)
    if years is None or years >= 90:
        return "90+"
    reach = min(3, max(1, years // 6))
    step = 1 + key.draw("age", str(years)) % reach
    sign = 1 if years <= step or (key.draw("age sign", str(years)) % 2 and years + step < 90) else -1
    return numerals.write(years + sign * step, value)
