"""Instruction data from synthesized passages, or from masked and reworded text: tasks, selection, splits and audits.

Nothing here reads raw text, and no language model writes an answer.
"""
