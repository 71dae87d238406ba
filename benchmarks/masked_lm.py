"""Quality and speed of the masked LM role on real sentences, every engine on the same hidden words.

    python benchmarks/masked_lm.py NEWS.jsonl [--documents 890] [--words 2] [--models models.yaml]

An exact match with the hidden word, case ignored, is a strict measure: a good substitute counts as a miss. Content
words are small-letter words of four letters or more; function words come from a list. `both`: the first two mixed, as
`second_masked_lm` has it. `--models` adds the masked LM of a registry. Words of one document share what is read, all of
it where they are hidden `--together`; `--context` shows less. CPU seconds are those of the process, so that a busy
machine does not blur them. "unigram" names the most frequent words of all texts.

Calibration: `temperature` is fitted on every second slot (least negative log-likelihood where the hidden word is among
the ten answers) and is what the registry should hold; the errors (expected calibration error of the first answer, ten
bins) are those of the other slots, with scores as they are and divided by it.

Pseudo-log-likelihood, nats a hidden word, one word hidden at a time and as a whole, of the other slots too: the model's
calibrated answers, as often as the hidden word is among them, and the unigram law for the rest.
"""

import math
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import corpora
import typer

from resources.keys import Keys
from resources.models.engine import Engine
from resources.models.protocols import Candidate, Slot
from resources.models.registry import load_registry

_LIST = (
    "about after again against also another because been before being between both could does down during each even "
    "every first from have having here into itself just last like made make many more most much must never next only "
    "other over said same says should since some still such than that their them then there these they this those "
    "three through told under until upon very want well were what when where which while will with would year years "
    "your"
)
_FUNCTION_WORDS = frozenset(_LIST.split())
TOP = 10
TWO_SIDED_TEMPERATURE = 1.8
"""What this fits to `two_sided`."""
Answers = list[list[Candidate]]


def word_slots(
    news: Path, documents: int, words: int, function: bool, together: bool = False, seed: int = 7
) -> list[Slot]:
    """Lower-case words inside sentences, `words` a document: function words, or content words of four letters.

    `together`: each is asked for with the others of its document hidden too.
    """
    rng = random.Random(seed)
    texts = [row["text"] for row in corpora.rows(news)]
    rng.shuffle(texts)
    slots = []
    for text in texts[:documents]:
        found = re.finditer(r"(?<= )[a-z]{4,}(?= )", text[200:1200])
        fitting = [m for m in found if (m.group() in _FUNCTION_WORDS) == function]
        chosen = rng.sample(fitting, min(words, len(fitting)))
        spans = [(200 + m.start(), 200 + m.end()) for m in chosen]
        for span in spans:
            hidden = tuple(other for other in spans if together and other != span)
            slots.append(Slot(text[:1400], *span, hidden))
    return slots


def near(slot: Slot, context: int) -> Slot:
    """The slot with no more than `context` characters on each side of what is hidden."""
    spans = [(slot.start, slot.end), *slot.hidden]
    first, last = max(0, min(start for start, _ in spans) - context), max(end for _, end in spans) + context
    hidden = tuple((start - first, end - first) for start, end in slot.hidden)
    return Slot(slot.text[first:last], slot.start - first, slot.end - first, hidden)


def unigram(slots: Sequence[Slot], function: bool) -> Answers:
    """The most frequent words of the kind, the hidden ones of the slots themselves left in: an upper bound of it."""
    counts = Counter(word for slot in slots for word in re.findall(r"(?<= )[a-z]{4,}(?= )", slot.text))
    best = [word for word, _ in counts.most_common() if (word in _FUNCTION_WORDS) == function][:TOP]
    row = [Candidate(word, math.log(counts[word])) for word in best]
    return [row for _ in slots]


def ranks(slots: Sequence[Slot], answers: Answers) -> list[int]:
    """The place of the hidden word, `TOP` where it is not among the answers."""
    found = []
    for slot, row in zip(slots, answers, strict=True):
        proposals = [candidate.text.lower() for candidate in row]
        hidden = slot.text[slot.start : slot.end].lower()
        found.append(proposals.index(hidden) if hidden in proposals else TOP)
    return found


