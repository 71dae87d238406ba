"""How long work says where it is. What is done with it (a log line, a bar) is the caller's choice."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with (task, done, total); `task` is a fixed word, never text from a document."""


def silent(task: str, done: int, total: int) -> None:
    """Ignore progress."""
