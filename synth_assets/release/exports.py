"""Exports for fine-tuning and their dataset card: messages, Alpaca and ShareGPT as JSON Lines and Parquet, by split.

Keys that could be joined with the lake (subject, source document, component) and canaries are never exported.
`datasets.load_dataset(directory)` reads the layout, with the configurations named in README.md. That card says what the
set is, where it comes from, and what was measured; it shows counts, never a row.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from synth_assets.differential_privacy.ledger import NONE_CLAIMED
from synth_assets.instructions.policy import TASKS, chosen, purposes
from synth_assets.instructions.selection.splits import SPLITS, join_partitions
from synth_assets.modes import Mode, mode_of, mode_sentence
from synth_assets.records import MESSAGE, Row

_TURN = pa.struct([pa.field("from", pa.string(), False), pa.field("value", pa.string(), False)])
_HEAD = [pa.field("id", pa.string(), False), pa.field("task", pa.string(), False)]
_SHAREGPT_ROLES: Mapping[str, str] = {"system": "system", "user": "human", "assistant": "gpt"}

SCHEMAS: Mapping[str, pa.Schema] = {
    "messages": pa.schema([*_HEAD, pa.field("messages", pa.list_(pa.field("item", MESSAGE, False)), False)]),
    "alpaca": pa.schema([pa.field(name, pa.string(), False) for name in ("instruction", "input", "output")]),
    "sharegpt": pa.schema([*_HEAD, pa.field("conversations", pa.list_(pa.field("item", _TURN, False)), False)]),
}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_MISSING = "-"
_IN_WORDS = ("passed", "overrides", "reports", "epsilon", "statements")  # keys of a verdict that get no table row
DESCRIPTIONS: Mapping[Mode, str] = {
    "synthesized": "Instruction data made from synthesized passages in the manner of a sensitive corpus. The source "
    "text is not in it.",
    "formal": "Instruction data made from synthesized passages in the manner of a sensitive corpus. The source text is "
    "not in it.",
    "rewritten": "Instruction data made from masked and reworded text of a sensitive corpus. The source text is not in "
    "it.",
}
"""By mode, what a release is made from."""
PERSONAL: Mapping[Mode, str] = {
    "synthesized": "The rows are about no person: they were written from what documents of several persons have in "
    "common. What they still tell about those persons was measured.",
    "formal": "The rows are about no person: they were written from differentially private statistics of text about "
    "persons. What they still tell about those persons was measured.",
    "rewritten": "The rows were made from text about persons. Identifiers that were found are replaced by surrogates; "
    "some may have been missed. Whoever knows a document can find its rows, and that it took part is not hidden.",
}
"""By mode, what a release tells about persons."""
_WRITTEN = (
    "A language model wrote the texts: what they say is invented, an answer is right for its text only, and a label is "
    "the one that the text was written for."
)
TEXTS: Mapping[Mode, str] = {
    "synthesized": _WRITTEN,
    "formal": _WRITTEN,
    "rewritten": "The texts are masked documents and rewordings of them, which passed filters.",
}
"""By mode, what the texts that answers are taken from can be relied on for."""
_USE = """## Intended use

Supervised fine-tuning and evaluation of models on {purposes} tasks over text like the source's, where the source \
itself may not be shared. A mix with natural data is advised (about 30 % synthetic): sets made of synthetic text alone \
train no faster and narrow a model's output.

Not for learning facts: names, dates and numbers of persons are surrogates. Not for decisions about people."""
_SIGNATURE = """## Signature

`manifest.json` states the SHA-256 of every file and is signed with the key `{signer}`: the first 32 digits of the \
SHA-256 of `public_key.pem`. Get this fingerprint from the sender in another way than the files came, because whoever \
changes the files can also change this card and sign them again. Then `synth-assets verify FOLDER --key FINGERPRINT` \
checks key, signature and files."""
_LIMITS = """## Limitations

- Answers are spans of the text or built from them by rule, except as stated below.
- {texts}
{tasks}\
- Instruction-following difficulty (IFD) was scored for a part of the set only; the rest is unscored, not worse.
- Instructions are in English."""


def exported(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows to export by split, sorted by id: no canaries, and groups that cross partitions in one split."""
    # Splits are decided without canaries, so that a canary never moves a document.
    ordered = sorted(join_partitions([row for row in rows if row["role"] == "document"]), key=lambda row: row["id"])
    by_split = {split: [row for row in ordered if row["split"] == split] for split in SPLITS}
    return {split: rows for split, rows in by_split.items() if rows}


