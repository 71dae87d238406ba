"""Audits of a staged instruction set: statements that are true when they pass. They read only the staged rows."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

from synth_assets.instructions.policy import TASKS
from synth_assets.records import AuditResult, Row

_TASK_AUDITS = [(task.name, audit) for task in TASKS.values() for audit in task.audits]

AUDITS: Mapping[str, str] = {
    "tasks_are_known": "Every task is one that is declared.",
    "texts_may_be_quoted": "Every example is about rows whose text the mode of the release lets it quote.",
    "answers_are_grounded": "Every answer is a span of its input, or built from spans that are listed.",
    **{audit.name: audit.sentence for _, audit in _TASK_AUDITS},
    "messages_match_fields": "The chat messages say the same as instruction, input and output.",
    "components_stay_in_one_split": "No connected component is in two splits.",
    "source_documents_stay_in_one_split": "No source document is in two splits.",
    "subjects_stay_in_one_split": "No subject is in two splits.",
}
"""What each audit states, in the order of the results."""


def audit(rows: Sequence[Row], quotable: Collection[str]) -> list[AuditResult]:
    """All audits of the instruction set, in the order of `AUDITS`.

    Args:
        rows: INSTRUCTION_SET rows.
        quotable: ids of the rows that the method was given.
    """
    allowed = frozenset(quotable)
    return [
        _each("tasks_are_known", rows, lambda row: row["task"] in TASKS),
        _each("texts_may_be_quoted", rows, lambda row: _quoted(row) <= allowed),
        _each("answers_are_grounded", rows, _grounded),
        *(_each(audit.name, [row for row in rows if row["task"] == task], audit.holds) for task, audit in _TASK_AUDITS),
        _each("messages_match_fields", rows, _messages_match),
        _together("components_stay_in_one_split", rows, "component"),
        _together("source_documents_stay_in_one_split", rows, "source_doc"),
        _together("subjects_stay_in_one_split", rows, "subject"),
    ]


def _each(name: str, rows: Sequence[Row], holds: Callable[[Row], bool]) -> AuditResult:
    return _result(name, len(rows), sum(not holds(row) for row in rows))


def _together(name: str, rows: Sequence[Row], column: str) -> AuditResult:
    splits: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        splits[row[column]].add(row["split"])
    return _result(name, len(splits), sum(len(names) > 1 for names in splits.values()))


def _result(name: str, checked: int, failed: int) -> AuditResult:
    return AuditResult(name, not failed, checked, failed, f"{AUDITS[name]} {failed} of {checked} failed.")


def _quoted(row: Row) -> set[str]:
    """Ids of the rows whose text an example shows or answers with."""
    return {row["parent"], json.loads(row["params"]).get("target", row["parent"])}


def _grounded(row: Row) -> bool:
    size = len(row["input"])
    spans = [(span["start"], span["end"]) for span in row["grounding"]]
    if row["task"] not in TASKS or not all(0 <= start < end <= size for start, end in spans):
        return False
    return TASKS[row["task"]].grounded(row, [row["input"][start:end] for start, end in spans])


def _messages_match(row: Row) -> bool:
    user = f"{row['instruction']}\n\n{row['input']}" if row["input"] else row["instruction"]
    expected = [("user", user), ("assistant", row["output"])]
    return [(message["role"], message["content"]) for message in row["messages"]] == expected
