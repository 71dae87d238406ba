"""Instruction data from masked and augmented text: tasks, selection, splits and audits.

Nothing here reads raw text, and no language model writes an answer.
"""