def export(rows: Sequence[Row], directory: Path, card: str) -> list[Path]:
    """Write every format and the card under `directory`; the same rows give the same bytes.

    Removes files of an earlier export that this one does not have.

    Returns:
        The written paths, sorted.
    """
    by_split = exported(rows)
    written = [directory / "README.md"]
    for name, record in RECORDS.items():
        folder = directory / name
        folder.mkdir(parents=True, exist_ok=True)
        for split in SPLITS:
            paths = [folder / f"{split}.jsonl", folder / f"{split}.parquet"]
            if split in by_split:
                _write([record(row) for row in by_split[split]], SCHEMAS[name], *paths)
                written += paths
            else:
                for path in paths:
                    path.unlink(missing_ok=True)
    written[0].write_text(card, encoding="utf-8", newline="\n")
    return sorted(written)


def to_messages(row: Row) -> Row:
    """`{"id", "task", "messages": [{"role", "content"}]}`."""
    messages = [{"role": message["role"], "content": message["content"]} for message in row["messages"]]
    return {"id": row["id"], "task": row["task"], "messages": messages}


def to_alpaca(row: Row) -> Row:
    """`{"instruction", "input", "output"}`."""
    return {name: row[name] for name in ("instruction", "input", "output")}


def to_sharegpt(row: Row) -> Row:
    """`{"id", "task", "conversations": [{"from": "human" | "gpt", "value"}]}`."""
    turns = [{"from": _SHAREGPT_ROLES[m["role"]], "value": m["content"]} for m in row["messages"]]
    return {"id": row["id"], "task": row["task"], "conversations": turns}


RECORDS: Mapping[str, Callable[[Row], Row]] = {
    "messages": to_messages,
    "alpaca": to_alpaca,
    "sharegpt": to_sharegpt,
}


def _write(records: Sequence[Row], schema: pa.Schema, lines: Path, table: Path) -> None:
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    lines.write_text(text, encoding="utf-8", newline="\n")
    pq.write_table(pa.Table.from_pylist(list(records), schema=schema), table, compression="zstd")


def dataset_card(rows: Sequence[Row], manifest: Mapping[str, Any], verdict: Mapping[str, Any] | None) -> str:
    """README.md of an export, with the YAML front matter that `datasets` reads.

    Args:
        rows: Rows of INSTRUCTION_SET; canaries are left out, as in the export.
        manifest: Provenance without text (`mode` of the release, versions, models, policy digest, seed); nested
            mappings appear as paths. `signed_by` is the fingerprint of the key that will sign the export.
        verdict: `{"passed": bool, "overrides": [...], ...}`, or None if privacy was not measured. Optional keys are
            `reports`, {path: SHA-256} of the privacy reports; `epsilon`, the statement of what is claimed; and
            `statements`, further statements by the stages. Any other key becomes a row of a table.
    """
    by_split = exported(rows)
    kept = [row for split in by_split.values() for row in split]
    tasks = {row["task"] for row in kept}
    mode = mode_of(manifest)
    sections = [
        f"---\n{_front_matter(by_split, kept)}---",
        "# Instruction set",
        f"{DESCRIPTIONS[mode]} {mode_sentence(mode)}",
        _counts(by_split, kept),
        _format(kept),
        _privacy(verdict),
        _personal(verdict or {}, mode),
        f"## Provenance\n\n{_table(['item', 'value'], _flat(manifest))}" if manifest else "",
        _SIGNATURE.format(signer=manifest["signed_by"]) if "signed_by" in manifest else "",
        _USE.format(purposes=purposes(tasks)),
        _LIMITS.format(
            texts=TEXTS[mode], tasks="".join(f"- {text}\n" for task in chosen(tasks) for text in task.limitations)
        ),
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


def _personal(verdict: Mapping[str, Any], mode: Mode) -> str:
    reports: Mapping[str, str] = verdict.get("reports", {})
    return "\n\n".join(
        [
            "## Personal and sensitive information",
            f"{PERSONAL[mode]} Whether the set is anonymous depends on what its holder knows: read the report.",
            *(f"{statement}." for statement in verdict.get("statements", ())),
            f"{verdict.get('epsilon', NONE_CLAIMED)}.",
            _table(["report", "SHA-256"], sorted(reports.items())) if reports else "No report comes with these rows.",
        ]
    )


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
