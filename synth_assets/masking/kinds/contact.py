"""How people and machines are reached: e-mail, web, user names, telephones, network addresses."""

import ipaddress
import random
import re
from functools import cache, partial
from importlib.metadata import distribution
from itertools import groupby
from pathlib import Path
from unicodedata import normalize

from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.kinds.kind import (
    MANY_DIGITS,
    Kind,
    Maker,
    Pattern,
    digits_between,
    digits_of,
    fill,
    reshape,
    shaped,
    worded,
)
from synth_assets.masking.kinds.names import made_up_person
from synth_assets.masking.surrogates.words import WordSurrogates

_HOSTS = ("example.org", "example.com", "example.net")  # RFC 2606
_MANY = 16  # draws after which the few reserved hosts are all taken
_NOT_PHONE = re.compile(
    r"\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}|\d{1,2}(?: \d{3})+|"
    r"(?:19|20)\d\d\s?[-–]\s?(?:19|20)\d\d"
)
_DATE_FIRST = re.compile(r"(?:19|20)\d\d([-/.])\d{1,2}\1\d{1,2}\b|\d{1,2}([-/.])\d{1,2}\2(?:19|20)\d\d\b")
_PHONE_CUE = r"(?:phone|tel(?:ephone)?|mobile|cell|fax|call|text|dial|whatsapp|sms|ring|contact|reach)"
_EXTENSION = r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,6}){0,2}"
_DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_PLANTED_PHONES = (
    ("(N##) N##-####", 5), ("N##-N##-####", 5), ("+1 N##-N##-####", 2), ("N##.N##.####", 2), ("N## N## ####", 2),
    ("020 7### ####", 3), ("077## ######", 3), ("+44 161 4## ####", 2), ("+44 (0)20 7### ####", 1),
    ("+49 30 N######", 2), ("0171 N######", 1), ("+33 6 ## ## ## ##", 2), ("0033 6 ## ## ## ##", 1),
    ("+34 6## ### ###", 1), ("+351 91# ### ###", 1), ("+39 34# ### ####", 1), ("+48 60# ### ###", 1),
    ("N##-N##-#### ext. ###", 1), ("N## - N## - ####", 1), ("N##N######", 1),
)  # fmt: skip


def phone(value: str, key: DocumentKey, *parts: str | int) -> str:
    """555-01xx (NANPA) after as many other digits as there were; the punctuation before them is kept.

    A value without digits comes back as it is.
    """
    match = re.search(r"(?:\s?(?:x|ext\.?|extension)\s?\d+)+$", value)
    cut = match.start() if match else len(value)
    number, extension = value[:cut], value[cut:]
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


code_like = shaped(reshape, phone)
"""The surrogate of a code: one that looks like a telephone number can only be one of the reserved numbers."""


def _email(words: WordSurrogates, value: str, key: DocumentKey, folded: str, attempt: int) -> str:
    """The surrogate of the user name under a documentation domain."""
    local = value.split("@")[0] if "@" in value else next(iter(value.split()), "")
    number = str(key.draw("mailbox number", folded, attempt) % 1000) if attempt >= _MANY else ""
    return f"{_ascii_local(words.handle(local), key)}{number}@{key.pick(_HOSTS, 'host', folded, attempt)}"


def _ascii_local(local: str, key: DocumentKey) -> str:
    """A mailbox name of ASCII letters and digits: other letters are drawn anew."""
    return "".join(
        char if char.isascii() else key.pick("abcdefghijklmnopqrstuvwxyz", "mailbox", local, i)
        for i, char in enumerate(local)
        if not char.isspace()
    )


def _other_url(kind: Kind, surface: str, maker: Maker) -> str | None:
    """Scheme and form of the path kept; the host is a word under a documentation domain."""

    def draw(value: str, key: DocumentKey, *parts: str | int) -> str:
        word = "".join(char for char in maker.words.word(f"host {value.lower()}", "surname") if char.isalpha())
        scheme, separator, rest = value.rpartition("://")
        domain, slash, path = rest.partition("/")
        www = "www." if domain.lower().startswith("www.") else ""
        host = f"{word.lower()}.{key.pick(_HOSTS, 'host', *parts)}"
        return f"{scheme}{separator}{www}{host}{slash}{reshape(path, key, 'path', *parts)}"

    return maker.shaped(kind.name, surface, draw)


