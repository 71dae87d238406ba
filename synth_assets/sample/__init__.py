"""An embedded corpus of invented people: seeded support tickets, case notes and letters with gold spans.

Everything in it is made up by `people` and `grammar.yaml`; nothing quotes a real document.
"""

from synth_assets.sample.documents import generate, write_sample

__all__ = ["generate", "write_sample"]
