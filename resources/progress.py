"""Progress callbacks."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with (task, done, total); `task` is a fixed word, never text from a document."""


def silent(task: str, done: int, total: int) -> None:
    """Ignore progress."""