@cache
def _top_level_domains() -> str:
    """Every top-level domain as an alternation, by first letter; of the public suffix list that tldextract carries."""
    path = Path(str(distribution("tldextract").locate_file("tldextract/.tld_set_snapshot")))
    rules = path.read_text(encoding="utf-8").partition("===BEGIN PRIVATE")[0].splitlines()
    domains = sorted({rule.rpartition(".")[2] for rule in map(str.strip, rules) if rule and not rule.startswith("//")})
    letters = groupby(domains, key=lambda domain: domain[0])
    return "|".join(f"{letter}(?:{'|'.join(domain[1:] for domain in group)})" for letter, group in letters)


def _is_domain(value: str) -> bool:
    """Whether it is more than two sentences without a space between them: "he left.So did she"."""
    first, _, last = value.partition("/")[0].rpartition(".")
    return not (first[:1].islower() and last[:1].isupper() and last[1:].islower())


def _is_phone(value: str) -> bool:
    """A phone number has 7 to 15 digits and is neither a date nor a number with thousands groups."""
    return 7 <= len(digits_of(value)) <= 15 and not (_NOT_PHONE.fullmatch(value.strip()) or _DATE_FIRST.match(value))


def _plant_phone(rng: random.Random) -> str:
    """Now and then with its digits apart or in words, which no pattern of ours reads."""
    written, weights = zip(*_PLANTED_PHONES, strict=True)
    number = fill(rng.choices(written, weights)[0], rng)
    digits = [char for char in number if char.isdecimal()]
    spelled = (number, " ".join(digits), " ".join(_DIGIT_WORDS[int(digit)] for digit in digits))
    return rng.choices(spelled, (98, 1, 1))[0]


def _plant_email(rng: random.Random) -> str:
    given, surname = (_plain(word) for word in made_up_person(rng))
    number = rng.randrange(100)
    local = rng.choice((f"{given}.{surname}", f"{given[0]}{surname}", f"{given}{number}", f"{surname}_{given}"))
    host = f"{_plain(made_up_person(rng).surname)}.{rng.choice(('com', 'org', 'net', 'co.uk', 'de', 'edu'))}"
    return rng.choices((f"{local}@{host}", f"{local.title()}@{host}", f"{local} (at) {host}"), (18, 1, 1))[0]


def _plant_url(rng: random.Random) -> str:
    host = f"{_plain(made_up_person(rng).surname)}.{rng.choice(('com', 'org', 'net', 'co.uk', 'de'))}"
    return rng.choice((f"https://{host}/{_plain(made_up_person(rng).given)}", f"www.{host}", f"http://{host}", host))


def _plant_handle(rng: random.Random) -> str:
    given, surname = (_plain(word) for word in made_up_person(rng))
    number = rng.randrange(1000)
    return rng.choice((f"@{given}_{surname}", f"@{surname}{number}", f"@{given}{surname}", f"u/{given}-{surname}"))


def _plain(word: str) -> str:
    """The word as mailboxes have it."""
    return "".join(c for c in normalize("NFKD", word.lower()) if c.isascii() and c.isalpha()) or "someone"


def ip(value: str, key: DocumentKey, *parts: str | int) -> str:
    """An address of the ranges reserved for documentation (RFC 5737, RFC 3849)."""
    if ":" in value:
        groups = (f"{key.draw('v6', *parts, i) % 65536:x}" for i in range(2))
        return "2001:db8::" + ":".join(groups)
    block = key.pick(("192.0.2", "198.51.100", "203.0.113"), "v4", *parts)
    return f"{block}.{1 + key.draw('host', *parts) % 254}"


def mac(value: str, key: DocumentKey, *parts: str | int) -> str:
    """An address of the range reserved for documentation (RFC 7042), with the first separator of `value`."""
    last = f"{key.draw('mac', *parts) % 256:02x}"
    return next((char for char in value if not char.isalnum()), "").join(["00", "00", "5e", "00", "53", last])


