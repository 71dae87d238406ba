"""What keeps an example out: IFD, diversity, caps, contamination; every key of the policy acts."""

import json
import math
from collections import Counter

import pytest

from resources.errors import PolicyError
from resources.models.protocols import Likelihood
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.policy import InstructionPolicy
from synth_assets.instructions.selection.ifd import ifd
from synth_assets.text.words import words


def build(rows, models, **policy):
    return build_instruction_set(*rows, InstructionPolicy.parse(policy, "instructions"), 7, models)


def reasons(output) -> Counter:
    return Counter(item.reason for item in output.rejected)


def test_ifd_by_hand(small_models, corpus) -> None:
    """CopyLM: a short word the prefix holds costs 1 nat, another 4; so a copied answer has exp(1 - 4)."""
    example = type("E", (), {})()
    example.draft = type("D", (), {"output": "red green"})()
    example.messages = lambda: [{"role": "user", "content": "it is red and green today"}]
    assert ifd([example], small_models.causal_lm) == [pytest.approx(math.exp(-3))]
    example.draft.output = "red blue"
    assert ifd([example], small_models.causal_lm) == [pytest.approx(math.exp(2.5 - 4))]


def test_an_instruction_that_does_not_help_is_dropped(corpus, small_models) -> None:
    class Deaf(type(small_models.causal_lm)):
        def log_likelihood(self, texts, prefixes=None):
            return [Likelihood(-4.0 * len(text.split()), len(text.split())) for text in texts]

    small_models.causal_lm = Deaf()
    output = build(corpus(20), small_models, tasks=["summarize"], ifd={"max_items": 1000})
    assert output.rows == [] and reasons(output)["ifd_no_help"] >= 15
    lenient = build(corpus(20), small_models, tasks=["summarize"], ifd={"max_items": 1000, "drop_at": 1.5})
    assert len(lenient.rows) >= 15


def test_ifd_budget_band_and_unscored_rows(corpus, small_models) -> None:
    wide = {"low_quantile": 0.0, "high_quantile": 1.0}
    few = build(corpus(60), small_models, ifd={"max_items": 7, **wide})
    assert few.figures["ifd_scored"] == 7
    assert few.figures["ifd_kept"] + few.figures["ifd_unscored"] == len(few.rows)
    band = build(corpus(60), small_models, tasks=["summarize"], ifd={"max_items": 500, "low_quantile": 0.2})
    none = build(corpus(60), small_models, tasks=["summarize"], ifd={"max_items": 500, "low_quantile": 0.0})
    assert reasons(band)["ifd_too_easy"] > 5 and reasons(none)["ifd_too_easy"] == 0
    top = build(corpus(60), small_models, tasks=["summarize"], ifd={"max_items": 500, "high_quantile": 0.6})
    assert reasons(top)["ifd_too_hard"] > 0


def test_near_duplicates_within_a_recipe_go(corpus, small_models) -> None:
    loose = build(corpus(60), small_models, max_cosine=0.999)
    strict = build(corpus(60), small_models, max_cosine=0.7)
    assert reasons(strict)["near_duplicate"] > reasons(loose)["near_duplicate"]
    assert all(row["scores"]["max_cosine"] < 0.7 for row in strict.rows)


def test_caps_hold_in_what_is_left(corpus, small_models) -> None:
    output = build(
        corpus(150), small_models, caps={"per_source_doc": 4, "per_template": 0.03, "per_opening": 0.025, "floor": 2}
    )
    rows = output.rows
    assert max(Counter(row["source_doc"] for row in rows).values()) <= 4
    templates = Counter(json.loads(row["params"])["template"] for row in rows)
    openings = Counter(" ".join(words(row["instruction"])[:3]) for row in rows)
    assert max(templates.values()) <= max(2, 0.03 * len(rows))
    assert max(openings.values()) <= max(2, 0.025 * len(rows))
    assert {"source_doc_cap", "template_cap", "opening_cap"} & set(reasons(output)) >= {"source_doc_cap", "opening_cap"}


def test_the_template_cap_and_its_floor_act(corpus, small_models) -> None:
    tight = build(
        corpus(80), small_models, tasks=["summarize"], caps={"per_template": 0.01, "per_opening": 1.0, "floor": 2}
    )
    assert max(Counter(json.loads(row["params"])["template"] for row in tight.rows).values()) == 2
    assert reasons(tight)["template_cap"] > 0
    higher = build(
        corpus(80), small_models, tasks=["summarize"], caps={"per_template": 0.01, "per_opening": 1.0, "floor": 4}
    )
    assert len(higher.rows) > len(tight.rows)


def test_every_refusal_is_kept_with_a_reason(corpus, small_models) -> None:
    output = build(corpus(60), small_models)
    assert len({row["id"] for row in output.rows}) == len(output.rows)
    assert output.figures["candidates"] == len(output.rows) + len(output.rejected)
    for reason, count in reasons(output).items():
        assert output.figures[f"rejected_{reason}"] == count
    assert all(item.text and item.source_doc and item.subject for item in output.rejected)
    marks = ("Silva", "harbor", "Oslo")
    assert not [item for item in output.rejected if any(mark in item.detail for mark in marks)]


