"""Exports and the card: they load, are complete, and contain no canary and no key."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from synth_assets.differential_privacy.ledger import NONE_CLAIMED
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.policy import InstructionPolicy
from synth_assets.records import INSTRUCTION_SET
from synth_assets.release.exports import dataset_card, export

MANIFEST = {
    "name": "r1",
    "mode": "rewritten",
    "pins": {"2026-01-01|news": {"raw_corpus": "v1"}},
    "stages": {"x": {"models": {"encoder": "f00"}}},
}
VERDICT = {
    "passed": False,
    "overrides": [{"check": "no_leak", "reason": "known | harmless", "author": "ann", "expires": "2027"}],
}


@pytest.fixture
def rows(corpus, small_models, make_masked):
    masked, augmented = corpus(40)
    masked += [make_masked(100 + number, role="canary") for number in range(8)]
    built = build_instruction_set(masked, augmented, InstructionPolicy(), 7, small_models).rows
    assert {row["role"] for row in built} == {"document", "canary"}
    return built


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_rows_fit_the_schema(rows) -> None:
    table = pa.Table.from_pylist(
        [{**row, "scores": list(row["scores"].items())} for row in rows], schema=INSTRUCTION_SET
    )
    assert table.num_rows == len(rows)
    back = table.to_pylist()
    assert dataset_card(back, MANIFEST, VERDICT) == dataset_card(rows, MANIFEST, VERDICT)


def test_formats_say_the_same_and_leave_out_keys_and_canaries(rows, tmp_path) -> None:
    paths = export(rows, tmp_path, dataset_card(rows, MANIFEST, VERDICT))
    assert paths == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    wanted = {row["id"]: row for row in rows if row["role"] == "document"}
    seen = []
    for split in ("train", "validation", "test"):
        messages, alpaca, sharegpt = (
            read(tmp_path / name / f"{split}.jsonl") for name in ("messages", "alpaca", "sharegpt")
        )
        for chat, flat, turns in zip(messages, alpaca, sharegpt, strict=True):
            row = wanted[chat["id"]]
            assert row["split"] == split
            assert flat == {"instruction": row["instruction"], "input": row["input"], "output": row["output"]}
            roles = {"human": "user", "gpt": "assistant"}
            back = [{"role": roles[t["from"]], "content": t["value"]} for t in turns["conversations"]]
            assert back == chat["messages"] == row["messages"]
            user = flat["instruction"] + ("\n\n" + flat["input"] if flat["input"] else "")
            assert [m["content"] for m in chat["messages"]] == [user, flat["output"]]
            seen.append(chat["id"])
        for name, found in (("messages", messages), ("alpaca", alpaca), ("sharegpt", sharegpt)):
            assert pq.read_table(tmp_path / name / f"{split}.parquet").to_pylist() == found
    assert sorted(seen) == sorted(wanted)
    everything = b"".join(path.read_bytes() for path in paths if path.suffix == ".jsonl").decode()
    hidden = {row[name] for row in rows for name in ("subject", "source_doc", "component", "parent")}
    assert not [key for key in hidden if f'"{key}"' in everything]


def test_exports_are_byte_for_byte_the_same_and_forget_old_splits(rows, tmp_path) -> None:
    card = dataset_card(rows, MANIFEST, VERDICT)
    for name in ("a", "b"):
        export(rows if name == "a" else rows[::-1], tmp_path / name, card)
    contents = [{p.name + p.parent.name[:0]: p.read_bytes() for p in sorted((tmp_path / n).rglob("*.*"))} for n in "ab"]
    assert contents[0] == contents[1]
    train = [row for row in rows if row["split"] == "train"]
    export(train, tmp_path / "a", card)
    assert not list((tmp_path / "a").rglob("test.*")) and (tmp_path / "a" / "messages" / "train.parquet").is_file()


def test_datasets_loads_the_export(rows, tmp_path) -> None:
    """In a process of its own: offline, with its cache in a temporary place."""
    folder = tmp_path / "set"
    export(rows, folder, dataset_card(rows, MANIFEST, VERDICT))
    code = """