def _is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _plant_ip(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return ":".join(f"{rng.randrange(1, 65536):x}" for _ in range(8))
    return f"{rng.randrange(11, 190)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


EMAIL = Kind(
    name="EMAIL", order=160, title="E-mail addresses", direct=True, safe_harbor="F",
    patterns=(
        Pattern(r"[\w.+%'’-]+@[\w-]+(?:\.[\w-]+)+", 0.95, needs="@"),
        Pattern(
            r"\b[\w.+-]+\s?(?:\(at\)|\[at\]|\{at\})\s?[\w-]+(?:\s?(?:\(dot\)|\[dot\]|\{dot\}|\.)\s?\w{2,})+",
            0.9, ignore_case=True),
    ),
    surrogate=lambda kind, surface, maker: maker.shaped(kind.name, surface, partial(_email, maker.words)),
    plant=_plant_email,
    carriers=("Write to {} if anything is missing.", "The address {} no longer works.", "Copies went to {} and to us."),
)  # fmt: skip
URL = Kind(
    name="URL", order=170, title="URLs and domain names", direct=True, safe_harbor="N",
    patterns=(
        Pattern(r"\b(?:https?|ftp)://[^\s<>\"“”]+[^\s<>\"“”.,;:!?'’)\]}]", 0.95, ignore_case=True),
        Pattern(
            lambda: rf"(?<![\w@.-])(?:www\.[\w-]+(?:\.[\w-]+)+|(?:[a-z0-9][\w-]*\.)+(?:{_top_level_domains()}))\b"
            r"(?:/[^\s<>\"“”]*[\w/])?(?!@)",
            0.8, allowed=_is_domain, needs=r"\.\w", ignore_case=True),
    ),
    surrogate=_other_url, plant=_plant_url,
    carriers=("The form can be found at {}.", "See {} for the pictures.", "It had been published on {}."),
)  # fmt: skip
HANDLE = Kind(
    name="HANDLE", order=180, title="User names of networks", direct=True, safe_harbor="N",
    patterns=(
        Pattern(r"(?<![\w@.])@[A-Za-z0-9_](?:[\w.-]*\w)?", 0.85, needs="@"),
        Pattern(r"(?<![\w/])/?u/[A-Za-z0-9_-]{3,20}\b", 0.85),
    ),
    surrogate=worded(lambda maker, surface: maker.words.handle(surface), reshape_real=True), plant=_plant_handle,
    carriers=("Under the name {} nothing was found.", "The post by {} is gone.", "Ask {} about it."),
)  # fmt: skip
PHONE = Kind(
    name="PHONE", order=190, title="Telephone and fax numbers", direct=True, safe_harbor="DE",
    patterns=(
        Pattern(
            rf"\b{_PHONE_CUE}\b[^\d\n+(]{{0,25}}(?P<value>[+(]?\d[\d ().\-/]{{5,18}}\d)(?![\w-])",
            0.9, allowed=digits_between(7, 15), needs=MANY_DIGITS, ignore_case=True),
        Pattern(
            r"(?<![\w.,/+-])(?:\+|00)\d{1,3}[ .\-]?\(?\d{1,5}\)?(?:[ .\-/]?\(?\d{1,5}\)?){1,6}"
            rf"{_EXTENSION}(?![\w-])",
            0.9, allowed=_is_phone, needs=MANY_DIGITS),
        Pattern(
            r"(?<![\w.,/$€£-])\(?\d{2,5}\)?(?:\s?[ .\-/]\s?|(?<=\)))\d{2,4}(?:[ .\-/]\d{2,5}){0,4}"
            rf"{_EXTENSION}(?![\w/]|[-.,]\d|\s?%)",
            0.6, allowed=_is_phone, needs=MANY_DIGITS),
        Pattern(  # an area code from 0, then one long group
            r"(?<![\w.,/$€£-])0\d{1,5}[ /-]\d{5,9}(?![\w/]|[-.,]\d)",
            0.7, allowed=_is_phone, needs=MANY_DIGITS),
    ),
    surrogate=shaped(phone), plant=_plant_phone,
    carriers=(
        "The number is {}.", "Ring {} after six.", "Nobody answers at {}.", "{} is the line of the office.",
        "A text from {} arrived in the night.",
    ),
)  # fmt: skip
IP = Kind(
    name="IP", order=200, title="IPv4 and IPv6 addresses", direct=True, safe_harbor="O",
    patterns=(
        Pattern(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)", 0.9, allowed=_is_ip, needs=r"\d\.\d{1,3}\.\d"),
        Pattern(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}(?![\w:])", 0.9, allowed=_is_ip),
    ),
    surrogate=shaped(ip), plant=_plant_ip,
    carriers=("The login came from {}.", "The device at {} was restarted."),
)  # fmt: skip
MAC = Kind(
    name="MAC", order=210, title="Hardware addresses", direct=True, safe_harbor="M",
    patterns=(
        Pattern(r"\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b", 0.9),
    ),
    surrogate=shaped(mac), plant=lambda rng: rng.choice(":-").join(f"{rng.randrange(256):02X}" for _ in range(6)),
    carriers=("The adapter reports {}.", "Access was given to {} only."),
)  # fmt: skip
