"""Instruction data from masked and augmented text: tasks, selection, splits, checks and exports.

Nothing here reads raw text, and nothing here trusts a language model with an answer.
"""

from synth_assets.instructions.audits import AUDITS, audit
from synth_assets.instructions.build import build_instruction_set
from synth_assets.instructions.card import dataset_card
from synth_assets.instructions.chat import TemplateCheck, check_templates
from synth_assets.instructions.exports import export
from synth_assets.instructions.policy import InstructionPolicy

__all__ = [
    "AUDITS",
    "InstructionPolicy",
    "TemplateCheck",
    "audit",
    "build_instruction_set",
    "check_templates",
    "dataset_card",
    "export",
]
