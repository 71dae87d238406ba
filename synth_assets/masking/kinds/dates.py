"""Dates and ages. A date is found, read, and written again some days later in the same format.

A date whose day or month is not written moves by the whole months or years nearest to the shift, so
that intervals between dates of one precision are kept exactly. Relative expressions are no dates.
"""

import random
import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from synth_assets.masking.keys import DocumentKey
from synth_assets.masking.kinds.kind import Generalization, Kind, Pattern, digits_of, reshape
from synth_assets.masking.lexicon import numerals
from synth_assets.masking.lexicon.gazetteer import MONTHS

_SHORT = tuple(month[:3] for month in MONTHS)
_MONTH = r"(?:" + "|".join(month.capitalize() + "|" + month.upper() for month in MONTHS) + r"|" + "|".join(
    f"{short.capitalize()}|{short.upper()}" for short in _SHORT
) + r"|Sept)\b\.?"  # fmt: skip
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:1[6-9]|20)\d\d"
_DAYS = rf"{_DAY}(?:\s?(?:,|and|to|or|until|-|–|&)\s?{_DAY})*"
_CUE = (
    r"(?:in|since|by|until|till|from|during|before|after|of|year|born|to|and|early|late|mid|summer|winter|spring|autumn|"
    r"fall|circa|around|between|for|class of|dated|last|this|next|©)"
)

_PATTERNS = tuple(Pattern(regex, score, needs=rf"\d|{_MONTH}") for regex, score in (
    (rf"\b{_DAYS}\s(?:of\s)?{_MONTH},?\s{_YEAR}\b", 0.95),
    (rf"\b{_MONTH}\s{_DAYS},?\s{_YEAR}\b", 0.95),
    (rf"\b{_DAY}[-/ ]{_MONTH}[-/ ](?:{_YEAR}|\d\d)\b", 0.9),
    (rf"\b{_MONTH},?\s(?:of\s)?{_YEAR}\b", 0.9),
    (rf"\b{_DAYS}\s(?:of\s)?{_MONTH}(?!\w)", 0.85),
    (rf"\b{_MONTH}\s{_DAYS}(?![\w:]|[.,]\d)", 0.8),
    (r"(?<![\d/.-])(?:1[6-9]|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d|[-/.]\d)", 0.95),
    (r"(?<![\d/.-])(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\1(?:(?:1[6-9]|20)\d\d|\d\d)(?!\d|[-/.]\d)", 0.85),  # noqa: E501
    (rf"(?<![\w/.,-]){_YEAR}\s?[-–/]\s?(?:{_YEAR}|\d\d)(?![\w/-])", 0.7),
    (r"\b(?:1[6-9]|20)\d0(?:['’]?s)\b", 0.6),
    (rf"(?<!\w)(?i:{_CUE})\s(?:the\s)?(?i:year\s)?(?P<value>{_YEAR})(?![\w/]|[.,]\d|-\d)", 0.7),
    (rf"\((?P<value>{_YEAR})\)", 0.6),
    (rf"(?<!\w)(?i:in|since|by|until|last|next|this|early|late|mid|during|every|of)\s(?P<value>{_MONTH})(?!\w)", 0.6),
))  # fmt: skip
_MONTH_RE = re.compile(_MONTH)
_YEAR_RE = re.compile(_YEAR)
_DAY_RE = re.compile(r"(\d{1,2})(st|nd|rd|th)?")
_NUMERIC = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})")
_TOKEN = re.compile(rf"(?P<year>{_YEAR})|(?P<month>{_MONTH})|(?P<day>\d{{1,2}}(?:st|nd|rd|th)?\b)|(?P<digits>\d+)")
_DAYS_A_MONTH, _DAYS_A_YEAR = 30.436875, 365.2425
_LEAST_SHIFT_WEEKS = 28  # 196 days: below half a year, a date written as a year would not change
_OLDEST = 89
_PRESENT = 2026  # the latest year a document is expected to write; one that writes a later year is read in that year


def year_of(surface: str) -> int | None:
    """The year written in a date; None if it has none."""
    match = _YEAR_RE.search(surface)
    return int(match.group()) if match else None


