"""Exports for fine-tuning: chat messages, Alpaca and ShareGPT, as JSON Lines and Parquet, one file per split.

Keys that could be joined with the lake (subject, source document, component) and canaries are never exported.
`datasets.load_dataset(directory)` reads the layout, with the configurations named in README.md.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from synth_assets.instructions.selection.splits import SPLITS, join_partitions
from synth_assets.records import MESSAGE, Row

_TURN = pa.struct([pa.field("from", pa.string(), False), pa.field("value", pa.string(), False)])
_HEAD = [pa.field("id", pa.string(), False), pa.field("task", pa.string(), False)]
_SHAREGPT_ROLES: Mapping[str, str] = {"system": "system", "user": "human", "assistant": "gpt"}

SCHEMAS: Mapping[str, pa.Schema] = {
    "messages": pa.schema([*_HEAD, pa.field("messages", pa.list_(pa.field("item", MESSAGE, False)), False)]),
    "alpaca": pa.schema([pa.field(name, pa.string(), False) for name in ("instruction", "input", "output")]),
    "sharegpt": pa.schema([*_HEAD, pa.field("conversations", pa.list_(pa.field("item", _TURN, False)), False)]),
}


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
