"""The documents of mode formal: candidates written from released sketches, and the chosen ones as rows."""

import json
from collections.abc import Sequence

from resources.models.protocols import Models
from synth_assets.records import Output, Row
from synth_assets.synthesis.filters import text_reason
from synth_assets.synthesis.formal.mechanism import FormalResult, Passage
from synth_assets.synthesis.frames import frames
from synth_assets.synthesis.guides import Phrases
from synth_assets.synthesis.policy import SynthesisPolicy
from synth_assets.synthesis.rows import SYNTHESIZED, synthesized_row
from synth_assets.synthesis.sketch import Sketch
from synth_assets.synthesis.slots import Plants
from synth_assets.synthesis.write import Writer
from synth_assets.text.draws import row_id
from synth_assets.text.near_duplicates import repeated


class FormalDocuments:
    """Writes candidates and makes rows of the chosen ones. It never sees a private document.

    Args:
        models: causal LM and recognizer.
        policy: sampling, filters, frames.
        plants: make up people for those that the LM names.
        seed: of every draw of the writer; it protects nothing.
        partition: whose draw this is; ids depend on it.
    """

    def __init__(self, models: Models, policy: SynthesisPolicy, plants: Plants, seed: int, partition: str) -> None:
        examples = {name: frame.examples for name, frame in frames().items()}
        self._writer = Writer(models, policy.writing, plants, examples, Phrases({}), seed)
        self._policy = policy
        self._partition = partition
        self._calls = 0

    def write(self, sketches: Sequence[Sketch]) -> list[str | None]:
        """A document for each sketch; None where a filter drops it. The filters look at the text alone."""
        self._calls += 1
        keys = [row_id("formal", self._partition, str(self._calls), str(place)) for place in range(len(sketches))]
        texts = self._writer.write(sketches, keys)
        return [None if text_reason(text, self._policy.filters) else text for text in texts]

    def output(self, result: FormalResult, draw: int) -> Output:
        """The chosen documents as AUGMENTED_CORPUS rows; repetitions are left out."""
        repeats = repeated([passage.text for passage in result.passages], self._policy.near_duplicate_max)
        kept = [passage for passage, again in zip(result.passages, repeats, strict=True) if not again]
        rows = [self._row(passage, draw, number) for number, passage in enumerate(kept)]
        return Output(rows, [], {**result.figures, f"rows_{SYNTHESIZED}": len(rows)})

    def _row(self, passage: Passage, draw: int, number: int) -> Row:
        key = row_id("formal", self._partition, "draw", str(draw), str(number))
        sketch = passage.sketch
        params = {"frame": sketch.frame, "released_words": sketch.keywords, "draw": draw, "varied": passage.varied}
        text = json.dumps(params, sort_keys=True, separators=(",", ":"))
        return synthesized_row(key, passage.text, sketch.label, self._policy.language, text)