class Calendar:
    """The dates of one document: how they are written, and how far they move.

    Args:
        written: the dates, in order.
        key: draws of the document.
        longest_shift: in days.
    """

    def __init__(self, written: Sequence[str], key: DocumentKey, longest_shift: int) -> None:
        years = [year for year in map(year_of, written) if year]
        self.year = next(iter(years), None)
        """The year of a date that is written without one."""
        self.latest_year = max(years, default=None)
        self._day_first = is_day_first(written)
        weeks = _LEAST_SHIFT_WEEKS + key.draw("date shift") % (longest_shift // 7 - _LEAST_SHIFT_WEEKS + 1)
        self._days = 7 * weeks * (1 if key.draw("date shift sign") % 2 else -1)
        """Whole weeks, so that weekdays stay true; at least 28 weeks either way."""

    def read(self, surface: str) -> None:
        """Take the year of a date for those after it."""
        self.year = year_of(surface) or self.year

    def shift(self, surface: str) -> str | None:
        """The date moved, written as it was; None if it cannot be read."""
        return shift(surface, self._days, self.year, self._day_first)


def shift(surface: str, days: int, year: int | None, day_first: bool = True) -> str | None:
    """`surface` moved by `days`, written as it was; None if no date can be read from it.

    Args:
        surface: a date, as in the text.
        days: the shift; at least half a year either way, or a year might not change.
        year: the year of a date that is written without one; None: a year of 365 days.
        day_first: how 03/04/2005 is read.
    """
    numeric = _NUMERIC.fullmatch(surface.strip())
    if numeric:
        return _shift_numeric(numeric, days, day_first)
    month = _MONTH_RE.search(surface)
    if not month:
        return _shift_years(surface, days)
    if _DAY_RE.search(_YEAR_RE.sub("", surface)):
        return _shift_days(surface, month, days, year_of(surface) or year or 2001)
    return _shift_months(surface, month, days)


def _shift_numeric(match: re.Match[str], days: int, day_first: bool) -> str | None:
    first, separator, second, third = match.groups()
    order = "ymd" if len(first) == 4 else "dmy" if day_first else "mdy"
    if order == "dmy" and int(second) > 12:
        order = "mdy"
    elif order == "mdy" and int(first) > 12:
        order = "dmy"
    value = dict(zip(order, (first, second, third), strict=True))
    year = int(value["y"])
    if len(value["y"]) < 4:
        year += 2000 if year < 50 else 1900
    moved = _add(year, int(value["m"]), int(value["d"]), days)
    if moved is None:
        return None
    written = {"y": f"{moved.year:04d}"[-len(value["y"]) :]} | {
        part: f"{number:0{len(value[part]) if value[part].startswith('0') or len(value[part]) == 2 else 1}d}"
        for part, number in (("m", moved.month), ("d", moved.day))
    }
    return separator.join(written[part] for part in order)


def _add(year: int, month: int, day: int, days: int) -> date | None:
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1600 <= year <= 9000):
        return None
    last = ((date(year + month // 12, month % 12 + 1, 1)) - timedelta(days=1)).day
    return date(year, month, day) + timedelta(days=days) if day <= last else None


def _shift_days(surface: str, month_word: re.Match[str], days: int, year: int) -> str | None:
    """Day, month and perhaps a list of days: the month is written again where days no longer share it."""
    days_written = [m for m in _TOKEN.finditer(surface) if m.lastgroup == "day"]
    if not days_written:
        return None
    month = _month_number(month_word.group())
    moved = [_add(year, month, int(digits_of(m.group())), days) for m in days_written]
    if any(day is None for day in moved):
        return _shift_months(surface, month_word, days)
    dates = [day for day in moved if day is not None]
    carrier = dates[-1] if days_written[-1].start() < month_word.start() else dates[0]
    by_start = dict(zip((m.start() for m in days_written), dates, strict=True))

    def write(match: re.Match[str]) -> str:
        if match.lastgroup == "year":
            return str(carrier.year)
        if match.lastgroup == "month":
            return _like(match.group(), carrier.month)
        if match.lastgroup != "day":
            return match.group()
        day = by_start[match.start()]
        number, same = _day_like(match.group(), day.day), (day.year, day.month) == (carrier.year, carrier.month)
        return number if same else f"{number} {_like(month_word.group(), day.month)}"

    return _TOKEN.sub(write, surface)


def _shift_months(surface: str, word: re.Match[str], days: int) -> str:
    """A month, with or without a year, moved by whole months."""
    year = year_of(surface)
    months = round(days / _DAYS_A_MONTH)
    if year is None and months % 12 == 0:
        months += 1  # without a year only the month can change
    index = (year or 2001) * 12 + _month_number(word.group()) - 1 + months
    moved = _like(word.group(), index % 12 + 1)
    surface = surface[: word.start()] + moved + surface[word.end() :]
    return _YEAR_RE.sub(str(index // 12), surface) if year else surface


def _shift_years(surface: str, days: int) -> str | None:
    years = round(days / _DAYS_A_YEAR)
    if not _YEAR_RE.search(surface):
        return None
    short = re.fullmatch(rf"({_YEAR})(\s?[-–/]\s?)(\d\d)", surface)
    if short:
        first, end = int(short.group(1)), int(short.group(1)[:2] + short.group(3))
        return f"{first + years}{short.group(2)}{(end + years) % 100:02d}"
    if surface.rstrip("s'’")[-1:] == "0" and surface.endswith("s"):
        return _YEAR_RE.sub(lambda m: str(int(m.group()) + (10 if years > 0 else -10)), surface)
    return _YEAR_RE.sub(lambda m: str(int(m.group()) + years), surface)


def _month_number(word: str) -> int:
    return _SHORT.index(word[:3].lower()) + 1


def _like(word: str, month: int) -> str:
    """Name of a month as `word` is written: long or short, capitals, full stop."""
    plain = word.rstrip(".")
    name = (MONTHS if plain.lower() in MONTHS else _SHORT)[month - 1]
    return (name.upper() if plain.isupper() else name.capitalize()) + word[len(plain) :]


def _day_like(word: str, day: int) -> str:
    number = f"{day:02d}" if word.startswith("0") else str(day)
    if word[-1:] in "0123456789":
        return number
    return number + ("th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th"))


def is_day_first(written: Iterable[str]) -> bool:
    """How a document writes numeric dates: day first unless a date shows, or slashes suggest, month first."""
    numeric = [match for match in map(_NUMERIC.fullmatch, written) if match and len(match.group(1)) <= 2]
    if any(int(match.group(1)) > 12 for match in numeric):
        return True
    if any(int(match.group(3)) > 12 for match in numeric):
        return False
    return not any(match.group(2) == "/" for match in numeric)


def age(value: str, key: DocumentKey) -> str:
    """An age up to three years away, written like `value`; from 90 on, and what cannot be read, one group.

    45 CFR 164.514 asks for the group.
    """
    years = numerals.value(value)
    if years is None or years > _OLDEST:
        return "90+"
    reach = min(3, max(1, years // 6))
    step = 1 + key.draw("age", str(years)) % reach
    sign = 1 if years <= step or (key.draw("age sign", str(years)) % 2 and years + step <= _OLDEST) else -1
    return numerals.write(years + sign * step, value)


def _year(surface: str, how: Generalization, latest_year: int | None) -> str:
    """The year; by Safe Harbor unless it tells an age over 89."""
    oldest = max(latest_year or 0, _PRESENT) - _OLDEST if how == "safe_harbor" else 0
    year = year_of(surface)
    return str(year) if year and year >= oldest else ""


def _age_group(surface: str, how: Generalization, latest_year: int | None) -> str:
    """The decade; by Safe Harbor the age itself up to 89. An age that cannot be read counts as the oldest."""
    years = numerals.value(surface)
    if years is None or years > _OLDEST:
        return "90+"
    return surface if how == "safe_harbor" else f"{years // 10 * 10}-{years // 10 * 10 + 9}"


def _plant_date(rng: random.Random) -> str:
    day = date(1940, 1, 1) + timedelta(days=rng.randrange(31_000))
    month, short = MONTHS[day.month - 1].capitalize(), _SHORT[day.month - 1]
    d, m, y = day.day, day.month, day.year
    styles = (
        f"{d} {month} {y}", f"{month} {d}, {y}", f"{d:02d}/{m:02d}/{y}", day.isoformat(), f"{d}.{m}.{y}",
        f"{month} {y}", f"{d} {short.capitalize()} {y}", f"{d}th of {month}", f"{m}/{d}/{y % 100:02d}",
        f"{d}-{short.upper()}-{y}",
    )  # fmt: skip
    return rng.choice(styles)


DATE = Kind(
    name="DATE", order=60, title="Dates, months, years", closed=True, safe_harbor="C", labels=("DATE",),
    patterns=_PATTERNS, recapture=("pattern", "ner"),
    surrogate=lambda kind, surface, maker: maker.shift(surface) or maker.fresh(surface, reshape),
    generalize=_year, plant=_plant_date,
    carriers=(
        "Nothing has changed since {}.", "The last visit was on {}.", "It was put off to {} for lack of staff.",
        "The form is dated {}.", "Between then and {} nobody called.", "{} was the day the water came.",
    ),
)  # fmt: skip
AGE = Kind(
    name="AGE", order=70, title="Ages; from 90 on they are always grouped", closed=True, safe_harbor="C",
    surrogate=lambda kind, surface, maker: age(surface, maker.document), generalize=_age_group,
    plant=lambda rng: str(rng.randrange(18, 96)),
    carriers=(
        "At {} years of age, one does not move easily.", "The man is {} and lives alone.", "She turned {} this week.",
        "He is {} years old and in good health.",
    ),
)  # fmt: skip
