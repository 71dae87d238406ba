"""Infilling reads both sides, never what is hidden, and scores what it says it scores."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.errors import DataError, PolicyError
from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.entry import ModelEntry
from resources.models.protocols import Slot
from resources.models.registry import load_registry
from resources.models.weights.sources import digest

TEXT = "The judge rejected the appeal after two hours. The company reported a sharp drop in profits."


def slot(word: str, text: str = TEXT) -> Slot:
    start = text.index(word)
    return Slot(text, start, start + len(word))


def exact_roles() -> dict[str, ModelEntry]:
    causal = load_registry()["causal_lm"].model_copy(update={"dtype": "float32"})
    return {"causal_lm": causal, "masked_lm": causal.model_copy(update={"engine": "two_sided"})}


@pytest.fixture(scope="module")
def exact(keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The causal LM in float32 in both roles."""
    with Engine(load_registry() | exact_roles(), keys, tmp_path_factory.mktemp("exact")) as engine:
        yield engine


@pytest.mark.models
def test_scores_are_the_causal_likelihood_of_word_and_right_context(exact: Engine) -> None:
    found = exact.masked_lm.fill([slot("drop"), slot("rejected")], top_k=5)[1]
    assert len(found) == 5
    lm = exact.causal_lm
    right = " the appeal after two hours"  # the five tokens that the last stage reads
    assert lm.count_tokens([right]) == [5]
    words = [" " + candidate.text for candidate in found]
    expected = lm.log_likelihood([word + right for word in words], ["The judge"] * 5)
    for candidate, likelihood in zip(found, expected, strict=True):
        assert candidate.score == pytest.approx(likelihood.logprob, abs=1e-3)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


@pytest.mark.models
def test_both_sides_are_read(models: Engine) -> None:
    spring = "The garden is full of flowers in the spring and the bees are busy."
    blade = "She opened the jar with a sharp knife and spread butter on bread."
    drop = [c.text for c in models.masked_lm.fill([slot("drop")], 8)[0]]
    assert {"drop", "decline", "fall"} & set(drop)
    flowers, knife = models.masked_lm.fill([slot("flowers", spring), slot("knife", blade)], 8)
    assert "flowers" in [c.text for c in flowers]
    assert "knife" in [c.text for c in knife]
    left = "He put it in the "
    river, oven = models.masked_lm.fill(
        [slot("XX", left + "XX and baked it at 180 degrees."), slot("XX", left + "XX and wrote the address on it.")], 5
    )
    assert {c.text for c in river} != {c.text for c in oven}


@pytest.mark.models
def test_the_hidden_text_does_not_matter(models: Engine) -> None:
    hidden = [TEXT, TEXT.replace("drop", "Wolfeschlegelsteinhausen"), TEXT.replace("drop", "")]
    start = TEXT.index("drop")
    ends = [start + 4, start + 24, start]
    rows = models.masked_lm.fill([Slot(text, start, end) for text, end in zip(hidden, ends, strict=True)], 5)
    assert rows[0] == rows[1] == rows[2]


@pytest.mark.models
def test_a_slot_does_not_depend_on_the_slots_beside_it(exact: Engine, keys: Keys, tmp_path: Path) -> None:
    long = " ".join([TEXT] * 6)
    starts = [i for i in range(len(long)) if long.startswith(("sharp", "hours"), i)]
    slots = [Slot(long, i, i + 5) for i in starts]
    together = exact.masked_lm.fill(slots, 5)
    with Engine(load_registry() | exact_roles(), keys, tmp_path) as alone:
        for i in (0, 7, 11):
            single = alone.masked_lm.fill([slots[i]], 5)[0]
            assert [c.text for c in single] == [c.text for c in together[i]]
            assert [c.score for c in single] == pytest.approx([c.score for c in together[i]], abs=1e-3)


@pytest.mark.models
def test_edges_and_shapes(models: Engine) -> None:
    quoted = 'He said "hello" to them.'
    slots = [slot("The"), slot("profits"), slot("hello", quoted), Slot("word", 0, 4), slot("oper", "They co-operate.")]
    rows = models.masked_lm.fill(slots, top_k=30)
    assert [len(row) for row in rows] == [30] * 5
    assert all(candidate.text.isalpha() for row in rows for candidate in row)
    assert rows[0][0].text == "the"  # MPNet knows small letters only
    assert models.masked_lm.fill([], 5) == []
    with pytest.raises(DataError, match="outside its text"):
        models.masked_lm.fill([Slot("abc", 2, 9)])


