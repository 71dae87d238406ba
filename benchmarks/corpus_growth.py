"""How raw_corpus grows: documents a second and peak memory at 100, 1,000 and 10,000 documents.

Documents are made up (200 words each from a Zipf vocabulary, one in ten a near-duplicate of another), written as JSON
Lines, and read in a fresh process a size, so that the peak is that size's own. Usage:

    python benchmarks/corpus_growth.py [documents ...]
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = 200
VOCABULARY = 20_000


def write(path: Path, documents: int) -> None:
    draw = random.Random(documents)
    vocabulary = ["the", "of", "and", "to", "that", "with"] + [_word(draw) for _ in range(VOCABULARY)]
    weights = [1 / (rank + 3) for rank in range(len(vocabulary))]
    texts: list[list[str]] = []
    for number in range(documents):
        if number % 10 == 9:
            copy = list(draw.choice(texts))
            copy[draw.randrange(WORDS)] = _word(draw)
            texts.append(copy)
        else:
            texts.append(draw.choices(vocabulary, weights, k=WORDS))
    rows = ({"id": i, "author": f"a{i % (documents // 4)}", "text": " ".join(t)} for i, t in enumerate(texts))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _word(draw: random.Random) -> str:
    return "".join(draw.choice("bdfklmnprst") + draw.choice("aeiou") for _ in range(draw.randrange(2, 5)))


def measure(path: Path, index_dir: Path) -> None:
    from resources.keys import Keys
    from resources.progress import silent
    from synth_assets.corpus.build import build_raw_corpus
    from synth_assets.corpus.policy import CorpusPolicy
    from synth_assets.corpus.reading.arrivals import PartitionFiles
    from synth_assets.corpus.reading.sources import SourceConfig

    policy, keys = CorpusPolicy(languages=()), Keys.from_secret(b"0" * 32)
    partition = PartitionFiles("made_up", "2024-01-01", (path,))
    start, start_cpu = time.perf_counter(), time.process_time()
    output = build_raw_corpus(partition, [], SourceConfig(), policy, 7, keys, index_dir, silent)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = output.figures
    rows = figures["rows_in"]
    near = figures.get("rejected_near_duplicate", 0)
    print(f"{rows:>8} {seconds:>9.2f} {rows / seconds:>9.0f} {rows / cpu:>11.0f} {peak:>9.0f} {near:>9}")


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        measure(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    print(f"{'docs':>8} {'seconds':>9} {'docs/s':>9} {'docs/cpu-s':>11} {'peak MiB':>9} {'near-dups':>9}", flush=True)
    for documents in [int(argument) for argument in sys.argv[1:]] or [100, 1_000, 10_000]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "documents.jsonl"
            write(path, documents)
            subprocess.run([sys.executable, __file__, "--measure", str(path), folder], check=True)


if __name__ == "__main__":
    main()
