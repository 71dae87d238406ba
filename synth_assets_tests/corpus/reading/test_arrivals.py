"""What is read and what is skipped: a bad part is counted and named, and never carries the rest."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from synth_assets.corpus.reading.arrivals import Arrivals, PartitionFiles, discover
from synth_assets.corpus.reading.skipped import Skipped
from synth_assets.corpus.reading.sources import SourceConfig
from synth_assets_tests.corpus.helpers import build, documents

TEXT = "The committee met on Tuesday and agreed on the plan."
FIRST, LAST = "2026-01-01", "2026-06-30"
PERSON = "quarkwright"
"""Part of the name of every file that is not read."""
UNOPENED = "that cannot be opened (a link to nothing, or no permission). Remove such links, and correct permissions."
READ = ".csv, .jsonl, .ndjson, .parquet, .tsv, .txt"


def write(path: Path, modified: datetime | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEXT)
    if modified:
        os.utime(path, (0, modified.timestamp()))
    return path


def find(root: Path, **sources: SourceConfig) -> Arrivals:
    return discover(root, sources, FIRST, LAST)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of sources with one good file."""
    write(tmp_path / "sources" / "notes" / "2026-01-05" / "good.txt")
    return tmp_path / "sources"


@pytest.fixture
def good(root: Path) -> PartitionFiles:
    """The partition of the good file."""
    return PartitionFiles("notes", "2026-01-05", (root / "notes" / "2026-01-05" / "good.txt",))


