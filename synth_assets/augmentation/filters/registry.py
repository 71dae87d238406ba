"""All filters of rewritten sentences: every module of this package that declares a `Filter` adds it."""

from resources.config import StrictModel
from resources.discovery import discover_records
from synth_assets.augmentation.filters.filter import Filter, Pair
from synth_assets.text.words import words

FILTERS = tuple(
    sorted(discover_records("synth_assets.augmentation.filters", Filter), key=lambda f: (f.order, f.reason))
)


def first_reason(pair: Pair, policy: StrictModel) -> str | None:
    """The reason of the first filter that drops the pair, or None; `unchanged` if the words are the same."""
    if words(pair.source) == words(pair.rewriting):
        return "unchanged"
    return next((each.reason for each in FILTERS if each.drops(pair, policy)), None)