@pytest.fixture
def random_bert(tmp_path: Path) -> Path:
    """A tiny BertForMaskedLM with random weights (it knows nothing), saved as safetensors."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForMaskedLM

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##ing", ".", "the", "cat", "dog", "sat", "ran"]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.add_special_tokens(vocabulary[:5])
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=12,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        eos_token_id=None,
    )
    BertForMaskedLM(config).save_pretrained(tmp_path / "bert")
    tokenizer.save(str(tmp_path / "bert" / "tokenizer.json"))
    return tmp_path / "bert"


def bert_engine(folder: Path, keys: Keys, cache: Path) -> Engine:
    fields = {"source": "local", "engine": "transformers", "license": "none", "dtype": "float32"}
    entry = ModelEntry.parse(fields | {"path": str(folder), "digest": digest(folder)}, "test.yaml")
    return Engine(load_registry() | {"masked_lm": entry}, keys, cache)


@pytest.mark.models
def test_a_local_bidirectional_model_plays_the_role(random_bert: Path, keys: Keys, tmp_path: Path) -> None:
    import torch
    from transformers import BertForMaskedLM

    text = "the cat sat."
    with bert_engine(random_bert, keys, tmp_path) as engine:
        long, row = engine.masked_lm.fill([slot("dog", "the cat ran. the dog sat."), slot("cat", text)], top_k=3)
    model = BertForMaskedLM.from_pretrained(random_bert).eval()
    with torch.inference_mode():
        expected = model(torch.tensor([[2, 7, 4, 10, 6, 3]])).logits[0, 2].log_softmax(-1)
    words = {"the": 7, "cat": 8, "dog": 9, "sat": 10, "ran": 11}  # not ".", not "##ing", no special token
    best = sorted(words, key=lambda word: -float(expected[words[word]]))[:3]
    assert [c.text for c in row] == best
    assert [c.score for c in row] == pytest.approx([float(expected[words[word]]) for word in best], abs=1e-4)
    assert len(long) == 3


@pytest.mark.models
def test_a_bidirectional_model_answers_all_hidden_words_of_a_text_at_once(
    random_bert: Path, keys: Keys, tmp_path: Path
) -> None:
    import torch
    from transformers import BertForMaskedLM

    text = "the [MASK] cat sat. the dog ran."  # what looks like a mask is none
    cat, dog = text.index("cat"), text.index("dog")
    both = [Slot(text, cat, cat + 3, ((dog, dog + 3),)), Slot(text, dog, dog + 3, ((cat, cat + 3),))]
    with bert_engine(random_bert, keys, tmp_path) as engine:
        rows = engine.masked_lm.fill(both, top_k=5)
        assert engine.counters()["masked_lm.tokens"] == 10
    ids = [2, 7, 4, 10, 6, 7, 4, 11, 6, 3]  # [CLS] the [MASK] sat . the [MASK] ran . [SEP]
    model = BertForMaskedLM.from_pretrained(random_bert).eval()
    with torch.inference_mode():
        expected = model(torch.tensor([ids])).logits[0].log_softmax(-1)
    words = {"the": 7, "cat": 8, "dog": 9, "sat": 10, "ran": 11}
    for row, place in zip(rows, (2, 6), strict=True):
        scores = {c.text: c.score for c in row}
        assert scores == pytest.approx({word: float(expected[place, i]) for word, i in words.items()}, abs=1e-4)


@pytest.mark.models
def test_other_hidden_words_do_not_matter(models: Engine) -> None:
    start, drop = TEXT.index("judge"), TEXT.index("drop")
    rows = []
    for other in ("judge", "Wolfeschlegelsteinhausen"):
        text = TEXT.replace("judge", other)
        shift = len(other) - len("judge")
        rows += models.masked_lm.fill([Slot(text, drop + shift, drop + shift + 4, ((start, start + len(other)),))], 5)
    assert rows[0] == rows[1]


def test_what_a_model_may_see_of_a_slot() -> None:
    shown = Slot("one two three four", 8, 13, ((0, 3), (14, 18))).shown("_")
    assert (shown.text, shown.start, shown.end) == ("_ two _ _", 6, 7)
    assert Slot("one two", 4, 7).shown("") == Slot("one ", 4, 4)
    for wrong in (((5, 9),), ((16, 30),), ((3, 1),)):
        with pytest.raises(DataError, match="in another one"):
            Slot("one two three four", 8, 13, wrong).shown("_")


@pytest.mark.models
def test_a_model_without_a_mask_token_is_refused(random_bert: Path, keys: Keys, tmp_path: Path) -> None:
    file = random_bert / "tokenizer.json"
    file.write_text(json.dumps(json.loads(file.read_text().replace("[MASK]", "[NONE]"))))
    with bert_engine(random_bert, keys, tmp_path) as engine, pytest.raises(PolicyError, match="no mask token"):
        engine.masked_lm.fill([slot("cat", "the cat sat.")])
