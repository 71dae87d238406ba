"""Audits of a staged instruction set: statements that are true when they pass. They read rows and nothing else."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from synth_assets.instructions.tasks.extract_json import conforms
from synth_assets.instructions.tasks.templates import NO_ANSWER
from synth_assets.records import AuditResult, Row

AUDITS: Mapping[str, str] = {
    "answers_are_grounded": "Every answer is a span of its input, or built from spans that are listed.",
    "structured_answers_are_valid": "Every structured answer is JSON with the keys asked for, copied from the text.",
    "messages_match_fields": "The chat messages say the same as instruction, input and output.",
    "components_stay_in_one_split": "No connected component is in two splits.",
    "source_documents_stay_in_one_split": "No source document is in two splits.",
    "subjects_stay_in_one_split": "No subject is in two splits.",
}
"""What each audit claims, in the order of the results."""


def audit(rows: Sequence[Row]) -> list[AuditResult]:
    """All audits of the instruction set, in the order of `AUDITS`."""
    structured = [row for row in rows if row["task"] == "extract_json"]
    return [
        _each("answers_are_grounded", rows, _grounded),
        _each("structured_answers_are_valid", structured, _structured),
        _each("messages_match_fields", rows, _messages),
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
    return _result(name, len(splits), sum(len(found) > 1 for found in splits.values()))


def _result(name: str, checked: int, failed: int) -> AuditResult:
    return AuditResult(name, not failed, checked, failed, f"{AUDITS[name]} {failed} of {checked} failed.")


def _grounded(row: Row) -> bool:
    size = len(row["input"])
    spans = [(span["start"], span["end"]) for span in row["grounding"]]
    if not all(0 <= start < end <= size for start, end in spans):
        return False
    pieces = [row["input"][start:end] for start, end in spans]
    return _RULES[row["task"]](row, pieces)


def _question(row: Row, pieces: list[str]) -> bool:
    if row["output"] == NO_ANSWER:
        return not pieces
    return pieces == [row["output"]]


def _summary(row: Row, pieces: list[str]) -> bool:
    return bool(pieces) and " ".join(pieces) == row["output"]


def _rewriting(row: Row, pieces: list[str]) -> bool:
    return pieces == [row["input"]] and bool(row["output"].strip())


def _label(row: Row, pieces: list[str]) -> bool:
    return row["output"] in row["instruction"]


def _object(row: Row, pieces: list[str]) -> bool:
    try:
        data = json.loads(row["output"])
    except ValueError:
        return False
    return isinstance(data, dict) and {str(item) for values in data.values() for item in values} == set(pieces)


def _blanks(row: Row, pieces: list[str]) -> bool:
    numbers = range(1, len(pieces) + 1)
    lines = row["output"].split("\n")
    marked = pieces == [f"({number}) ____" for number in numbers]
    return marked and [line.split(". ", 1)[0] for line in lines] == [str(number) for number in numbers]


_RULES: Mapping[str, Callable[[Row, list[str]], bool]] = {
    "extractive_qa": _question,
    "summarize": _summary,
    "rewrite": _rewriting,
    "classify": _label,
    "extract_json": _object,
    "cloze": _blanks,
}


def _structured(row: Row) -> bool:
    keys = json.loads(row["params"])["keys"].split(",")
    return conforms(row["output"], keys, row["input"])


def _messages(row: Row) -> bool:
    user = f"{row['instruction']}\n\n{row['input']}" if row["input"] else row["instruction"]
    expected = [("user", user), ("assistant", row["output"])]
    return [(message["role"], message["content"]) for message in row["messages"]] == expected
