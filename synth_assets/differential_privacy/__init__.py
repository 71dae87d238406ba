"""Differential privacy: accounting, the ledger, the one-run audit, and private rewriting."""
