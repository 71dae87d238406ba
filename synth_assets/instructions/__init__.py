"""Instruction data from masked and augmented text: tasks, selection, splits, checks and exports.

Nothing here reads raw text, and nothing here trusts a language model with an answer.
"""
