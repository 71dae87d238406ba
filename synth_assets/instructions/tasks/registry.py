"""All instruction tasks: every module of this package that declares a `Task` adds one."""

from collections.abc import Collection, Mapping

from resources.discovery import discover_records
from synth_assets.instructions.tasks.task import Task

TASKS: Mapping[str, Task] = {
    task.name: task
    for task in sorted(discover_records("synth_assets.instructions.tasks", Task), key=lambda t: (t.order, t.name))
}
ROLES = tuple(dict.fromkeys(role for task in TASKS.values() for role in task.roles))
"""Model roles that any task uses."""


def chosen(names: Collection[str]) -> list[Task]:
    """The tasks of these names, in their order; all tasks if there is no name."""
    return [task for task in TASKS.values() if task.name in names or not names]


def purposes(names: Collection[str]) -> str:
    """What a model learns from these tasks, as a list in words."""
    *first, last = [task.purpose for task in chosen(names)]
    return f"{', '.join(first)} and {last}" if first else last