def calibration_error(places: Sequence[int], answers: Answers, temperature: float) -> float:
    """Expected calibration error of the first answer where the hidden word is among the answers."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for place, row in zip(places, answers, strict=True):
        if place < TOP:
            confidence = probabilities(row, temperature)[0]
            bins.setdefault(min(9, int(confidence * 10)), []).append((confidence, place == 0))
    total = sum(map(len, bins.values()))
    gaps = (abs(sum(c for c, _ in found) - sum(right for _, right in found)) for found in bins.values())
    return sum(gaps) / max(1, total)


def probabilities(row: Sequence[Candidate], temperature: float) -> list[float]:
    """Softmax of score / temperature."""
    weights = [math.exp((candidate.score - row[0].score) / temperature) for candidate in row]
    return [weight / sum(weights) for weight in weights]


def fit(places: Sequence[int], answers: Answers) -> float:
    """The temperature of least negative log-likelihood where the hidden word is among the answers."""
    from scipy.optimize import minimize_scalar

    found = [(place, row) for place, row in zip(places, answers, strict=True) if place < TOP]

    def loss(log_temperature: float) -> float:
        return -sum(math.log(probabilities(row, math.exp(log_temperature))[place]) for place, row in found)

    return math.exp(minimize_scalar(loss, bounds=(math.log(0.05), math.log(20)), method="bounded").x)


def pseudo_log_likelihood(
    slots: Sequence[Slot], places: Sequence[int], answers: Answers, temperature: float, found: float
) -> float:
    """Mean log p of the hidden words; `found` is how often a hidden word is among the answers."""
    counts = Counter(word for slot in slots for word in re.findall(r"[a-z]{4,}", slot.text))
    total = 0.0
    for slot, place, row in zip(slots, places, answers, strict=True):
        model = probabilities(row, temperature)[place] if place < TOP else 0.0
        total += math.log(found * model + (1 - found) * counts[slot.text[slot.start : slot.end]] / counts.total())
    return total / len(slots)


def timed(fill: Callable[[], Answers]) -> tuple[Answers, float]:
    """The answers and the CPU seconds they took."""
    began = time.process_time()
    return fill(), time.process_time() - began


def main(
    news: Path,
    documents: Annotated[int, typer.Option(min=1)] = 600,
    words: Annotated[int, typer.Option(min=1)] = 2,
    models: Annotated[Path | None, typer.Option(help="models.yaml whose masked_lm is measured too")] = None,
    together: Annotated[bool, typer.Option(help="Hide all words of a document at once.")] = False,
    context: Annotated[int, typer.Option(min=1, help="Characters that are read on each side.")] = 1400,
    only: Annotated[str | None, typer.Option(help="One of mpnet, two_sided, both, models.yaml.")] = None,
) -> None:
    """Measure and print a table."""
    print(
        "| masked LM | words | n | top-1 | top-5 | top-10 | temperature | calibration error: raw | calibrated "
        "| pseudo-log-likelihood | masks per CPU second |"
    )
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    embedded = load_registry()
    two_sided = embedded.causal_lm.model_copy(update={"engine": "two_sided", "temperature": TWO_SIDED_TEMPERATURE})
    registries = {
        "mpnet": embedded,
        "two_sided": embedded.model_copy(update={"masked_lm": two_sided}),
        "both": embedded.model_copy(update={"second_masked_lm": two_sided}),
    }
    registries |= {"models.yaml": load_registry(models)} if models else {}
    if only and only not in registries:
        raise typer.BadParameter(f"there is no {only!r}, use one of {list(registries)}", param_hint="--only")
    registries = {name: registry for name, registry in registries.items() if only in (None, name)}
    for function in (False, True):
        slots = word_slots(news, documents, words if together or not function else 1, function, together)
        slots = [near(slot, context) for slot in slots]
        show("unigram", function, slots, *timed(lambda s=slots, f=function: unigram(s, f)))  # type: ignore[misc]
        for name, registry in registries.items():
            with (
                tempfile.TemporaryDirectory() as folder,
                Engine(registry, Keys.from_secret(b"0" * 32), Path(folder)) as e,
            ):
                e.masked_lm.fill([Slot("The first call loads the model.", 4, 9)])
                show(name, function, slots, *timed(lambda e=e, s=slots: e.masked_lm.fill(s, top_k=TOP)))  # type: ignore[misc]


def show(name: str, function: bool, slots: Sequence[Slot], answers: Answers, seconds: float) -> None:
    """Print a row."""
    places = ranks(slots, answers)
    temperature = fit(places[::2], answers[::2])
    shares = [f"{sum(place < k for place in places) / len(places):.3f}" for k in (1, 5, 10)]
    errors = [f"{calibration_error(places[1::2], answers[1::2], t):.3f}" for t in (1.0, temperature)]
    found = sum(place < TOP for place in places[::2]) / len(places[::2])
    likelihood = pseudo_log_likelihood(slots[1::2], places[1::2], answers[1::2], temperature, found)
    kind = "function" if function else "content"
    speed = f"{len(slots) / seconds:.1f}" if name != "unigram" else "-"
    cells = (
        name, kind, f"{len(slots):,}", *shares, f"{temperature:.2f}", *errors, f"{likelihood:.2f}", speed
    )  # fmt: skip
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
