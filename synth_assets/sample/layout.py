"""Layouts of documents: a letter, a ticket with its thread, a case note, or something broken."""

import random
from collections.abc import Callable, Mapping, Sequence

from synth_assets.sample.prose import Draft, grammar

Layout = Callable[[Draft, str, random.Random], None]

LANGUAGES = {
    "de_DE": ("de", "billing"),
    "pt_PT": ("pt", "billing"),
    "es_ES": ("es", "delivery"),
    "fr_FR": ("fr", "housing"),
}
"""The language and the letter topic of a locale."""

_TABLES = (
    "Name | {ME}\nE-mail | {EMAIL}\nPhone | {PHONE}\nCustomer | {CUSTOMER}\n",
    "| field | value |\n|---|---|\n| holder | {ME} |\n| born | {BIRTH} |\n| address | {ADDRESS} |\n| IBAN | {IBAN} |\n",
    "Client\tDate\tHandled by\n{ME}\t{DATE}\t{AGENT}\n{OTHER}\t{DATE}\t{AGENT}\n",
)
_SIGNATURES = (
    "--\n{ME}\n{ADDRESS}\n{CITY}\n",
    "--\n{ME} | {EMPLOYER}\nT {PHONE}\nE {EMAIL}\n",
    "{ME}\n{PHONE}\n\nSent from my phone\n",
    "{ME}\nCustomer {CUSTOMER}\n",
)
_QUOTES = (
    "On {DATE}, {AGENT} <{AGENT_EMAIL}> wrote:\n> Dear {ME_FIRST},\n> we have your message and will answer soon.\n",
    "-----Original Message-----\nFrom: {AGENT} <{AGENT_EMAIL}>\nTo: {EMAIL}\n\n"
    "Hello {ME}, could you give us the reference and a number to call? I only see {CASE} here.\n",
    "{AGENT_FIRST} wrote on {DATE}:\n> I spoke to {OTHER} this morning and passed everything on.\n",
)


def letter(draft: Draft, topic: str, rng: random.Random) -> None:
    """A letter by the subject, with head and signature."""
    words, own = grammar(), grammar()["topics"][topic]
    if rng.random() < 0.4:
        draft.write("{ME}\n{ADDRESS}\n{CITY}\n\n{CREATED}", "\n\n")
    draft.write(rng.choice(words["greetings"]), "\n\n")
    _sentences(draft, [rng.choice(own["openings"]), *rng.sample(own["events"], rng.choice((2, 2, 3, 5)))])
    _sentences(draft, [*rng.sample(words["identity"], rng.choice((1, 2, 3))), rng.choice(own["effects"])])
    _sentences(draft, [*rng.sample(own["requests"], rng.choice((1, 1, 2))), rng.choice(words["closings"])])
    draft.write(rng.choice(words["signoffs"]), "\n")
    draft.write("{ME}", "\n")


def ticket(draft: Draft, topic: str, rng: random.Random) -> None:
    """An e-mail to a help desk: one block, often with a table, a signature or a quoted reply."""
    words, own = grammar(), grammar()["topics"][topic]
    if rng.random() < 0.6:
        draft.write(rng.choice(words["greetings"]), "\n")
    body = [
        rng.choice(own["openings"]),
        *rng.sample(own["events"], rng.choice((1, 2, 3, 4))),
        rng.choice(own["effects"]),
    ]
    body += [rng.choice(words["identity"]), rng.choice(own["requests"])]
    _sentences(draft, [*body, *([rng.choice(words["closings"])] if rng.random() < 0.5 else [])])
    if rng.random() < 0.2:
        draft.write(rng.choice(_TABLES), "\n")
    draft.write(rng.choice(_SIGNATURES if rng.random() < 0.6 else ("{ME_FIRST}\n", "{ME}\n")))
    if rng.random() < 0.3:
        draft.write("\n" + rng.choice(_QUOTES))


def note(draft: Draft, topic: str, rng: random.Random) -> None:
    """A case note by staff about the subject."""
    words, own = grammar(), grammar()["topics"][topic]
    draft.write(rng.choice(("Case note, {CREATED}, {AGENT}", "{CREATED} / {AGENT_LAST}", "Note by {AGENT}")), "\n\n")
    first, *rest = own["notes"]
    body = [rest[i] for i in sorted(rng.sample(range(len(rest)), rng.choice((3, 4, 5, 7))))]
    body[2:2] = rng.sample(words["note_identity"], 2)
    _sentences(draft, [first, *body])
    if rng.random() < 0.2:
        draft.write(rng.choice(_TABLES))


def foreign(draft: Draft, topic: str, rng: random.Random) -> None:
    """A letter in the language of the subject's country, which determines the topic."""
    language, _ = LANGUAGES[draft.subject.locale]
    opening, *middle, closing = grammar()["foreign"][language]
    _sentences(draft, [opening, *rng.sample(middle, len(middle) - 1)])
    draft.write(closing)


def broken(draft: Draft, topic: str, rng: random.Random) -> None:
    """Barely a document: a word, a mark, a damaged encoding."""
    draft.write(rng.choice(grammar()["broken"]))


LAYOUTS: Mapping[str, Layout] = {"letter": letter, "ticket": ticket, "note": note}


def _sentences(draft: Draft, templates: Sequence[str]) -> None:
    for template in templates[:-1]:
        draft.write(template, " ")
    draft.write(templates[-1], "\n\n")
