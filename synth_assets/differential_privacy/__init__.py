"""Differential privacy: accounting, the ledger, auditing in one run, private rewriting."""
