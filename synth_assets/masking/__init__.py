"""The masked_corpus stage: detect identifiers, link mentions, surrogates, mask plans, refilled words."""

from synth_assets.masking.audit import AUDITS, audit, direct_identifiers, rate_error, residual_identifiers
from synth_assets.masking.mapping import open_mapping
from synth_assets.masking.missed_report import AUDITS as MISSED_AUDITS
from synth_assets.masking.missed_report import COLUMNS as MISSED_COLUMNS
from synth_assets.masking.missed_report import audits as missed_audits
from synth_assets.masking.missed_report import table as missed_table
from synth_assets.masking.policy import MaskingPolicy
from synth_assets.masking.render import Rendered, render
from synth_assets.masking.stage import mask_corpus

__all__ = [
    "AUDITS",
    "MISSED_AUDITS",
    "MISSED_COLUMNS",
    "MaskingPolicy",
    "Rendered",
    "audit",
    "direct_identifiers",
    "mask_corpus",
    "missed_audits",
    "missed_table",
    "open_mapping",
    "rate_error",
    "render",
    "residual_identifiers",
]
