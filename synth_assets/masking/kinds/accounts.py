"""Numbers of people and accounts: social security, cards, bank accounts, wallets."""

import random

from resources.expectations.shapes import luhn, mod_97
from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.kinds.contact import code_like
from synth_assets.masking.kinds.kind import MANY_DIGITS, Kind, Pattern, digits_between, digits_of, fill, forms, shaped
from synth_assets.masking.kinds.maker import reshape

_BASE58 = "123456789abcdefghjkmnpqrstuvwxyz"
_IBANS = {"DE": "##################", "FR": "#######################", "ES": "####################",
          "GB": "@@@@##############", "NL": "@@@@##########", "PT": "#####################"}  # fmt: skip


def ssn(value: str, key: DocumentKey, *parts: str | int) -> str:
    """Area 000, which is never issued."""
    return "000" + reshape(value, key, "ssn", *parts)[3:]


def uncheckable(value: str, key: DocumentKey, *parts: str | int) -> str:
    """A card or account number in the same grouping whose check digits are wrong."""
    keep = 2 if value[:2].isalpha() else 0
    drawn = value[:keep] + reshape(value[keep:], key, "number", *parts)
    if mod_97(drawn) if keep else luhn(drawn):
        last = len(drawn) - 1 - next(i for i, char in enumerate(reversed(drawn)) if char.isdecimal())
        drawn = drawn[:last] + str((int(drawn[last]) + 1) % 10) + drawn[last + 1 :]
    return drawn


def _is_card(value: str) -> bool:
    return 13 <= len(digits_of(value)) <= 19 and luhn(value)


def _plant_card(rng: random.Random) -> str:
    body = fill(rng.choice(("4##############", "5N#############", "37############")), rng)
    number = next(body + check for check in "0123456789" if luhn(body + check))
    groups = [number[i : i + 4] for i in range(0, len(number), 4)]
    return rng.choice((number, " ".join(groups), "-".join(groups)))


def _plant_iban(rng: random.Random) -> str:
    country = rng.choice(sorted(_IBANS))
    account = fill(_IBANS[country], rng)
    check = 98 - int("".join(str(int(char, 36)) for char in f"{account}{country}00")) % 97
    number = f"{country}{check:02d}{account}"
    return rng.choice((number, " ".join(number[i : i + 4] for i in range(0, len(number), 4))))


def _plant_wallet(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return "0x" + "".join(rng.choice("0123456789abcdef") for _ in range(40))
    return "bc1" + "".join(rng.choice(_BASE58) for _ in range(39))


SSN = Kind(
    name="SSN", order=220, title="US social security numbers, by shape", direct=True, safe_harbor="G",
    patterns=(
        Pattern(r"(?<![\w-])\d{3}([- .])\d{2}\1\d{4}(?![\w-])", 0.85, needs=MANY_DIGITS),
        Pattern(r"(?:SSN|social security)\D{0,20}(?P<value>\d{9})\b", 0.9, needs=MANY_DIGITS, ignore_case=True),
    ),
    surrogate=shaped(ssn), plant=forms("N##-4#-####", "N## 4# ####", "N##4#####"),
    carriers=("The number on the form is {}.", "Her social security number is {}.", "It was filed under {}."),
)  # fmt: skip
CARD = Kind(
    name="CARD", order=230, title="Payment cards (Luhn)", direct=True, safe_harbor="J",
    patterns=(
        Pattern(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])", 0.75, certain=_is_card, needs=MANY_DIGITS),
    ),
    surrogate=shaped(uncheckable), plant=_plant_card,
    carriers=("It was charged to {}.", "The card number is {}.", "Payment with {} was refused."),
)  # fmt: skip
IBAN = Kind(
    name="IBAN", order=240, title="Bank accounts (ISO 13616)", direct=True, safe_harbor="J",
    patterns=(
        Pattern(
            r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b",
            0.7, certain=mod_97, allowed=digits_between(8, 34)),
    ),
    surrogate=shaped(uncheckable), plant=_plant_iban,
    carriers=("Please pay to {}.", "The account {} was closed.", "The money came from {}."),
)  # fmt: skip
CRYPTO = Kind(
    name="CRYPTO", order=250, title="Wallet addresses", direct=True, safe_harbor="J",
    patterns=(
        Pattern(r"\b(?:0x[0-9a-fA-F]{40}|bc1[a-z0-9]{25,59})\b", 0.95),
    ),
    surrogate=code_like, plant=_plant_wallet,
    carriers=("The coins were sent to {}.", "The wallet {} is empty."),
)  # fmt: skip
