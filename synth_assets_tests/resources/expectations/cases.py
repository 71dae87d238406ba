"""Clean rows of every stage, and for every expectation an edit that makes exactly it fail."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from resources.expectations.suites import Suite
from synth_assets.lineage import STAGES
from synth_assets.records import Row

SUITES = Path(__file__).parents[3] / "synth_assets" / "factory" / "suites"
ROWS = 60
MARKER = "Zyxwvut"
"""Stands for personal data: it is in every text, and must be in no verdict."""

Edit = Callable[[list[Row]], list[Row]]


def suite(stage: str) -> Suite:
    return Suite.load(SUITES / f"{stage}.yaml", SUITES / "every_stage.yaml")


def write(path: Path, stage: str, rows: list[Row]) -> str:
    """Write rows with every column nullable, so that the suite and not the schema has to refuse."""
    schema = pa.schema([f.with_nullable(True) for f in STAGES[stage].schema])
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    return str(path)


def clean(stage: str) -> list[Row]:
    return [_MAKERS[stage](i) for i in range(ROWS if stage != "privacy_report" else len(GATES))]


def _who(prefix: str, i: int) -> Row:
    return {
        "id": f"{prefix}{i:04d}",
        "source_doc": f"d{i:04d}",
        "subject": f"s{i // 3:04d}",
        "role": "canary" if i >= 57 else "document",
        "label": None if i % 5 == 0 else "billing",
        "language": "en",
        "recipe": "read",
        "params": "{}",
        "scores": {"similarity": 0.9},
    }


def _text(i: int) -> str:
    # Reserved ranges and wrong check digits: what surrogates look like must pass.
    return (
        f"{MARKER} number {i} wrote to anna{i}@mail.example.org and rang (212) 555-0142 or +1 415-555-0199. "
        "SSN 000-12-3456 and 987 65 4321, IBAN DE00 3704 0044 0532 0130 00, card 4111 1111 1111 1112, host 192.0.2.7, "
        "on 2024-05-17 at 10.30, reference 12345-6789, version 3.11.7, «señor», 東京."
    )


def _raw(i: int) -> Row:
    split = "train" if i < 36 or i in (57, 58) else "canary_out" if i == 59 else "holdout" if i < 48 else "control"
    return _who("r", i) | {
        "split": split,
        "text": _text(i),
        "cluster": f"c{i // 3:04d}" if i < 57 else f"c{i:04d}x",
        "text_hash": f"h{i:04d}",
        "words": 30,
    }


def _masked(i: int) -> Row:
    span = {"start": 0, "end": 5, "type": "PERSON", "score": 0.9, "detector": "ner", "action": "surrogate", "entity": 0}
    return _who("m", i) | {
        "text": _text(i),
        "refilled_text": _text(i) + " Indeed.",
        "spans": [span | {"out_start": 0, "out_end": 7}, span | {"start": 5, "end": 9, "out_start": 8, "out_end": 14}],
        "masks": [{"start": 3, "end": 9, "kind": "word", "unit": 1, "corruption": "mask"}],
        "refills": [{"start": 0, "end": 3, "out_start": 0, "out_end": 4, "score": -1.0}],
    }


def _augmented(i: int) -> Row:
    return _who("a", i) | {"parent": f"m{i:04d}", "text": _text(i), "sentences": 3, "sentences_changed": 2}


def _instruction(i: int) -> Row:
    return _who("i", i) | {
        "parent": f"a{i:04d}",
        "task": ("extractive_qa", "summarize", "rewrite", "classify", "extract_json", "cloze")[i % 6],
        "instruction": f"Who wrote, {i}?",
        "input": _text(i),
        "output": MARKER,
        "messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": MARKER}],
        "split": "train" if i < 50 else "validation" if i < 55 else "test",
        "component": f"k{i // 5:04d}",
        "grounding": [{"start": 0, "end": len(MARKER)}],
    }


GATES = tuple(
    gate
    for e in suite("privacy_report").expectations
    if e.type == "expect_column_distinct_values_to_contain_set"
    for gate in e.kwargs["value_set"]
)


def _measurement(i: int) -> Row:
    return {
        "id": f"masked_corpus/{GATES[i]}/all",
        "stage": "masked_corpus",
        "test": GATES[i],
        "slice": "all",
        "value": 0.01,
        "unit": "share of subjects",
        "n": 40,
        "low": 0.0,
        "high": 0.05,
        "method": "Clopper-Pearson 95 %",
        "control": 0.02,
        "control_n": 20,
        "p_value": None if i % 2 else 0.5,
        "detectable": 0.1,
        "limit": 0.05,
        "status": "PASS",
        "blocking": True,
        "sentence": "No more than in the holdout.",
    }


_MAKERS: dict[str, Callable[[int], Row]] = {
    "raw_corpus": _raw,
    "masked_corpus": _masked,
    "augmented_corpus": _augmented,
    "instruction_set": _instruction,
    "privacy_report": _measurement,
}


def put(index: int = 0, **values: Any) -> Edit:
    """Set columns of one row."""

    def edit(rows: list[Row]) -> list[Row]:
        rows[index] |= values
        return rows

    return edit


def put_all(**values: Any) -> Edit:
    return lambda rows: [row | values for row in rows]


def put_item(column: str, **values: Any) -> Edit:
    """Set fields of the first element of a list column of the first row."""

    def edit(rows: list[Row]) -> list[Row]:
        rows[0][column][0] |= values
        return rows

    return edit


def say(column: str, words: str) -> Edit:
    """Add words to a text column of one row."""

    def edit(rows: list[Row]) -> list[Row]:
        rows[0][column] += f" {words}"
        return rows

    return edit


def _talk(*turns: str) -> Edit:
    return put(messages=[{"role": role, "content": MARKER} for role in turns])


def _leaks(column: str) -> dict[str, Edit]:
    return {
        "no_email_addresses": say(column, f"Write to {MARKER}@corp-mail.co.uk today."),
        "no_phone_numbers": say(column, f"{MARKER}, ring (212) 736-5000."),
        "no_social_security_numbers": say(column, "It is 219-09-9999."),
        "no_bank_accounts": say(column, "Pay to GB82 WEST 1234 5698 7654 32, please."),
        "no_payment_cards": say(column, "Charge 4111 1111 1111 1111 now."),
        "no_ip_addresses": say(column, "It came from 81.2.69.142."),
    }


_COMMON: dict[str, Edit] = {
    "ids_are_unique": lambda rows: [*rows[:-1], rows[-1] | {"id": rows[0]["id"]}],
    "roles_are_known": put(role="person"),
}
_LANGUAGE: dict[str, Edit] = {"languages_are_codes": put(language="English")}

EDITS: dict[str, dict[str, Edit]] = {
    "raw_corpus": _COMMON
    | _LANGUAGE
    | {
        "splits_are_known": put(57, split="test"),
        "train_holdout_and_control_are_all_there": lambda rows: [r for r in rows if r["split"] != "control"],
        "canaries_are_tagged": put(57, split="holdout"),
        "texts_have_a_plausible_length": put(text="Hm."),
        "texts_are_not_blank": put(text=" \n\t   "),
        "texts_are_free_of_encoding_damage": put(text=f"{MARKER} \ufffd\ufffd broke"),
        "word_counts_are_positive": put(words=0),
        "text_hashes_are_unique": put(text_hash="h0001"),
        "clusters_never_cross_splits": put(59, cluster="c0057x"),
        "subjects_never_cross_splits": lambda rows: [rows[0] | {"subject": rows[40]["subject"]}, *rows[1:]],
    },
    "masked_corpus": _COMMON
    | _LANGUAGE
    | _leaks("refilled_text")
    | {
        "texts_are_not_blank": put(text="  ", spans=[], masks=[], refills=[]),
        "refilled_texts_are_not_blank": put(refilled_text=" \n", refills=[]),
        "no_special_tokens": say("refilled_text", "the [MASK] of"),
        "spans_lie_inside_texts": put_item("spans", out_end=10_000),
        "spans_do_not_overlap": put_item("spans", end=6),
        "span_scores_are_probabilities": put_item("spans", score=1.5),
        "identifiers_were_found": put_all(spans=[]),
        "masks_lie_inside_texts": put_item("masks", end=10_000),
        "mask_corruptions_are_known": put_item("masks", corruption="drop"),
        "refills_lie_inside_texts": put_item("refills", out_end=10_000),
    },
    "augmented_corpus": _COMMON
    | _LANGUAGE
    | _leaks("text")
    | {
        "texts_have_a_plausible_length": put(text="Well, no."),
        "texts_are_not_blank": put(text=" " * 12),
        "texts_are_unique": lambda rows: [rows[0] | {"text": rows[1]["text"]}, *rows[1:]],
        "no_special_tokens": say("text", "and <|im_end|>"),
        "no_protection_tokens": say("text", "for [X12] and"),
        "hardly_any_placeholders": lambda rows: [r | {"text": r["text"] + " [PERSON_1]"} for r in rows],
        "similarities_are_within_the_band": put(scores={"similarity": 0.1}),
        "labels_agree_within_a_parent": put(1, parent="m0000"),
        "sentence_counts_are_positive": put(sentences=0, sentences_changed=0),
        "changed_sentences_are_counted": put(sentences_changed=9),
        "texts_differ_from_their_parents": lambda rows: [r | {"sentences_changed": 0} for r in rows[:9]] + rows[9:],
    },
    "instruction_set": _COMMON
    | _leaks("input")
    | {
        "several_tasks_are_there": put_all(task="cloze"),
        "instructions_are_not_blank": put(instruction=" \n"),
        "outputs_are_not_blank": put(output=" ", messages=[{"role": r, "content": " "} for r in ("user", "assistant")]),
        "examples_are_unique": lambda rows: [rows[0] | {k: rows[1][k] for k in ("instruction", "input")}, *rows[1:]],
        "no_special_tokens": say("instruction", "<|im_start|>"),
        "messages_start_with_user_and_end_with_assistant": _talk("system", "user", "assistant"),
        "messages_alternate": _talk("user", "user", "assistant"),
        "messages_end_with_the_output": put(
            messages=[{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Someone else"}]
        ),
        "splits_are_known": lambda rows: [r | {"split": "dev"} if r["split"] == "test" else r for r in rows],
        "components_never_cross_splits": put(split="test"),
        "source_documents_stay_within_one_component": lambda rows: [
            rows[0] | {"source_doc": rows[10]["source_doc"]},
            *rows[1:],
        ],
        "no_source_document_dominates": lambda rows: [
            *rows,
            *(rows[0] | {"id": f"more{i}", "instruction": f"Now {i}?"} for i in range(50)),
        ],
        "groundings_lie_inside_inputs": put_item("grounding", end=10_000),
    },
    "privacy_report": {
        "ids_are_unique": lambda rows: [*rows, rows[0]],
        "stages_are_known": put(stage="moon"),
        "every_gate_is_there": lambda rows: rows[1:],
        "canaries_were_measured": lambda rows: [r for r in rows if r["test"] != "canaries"],
        "statuses_are_known": put(status="MAYBE"),
        "what_is_stated_never_blocks": put(status="STATED"),
        "something_can_block": put_all(blocking=False),
        "sample_sizes_are_counts": put(n=-1),
        "control_sample_sizes_are_counts": put(control_n=-1),
        "intervals_contain_their_values": put(low=0.02),
        "numbers_are_finite": put(detectable=float("nan")),
        "p_values_are_probabilities": put(p_value=1.5),
        "judged_values_are_there": put(value=None, low=None, high=None),
        "sentences_are_not_blank": put(sentence=" "),
        "no_email_addresses": say("sentence", f"Seen: {MARKER}@corp-mail.co.uk"),
    },
}


def edited(stage: str, name: str) -> list[Row]:
    return EDITS[stage][name](copy.deepcopy(clean(stage)))
