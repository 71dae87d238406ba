"""Differentially private rewriting of masked texts: mechanism, scores, and the order of draws. An experiment."""

from synth_assets.masking.dp_rewriting.mechanism import Bounds, SecureDrawer, exponential_mechanism
from synth_assets.masking.dp_rewriting.policy import DpRewritingPolicy
from synth_assets.masking.dp_rewriting.rewriting import rewrite, rewrite_rows

__all__ = ["Bounds", "DpRewritingPolicy", "SecureDrawer", "exponential_mechanism", "rewrite", "rewrite_rows"]
