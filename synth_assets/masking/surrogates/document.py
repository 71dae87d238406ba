"""What stands in the masked text for each mention of one document: surrogate, placeholder, group, or itself.

Here it is decided which mentions share a surrogate, and how far dates move; one value's surrogate is made in `makers`.
"""

from collections.abc import Iterable, Sequence

import regex

from synth_assets.masking.detection.linking import Linked
from synth_assets.masking.keys import DocumentKey, RealValues
from synth_assets.masking.kinds import dates
from synth_assets.masking.kinds import kind as shapes
from synth_assets.masking.kinds.generalization import generalize
from synth_assets.masking.lexicon.gazetteer import TITLES
from synth_assets.masking.mapping import SourceMapping
from synth_assets.masking.names.surrogates import WordSurrogates
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.surrogates.chain import Chain
from synth_assets.masking.surrogates.makers import Maker

_LEAST_SHIFT_WEEKS = 28  # 196 days: below half a year, a date written as a year would not change
# Closed sets: they repeat across documents by nature, so a surrogate need only differ from its own original.
CLOSED_SETS = frozenset(
    {"DATE", "AGE", "NATIONALITY", "QUANTITY", "PROFESSION", "HEALTH", "FAMILY", "ORIENTATION", "POLITICS"}
)
_TITLE = regex.compile(r"(?<!\p{L})(?P<title>\p{L}+)\.?\s$")
_LONGEST_TITLE = 14


class DocumentSurrogates:
    """The surrogates of one document, asked for by start of the mentions.

    Args:
        text: the raw text.
        linked: its mentions with their entities, by start.
        policy: what is done with each type.
        key: the document's draws.
        real: values that no surrogate may equal.
        mapping: the mapping of the source under scope "corpus"; None under scope "document".
    """

    def __init__(
        self,
        text: str,
        linked: Sequence[Linked],
        policy: MaskingPolicy,
        key: DocumentKey,
        real: RealValues,
        mapping: SourceMapping | None = None,
    ) -> None:
        self._key = key
        self._policy = policy
        surfaces = [(text[item.mention.start : item.mention.end], item) for item in linked]
        people = [
            (_title_before(text, item.mention.start) + surface, item.entity)
            for surface, item in surfaces
            if item.mention.type == "PERSON"
        ]
        self._maker = _maker(key if mapping is None else mapping.key, real, (surface for surface, _ in people), mapping)
        markov = policy.surrogates.consistency == "markov"
        self._chain = Chain(key, real, people, policy.surrogates.keep) if markov else None
        written = [surface for surface, item in surfaces if item.mention.type == "DATE"]
        years = [year for year in map(dates.year_of, written) if year]
        self._year = next(iter(years), None)
        self._latest = max(years, default=None)
        self._day_first = dates.is_day_first(written)
        self._days = _date_shift(key, policy.max_date_shift_days)
        self._made: dict[tuple[str | int | None, ...], str | None] = {}

    def replacement(self, surface: str, item: Linked) -> str | None:
        """What to write for a mention; None if nothing safe can be made."""
        kind = item.mention.type
        action = self._policy.action_of(kind)
        if action == "keep":
            return surface
        if action == "mask":
            return f"[{kind}_{item.entity}]"
        if action == "generalize":
            return generalize(kind, surface, item.entity, self._policy.generalization, self._latest)
        if kind == "DATE":
            self._year = dates.year_of(surface) or self._year
        chained = self._chain is not None and kind not in CLOSED_SETS
        maker, link = self._chain.at(item) if self._chain and chained else (self._maker, 0)
        memo = (kind, surface, self._year if kind == "DATE" else None, item.entity if chained else None, link)
        if memo not in self._made:
            self._made[memo] = self._surrogate(maker, kind, surface, item.entity)
        return self._made[memo]

    def _surrogate(self, maker: Maker, kind: str, surface: str, entity: int) -> str | None:
        if kind in self._policy.custom:  # letters drawn for the letters of a word would be no word
            made = maker.reshape(surface) if any(map(str.isdecimal, surface)) else None
            return made or f"[{kind}_{entity}]"
        if kind == "DATE":
            return dates.shift(surface, self._days, self._year, self._day_first) or maker.reshape(surface)
        if kind == "AGE":
            return shapes.age(surface, self._key)
        return maker.make(kind, surface, entity)


def _maker(key: DocumentKey, real: RealValues, people: Iterable[str], mapping: SourceMapping | None) -> Maker:
    return Maker(key, real, WordSurrogates(key, real, people, mapping=mapping), mapping)


def _title_before(text: str, start: int) -> str:
    """The title that stands before a name ("Mrs "), which says what the name may not; "" if there is none."""
    found = _TITLE.search(text, max(0, start - _LONGEST_TITLE), start)
    return found.group() if found and found.group("title").casefold() in TITLES else ""


def _date_shift(key: DocumentKey, longest: int) -> int:
    """Whole weeks, so that weekdays stay true; at least 28 weeks either way."""
    choices = longest // 7 - _LEAST_SHIFT_WEEKS + 1
    weeks = _LEAST_SHIFT_WEEKS + key.draw("date shift") % choices
    return 7 * weeks * (1 if key.draw("date shift sign") % 2 else -1)
