"""Raw text in: read, normalize, filter, deduplicate, split by subject, plant canaries.

What identifies people in the text is left as it is: hiding it belongs to masking.
"""

from synth_assets.corpus.build import build_raw_corpus
from synth_assets.corpus.partitions import NoDocumentsError, Partition, discover, input_digest
from synth_assets.corpus.policy import CorpusPolicy
from synth_assets.corpus.sources import SourceConfig, load_sources

__all__ = [
    "CorpusPolicy",
    "NoDocumentsError",
    "Partition",
    "SourceConfig",
    "build_raw_corpus",
    "discover",
    "input_digest",
    "load_sources",
]
