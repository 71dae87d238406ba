"""The dataset card: what the set is, where it comes from, and what was measured. It shows counts, never a row."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from synth_assets.differential_privacy.ledger import NONE_CLAIMED
from synth_assets.instructions.selection.splits import SPLITS
from synth_assets.instructions.tasks.registry import TASKS, chosen, purposes
from synth_assets.records import Row
from synth_assets.release.exports import RECORDS, exported

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_MISSING = "-"
_IN_WORDS = ("passed", "overrides", "reports", "epsilon", "statements")  # keys of a verdict that get no table row

_USE = """## Intended use

Supervised fine-tuning and evaluation of models on {purposes} tasks over text like the source's, where the source \
itself may not be shared. A mix with natural data is advised (about 30 % synthetic): sets made of synthetic text alone \
train no faster and narrow a model's output.

Not for learning facts: names, dates and numbers of persons are surrogates. Not for decisions about people."""

_LIMITS = """## Limitations

- Answers are spans of the text or built from them. No language model wrote an answer, except as stated below.
{tasks}\
- Instruction-following difficulty (IFD) was scored for a part of the set only; the rest is unscored, not worse.
- Instructions are in English."""


def dataset_card(rows: Sequence[Row], manifest: Mapping[str, Any], verdict: Mapping[str, Any] | None) -> str:
    """README.md of an export, with the YAML front matter that `datasets` reads.

    Args:
        rows: Rows of INSTRUCTION_SET; canaries are left out, as in the export.
        manifest: Provenance without text (versions, models, policy digest, seed); nested mappings appear as paths.
        verdict: `{"passed": bool, "overrides": [...], ...}`, or None if privacy was not measured. Optional keys are
            `reports`, {path: SHA-256} of the privacy reports; `epsilon`, the statement of what is claimed; and
            `statements`, further statements by the stages. Any other key becomes a row of a table.
    """
    by_split = exported(rows)
    kept = [row for split in by_split.values() for row in split]
    tasks = {row["task"] for row in kept}
    sections = [
        f"---\n{_front_matter(by_split, kept)}---",
        "# Instruction set",
        "Instruction data made from masked and augmented text of a sensitive corpus. The source text is not in it.",
        _counts(by_split, kept),
        _format(kept),
        _privacy(verdict),
        _personal(verdict or {}),
        _provenance(manifest),
        _USE.format(purposes=purposes(tasks)),
        _LIMITS.format(tasks="".join(f"- {text}\n" for task in chosen(tasks) for text in task.limitations)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _front_matter(by_split: Mapping[str, Sequence[Row]], rows: Sequence[Row]) -> str:
    configs = [
        {
            "config_name": name,
            **({"default": True} if name == "messages" else {}),
            "data_files": [{"split": split, "path": f"{name}/{split}.parquet"} for split in by_split],
        }
        for name in RECORDS
    ]
    size = next((label for limit, label in _SIZES if len(rows) < limit), "n>1M")
    data = {
        "pretty_name": "Instruction set",
        "tags": ["synthetic", "instruction-tuning", "privacy"],
        "task_categories": sorted({TASKS[row["task"]].category for row in rows}),
        "size_categories": [size],
        "configs": configs if by_split else [],
    }
    return yaml.safe_dump(data, sort_keys=False)


def _counts(by_split: Mapping[str, Sequence[Row]], rows: Sequence[Row]) -> str:
    present = [split for split in SPLITS if split in by_split]
    cells = {split: Counter(row["task"] for row in by_split[split]) for split in present}
    tasks = [[task, *(cells[split][task] for split in present)] for task in sorted({row["task"] for row in rows})]
    total = ["**all**", *(len(by_split[split]) for split in present)]
    recipes = sorted(Counter(row["recipe"] for row in rows).items())
    return "\n\n".join(
        [
            "## Contents",
            _table(["task", *present], [*tasks, total]),
            _table(["recipe", "rows"], recipes),
            f"{len({row['source_doc'] for row in rows})} source documents in {len({row['component'] for row in rows})} "
            "connected components (source document, subject, near-duplicates); a component is in one split only. "
            f"{sum('ifd' in _scores(row) for row in rows)} rows carry an IFD score.",
        ]
    )


def _format(rows: Sequence[Row]) -> str:
    tokens = [_scores(row).get("tokens", 0.0) for row in rows]
    implicit = max((int(_scores(row).get("implicit_system_tokens", 0)) for row in rows), default=0)
    note = (
        f"The chat template used for the checks adds a system turn of its own ({implicit} tokens) where a conversation "
        "has none. Pass a system message, or another template, to train without it."
        if implicit
        else "The chat template used for the checks adds no system turn of its own."
    )
    longest = f" The longest conversation has {int(max(tokens))} tokens." if any(tokens) else ""
    return (
        "## Formats\n\nThree configurations hold the same rows: `messages` (default), `alpaca` "
        "(instruction, input, output) and `sharegpt` (conversations). Each is there as Parquet and as JSON Lines.\n\n"
        f"{note}{longest} Compute the answer mask by prefix difference: templates without generation marks "
        "give an empty mask."
    )


def _privacy(verdict: Mapping[str, Any] | None) -> str:
    if verdict is None:
        return "## Privacy\n\n**Not measured.** No privacy report stands behind these rows; treat them as sensitive."
    overrides = verdict.get("overrides") or []
    passed = "**The privacy checks passed.**" if verdict.get("passed") else "**The privacy checks did not pass.**"
    used = f"**{len(overrides)} override(s) were used**, see below." if overrides else "No check was overridden."
    details = {key: value for key, value in verdict.items() if key not in _IN_WORDS}
    numbered = {f"override {number}": override for number, override in enumerate(overrides, 1)}
    table = _table(["item", "value"], list(_flat({**details, **numbered}))) if details or numbered else ""
    return "\n\n".join(part for part in ("## Privacy", f"{passed} {used}", table) if part)


def _personal(verdict: Mapping[str, Any]) -> str:
    reports: Mapping[str, str] = verdict.get("reports", {})
    return "\n\n".join(
        [
            "## Personal and sensitive information",
            "The rows were made from text about persons. Identifiers that were found are replaced by surrogates; some "
            "may have been missed. Whether the set is anonymous depends on what its holder knows: read the report.",
            *(f"{statement}." for statement in verdict.get("statements", ())),
            f"{verdict.get('epsilon', NONE_CLAIMED)}.",
            _table(["report", "SHA-256"], sorted(reports.items())) if reports else "No report comes with these rows.",
        ]
    )


def _provenance(manifest: Mapping[str, Any]) -> str:
    return "## Provenance\n\n" + _table(["item", "value"], list(_flat(manifest))) if manifest else ""


def _flat(value: Any, path: str = "") -> Iterable[tuple[str, str]]:
    """(dotted path, scalar) pairs of a nested structure, in order."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, 1):
            yield from _flat(inner, f"{path}.{number}")
    else:
        yield path, _MISSING if value is None else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|").replace("<", "&lt;")


def _scores(row: Row) -> dict[str, float]:
    return dict(row["scores"])
