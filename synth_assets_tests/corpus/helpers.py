import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resources.keys import Keys
from resources.progress import silent
from synth_assets.corpus.build import build_raw_corpus
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.corpus.reading.arrivals import PartitionFiles
from synth_assets.corpus.reading.sources import SourceConfig
from synth_assets.records import Output

KEYS = Keys.from_secret(b"0" * 32)
WORDS = (Path(__file__).parents[2] / "synth_assets/corpus/canary_words.txt").read_text(encoding="utf-8").split()


def sentence(draw: random.Random, words: int = 20) -> str:
    return "The story of the " + " ".join(draw.choice(WORDS) for _ in range(words)) + "."


def write_jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def build(
    files: Path | Sequence[Path],
    index: Path,
    earlier: Sequence[PartitionFiles] = (),
    source: SourceConfig | None = None,
    day: str = "2024-01-09",
    seed: int = 7,
    keys: Keys = KEYS,
    **policy: Any,
) -> Output:
    paths = (files,) if isinstance(files, Path) else tuple(files)
    partition = PartitionFiles("notes", day, paths)
    return build_raw_corpus(
        partition, earlier, source or SourceConfig(), CorpusPolicy(**policy), seed, keys, index, silent
    )


def documents(output: Output) -> list[dict[str, Any]]:
    return [row for row in output.rows if row["role"] == "document"]


def reasons(output: Output) -> list[str]:
    return [item.reason for item in output.rejected]
