"""What is found and not read: for each reason what it is, how many there are, and what to do about it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synth_assets.corpus.reading.sources import suffixes

_NAMES = 8
_OTHER = "other"
_COMMON = re.compile(
    r"\.(7z|bak|bz2|db|docx?|eml|epub|gif|gz|html?|ics|ini|jpe?g|json|log|mbox|md|mp[34]|msg|od[pst]|orc|pdf|png|pptx?|ps"
    r"|pst|rar|rst|rtf|sql|sqlite|svg|tar|tex|tgz|tiff?|vcf|wav|xlsx?|xml|xz|ya?ml|zip|zst)"
)
"""Suffixes that may be named. Any other may be a piece of a name: `Letter to Dr. Smith`."""


@dataclass(frozen=True)
class Skipped:
    """What is not read for one reason.

    Attributes:
        source: The source; "" where the folder cannot name one.
        files: How many files, as far as they can be counted.
        sentence: What it is and what to do about it. It names folders of sources, days and suffixes, but never a file,
            because names of files can be personal.
    """

    source: str
    files: int
    sentence: str

    def __str__(self) -> str:
        return f"source {self.source}: {self.sentence}" if self.source else self.sentence


@dataclass(frozen=True)
class Reason:
    """Why something is skipped.

    Attributes:
        noun: What it is, in the singular.
        what: What is wrong with it, after the noun.
        remedy: What to do; `{least}` stands for the least of the days or suffixes.
    """

    noun: str
    what: str
    remedy: str

    def skipped(self, source: str, counts: Counter[str]) -> Skipped:
        """The sentence for `counts`: how many there are by day or suffix, or under "" where neither matters."""
        total = counts.total()
        named = [f"{name} ({count:,})" for name, count in sorted(counts.items()) if name]
        what = f"{counted(total, self.noun)} {self.what}{': ' if named else ''}{listed(named)}"
        return Skipped(source, total, f"{what}. {self.remedy.format(least=min(counts))}.")


UNOPENED = Reason(
    "path", "that cannot be opened (a link to nothing, or no permission)", "Remove such links, and correct permissions"
)
AWAY = Reason(
    "link", "leading out of the source's folder or into a hidden one", "Put the files themselves in their place"
)
SPECIAL = Reason("special file", "(device, pipe or socket)", "Remove such files")
LOOSE = Reason("file", "beside the folders of the sources", "Put each into a folder named after its source")
SHADOWED = Reason(
    "file", "in the source's folder, while sources.yaml names another `path`", "Move such files there, or remove `path`"
)


def early(first: str, remedy: str) -> Reason:
    """The reason for days before the first day that may have a partition."""
    what = f"of days before {first}, the first day of the partitions"
    return Reason("file", what, f"Set SYNTH_ASSETS_FIRST_DAY to {{least}} or earlier, or {remedy}")


def late(last: str, remedy: str) -> Reason:
    """The reason for days after the last day that may have a partition."""
    return Reason("file", f"of days after {last}, the last day of the partitions", remedy[:1].upper() + remedy[1:])


def unread_format() -> Reason:
    """The reason for formats without a reader."""
    read = ", ".join(sorted(suffixes()))
    remedy = f"Convert such files to one of {read}, or set `format` in sources.yaml if they hold one"
    return Reason("file", "in formats that are not read", remedy)


def named_suffix(path: Path) -> str:
    """The suffix of a file if it is a common one."""
    suffix = path.suffix.lower()
    return suffix if _COMMON.fullmatch(suffix) else _OTHER


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {more:,} more" if more > 0 else "")
