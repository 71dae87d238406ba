"""An embedded corpus of invented people: seeded support tickets, case notes and letters with gold spans.

Everything in it is made up by `people` and `grammar.yaml`; nothing quotes a real document.
"""

from synth_assets.sample.documents import generate, write_sample

SAMPLE = "sample"
"""The source it is written to."""

__all__ = ["SAMPLE", "generate", "write_sample"]
