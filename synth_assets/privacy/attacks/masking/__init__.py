"""Attacks on masking: recovery of surrogates and of refilled words."""