def test_files_have_the_day_of_their_folder_or_of_their_source_or_of_their_last_change(tmp_path: Path) -> None:
    root = tmp_path / "sources"
    direct = write(root / "notes" / "b.jsonl", datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    dayed = write(root / "notes" / "2026-03-01" / "deep" / "a.jsonl")
    second = write(root / "notes" / "2026-03-02" / "a.jsonl")
    write(root / "notes" / ".hidden" / "a.jsonl")
    write(root / "notes" / ".hidden.txt")
    (root / "empty").mkdir()
    fixed = write(root / "mail" / "a.jsonl")
    elsewhere = write(tmp_path / "elsewhere" / "x.jsonl")
    found = find(root, mail=SourceConfig(day="2026-02-02"), other=SourceConfig(path=str(elsewhere), day="2026-02-01"))
    assert found.partitions == (
        PartitionFiles("mail", "2026-02-02", (fixed,)),
        PartitionFiles("notes", "2026-03-01", (dayed, direct)),
        PartitionFiles("notes", "2026-03-02", (second,)),
        PartitionFiles("other", "2026-02-01", (elsewhere,)),
    )
    assert found.skipped == ()
    assert found.sources == ["mail", "notes", "other"]
    assert found.of("mail") == Arrivals(found.partitions[:1], ())


def test_nothing_arrived_where_there_is_no_folder_or_an_empty_one(tmp_path: Path) -> None:
    assert find(tmp_path / "missing") == find(tmp_path) == Arrivals((), ())


def test_the_first_and_the_last_day_have_partitions(tmp_path: Path) -> None:
    for day in (FIRST, LAST):
        write(tmp_path / "notes" / day / "a.txt")
    found = find(tmp_path)
    assert ([p.day for p in found.partitions], found.skipped) == ([FIRST, LAST], ())


def test_format_overrides_the_suffix(tmp_path: Path) -> None:
    path = write(tmp_path / "logs" / "2026-01-05" / "a.log")
    config = SourceConfig(format="txt")
    assert find(tmp_path, logs=config) == Arrivals((PartitionFiles("logs", "2026-01-05", (path,)),), ())
    assert documents(build(path, tmp_path / "i", source=config))[0]["text"] == TEXT


def early_folders(folder: Path) -> None:
    for day, name in (("2025-12-31", "a"), ("2025-12-31", "b"), ("2024-02-29", "c")):
        write(folder / day / f"{PERSON}-{name}.txt")


def late_folder(folder: Path) -> None:
    write(folder / "2031-01-01" / f"{PERSON}.txt")


def old_file(folder: Path) -> None:
    write(folder / f"{PERSON}.txt", datetime(2019, 5, 6, tzinfo=UTC))


def file_of_the_future(folder: Path) -> None:
    write(folder / f"{PERSON}.txt", datetime(2031, 5, 6, tzinfo=UTC))


def unread_formats(folder: Path) -> None:
    for name in ("a.pdf", "b.PDF", "c.txt.gz", "d.docx", "Letter to Dr. Quarkwright", "e"):
        write(folder / "2026-01-06" / f"{PERSON} {name}")


def links_away(folder: Path) -> None:
    outside = write(folder.parents[1] / "outside" / f"{PERSON}.txt")
    folder.mkdir()
    (folder / f"{PERSON}.txt").symlink_to(outside)
    (folder / f"{PERSON}-system.txt").symlink_to("/etc/passwd")
    (folder / "2026-01-07").symlink_to(outside.parent, target_is_directory=True)


def link_to_a_hidden_folder(folder: Path) -> None:
    write(folder / ".versions" / f"{PERSON}.txt")
    (folder / "2026-01-07").symlink_to(folder / ".versions", target_is_directory=True)


def broken_links(folder: Path) -> None:
    folder.mkdir()
    (folder / f"{PERSON}.txt").symlink_to(folder / "gone.txt")
    (folder / f"{PERSON}-loop.txt").symlink_to(folder / f"{PERSON}-loop.txt")


def special_files(folder: Path) -> None:
    folder.mkdir()
    os.mkfifo(folder / f"{PERSON}.txt")


def link_to_a_device(folder: Path) -> None:
    folder.mkdir()
    (folder / f"{PERSON}.txt").symlink_to("/dev/null")


@pytest.mark.parametrize(
    ("make", "files", "sentence"),
    [
        (
            early_folders, 3,
            "3 files of days before 2026-01-01, the first day of the partitions: 2024-02-29 (1), 2025-12-31 (2). "
            "Set SYNTH_ASSETS_FIRST_DAY to 2024-02-29 or earlier, or rename the folder.",
        ),
        (
            late_folder, 1,
            "1 file of days after 2026-06-30, the last day of the partitions: 2031-01-01 (1). Rename the folder.",
        ),
        (
            old_file, 1,
            "1 file of days before 2026-01-01, the first day of the partitions: 2019-05-06 (1). Set "
            "SYNTH_ASSETS_FIRST_DAY to 2019-05-06 or earlier, or put the files into a folder named after their day, "
            "or set `day` in sources.yaml.",
        ),
        (
            file_of_the_future, 1,
            "1 file of days after 2026-06-30, the last day of the partitions: 2031-05-06 (1). Put the files into a "
            "folder named after their day, or set `day` in sources.yaml.",
        ),
        (
            unread_formats, 6,
            "6 files in formats that are not read: .docx (1), .gz (1), .pdf (2), other (2). Convert such files to one "
            f"of {READ}, or set `format` in sources.yaml if they hold one.",
        ),
        (
            links_away, 3,
            "3 links leading out of the source's folder or into a hidden one. Put the files themselves in their place.",
        ),
        (
            link_to_a_hidden_folder, 1,
            "1 link leading out of the source's folder or into a hidden one. Put the files themselves in their place.",
        ),
        (broken_links, 2, f"2 paths {UNOPENED}"),
        (special_files, 1, "1 special file (device, pipe or socket). Remove such files."),
        (
            link_to_a_device, 1,
            "1 link leading out of the source's folder or into a hidden one. Put the files themselves in their place.",
        ),
    ],
)  # fmt: skip
def test_what_is_not_read_is_counted_and_named_and_the_rest_goes_on(
    root: Path, good: PartitionFiles, make: Callable[[Path], None], files: int, sentence: str
) -> None:
    make(root / "letters")
    beside = write(root / "letters" / "2026-02-03" / "read.txt")
    found = find(root)
    assert found.partitions == (PartitionFiles("letters", "2026-02-03", (beside,)), good)
    assert found.skipped == (Skipped("letters", files, sentence),)
    assert str(found.skipped[0]) == f"source letters: {sentence}"
    assert PERSON not in sentence.lower()
    assert found.of("notes") == Arrivals((good,), ())


def test_a_source_has_one_sentence_for_each_reason(root: Path, good: PartitionFiles) -> None:
    for make in (early_folders, late_folder, old_file, unread_formats):
        make(root / "letters")
    found = find(root)
    assert found.partitions == (good,)
    assert [(s.source, s.files, s.sentence.split(":")[0]) for s in found.skipped] == [
        ("letters", 1, "1 file of days after 2026-06-30, the last day of the partitions"),
        ("letters", 1, "1 file of days before 2026-01-01, the first day of the partitions"),
        ("letters", 3, "3 files of days before 2026-01-01, the first day of the partitions"),
        ("letters", 6, "6 files in formats that are not read"),
    ]


def test_a_wrong_day_in_the_settings_is_named(root: Path, good: PartitionFiles) -> None:
    write(root / "letters" / f"{PERSON}.txt")
    found = find(root, letters=SourceConfig(day="2020-02-02"))
    sentence = (
        "1 file of days before 2026-01-01, the first day of the partitions: 2020-02-02 (1). "
        "Set SYNTH_ASSETS_FIRST_DAY to 2020-02-02 or earlier, or correct `day` in sources.yaml."
    )
    assert found == Arrivals((good,), (Skipped("letters", 1, sentence),))


def test_folders_that_cannot_name_a_source_are_named(root: Path, good: PartitionFiles) -> None:
    for name in ("HR letters", "Letters, 2026"):
        write(root / name / "2026-01-05" / f"{PERSON}.txt")
    (root / "_drafts").mkdir()
    (root / ".hidden letters").mkdir()
    sentence = (
        "3 folders that cannot name a source: 'HR letters', 'Letters, 2026', '_drafts' (2 files). Rename them with up "
        "to 64 letters, digits, '.', '_' and '-', the first a letter or a digit, or hide them with a '.' in front."
    )
    assert find(root) == Arrivals((good,), (Skipped("", 2, sentence),))


def test_many_folders_are_named_in_part(tmp_path: Path) -> None:
    for number in range(11):
        (tmp_path / f"HR {number:02}").mkdir()
    (skipped,) = find(tmp_path).skipped
    assert skipped.sentence.startswith("11 folders that cannot name a source: 'HR 00', 'HR 01', ")
    assert "'HR 07' and 3 more (0 files). Rename" in skipped.sentence


def test_files_and_links_beside_the_folders_of_the_sources_are_named(root: Path, good: PartitionFiles) -> None:
    write(root / f"{PERSON}.txt")
    (root / PERSON).symlink_to(root / "gone", target_is_directory=True)
    loose = "1 file beside the folders of the sources. Put each into a folder named after its source."
    assert find(root) == Arrivals((good,), (Skipped("", 1, loose), Skipped("", 1, f"1 path {UNOPENED}")))


@pytest.mark.parametrize("place", ["missing", "loop/letters"])
def test_a_configured_path_with_nothing_in_it_is_named(root: Path, good: PartitionFiles, place: str) -> None:
    (root.parent / "loop").symlink_to(root.parent / "loop")
    found = find(root, letters=SourceConfig(path=str(root.parent / place)))
    sentence = "nothing is at the `path` that sources.yaml names, or it may not be opened. Correct it."
    assert found == Arrivals((good,), (Skipped("letters", 0, sentence),))


def test_a_configured_path_hides_the_folder_of_the_same_name_and_this_is_said(
    root: Path, good: PartitionFiles, tmp_path: Path
) -> None:
    write(root / "letters" / "2026-01-05" / f"{PERSON}.txt")
    elsewhere = write(tmp_path / "elsewhere" / "2026-01-05" / "read.txt").parents[1]
    sentence = (
        "1 file in the source's folder, while sources.yaml names another `path`. "
        "Move such files there, or remove `path`."
    )
    read = PartitionFiles("letters", "2026-01-05", (elsewhere / "2026-01-05" / "read.txt",))
    assert find(root, letters=SourceConfig(path=str(elsewhere))) == Arrivals(
        (read, good), (Skipped("letters", 1, sentence),)
    )
    own = find(root, letters=SourceConfig(path=str(root / "letters")))
    assert ([p.source for p in own.partitions], own.skipped) == (["letters", "notes"], ())


def test_a_configured_file_of_an_unknown_kind_is_named(root: Path, good: PartitionFiles, tmp_path: Path) -> None:
    path = write(tmp_path / f"{PERSON}.zip")
    (skipped,) = find(root, letters=SourceConfig(path=str(path), day="2026-01-05")).skipped
    assert skipped.sentence.startswith("1 file in formats that are not read: .zip (1). Convert")


def test_links_that_stay_inside_are_read_once_and_a_place_may_be_a_link(tmp_path: Path, root: Path) -> None:
    folder = tmp_path / "store"
    real = write(folder / ".data" / "kept.txt")
    dayed = write(folder / "2026-01-05" / "a.txt")
    linked = folder / "2026-01-06" / "link.txt"
    linked.parent.mkdir()
    linked.symlink_to(real)
    (folder / "latest").symlink_to(dayed.parent, target_is_directory=True)
    (folder / "circle").symlink_to(folder, target_is_directory=True)
    (tmp_path / "configured").symlink_to(folder, target_is_directory=True)
    (root / "own").symlink_to(folder, target_is_directory=True)
    (tmp_path / "one.txt").symlink_to(dayed)
    found = find(
        root,
        letters=SourceConfig(path=str(tmp_path / "configured")),
        one=SourceConfig(path=str(tmp_path / "one.txt"), day="2026-01-07"),
    )
    files = {(p.source, p.day): [str(f.relative_to(tmp_path)) for f in p.files] for p in found.partitions}
    assert files == {
        ("letters", "2026-01-05"): ["configured/2026-01-05/a.txt"],
        ("letters", "2026-01-06"): ["configured/2026-01-06/link.txt"],
        ("notes", "2026-01-05"): ["sources/notes/2026-01-05/good.txt"],
        ("one", "2026-01-07"): ["one.txt"],
        ("own", "2026-01-05"): ["sources/own/2026-01-05/a.txt"],
        ("own", "2026-01-06"): ["sources/own/2026-01-06/link.txt"],
    }
    assert found.skipped == ()


def test_a_socket_as_a_configured_path_is_named(root: Path, good: PartitionFiles, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        found = find(root, letters=SourceConfig(path=str(tmp_path / "s")))
    assert found == Arrivals(
        (good,), (Skipped("letters", 1, "1 special file (device, pipe or socket). Remove such files."),)
    )


def test_a_folder_that_may_not_be_opened_is_counted(
    root: Path, good: PartitionFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root / "letters" / "2026-01-05" / f"{PERSON}.txt")
    scan = os.scandir

    def guarded(path: str) -> object:
        if "letters" in str(path):
            raise PermissionError(13, "no", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert find(root) == Arrivals((good,), (Skipped("letters", 1, f"1 path {UNOPENED}"),))


@pytest.mark.parametrize("seconds", [-(2**33), 2**33])
def test_times_that_no_calendar_has_stop_nothing(root: Path, good: PartitionFiles, seconds: int) -> None:
    path = write(root / "letters" / f"{PERSON}.txt")
    os.utime(path, (0, seconds))
    found = find(root)
    assert found.partitions == (good,)
    assert [(s.source, s.files) for s in found.skipped] == [("letters", 1)]
