"""What the draws of a source cost: written before anything is drawn, and never taken back.

A draw that a gate refuses afterwards is spent all the same, and so is one that was interrupted.

Days compose in parallel, because a person takes part on one day only: the day of the first draw that could have read a
document of that person. On every other day this person abstains. That is sound although people come back. Whether a
person abstains depends on that person's own documents and on the order of the draws, and on no other person: adding or
removing one person changes the draws of one day and leaves those of all other days as they are, given what was released
before. The order of the draws may follow from earlier releases: for every order, the loss of one person is that of the
draws of one day, and each day has the same bound, fixed in advance (a privacy filter: Rogers et al. 2016,
arXiv:1605.08294; its individual form: Feldman and Zrnic 2021, arXiv:2008.11193). Draws of one day compose sequentially.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resources.errors import MachineError, PolicyError
from resources.lake.journal import Journal
from synth_assets.differential_privacy.ledger import Entry, Guarantee, Ledger

_ATTEMPTS = 100


@dataclass(frozen=True)
class Draw:
    """One draw: its number in the source, its partition ("day|source"), the data version it read, and its guarantee."""

    number: int
    partition: str
    data_version: str
    guarantee: Guarantee

    @property
    def entry(self) -> Entry:
        """The draw as the ledger counts it."""
        return Entry(self.partition, f"draw {self.number + 1}", self.guarantee)


@dataclass(frozen=True)
class Permit:
    """Leave for one draw: its number, and the subjects that may vote."""

    number: int
    subjects: frozenset[str]


class Spending:
    """The draws of one source, in its journal, with the subjects that took part, as keyed hashes."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def draws(self) -> list[Draw]:
        """Every draw, oldest first. Raises IntegrityError where the journal was altered."""
        return _draws(self._journal.entries())

    def permit(
        self,
        partition: str,
        data_version: str,
        guarantee: Guarantee,
        subjects: Collection[str],
        most: float,
        delta: float,
    ) -> Permit:
        """Write down a draw, then let it happen.

        Args:
            partition: "day|source".
            data_version: of raw_corpus.
            guarantee: of the draw; must say that a person takes part in one partition.
            subjects: everybody who would vote, as keyed hashes.
            most: largest total epsilon of the source.
            delta: delta of that total.

        Raises:
            PolicyError: the total would be larger; nothing is written.
            IntegrityError: the journal was altered.
            MachineError: other writers were always first.
        """
        if not guarantee.one_partition:
            raise PolicyError("a draw must state that a person takes part in one partition")
        for _ in range(_ATTEMPTS):
            entries = self._journal.entries()
            ledger = Ledger((*(draw.entry for draw in _draws(entries)), Entry(partition, "", guarantee)))
            total = ledger.epsilon(ledger.entries[-1].source, delta)
            if total > most:
                raise PolicyError(
                    f"{partition}: with one more draw, one person's total would be epsilon = {total:.2f} at delta = "
                    f"{delta:g}, and the budget of the source is {most:g}: nothing was drawn"
                )
            home = {subject: e["partition"] for e in reversed(entries) for subject in e["subjects"]}
            mine = frozenset(subject for subject in subjects if home.get(subject, partition) == partition)
            entry = {
                "partition": partition,
                "data_version": data_version,
                "guarantee": guarantee.model_dump(mode="json"),
                "subjects": sorted(subject for subject in mine if subject not in home),
            }
            if self._journal.append(entry, after=len(entries)):
                return Permit(len(entries), mine)
        raise MachineError(f"{partition}: other draws were always first; try again")


def _draws(entries: Sequence[Mapping[str, Any]]) -> list[Draw]:
    return [
        Draw(n, e["partition"], e["data_version"], Guarantee.parse(e["guarantee"], f"draw {n + 1}"))
        for n, e in enumerate(entries)
    ]
