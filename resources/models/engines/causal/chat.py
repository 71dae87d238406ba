"""A model's own chat template, applied in a sandbox."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Self

from resources.errors import MachineError, PolicyError


@dataclass(frozen=True)
class ChatTemplate:
    """A Jinja template and the special tokens it may write."""

    source: str
    bos_token: str = ""
    eos_token: str = ""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The template of a model folder; empty where it has none."""
        settings = folder / "tokenizer_config.json"
        known = json.loads(settings.read_text(encoding="utf-8")) if settings.is_file() else {}
        file = folder / "chat_template.jinja"
        source = file.read_text(encoding="utf-8") if file.is_file() else known.get("chat_template") or ""
        return cls(source, _content(known.get("bos_token")), _content(known.get("eos_token")))

    def render(self, messages: Sequence[Mapping[str, str]], add_generation_prompt: bool) -> str:
        """Text of a conversation.

        Raises:
            MachineError: the model has no template.
            PolicyError: the template refuses the roles or their order.
        """
        if not self.source:
            raise MachineError("this model brings no chat template: prompt it with plain text")
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"], autoescape=False
        )
        environment.globals["raise_exception"] = _refuse
        return environment.from_string(self.source).render(
            messages=list(messages),
            add_generation_prompt=add_generation_prompt,
            bos_token=self.bos_token,
            eos_token=self.eos_token,
        )


def _content(token: Any) -> str:
    """A special token as tokenizer_config.json writes it: a string, an object, or nothing."""
    return token.get("content", "") if isinstance(token, dict) else token or ""


def _refuse(reason: str) -> NoReturn:
    raise PolicyError("the model's chat template refuses these roles or their order")
