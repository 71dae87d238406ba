import random
import shutil

import pyarrow as pa
import pytest

from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.corpus.reading.arrivals import PartitionFiles
from synth_assets.corpus.splits import split_of
from synth_assets.records import RAW_CORPUS
from synth_assets_tests.corpus.helpers import KEYS, build, documents, reasons, sentence, write_jsonl


def corpus(seed: int, count: int, first: int = 0) -> list[dict]:
    draw = random.Random(seed)
    rows = []
    for number in range(first, first + count):
        text = sentence(draw, 40)
        if rows and draw.random() < 0.3:
            words = draw.choice(rows)["text"].split()
            for _ in range(draw.choice([1, 3])):
                words[draw.randrange(len(words))] = "altered"
            text = " ".join(words)
        rows.append({"id": number, "text": text, "author": draw.choice([None, "a", "b", "c", "d", "e"])})
    return rows


def in_splits(rows):
    found: dict[str, set] = {}
    for row in rows:
        found.setdefault(row["subject"], set()).add(row["split"])
    return found


def test_proportions_over_subjects():
    from scipy.stats import chisquare

    policy = CorpusPolicy(holdout_share=0.2, control_share=0.1)
    splits = [split_of(KEYS.hash("subject", str(i)), policy, KEYS) for i in range(5_000)]
    observed = [splits.count(name) for name in ("train", "holdout", "control")]
    assert chisquare(observed, [3_500, 1_000, 500]).pvalue > 0.001


def test_a_subject_and_a_cluster_never_cross(tmp_path):
    rows = corpus(1, 300)
    output = build(write_jsonl(tmp_path / "a.jsonl", rows), tmp_path / "i")
    kept = documents(output)
    assert all(len(splits) == 1 for splits in in_splits(kept).values())
    clusters: dict[str, set] = {}
    for row in kept:
        clusters.setdefault(row["cluster"], set()).add(row["split"])
        assert row["split"] == split_of(row["subject"], CorpusPolicy(), KEYS)
    assert all(len(splits) == 1 for splits in clusters.values())
    assert {"linked_across_splits", "near_duplicate"} <= set(reasons(output))
    assert output.figures["rejected_linked_across_splits"] == reasons(output).count("linked_across_splits")


def test_splits_are_stable_when_data_are_added(tmp_path):
    few = documents(build(write_jsonl(tmp_path / "a.jsonl", corpus(1, 100)), tmp_path / "i"))
    more = {
        row["id"]: row for row in documents(build(write_jsonl(tmp_path / "a.jsonl", corpus(1, 300)), tmp_path / "i"))
    }
    assert all(more[row["id"]] == row for row in few)


def test_any_order_of_days_gives_the_same_rows_as_one_batch(tmp_path):
    rows = corpus(2, 240)
    days = []
    for number in range(4):
        day = f"2024-01-0{number + 1}"
        path = write_jsonl(tmp_path / day / "a.jsonl", rows[60 * number : 60 * number + 60])
        days.append(PartitionFiles("notes", day, (path,)))

    def run(order):
        shutil.rmtree(tmp_path / "i", ignore_errors=True)
        return {n: build(days[n].files, tmp_path / "i", earlier=days, day=days[n].day) for n in order}

    forward, backward = run([0, 1, 2, 3]), run([3, 1, 0, 2])
    assert all(forward[n] == backward[n] for n in range(4))
    cached = build(days[3].files, tmp_path / "i", earlier=days, day=days[3].day)
    assert cached == forward[3]
    batch = build(write_jsonl(tmp_path / "all.jsonl", rows), tmp_path / "j")
    stepwise = [row for n in range(4) for row in documents(forward[n])]
    assert [(row["id"], row["split"], row["cluster"], row["subject"]) for row in documents(batch)] == [
        (row["id"], row["split"], row["cluster"], row["subject"]) for row in stepwise
    ]
    assert sorted(reasons(batch)) == sorted(reason for n in range(4) for reason in reasons(forward[n]))
    assert any("near_duplicate" in reasons(forward[n]) for n in (1, 2, 3))


def test_the_index_is_only_a_cache_and_holds_no_text(tmp_path):
    rows = corpus(3, 40)
    first = PartitionFiles("notes", "2024-01-01", (write_jsonl(tmp_path / "1.jsonl", rows[:20]),))
    later = write_jsonl(tmp_path / "2.jsonl", rows[10:])
    expected = build(later, tmp_path / "i", earlier=[first])
    assert reasons(expected).count("exact_duplicate") >= 10 - len(reasons(build(first.files, tmp_path / "j")))
    cached = tmp_path / "i" / "notes-2024-01-01.index"
    data = cached.read_bytes()
    assert not any(word.encode() in data for row in rows for word in row["text"].split() if len(word) > 5)
    assert cached.stat().st_mode & 0o077 == 0
    for damaged in (b"", data[:100], data[:-1] + bytes([data[-1] ^ 1]), b"x" * 500):
        cached.write_bytes(damaged)
        assert build(later, tmp_path / "i", earlier=[first]) == expected
        assert cached.read_bytes() != damaged
    write_jsonl(first.files[0], rows[20:30])
    assert build(later, tmp_path / "i", earlier=[first]) != expected


def test_a_broken_earlier_day_does_not_stop_a_later_one(tmp_path):
    broken = tmp_path / "1.parquet"
    broken.write_bytes(b"not parquet")
    later = write_jsonl(tmp_path / "2.jsonl", corpus(3, 20))
    output = build(later, tmp_path / "i", earlier=[PartitionFiles("notes", "2024-01-01", (broken,))])
    assert output == build(later, tmp_path / "j")


def test_other_sources_and_later_days_do_not_count(tmp_path):
    path = write_jsonl(tmp_path / "1.jsonl", corpus(3, 20))
    others = [PartitionFiles("mail", "2024-01-01", (path,)), PartitionFiles("notes", "2024-02-01", (path,))]
    assert build(path, tmp_path / "i", earlier=others) == build(path, tmp_path / "j")


def test_twice_the_same_bytes(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", corpus(4, 100))

    def table(index):
        sink = pa.BufferOutputStream()
        rows = pa.Table.from_pylist(build(path, tmp_path / index).rows, schema=RAW_CORPUS)
        with pa.ipc.new_stream(sink, rows.schema) as writer:
            writer.write_table(rows)
        return sink.getvalue().to_pybytes()

    assert table("i") == table("j")


def test_nothing_survives_gives_an_empty_output(tmp_path):
    output = build(write_jsonl(tmp_path / "a.jsonl", [{"text": "too short"}]), tmp_path / "i")
    assert output.rows == []
    assert output.figures["documents"] == 0
    assert reasons(output) == ["too_few_words"]


def test_order_is_by_file_and_position(tmp_path):
    rows = [{"id": n, "text": sentence(random.Random(n), 30)} for n in range(6)]
    files = [write_jsonl(tmp_path / f"{name}.jsonl", rows[start : start + 3]) for name, start in (("a", 0), ("b", 3))]
    kept = documents(build(files, tmp_path / "i"))
    assert [row["id"] for row in kept] == [KEYS.hash("document", "notes", str(n)) for n in range(6)]


@pytest.mark.parametrize("bad", [{"link_threshold": 0.9}, {"holdout_share": 0.6, "control_share": 0.4}])
def test_inconsistent_policies_are_refused(bad):
    with pytest.raises(ValueError, match="must"):
        CorpusPolicy(**bad)
