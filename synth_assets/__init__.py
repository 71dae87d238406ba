"""synth-assets: sensitive text in, releasable training data and an honest privacy report out."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def open_catalog(release: str = "", at: str = "") -> "duckdb.DuckDBPyConnection":
    """An in-memory DuckDB connection with one view a stage over what is published, and a view `versions`.

    Args:
        release: name of a release whose pinned versions are shown instead of the newest.
        at: ISO date or time; shows what was published then.

    Raises:
        UnpublishedError: if there is no such release or nothing was published then.
    """
    from resources.factory import Factory
    from resources.home import Home
    from resources.lake.catalog import open_catalog as open_lake
    from resources.lake.model import parse_time

    return open_lake(Factory.open(Home.find()).lake, release or None, parse_time(at) if at else None)
