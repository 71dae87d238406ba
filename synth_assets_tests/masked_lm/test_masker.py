"""Masks of the tokens of a document: rates, whole units, windows, schedule, policy keys, tokenizers."""

from collections import Counter
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from resources.errors import MachineError, PolicyError
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.render import IGNORED
from synth_assets.masked_lm.tokenization import SubwordTokenizer, load_subword_tokenizer
from synth_assets.masked_lm.training_set import Masker, Window, cut_windows
from synth_assets.masked_lm.units import entities_of, units_of
from synth_assets_tests.masked_lm.cases import masker, rows, subwords
from synth_assets_tests.masked_lm.tokenizer_families import FAMILIES, SENTENCES, tokenizer_of

KINDS = ["token", "word", "span", "entity", "pmi"]


def masked(of: Masker, epoch: int = 0, count: int = 400) -> list[list[Window]]:
    return [of.mask(document, epoch) for document in of.prepare(rows(count))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("family", FAMILIES)
def test_expected_rate_of_tokens(family: str, kind: str) -> None:
    of = masker(family, kind=kind, rate=0.2)
    documents = of.prepare(rows(400))
    maskable = sum(atom.cost for document in documents for atom in document.atoms)
    hidden = sum(
        label != IGNORED for e in range(6) for d in documents for w in of.mask(d, e) for label in w.labels
    )  # 2,400 masked documents
    assert hidden / (6 * maskable) == pytest.approx(0.2, abs=0.003)


@pytest.mark.parametrize("kind", KINDS[1:])
@pytest.mark.parametrize("family", FAMILIES)
def test_no_unit_is_split_and_no_special_token_hidden(family: str, kind: str) -> None:
    of = masker(family, kind=kind, rate=0.3)
    seen = 0
    for row, windows in zip(rows(80), masked(of, count=80), strict=True):
        (window,) = windows
        encoding = tokenizer_of(family).encode(row["text"])
        assert len(window.labels) == len(encoding.ids)
        assert all(
            label in (IGNORED, token) and not (special and label != IGNORED)
            for label, token, special in zip(window.labels, encoding.ids, encoding.special_tokens_mask, strict=True)
        )
        for unit in units_of(row["text"], entities_of(row["spans"])):
            hit = [
                window.labels[i] != IGNORED
                for i, (a, b) in enumerate(encoding.offsets)
                if a < unit.end and unit.start < b and row["text"][max(a, unit.start) : min(b, unit.end)].strip()
            ]
            assert len(set(hit)) == 1
            alone = not any(
                a < unit.start or unit.end < b for a, b in encoding.offsets if a < unit.end and unit.start < b
            )
            assert unit.kind != "punct" or not alone or not hit[0]
            seen += hit[0] and len(hit) > 1
    assert seen > 50


@pytest.mark.parametrize("kind", KINDS)
def test_corruption_shares(kind: str) -> None:
    of = masker(kind=kind, rate=0.3)
    shown: Counter[str] = Counter()
    for epoch in range(4):
        for document, windows in zip(of.prepare(rows()), masked(of, epoch), strict=True):
            inputs = [i for w in windows for i in w.input_ids[1:-1]]
            for i, token, label in zip(inputs, document.ids, (x for w in windows for x in w.labels[1:-1]), strict=True):
                if label != IGNORED:
                    shown["mask" if i == of.tokenizer.mask_id else "keep" if i == token else "random"] += 1
                assert i == token or label == token
    total = sum(shown.values())
    assert shown["mask"] / total == pytest.approx(0.8, abs=0.02)
    assert shown["random"] / total == pytest.approx(0.1, abs=0.02)  # one random token in 116 is the same again


def test_same_seed_same_masks_other_epoch_or_seed_others() -> None:
    first = masked(masker())
    assert first == masked(masker())
    assert first != masked(masker(), epoch=1) and first != masked(masker(seed=8))
    alone = masker().mask(masker().prepare([rows()[17]])[0], 0)
    assert alone == first[17]


def test_rate_falls_over_the_epochs() -> None:
    of = masker(rate=0.4, rate_end=0.1, epochs=3)
    hidden = [sum(x != IGNORED for d in masked(of, e) for w in d for x in w.labels) for e in range(4)]
    assert [round(10 * n / hidden[0]) for n in hidden] == [10, 6, 2, 2] or hidden[0] > hidden[1] > hidden[2]
    assert hidden[2] / hidden[0] == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("family", FAMILIES)
def test_long_documents_are_cut_between_units(family: str) -> None:
    text = " ".join(SENTENCES * 30)
    row = {"id": "long", "text": text, "spans": []}
    whole, parts = masker(family, max_length=8192), masker(family, max_length=64)
    (document,) = whole.prepare([row])
    assert len(document.ids) > 8192
    for of in (whole, parts):
        (prepared,) = of.prepare([row])
        windows = of.mask(prepared, 0)
        before, after = len(of.tokenizer.prefix), len(of.tokenizer.suffix)
        assert max(len(w.input_ids) for w in windows) <= of.max_length
        assert min(len(w.input_ids) for w in windows[:-1]) > of.max_length - 30
        assert [w.number for w in windows] == list(range(len(windows)))
        ends = {end for _, end in prepared.windows}
        assert not any(a < end <= b for positions in prepared.positions for a, b in pairwise(positions) for end in ends)
        labels = list(chain.from_iterable(w.labels[before : len(w.labels) - after] for w in windows))
        assert len(labels) == len(document.ids)
        assert sum(x != IGNORED for x in labels) > 0.05 * len(labels)
    assert parts.prepare([row])[0].atoms == document.atoms  # windows change no mask


def test_memory_grows_with_the_length_and_not_with_its_square() -> None:
    import tracemalloc

    of, peaks = masker(max_length=16_384), []
    for copies in (8, 32):
        row = {"id": "long", "text": " ".join(SENTENCES * copies), "spans": []}
        tracemalloc.start()
        of.mask(of.prepare([row])[0], 0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 6 * peaks[0]


def test_a_unit_longer_than_a_window_is_divided_and_nothing_else() -> None:
    assert cut_windows(20, [[1, 2], list(range(3, 17)), [18, 19]], 6) == [(0, 3), (3, 9), (9, 15), (15, 20)]
    assert cut_windows(7, [[2, 3], [4, 5, 6]], 5) == [(0, 4), (4, 7)]
    assert cut_windows(0, [], 5) == []


def test_unknown_and_literal_special_tokens_are_never_hidden() -> None:
    row = {"id": "x", "text": "the [MASK] decision ☃☃ was [SEP] made", "spans": []}
    of = masker("wordpiece", kind="word", rate=0.9, mask_share=1.0, random_share=0.0)
    special = of.tokenizer.special_ids
    for epoch in range(30):
        for window in of.mask(of.prepare([row])[0], epoch):
            assert not [x for x in window.labels if x in special]


@given(st.text(max_size=120), st.sampled_from(FAMILIES), st.sampled_from(KINDS))
@settings(max_examples=150, deadline=None)
def test_any_text(text: str, family: str, kind: str) -> None:
    of = masker(family, kind=kind, rate=0.5, max_length=16)
    (document,) = of.prepare([{"id": "x", "text": text, "spans": []}])
    windows = of.mask(document, 0)
    labels = [x for w in windows for x in w.labels[len(of.tokenizer.prefix) : len(w.labels) - len(of.tokenizer.suffix)]]
    assert all(x in (IGNORED, i) for x, i in zip(labels, document.ids, strict=True))
    for positions in document.positions if kind != "token" else []:
        assert len({labels[i] == IGNORED for i in positions}) == 1


OTHER: dict[str, dict[str, Any]] = {
    "rate": {"rate": 0.4},
    "rate_end": {"rate_end": 0.5},
    "kind": {"kind": "word"},
    "punctuation": {"punctuation": True},
    "span_p": {"span_p": 0.9},
    "span_max": {"span_max": 1},
    "span_law": {"span_law": "truncated"},
    "pmi_min_count": {"kind": "pmi", "pmi_min_count": 100_000},
    "pmi_coverage": {"kind": "pmi", "pmi_coverage": 0.05},
    "mask_share": {"mask_share": 0.1},
    "random_share": {"random_share": 0.2},
}


def test_every_key_changes_the_masks() -> None:
    assert set(OTHER) == set(PlanPolicy.model_fields)

    def drawn(change: dict[str, Any]) -> Any:
        of = Masker.of(rows(60), subwords("wordpiece"), PlanPolicy.parse(change, "plan"), 7, 3)
        return [of.mask(document, 2) for document in of.prepare(rows(60))]

    plain = {kind: drawn({"kind": kind}) for kind in ("span", "pmi")}
    for key, change in OTHER.items():
        assert drawn(change) != plain["pmi" if key.startswith("pmi") else "span"], key


@pytest.mark.parametrize(
    "wrong", [{"kind": "words"}, {"rate": 1.0}, {"rate_end": 0.0}, {"pmi_min_count": 1}, {"span_law": "normal"}]
)
def test_wrong_values_name_the_key(wrong: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match=next(iter(wrong))):
        PlanPolicy.parse(wrong, "plan")


def test_what_cannot_be_masked_is_said(tmp_path: Path) -> None:
    from tokenizers.models import BPE

    with pytest.raises(PolicyError, match="no mask token"):
        SubwordTokenizer(Tokenizer(BPE()))
    with pytest.raises(PolicyError, match="no token '<fill>'"):
        SubwordTokenizer(tokenizer_of("wordpiece"), "<fill>")
    with pytest.raises(PolicyError, match="max_length"):
        masker(max_length=2)
    with pytest.raises(PolicyError, match="epochs"):
        masker(epochs=0)
    with pytest.raises(PolicyError, match="collocations"):
        Masker(subwords("wordpiece"), PlanPolicy(kind="pmi"), 1)
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(MachineError, match="cannot load the tokenizer"):
        load_subword_tokenizer(str(tmp_path / "tokenizer.json"))


def test_tokenizers_of_folders_and_of_transformers(tmp_path: Path) -> None:
    from transformers import PreTrainedTokenizerFast

    tokenizer_of("unigram").save(str(tmp_path / "tokenizer.json"))
    loaded = load_subword_tokenizer(str(tmp_path))
    fast = SubwordTokenizer(PreTrainedTokenizerFast(tokenizer_object=tokenizer_of("unigram"), mask_token="[SEP]"))
    assert loaded.digest == subwords("unigram").digest
    assert (loaded.mask_id, fast.mask_id) == (3, 2) and loaded.pad_id == 4
    assert loaded.frame == 2 and not set(loaded.random_ids) & set(range(5))
