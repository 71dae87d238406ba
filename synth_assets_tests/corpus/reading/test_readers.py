import csv
import json
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resources.errors import DataError
from synth_assets.corpus.reading.formats.text import detect_encoding
from synth_assets.corpus.reading.sources import SourceConfig
from synth_assets_tests.corpus.helpers import build, documents, reasons, write_jsonl

GOOD = "The committee met on Tuesday and agreed on the plan."
OTHER = "Nobody in the village had seen the river so high before."
FRENCH = "Le café où nous étions allés était fermé à cause de la grève des employés."
ANY = {"languages": ()}


def texts(output):
    return [row["text"] for row in documents(output)]


def test_bad_lines_are_counted_and_good_ones_go_on(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [
        json.dumps({"text": GOOD}).encode(),
        "{broken \u00e9".encode(),
        b"[1, 2]",
        b'{"other": 1}',
        b'{"text": "   "}',
        b'{"text": 17}',
        b'{"text": "caf\xe9 of the old town"}',
        b'{"text": "nul \x00 inside"}',
        b"[" * 100_000,
        b'{"n": ' + b"9" * 10_000 + b"}",
        b"",
        json.dumps({"text": OTHER}).encode(),
    ]
    path.write_bytes(b"\n".join(lines))
    output = build(path, tmp_path / "i")
    assert texts(output) == [GOOD, OTHER]
    assert Counter(reasons(output)) == {
        "invalid_json": 4,
        "not_an_object": 1,
        "missing_text": 2,
        "empty_text": 1,
        "undecodable": 1,
    }
    assert output.figures["rows_in"] == 11
    assert output.figures["rejected_missing_text"] == 2


def test_a_huge_line_is_bounded(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [{"text": GOOD}, {"text": "word " * 1_000_000}, {"text": "long " * 30_000}, {"text": OTHER}]
    output = build(write_jsonl(path, lines), tmp_path / "i", max_chars=100_000)
    assert texts(output) == [GOOD, OTHER]
    assert reasons(output) == ["too_long", "too_long"]
    assert all(len(item.text) <= 100_000 for item in output.rejected)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_are_detected(tmp_path, encoding):
    path = tmp_path / "a.jsonl"
    rows = [{"text": FRENCH}, {"text": FRENCH.replace("café", "théâtre où")}]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding=encoding)
    assert texts(build(path, tmp_path / "i", **ANY)) == [row["text"] for row in rows]


def test_one_broken_line_does_not_change_the_encoding_of_the_others(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(f"{FRENCH}\n{FRENCH}\n".encode() + "grève\n".encode("cp1252"))
    assert detect_encoding(path) == "utf-8"
    path.write_bytes("une grève".encode("cp1252"))
    assert detect_encoding(path) != "utf-8"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "cp1252"),
        ("He said \u201chello\u201d and it\u2019s fine for the people of the town", "cp1252"),
        ("Привет всем друзьям и соседям, как дела у вас сегодня?", "cp1251"),
        ("Zażółć gęślą jaźń, proszę państwa, dzień dobry wszystkim", "cp1250"),
    ],
)
def test_single_byte_encodings_are_told_apart(tmp_path, text, encoding):
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    assert texts(build(tmp_path / "a.txt", tmp_path / "i", **ANY)) == [text]


