"""Surrogates that change inside a document: a Markov chain for each entity (BRATsynthetic, Osborne et al. 2025).

Where one name stands for a person throughout, the one mention that masking missed breaks the pattern and is told at
sight. Here each further mention keeps the last surrogate with probability `keep` and draws a new one otherwise, so
that a missed one is one change among others.
"""

from collections import defaultdict
from collections.abc import Iterable

from synth_assets.masking.detection.linking import Linked
from synth_assets.masking.keys import DocumentKey, RealValues
from synth_assets.masking.names.surrogates import WordSurrogates
from synth_assets.masking.surrogates.makers import Maker


class Chain:
    """The makers in force, one an entity.

    A person is drawn anew as a whole: after a change, the full name, the surname alone and the initials agree with one
    another. Names are not drawn twice in a document. `keep` = 1 is one surrogate an entity, 0 one a mention.

    Args:
        key: the document's draws.
        real: values that no surrogate may equal.
        people: (surface, entity) of the personal names of the document.
        keep: probability that a mention keeps the surrogate in force.
    """

    def __init__(self, key: DocumentKey, real: RealValues, people: Iterable[tuple[str, int]], keep: float) -> None:
        self._key = key
        self._real = real
        self._keep = keep
        self._people: dict[int, list[str]] = defaultdict(list)
        for surface, entity in people:
            self._people[entity].append(surface)
        self._used: set[str] = set()
        self._mentions: dict[int, int] = defaultdict(int)
        self._in_force: dict[int, tuple[Maker, int]] = {}

    def at(self, item: Linked) -> tuple[Maker, int]:
        """The maker for the next mention of its entity, and how often the entity has changed."""
        entity = item.entity
        self._mentions[entity] += 1
        if entity not in self._in_force:
            self._in_force[entity] = self._drawn(item, 0)
        elif self._key.chance("keep", entity, self._mentions[entity]) >= self._keep:
            self._in_force[entity] = self._drawn(item, self._in_force[entity][1] + 1)
        return self._in_force[entity]

    def _drawn(self, item: Linked, change: int) -> tuple[Maker, int]:
        key = self._key.part("chain", item.entity, change)
        words = WordSurrogates(key, self._real, self._people[item.entity], self._used)
        return Maker(key, self._real, words), change
