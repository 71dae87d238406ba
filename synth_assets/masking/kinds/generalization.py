"""Coarser values in place of exact ones: a year, a decade of life, a postal area.

`coarse` is this project's own way. `safe_harbor` follows 45 CFR 164.514(b)(2)(i): the year alone unless it tells an
age over 89, ages over 89 in one group, and the first three digits of a ZIP code where more than 20,000 people live.
"""

from typing import Literal

from synth_assets.masking.kinds import dates
from synth_assets.masking.lexicon import numerals

Generalization = Literal["coarse", "safe_harbor"]

RESTRICTED_ZIP3 = frozenset(
    ("036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890",
     "893")
)  # fmt: skip
"""ZIP areas of 20,000 people or fewer in the census of 2000, as the guidance of HHS (2012) lists them."""

_OLDEST = 89
_PRESENT = 2026  # a year that no document is older than: one that writes a later year is read in that year
_SHORT = 5


def generalize(kind: str, surface: str, entity: int, how: Generalization, latest_year: int | None) -> str:
    """What is written instead; a placeholder where nothing coarser is known.

    Args:
        kind: the type, e.g. "DATE".
        surface: what is written.
        entity: number of the entity, for the placeholder.
        how: which rules are followed.
        latest_year: the latest year written in the document, None if there is none.
    """
    harbor = how == "safe_harbor"
    made = ""
    if kind == "DATE":
        made = _year(surface, max(latest_year or 0, _PRESENT) - _OLDEST if harbor else 0)
    elif kind == "AGE":
        made = _grouped(surface) if harbor else _decade(_years(surface))
    elif kind == "POSTCODE":
        made = _zip3(surface) if harbor else _area(surface)
    elif kind == "LOCATION":
        made = "a place"
    return made or f"[{kind}_{entity}]"


def _year(surface: str, oldest: int) -> str:
    year = dates.year_of(surface)
    return str(year) if year and year >= oldest else ""


def _years(age: str) -> int:
    """An age in figures or words; one that cannot be read counts as the oldest."""
    years = numerals.value(age)
    return _OLDEST + 1 if years is None else years


def _grouped(surface: str) -> str:
    return "90+" if _years(surface) > _OLDEST else surface


def _decade(years: int) -> str:
    return "90+" if years > _OLDEST else f"{years // 10 * 10}-{years // 10 * 10 + 9}"


def _area(surface: str) -> str:
    if len(surface) < _SHORT:
        return ""
    return surface[:2] + "".join("0" if char.isalnum() else char for char in surface[2:])


def _zip3(surface: str) -> str:
    """The first three digits of five; nothing for a code that is not a ZIP code."""
    plain = surface.strip()
    digits, _, more = plain.partition("-")
    if len(digits) != _SHORT or not digits.isdecimal() or not (not more or more.isdecimal()):
        return ""
    return ("000" if digits[:3] in RESTRICTED_ZIP3 else digits[:3]) + "xx"
