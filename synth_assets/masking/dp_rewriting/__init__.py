"""Differentially private rewriting of masked texts: mechanism, scores, and the order of draws. An experiment."""

from synth_assets.masking.dp_rewriting.mechanism import Bounds, SecureDrawer, exponential_mechanism
from synth_assets.masking.dp_rewriting.policy import DpRewritingPolicy
from synth_assets.masking.dp_rewriting.rewriting import Rewriting, rewrite

__all__ = ["Bounds", "DpRewritingPolicy", "Rewriting", "SecureDrawer", "exponential_mechanism", "rewrite"]