def test_contamination_is_found_and_its_keys_act(corpus, small_models, tmp_path) -> None:
    rows = corpus(30)
    item = rows[0][5]["text"]
    clean = build(rows, small_models)
    assert "contaminated" not in reasons(clean)
    given = build(rows, small_models, decontamination={"strings": [item[:150]]})
    assert reasons(given)["contaminated"] > 0
    assert not [row for row in given.rows if item[:150] in row["input"]]
    benchmark = tmp_path / "bench.jsonl"
    benchmark.write_text(json.dumps({"question": item[:100], "choices": [item[100:150]]}) + "\n")
    from_file = build(rows, small_models, decontamination={"files": [str(benchmark)]})
    assert reasons(from_file)["contaminated"] > 0
    plain = tmp_path / "bench.txt"
    plain.write_text(item[:150] + "\n")
    assert reasons(build(rows, small_models, decontamination={"files": [str(plain)]}))["contaminated"] > 0
    # Half of the item is ours, half is not: the threshold decides.
    half = item[:110] + " " + " ".join(f"foreign{number}" for number in range(len(words(item[:110])) * 2))
    assert "contaminated" not in reasons(build(rows, small_models, decontamination={"strings": [half]}))
    low = build(rows, small_models, decontamination={"strings": [half], "coverage": 0.2})
    assert reasons(low)["contaminated"] > 0
    # Every eighth word replaced: no 8-gram is left, but 4-grams are.
    broken = " ".join("foreign" if number % 7 == 6 else word for number, word in enumerate(words(item[:150])))
    assert "contaminated" not in reasons(build(rows, small_models, decontamination={"strings": [broken]}))
    short = build(rows, small_models, decontamination={"strings": [broken], "ngram": 4})
    assert reasons(short)["contaminated"] > 0


def test_a_missing_or_broken_benchmark_is_a_policy_error(corpus, small_models, tmp_path) -> None:
    with pytest.raises(PolicyError, match="does not exist"):
        build(corpus(3), small_models, decontamination={"files": [str(tmp_path / "none.txt")]})
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{not json}\n")
    with pytest.raises(PolicyError, match="line 1 is not JSON"):
        build(corpus(3), small_models, decontamination={"files": [str(bad)]})


def test_text_keys_act(corpus, small_models) -> None:
    rows = corpus(20)
    kinds = {json.loads(row["params"])["text"] for row in build(rows, small_models, text={"kinds": ["refilled"]}).rows}
    assert kinds == {"refilled"}
    only = build(rows, small_models, text={"kinds": ["augmented"]})
    assert "rewrite" not in {row["task"] for row in only.rows} and len({row["parent"][0] for row in only.rows}) == 1
    short = build(rows, small_models, text={"passage_words": 30})
    assert max(len(words(row["input"])) for row in short.rows if row["task"] != "cloze") <= 30
    assert build(rows, small_models, text={"min_words": 99}, tasks=["cloze"]).rows == []
    one = build(rows, small_models, text={"passages_per_document": 1, "passage_words": 30})
    two = build(rows, small_models, text={"passages_per_document": 3, "passage_words": 30})
    assert one.figures["candidates"] < two.figures["candidates"]


def test_other_languages_are_rejected_unless_served(corpus, small_models) -> None:
    rows = corpus(8, language="pt")
    output = build(rows, small_models)
    assert output.rows == [] and reasons(output) == {"language_not_served": 16}
    assert build(rows, small_models, text={"languages": ["en", "pt"]}).rows


def test_task_keys_act(corpus, small_models) -> None:
    rows = corpus(20)
    few = build(rows, small_models, tasks=["extractive_qa"], task={"questions_per_passage": 1})
    many = build(rows, small_models, tasks=["extractive_qa"], task={"questions_per_passage": 3})
    assert few.figures["candidates"] < many.figures["candidates"]
    assert {
        row["recipe"] for row in build(rows, small_models, tasks=["extractive_qa"], task={"unanswerable": 0}).rows
    } == {"qa_span"}
    one = build(rows, small_models, tasks=["summarize"], task={"summary_sentences": 1})
    assert {len(row["grounding"]) for row in one.rows} == {1}
    two = build(rows, small_models, tasks=["cloze"], task={"cloze_blanks": 2})
    assert {len(row["grounding"]) for row in two.rows} == {2}
    sure = build(rows, small_models, tasks=["extract_json"], task={"min_entity_score": 0.9})
    assert not [row for row in sure.rows if "Maria Silva" in row["output"]]


def test_unknown_keys_are_refused_with_a_suggestion() -> None:
    with pytest.raises(PolicyError, match="did you mean"):
        InstructionPolicy.parse({"ifd": {"max_item": 3}}, "instructions")
