"""The inputs of a training: batches of the collator in any worker, and files that `datasets` reads."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from resources.errors import PolicyError, UnpublishedError
from resources.factory import Factory
from resources.home import Home
from resources.lake.model import Partition
from synth_assets.cli.masks import export_masks
from synth_assets.masked_lm.training_set import Masker, MaskingCollator, write_training_set
from synth_assets_tests.masked_lm.cases import masker, rows, subwords
from synth_assets_tests.masked_lm.tokenizer_families import tokenizer_of
from synth_assets_tests.resources.lake import cases as lake_cases


def test_a_batch_of_unequal_lengths_is_padded() -> None:
    few = [dict(rows()[1], text="Later."), rows()[2]]
    few[0]["spans"] = []
    batch = MaskingCollator(masker(rate=0.5), pad_to_multiple_of=8)(few)
    assert {name: tensor.shape for name, tensor in batch.items()}.keys() == {"input_ids", "attention_mask", "labels"}
    width = batch["input_ids"].shape[1]
    assert width % 8 == 0 and all(str(tensor.dtype) == "torch.int64" for tensor in batch.values())
    size = int(batch["attention_mask"][0].sum())
    assert 3 <= size < width and int(batch["input_ids"][0, size]) == subwords("wordpiece").pad_id == 4
    assert bool((batch["labels"][batch["attention_mask"] == 0] == -100).all())
    assert MaskingCollator(masker())([])["labels"].shape == (0, 0)


def test_workers_batches_and_order_change_no_mask() -> None:
    from torch.utils.data import DataLoader

    collator = MaskingCollator(masker(rate=0.3, rate_end=0.1, epochs=2))
    data = rows(12)

    def epoch(number: int, loader: Any) -> list[list[int]]:
        collator.set_epoch(number)
        return [
            labels[mask.bool()].tolist()
            for batch in loader
            for labels, mask in zip(batch["labels"], batch["attention_mask"], strict=True)
        ]

    alone = DataLoader(data, batch_size=1, collate_fn=collator)
    workers = DataLoader(data, batch_size=4, collate_fn=collator, num_workers=2, persistent_workers=True)
    for number in (0, 1):
        assert epoch(number, alone) == epoch(number, workers)
    assert epoch(0, alone) != epoch(1, alone)
    backwards = DataLoader(data[::-1], batch_size=5, collate_fn=collator)
    assert epoch(1, backwards)[::-1] == epoch(1, alone)


def test_a_training_step_on_the_batch() -> None:
    import torch
    from transformers import BertConfig, BertForMaskedLM

    size = tokenizer_of("wordpiece").get_vocab_size()
    config = BertConfig(
        vocab_size=size, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    batch = MaskingCollator(masker(rate=0.3))(rows(4))
    loss = BertForMaskedLM(config)(**batch).loss
    assert bool(torch.isfinite(loss))


@pytest.mark.parametrize("ending", ["parquet", "jsonl"])
def test_files_are_read_by_datasets_and_say_what_the_collator_says(tmp_path: Path, ending: str) -> None:
    import datasets

    of = masker(epochs=2, rate=0.3, max_length=24)
    data = [*rows(9), dict(rows()[0], id="canary", role="canary")]
    out = tmp_path / f"train.{ending}"
    written = write_training_set(data, of, out, {"pins": {"p": "v"}})
    first = out.read_bytes()
    assert write_training_set(data[::-1], of, out, {}) == written and out.read_bytes() == first
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    kind = {"parquet": "parquet", "jsonl": "json"}[ending]
    read = datasets.load_dataset(kind, data_files=str(out), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(read) == written.sequences and set(read["id"]) == {row["id"] for row in rows(9)}
    collator = MaskingCollator(of)
    for epoch in (0, 1):
        collator.set_epoch(epoch)
        batch = collator(rows(9))
        stored = [row for row in read if row["epoch"] == epoch]
        for row, ids, labels in zip(stored, batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True):
            size = len(row["input_ids"])
            assert (row["input_ids"], row["labels"], row["attention_mask"]) == (ids[:size], labels[:size], [1] * size)


def test_the_manifest_holds_no_text(tmp_path: Path) -> None:
    write_training_set(rows(4), masker(), tmp_path / "a.parquet", {"pins": {"day|source": "v1"}})
    body = (tmp_path / "a.parquet.manifest.json").read_text(encoding="utf-8")
    told = json.loads(body)
    assert told["pins"] == {"day|source": "v1"} and told["plan"]["kind"] == "span" and told["rates"] == [0.15]
    assert told["masked"] <= told["maskable"] <= told["tokens"]
    assert not [word for row in rows(4) for word in row["text"].split() if len(word) > 9 and word in body]
    for wrong in ("a.csv", "nowhere/a.parquet"):
        with pytest.raises(PolicyError, match=Path(wrong).name):
            write_training_set(rows(4), masker(), tmp_path / wrong, {})


def test_export_reads_what_is_published_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    home.policy_file.write_text("masking: {plan: {kind: word, rate: 0.5}}", encoding="utf-8")
    lake = Factory.open(home).lake
    partition = Partition("letters", lake_cases.DAY)
    tokenizer = tmp_path / "tokenizer.json"
    tokenizer_of("unigram").save(str(tokenizer))
    out = tmp_path / "train.jsonl"
    published = [lake_cases.row(f"r{i}", "the decision was published on monday morning") for i in range(3)]
    lake.stage("masked_corpus", partition, published, lake_cases.MASKED_CORPUS)
    with pytest.raises(UnpublishedError, match="no published version"):
        export_masks(home, [partition.key], str(tokenizer), str(out), 2, 64)
    assert not out.exists()
    staged = lake_cases.put(lake, partition, published)
    export_masks(home, [partition.key], str(tokenizer), str(out), 2, 64)
    told = json.loads((tmp_path / "train.jsonl.manifest.json").read_text(encoding="utf-8"))
    assert told["pins"] == {partition.key: {"masked_corpus": staged.digest}} and told["plan"]["rate"] == 0.5
    assert len(out.read_text(encoding="utf-8").splitlines()) == 6
    assert "wrote 6 sequences" in capsys.readouterr().out


def test_masker_of_a_corpus_learns_its_collocations() -> None:
    of = Masker.of(rows(40), subwords("wordpiece"), masker(kind="pmi").policy, 7)
    texts = " ".join(row["text"].casefold() for row in rows(40))
    assert of.collocations is not None and of.collocations.grams
    assert all(" ".join(gram) in texts for gram in of.collocations.grams)
