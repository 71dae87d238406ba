"""Checks of examples under a chat template: roles, special tokens, a maskable answer, length."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex

from resources.models.protocols import CausalLM
from synth_assets.records import Row

_SPECIAL = regex.compile(
    r"<\||\|>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk|mask)>|\[(?:MASK|CLS|SEP|PAD|UNK)\]",
    regex.IGNORECASE,
)
_TOKEN = regex.compile(r"<[^<>\s]{1,40}>|\[[A-Z/]{1,8}\]")


@dataclass(frozen=True)
class TemplateCheck:
    """Failure reason by row id, rendered length in tokens by id, and the number of tokens that the template adds."""

    failures: Mapping[str, str]
    tokens: Mapping[str, int]
    implicit_system_tokens: int


def check_templates(rows: Sequence[Row], causal_lm: CausalLM, max_tokens: int = 2048) -> TemplateCheck:
    """Render the messages of every row with the model's own template and check what fine-tuning relies on.

    - Contents are non-empty NFC text without control characters or special tokens.
    - User and assistant alternate, and the assistant comes last.
    - The prompt is a prefix of the whole; otherwise the answer cannot be masked by difference.
    - The answer covers at least one token.
    - The whole fits into `max_tokens`.
    """
    failures = {row["id"]: reason for row in rows if (reason := _content_reason(row["messages"]))}
    sound = [row for row in rows if row["id"] not in failures]
    prompts = [causal_lm.render_chat(row["messages"][:-1], add_generation_prompt=True) for row in sound]
    wholes = [causal_lm.render_chat(row["messages"]) for row in sound]
    prompt_tokens = causal_lm.count_tokens(prompts) if sound else []
    whole_tokens = causal_lm.count_tokens(wholes) if sound else []
    for row, prompt, whole, before, after in zip(sound, prompts, wholes, prompt_tokens, whole_tokens, strict=True):
        reason = _rendered_reason(row["messages"][-1]["content"], prompt, whole, before, after, max_tokens)
        if reason:
            failures[row["id"]] = reason
    tokens = {row["id"]: count for row, count in zip(sound, whole_tokens, strict=True)}
    return TemplateCheck(failures, tokens, _implicit_tokens(causal_lm))


def _content_reason(messages: Sequence[Mapping[str, str]]) -> str:
    roles = [message["role"] for message in messages if message["role"] != "system"]
    system = [number for number, message in enumerate(messages) if message["role"] == "system"]
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2) or system not in ([], [0]):
        return "chat_roles"
    for message in messages:
        content = message["content"]
        if not content.strip():
            return "chat_empty"
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in content):
            return "chat_control_character"
        if _SPECIAL.search(content):
            return "chat_special_token"
        if not unicodedata.is_normalized("NFC", content):
            return "chat_not_nfc"
    return ""


def _rendered_reason(answer: str, prompt: str, whole: str, before: int, after: int, max_tokens: int) -> str:
    if not whole.startswith(prompt):
        return "chat_not_prefix"
    # By difference: a template without generation marks yields an all-zero mask when asked for one.
    if after <= before or answer.strip() not in whole[len(prompt) :]:
        return "chat_answer_lost"
    return "chat_too_long" if after > max_tokens else ""


def _implicit_tokens(causal_lm: CausalLM) -> int:
    """Number of tokens that the template itself puts before the first user turn; 0 if it adds no text.

    The text between an answer and a second request is the header of a user turn; any readable text before that
    header in the first turn is an implicit system prompt.
    """
    first, answer, second = "qqqq", "aaaa", "zzzz"
    turns = [
        {"role": "user", "content": first},
        {"role": "assistant", "content": answer},
        {"role": "user", "content": second},
    ]
    whole = causal_lm.render_chat(turns)
    if any(whole.count(mark) != 1 for mark in (first, answer, second)):
        return 0
    preamble = whole[: whole.index(first)]
    between = whole[whole.index(answer) + len(answer) : whole.index(second)]
    shared = 0
    while shared < min(len(preamble), len(between)) and preamble[-1 - shared] == between[-1 - shared]:
        shared += 1
    if len(_readable(preamble)) <= len(_readable(between)):
        return 0
    return causal_lm.count_tokens([preamble[: len(preamble) - shared]])[0]


def _readable(text: str) -> str:
    """The text without special tokens and surrounding spaces."""
    return str(_TOKEN.sub("", text)).strip()
