"""What arrived, as commands ask for it: the partitions that a run is for, and what is skipped."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from resources.config import did_you_mean
from resources.errors import DataError
from resources.home import Home
from resources.lake.model import Partition
from synth_assets.corpus.reading.arrivals import Arrivals
from synth_assets.corpus.reading.sources import suffixes
from synth_assets.partitions import days


class NoDocumentsError(DataError):
    """Nothing has arrived that has a partition."""


def requested(home: Home, arrivals: Arrivals, keys: Sequence[str], source: str) -> list[Partition]:
    """The partitions that a run is for: those of `keys`, else all that have files, or those of one source.

    Raises:
        DataError: A key is none, its day has no partition, or its source has no files.
        NoDocumentsError: No source has files.
    """
    partitions = [Partition.parse(key) for key in keys] or [Partition(p.source, p.day) for p in arrivals.partitions]
    for partition in partitions:
        _check_day(partition)
    if not arrivals.partitions:
        looked = f"looked for <source>/[<YYYY-MM-DD>/]*{{{','.join(suffixes())}}}"
        missing = f"no documents in {home.sources}: {looked}. Put some there, or use --sample."
        raise NoDocumentsError(arrivals.and_skipped(missing))
    for wanted in [partition.source for partition in partitions] if keys else [source]:
        if wanted and wanted not in arrivals.sources:
            near = did_you_mean(wanted, arrivals.sources) or "."
            missing = f"no files for source {wanted!r} under {home.sources}{near}"
            raise DataError(arrivals.of(wanted).and_skipped(missing))
    return partitions if keys else [partition for partition in partitions if source in ("", partition.source)]


def print_skipped(console: Console, arrivals: Arrivals) -> None:
    """Print a line for each reason why something is skipped."""
    for skipped in arrivals.skipped:
        console.print(f"[yellow]skipped[/] {escape(str(skipped))}", soft_wrap=True)


def _check_day(partition: Partition) -> None:
    first, last = days()
    if partition.day < first:
        remedy = f"set SYNTH_ASSETS_FIRST_DAY to {partition.day} or earlier"
        raise DataError(f"{partition.key}: the first day that has partitions is {first}: {remedy}")
    if partition.day > last:
        raise DataError(f"{partition.key}: the last day that has partitions is today, {last} in UTC")