import json, sys
from datasets import get_dataset_config_names, load_dataset
folder = sys.argv[1]
names = get_dataset_config_names(folder)
sizes = {name: {s: len(d) for s, d in load_dataset(folder, name).items()} for name in names}
default = load_dataset(folder)
plain = load_dataset("json", data_files={"train": f"{folder}/sharegpt/train.jsonl"})
print(json.dumps([sizes, default["train"][0], default["train"].column_names, len(plain["train"])]))
"""
    env = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_CACHE": str(tmp_path / "cache"),
        "HF_HOME": str(tmp_path / "hf"),
    }
    out = subprocess.run([sys.executable, "-c", code, str(folder)], env=env, capture_output=True, text=True, check=True)
    sizes, first, columns, plain = json.loads(out.stdout.splitlines()[-1])
    documents = [row for row in rows if row["role"] == "document"]
    expected = {s: sum(row["split"] == s for row in documents) for s in ("train", "validation", "test")}
    assert sizes == dict.fromkeys(("messages", "alpaca", "sharegpt"), expected)
    assert columns == ["id", "task", "messages"]
    assert first["messages"] == next(row["messages"] for row in rows if row["id"] == first["id"])
    assert plain == expected["train"]


def test_the_card_counts_and_shows_no_row(rows) -> None:
    card = dataset_card(rows, MANIFEST, VERDICT)
    front = yaml.safe_load(card.split("---\n")[1])
    assert [config["config_name"] for config in front["configs"]] == ["messages", "alpaca", "sharegpt"]
    assert front["size_categories"] == ["n<1K"]
    documents = [row for row in rows if row["role"] == "document"]
    assert f"| **all** | {sum(row['split'] == 'train' for row in documents)} |" in card
    for row in rows:
        for text in (row["instruction"], row["input"], row["output"]):
            assert len(text) < 12 or text in ("finance", "The text does not say.") or text not in card
    assert "did not pass" in card and "known \\| harmless" in card and "1 override(s) were used" in card
    assert "| stages.x.models.encoder | f00 |" in card and "adds a system turn of its own (8 tokens)" in card
    assert "Not measured" in dataset_card(rows, {}, None)
    assert "No check was overridden" in dataset_card(rows, {}, {"passed": True, "overrides": []})


def test_the_card_says_what_is_claimed_about_epsilon_and_which_report_was_made(rows) -> None:
    def personal(verdict: dict | None) -> str:
        return dataset_card(rows, {}, verdict).split("## Personal and sensitive information\n")[1].split("\n## ")[0]

    assert NONE_CLAIMED in personal(None) and "No report comes with these rows" in personal(None)
    reports = {"reports/b.json": "cd" * 32, "privacy_report.json": "ab" * 32}
    measured = personal({"passed": True, "overrides": [], "reports": reports})
    assert NONE_CLAIMED in measured and f"| privacy_report.json | {'ab' * 32} |\n| reports/b.json | " in measured
    claimed = personal({"passed": True, "epsilon": "Epsilon = 2.00 at delta = 1e-06"})
    assert "Epsilon = 2.00 at delta = 1e-06." in claimed and NONE_CLAIMED not in claimed


def test_the_card_says_what_stages_state_of_themselves(rows) -> None:
    card = dataset_card(rows, {}, {"passed": True, "statements": ["Linked to follow patients"]})
    assert "Linked to follow patients." in card.split("## Personal and sensitive information\n")[1].split("\n## ")[0]
    assert "Linked to follow patients" not in card.split("## Privacy\n")[1].split("\n## ")[0]


def test_an_empty_set_has_a_card_and_no_files(tmp_path) -> None:
    assert export([], tmp_path, dataset_card([], {}, None)) == [tmp_path / "README.md"]