def test_a_configured_encoding_wins(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("Привет всем друзьям и соседям".encode("cp866"))
    assert texts(build(path, tmp_path / "i", source=SourceConfig(encoding="cp866"), **ANY)) == [
        "Привет всем друзьям и соседям"
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_with_embedded_newlines_and_quotes(tmp_path, delimiter):
    path = tmp_path / "a.csv"
    first = 'She said, "we leave"\n\nand then; they | left\tthe house.'
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerows([["id", "Body", "author"], ["1", first, "Ann"], ["2", OTHER + " x" * 200_000, "Bob"]])
    output = build(path, tmp_path / "i", max_repeated_5grams=1, max_top_bigram=1, min_mean_word_length=0)
    assert texts(output)[0] == first
    assert len(texts(output)[1]) > 300_000


def test_bad_csv_rows_are_counted(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(
        f"id,text\n1,{GOOD}\n2,too,many\n3\n4,\xe9 {GOOD}\n".encode("latin-1") + f'5,"a" b\n6,{OTHER}\n'.encode()
    )
    output = build(path, tmp_path / "i", source=SourceConfig(encoding="utf-8"))
    assert texts(output) == [GOOD, OTHER]
    assert sorted(reasons(output)) == ["invalid_csv", "undecodable", "wrong_columns", "wrong_columns"]


def test_nul_in_csv_and_text(tmp_path):
    (tmp_path / "a.csv").write_text(f"text\n{GOOD[:9]}\0{GOOD[9:]}\n")
    (tmp_path / "b.txt").write_text(OTHER + "\0")
    output = build([tmp_path / "a.csv", tmp_path / "b.txt"], tmp_path / "i")
    assert texts(output) == [GOOD, OTHER]


def test_parquet_types_and_broken_strings(tmp_path):
    path = tmp_path / "a.parquet"
    raw = pa.array([GOOD.encode(), b"caf\xe9 in the old town", None, OTHER.encode()], pa.binary())
    strings = pa.StringArray.from_buffers(4, raw.buffers()[1], raw.buffers()[2], raw.buffers()[0], raw.null_count)
    topics = pa.array(["a", "b", "a", "b"]).dictionary_encode()
    pq.write_table(pa.table({"content": strings, "label": topics, "user": [1.0, 2.0, None, 1.0]}), path)
    output = build(path, tmp_path / "i")
    assert texts(output) == [GOOD, OTHER]
    assert [row["label"] for row in documents(output)] == ["a", "b"]
    assert len({row["subject"] for row in documents(output)}) == 1
    assert sorted(reasons(output)) == ["missing_text", "undecodable"]


def test_a_truncated_parquet_file_is_an_error_alone_and_a_rejection_beside_others(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": [GOOD] * 100}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="file 1 of 1: not a complete Parquet file"):
        build(path, tmp_path / "i")
    good = write_jsonl(tmp_path / "b.jsonl", [{"text": GOOD}])
    output = build([path, good], tmp_path / "i")
    assert texts(output) == [GOOD]
    assert reasons(output) == ["unreadable_file"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", b"", "empty"),
        ("a.jsonl", b'{"secretname": "secretvalue"}\n', "no row has a text column"),
        ("a.csv", b"secretname,x\nsecretvalue,1\n", "no row has a text column"),
        ("a.csv", b"text,text\nsecretvalue,1\n", "same name"),
        ("a.parquet", b"secretvalue", "Parquet"),
    ],
)
def test_a_hopeless_file_says_what_to_do_and_no_value(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        build(tmp_path / name, tmp_path / "i")
    assert "secret" not in str(caught.value)


def test_a_configured_column_that_is_missing(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": GOOD}])
    with pytest.raises(DataError, match="configured text column"):
        build(path, tmp_path / "i", source=SourceConfig(text="abstract"))


def test_files_that_vanish_and_partitions_without_files(tmp_path):
    with pytest.raises(DataError, match="gone"):
        build(tmp_path / "a.jsonl", tmp_path / "i")
    with pytest.raises(DataError, match="no files"):
        build([], tmp_path / "i")


def test_rejected_rows_have_their_own_ids(tmp_path):
    rows = [{"id": 1, "text": GOOD}, {"id": 1, "text": GOOD}, {"id": 1, "text": GOOD}, {"text": ""}, {"text": ""}]
    output = build(write_jsonl(tmp_path / "a.jsonl", rows), tmp_path / "i")
    assert len({item.id for item in output.rejected}) == 4
    assert {item.source_doc for item in output.rejected if item.reason == "exact_duplicate"} == {output.rows[0]["id"]}
