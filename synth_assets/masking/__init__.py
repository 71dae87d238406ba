"""The masked_corpus stage: detect identifiers, link mentions, surrogates, mask plans, refilled words."""

from synth_assets.masking.audit import AUDITS, audit
from synth_assets.masking.documents import COLUMNS, Documents, Task
from synth_assets.masking.mapping import open_mapping
from synth_assets.masking.missed_report import AUDITS as MISSED_AUDITS
from synth_assets.masking.missed_report import COLUMNS as MISSED_COLUMNS
from synth_assets.masking.missed_report import audits as missed_audits
from synth_assets.masking.missed_report import table as missed_table
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.render import Rendered, render
from synth_assets.masking.stage import Masking, mask_corpus

__all__ = [
    "AUDITS",
    "COLUMNS",
    "MISSED_AUDITS",
    "MISSED_COLUMNS",
    "Documents",
    "Masking",
    "MaskingPolicy",
    "Rendered",
    "Task",
    "audit",
    "mask_corpus",
    "missed_audits",
    "missed_table",
    "open_mapping",
    "render",
]
