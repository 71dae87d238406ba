"""Fresh numbers and codes of every type in the forms people write them; check digits are right where there are any."""

import random
from collections.abc import Callable, Mapping

_DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_UPPER = "ABCDEFGHJKLMNPRSTUVWXYZ"
_BASE58 = "123456789abcdefghjkmnpqrstuvwxyz"
# N stands for 2-9, # for any digit, @ for a capital letter.
_PHONES = (
    ("(N##) N##-####", 5), ("N##-N##-####", 5), ("+1 N##-N##-####", 2), ("N##.N##.####", 2), ("N## N## ####", 2),
    ("020 7### ####", 3), ("077## ######", 3), ("+44 161 4## ####", 2), ("+44 (0)20 7### ####", 1),
    ("+49 30 N######", 2), ("0171 N######", 1), ("+33 6 ## ## ## ##", 2), ("0033 6 ## ## ## ##", 1),
    ("+34 6## ### ###", 1), ("+351 91# ### ###", 1), ("+39 34# ### ####", 1), ("+48 60# ### ###", 1),
    ("N##-N##-#### ext. ###", 1), ("N## - N## - ####", 1), ("N##N######", 1),
)  # fmt: skip
_IBANS = {"DE": "##################", "FR": "#######################", "ES": "####################",
          "GB": "@@@@##############", "NL": "@@@@##########", "PT": "#####################"}  # fmt: skip


def fill(form: str, rng: random.Random) -> str:
    """`form` with a draw for every N (2-9), # (digit) and @ (capital letter)."""
    draws: Mapping[str, Callable[[], str]] = {
        "N": lambda: str(rng.randrange(2, 10)),
        "#": lambda: str(rng.randrange(10)),
        "@": lambda: rng.choice(_UPPER),
    }
    return "".join(draws[char]() if char in draws else char for char in form)


def _phone(rng: random.Random) -> str:
    """Now and then with its digits apart or in words, which no pattern of ours reads."""
    number = fill(rng.choices([form for form, _ in _PHONES], [weight for _, weight in _PHONES])[0], rng)
    digits = [char for char in number if char.isdecimal()]
    spelled = (number, " ".join(digits), " ".join(_DIGIT_WORDS[int(digit)] for digit in digits))
    return rng.choices(spelled, (98, 1, 1))[0]


def _card(rng: random.Random) -> str:
    body = fill(rng.choice(("4##############", "5N#############", "37############")), rng)
    doubled = sum(sum(divmod(2 * int(d), 10)) for d in body[::-2])
    number = body + str(-(doubled + sum(int(d) for d in body[-2::-2])) % 10)
    groups = [number[i : i + 4] for i in range(0, len(number), 4)]
    return rng.choice((number, " ".join(groups), "-".join(groups)))


def _iban(rng: random.Random) -> str:
    country = rng.choice(sorted(_IBANS))
    account = fill(_IBANS[country], rng)
    check = 98 - int("".join(str(int(char, 36)) for char in f"{account}{country}00")) % 97
    made = f"{country}{check:02d}{account}"
    return rng.choice((made, " ".join(made[i : i + 4] for i in range(0, len(made), 4))))


def _ip(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return ":".join(f"{rng.randrange(1, 65536):x}" for _ in range(8))
    return f"{rng.randrange(11, 190)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def _mac(rng: random.Random) -> str:
    return rng.choice(":-").join(f"{rng.randrange(256):02X}" for _ in range(6))


def _crypto(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return "0x" + "".join(rng.choice("0123456789abcdef") for _ in range(40))
    return "bc1" + "".join(rng.choice(_BASE58) for _ in range(39))


def _forms(*forms: str) -> Callable[[random.Random], str]:
    return lambda rng: fill(rng.choice(forms), rng)


_UNITS = ("years", "months", "days", "hours", "kg", "km", "square metres", "people")


def _quantity(rng: random.Random) -> str:
    amount = rng.randrange(2, 90)
    if rng.random() < 0.5:
        return rng.choice((f"EUR {amount},500", f"{amount},000 euros", f"${amount}.50", f"£{amount}m"))
    return f"{amount} {rng.choice(_UNITS)}"


MAKERS: Mapping[str, Callable[[random.Random], str]] = {
    "QUANTITY": _quantity,
    "AGE": lambda rng: str(rng.randrange(18, 96)),
    "POSTCODE": _forms("N####", "SW# N@@", "#####-####", "@#@ #@#"),
    "PHONE": _phone,
    "IP": _ip,
    "MAC": _mac,
    "SSN": _forms("N##-4#-####", "N## 4# ####", "N##4#####"),
    "CARD": _card,
    "IBAN": _iban,
    "CRYPTO": _crypto,
    "ID": _forms(
        "C-N#######", "KD N######", "N####-####-N", "@@#####", "N########", "PT-######", "@@@/2026/0N###", "N##-####"
    ),
    "CASE": _forms("N####/0N", "CS-N####/26", "N#-cv-0N###", "@@/2019/N###", "N### of 2011"),
    "PLATE": _forms("@@N# @@@", "@@@ ####", "#@@@###"),
}
