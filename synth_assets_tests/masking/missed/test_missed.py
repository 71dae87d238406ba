"""Estimates of what was missed: hand-computed values, coverage, planted identifiers, what the gate makes of them."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from resources.expectations.shapes import luhn, mod_97
from resources.keys import Keys
from resources.models.protocols import Entity
from resources.progress import silent
from synth_assets.masking.detection.detect import detect
from synth_assets.masking.detection.linking import link, occurs
from synth_assets.masking.kinds.names import made_up_person
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.lexicon.gazetteer import gazetteer
from synth_assets.masking.mentions import FAMILIES
from synth_assets.masking.missed.estimate import (
    Estimate,
    Missed,
    TypeMissed,
    add,
    by_planting,
    by_recapture,
    capture_histories,
    chao,
    chapman,
    estimate_missed,
)
from synth_assets.masking.missed.planting import Recall, planted_recall
from synth_assets.masking.missed.report import audits as missed_audits
from synth_assets.masking.missed.report import figures, table
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.stage import mask_corpus
from synth_assets.sample.documents import generate

NER, CUE, LISTED, PATTERN = (FAMILIES[name] for name in ("ner", "cue", "gazetteer", "pattern"))


@dataclass
class NameModels:
    """A recognizer that knows two names, by rule."""

    fingerprint: str = "rules"

    @property
    def recognizer(self) -> "NameModels":
        return self

    def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
        names = {"Zebedee Quill": "PERSON", "Orla Finch": "PERSON"}
        return [
            [Entity(a, b, kind, 0.85, "rules") for name, kind in names.items() for a, b in occurs(name, text)]
            for text in texts
        ]


def test_chapman_by_hand() -> None:
    found = chapman(4, 6, 10)  # n1 = 14, n2 = 16: 15 * 17 / 11 - 1 - 20; variance 15 * 17 * 4 * 6 / (11^2 * 12)
    assert found == pytest.approx((24 / 11, 0.4581, 10.391), rel=1e-3)
    assert chapman(4, 6, 6) is None


def test_chapman_without_a_unit_on_one_list_alone() -> None:
    rate = 1 - 0.025 ** (1 / 20)  # exact upper end for 0 of 20
    assert chapman(5, 0, 20) == pytest.approx((0, 0, 5 * rate / (1 - rate)))


def test_chao_by_hand() -> None:
    # Alone 10, 5, 2; on two lists 15: f0 = (10 * 5 + 10 * 2 + 5 * 2) / 16 = 5, variance 12.94921875.
    histories = {0: 99, 1: 10, 2: 5, 4: 2, 3: 8, 5: 4, 6: 3, 7: 20}
    assert chao(histories) == pytest.approx((5, 1.4095, 17.737), rel=1e-3)
    assert chao({1: 10, 2: 5, 3: 6}) is None


def test_of_two_lists_chao_is_chapman() -> None:
    two, pair = chao({1: 4, 2: 6, 3: 10}), chapman(4, 6, 10)
    assert two and pair and two.missed == pytest.approx(pair.missed)


@pytest.mark.parametrize(("size", "chances"), [(300, (0.8, 0.7)), (1000, (0.9, 0.6)), (2000, (0.8, 0.7, 0.5))])
def test_the_interval_covers_the_truth_under_independence(size: int, chances: tuple[float, ...]) -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(1000):
        bits = (rng.random((size, len(chances))) < chances) @ (1 << np.arange(len(chances)))
        histories = Counter(bits.tolist())
        found = chao(histories) if len(chances) > 2 else chapman(histories[1], histories[2], histories[3])
        assert found is not None
        covered += found.low <= histories[0] <= found.high
    assert covered / 1000 > 0.93


def test_names_that_are_hard_for_all_make_it_an_underestimate() -> None:
    rng = np.random.default_rng(5)
    chance = np.where(rng.random(20_000) < 0.8, 0.9, 0.3)[:, None]
    histories = Counter(((rng.random((20_000, 3)) < chance) @ (1 << np.arange(3))).tolist())
    found = chao(histories)
    assert found is not None and found.high < histories[0]


def test_the_larger_of_pair_and_lists_counts_and_one_family_says_nothing() -> None:
    seen = {NER: 5, CUE: 10, LISTED: 2, NER | CUE: 8, NER | LISTED: 3, CUE | LISTED: 4, NER | CUE | LISTED: 20}
    everybody = MaskingPolicy().detectors
    found = by_recapture("PERSON", seen, everybody)
    assert found and found.missed == pytest.approx(max(5, 16 * 5 / 32))
    only_lists = by_recapture("PERSON", seen, ("cue", "gazetteer"))
    assert only_lists and only_lists.missed == pytest.approx(18 * 5 / 25)
    assert by_recapture("PERSON", seen, ("ner",)) is None
    assert by_recapture("EMAIL", {PATTERN: 50}, everybody) is None


def test_planting_by_hand() -> None:
    found = by_planting(100, Recall(40, 50))  # Wilson of 40/50: .6696 to .8876
    assert found == pytest.approx((25, 100 * (1 - 0.8876) / 0.8876, 100 * (1 - 0.6696) / 0.6696), rel=1e-3)
    assert by_planting(100, Recall(0, 50)) is not None
    assert by_planting(0, Recall(20, 50)) is None and by_planting(5, None) is None
    nothing = by_planting(0, Recall(50, 50))
    assert nothing and nothing.missed == 0 < nothing.high


def test_sums_by_hand() -> None:
    assert add([Estimate(3, 2, 6), Estimate(4, 1, 8)]) == pytest.approx((7, 7 - 10**0.5, 12))
    assert add([]) == (0, 0, 0)


def test_a_history_is_an_identifier_of_a_document() -> None:
    text = "Mr Zebedee Quill left. Later Zebedee Quill called, and Mr Brown did. Orla Finch sang."
    policy = MaskingPolicy(detectors=("ner", "cue"))
    linked = [link(text, mentions) for mentions in detect([text, text], NameModels(), policy)]
    assert capture_histories(linked) == {"PERSON": {NER | CUE: 2, CUE: 2, NER: 2}}


def test_every_type_can_be_planted() -> None:
    assert all(sentence.count("{}") == 1 for kind in kinds().values() for sentence in kind.carriers)
    for kind in kinds().values():
        drawn = [[kind.plant(rng) for _ in range(30)] for rng in (random.Random(1), random.Random(1))]
        assert drawn[0] == drawn[1] and all(value.strip() == value != "" for value in drawn[0])
    rng = random.Random(2)
    assert all(luhn(kinds()["CARD"].plant(rng)) and mod_97(kinds()["IBAN"].plant(rng)) for _ in range(50))


def test_half_of_the_surnames_are_on_no_list() -> None:
    rng = random.Random(3)
    listed = sum(made_up_person(rng).surname.casefold() in gazetteer().surnames for _ in range(400))
    assert 150 < listed < 250


def test_a_detector_that_is_off_finds_nothing_planted() -> None:
    text = "The caller was polite. Write to anna.smith@hospital.com today. It rained all day."
    recall = {}
    for detectors in (("pattern", "cue"), ("cue",)):
        policy = MaskingPolicy(detectors=detectors)  # type: ignore[arg-type]
        documents = [(text, link(text, detect([text], NameModels(), MaskingPolicy())[0]))] * 30
        recall[detectors] = planted_recall(documents, ["EMAIL"], NameModels(), policy, random.Random(1))
    assert recall["pattern", "cue"]["EMAIL", "replaced"] == Recall(30, 30)
    assert recall["pattern", "cue"]["EMAIL", "carried"] == Recall(120, 120)
    assert recall[("cue",)]["EMAIL", "replaced"].found == recall[("cue",)]["EMAIL", "carried"].found == 0


def test_long_documents_cost_no_more_than_a_passage() -> None:
    read: list[str] = []

    class Reader(NameModels):
        def recognize(self, texts: Sequence[str]) -> list[list[Entity]]:
            read.extend(texts)
            return super().recognize(texts)

    text = "Zebedee Quill wrote again and again to the office of the town. " * 400
    policy = MaskingPolicy(detectors=("ner",))
    linked = link(text, detect([text], NameModels(), policy)[0])
    planted_recall([(text, linked)] * 5, ["PERSON"], Reader(), policy, random.Random(1))
    assert len(read) == 5 and all(500 < len(copy) < 2000 and copy.count("Quill") <= 2 for copy in read)


def _type(kind: str = "PERSON", found: int = 100, **ways: tuple[int, int]) -> TypeMissed:
    recall = {where: Recall(*counts) for where, counts in ways.items()}
    return TypeMissed(kind, found, None, recall)  # type: ignore[arg-type]


def test_the_floor_blocks() -> None:
    missed = Missed(10_000, 50, (_type(carried=(40, 50), replaced=(45, 50)),))  # 25 in 10,000 words
    policy = MaskingPolicy.parse({"missed": {"max_per_million": 2_500}}, "masking").missed
    few, known = missed_audits(missed, policy)
    assert few.passed and known.passed and "2,500" in few.sentence
    stricter = MaskingPolicy.parse({"missed": {"max_per_million": 2_499}}, "masking").missed
    assert not missed_audits(missed, stricter)[0].passed


def test_a_type_that_is_hardly_seen_blocks_and_an_unknown_one_is_said() -> None:
    blind = Missed(10_000, 50, (_type("LOCATION", 0, carried=(3, 50)),))
    few, known = missed_audits(blind, MaskingPolicy().missed)
    assert not few.passed and not known.passed and "LOCATION 3 were found" in few.sentence
    unknown = Missed(10_000, 50, (_type("PLATE", 1), _type(carried=(50, 50))))
    few, known = missed_audits(unknown, MaskingPolicy().missed)
    assert few.passed and not known.passed and "cannot be estimated: PLATE" in few.sentence
    assert "missed_per_million_plate_planted" not in figures(unknown)
    assert table(unknown)[0]["counted"] == "cannot be estimated"
    assert len({tuple(row) for row in table(unknown)}) == 1


def _output(**missed: Any) -> Any:
    texts = [f"Mr Zebedee Quill wrote to anna.{i}@hospital.com from here. Nothing came of it." for i in range(12)]
    rows = [{"id": f"id-{i}", "source_doc": f"doc-{i}", "subject": f"s-{i}", "role": "document", "split": "train",
             "text": text, "label": None, "language": "en"} for i, text in enumerate(texts)]  # fmt: skip
    settings = {
        "detectors": ("pattern", "ner", "cue"),
        "refill": {"per_document": 0},
        "missed": {"min_planted": 5} | missed,
    }
    policy = MaskingPolicy.parse(settings, "masking")
    output = mask_corpus(rows, policy, 7, Keys.from_secret(b"0" * 32), NameModels(), silent)  # type: ignore[arg-type]
    return output, missed_audits(output.missed, policy.missed)


@pytest.mark.parametrize(
    "change",
    [{"max_per_million": 0}, {"min_recall": 1.0}, {"documents": 3}, {"min_planted": 10_000}],
    ids=lambda change: next(iter(change)),
)
def test_every_key_changes_something(change: dict[str, Any]) -> None:
    output, judged = _output(**change)
    before, judged_before = _output()
    assert (output.figures, judged) != (before.figures, judged_before)
    assert output.rows == before.rows


def test_whether_unknown_misses_block_is_the_policys_choice(tmp_path: Any) -> None:
    from synth_assets.factory.policy import load_policy
    from synth_assets.lineage import STAGES

    audits, file = STAGES["masked_corpus"].audits, tmp_path / "policy.yaml"
    name = "missed_identifiers_can_be_estimated"
    assert {s.name: s.critical for s in audits(load_policy(file))}[name] is False
    file.write_text("masking: {missed: {required: true}}", encoding="utf-8")
    assert {s.name: s.critical for s in audits(load_policy(file))}[name] is True


def test_nothing_planted_is_said_not_counted_as_nothing_missed() -> None:
    output, (few, known) = _output(documents=0)
    assert "EMAIL" in output.missed.unknown and not known.passed
    assert "cannot be estimated" in few.sentence and "Quill" not in few.sentence


@pytest.mark.models
def test_planted_recall_falls_without_the_recognizer_and_the_cues(models: Any) -> None:
    texts = [row["text"] for row in generate(40, seed=4)]
    estimates = {}
    for detectors in (("pattern", "ner", "cue", "gazetteer"), ("pattern", "gazetteer")):
        policy = MaskingPolicy.parse({"detectors": detectors, "missed": {"min_planted": 10}}, "masking")
        linked = [link(t, found) for t, found in zip(texts, detect(texts, models.recognizer, policy), strict=True)]
        documents = list(zip(texts, linked, strict=True))
        estimates[len(detectors)] = estimate_missed(
            documents, len(documents), policy, models.recognizer, random.Random(1)
        )
    with_it, without = estimates[4], estimates[2]
    place = {n: next(item for item in e.types if item.kind == "LOCATION").worst for n, e in estimates.items()}
    assert place[4] and place[2] and place[2].found / place[2].planted < place[4].found / place[4].planted - 0.3
    assert without.total.missed > 2 * with_it.total.missed
    assert missed_audits(with_it, MaskingPolicy().missed)[0].passed
    assert not missed_audits(without, MaskingPolicy().missed)[0].passed
