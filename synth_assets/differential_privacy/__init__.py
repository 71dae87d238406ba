"""Differential privacy: exact noise, accounting, the ledger and its draws, the one-run audit, private rewriting."""
