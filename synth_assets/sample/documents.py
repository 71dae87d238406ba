"""The sample corpus as rows, and as a file that the corpus stage can read.

A document is a letter, a ticket with its thread, a case note, or something broken.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from resources.folders import private_folder
from synth_assets.sample.people import Person, Subject, make_people
from synth_assets.sample.prose import Draft, Style, grammar

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
SAMPLE = "sample"
"""The name of the source that holds the sample."""
_FIRST_DAY, _DAYS = date(2026, 1, 5), 150
_STAFF = 12
_POSTSCRIPTS = ("\nPS: I sent this once before.", "\nPS: please excuse that I write again.", "\n(copy for your files)")
_PREFIXES = ("Second copy, the first one got no answer.\n\n", "Sent again, in case it was lost.\n\n")


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


def foreign_letter(draft: Draft, topic: str, rng: random.Random) -> None:
    """A letter in the language of the subject's country, which determines the topic."""
    language, _ = LANGUAGES[draft.subject.locale]
    opening, *middle, closing = grammar()["foreign"][language]
    _sentences(draft, [opening, *rng.sample(middle, len(middle) - 1)])
    draft.write(closing)


def fragment(draft: Draft, topic: str, rng: random.Random) -> None:
    """Barely a document: a word, a mark, a damaged encoding."""
    draft.write(rng.choice(grammar()["broken"]))


def _sentences(draft: Draft, templates: Sequence[str]) -> None:
    for template in templates[:-1]:
        draft.write(template, " ")
    draft.write(templates[-1], "\n\n")


def generate(count: int = 400, seed: int = 7) -> list[dict[str, Any]]:
    """Make `count` documents about 5/8 as many people, some of them broken, foreign, or copies of others.

    Returns:
        Rows with `id`, `text`, `subject`, `topic` (may be None), `created` (ISO date) and `entities`: `start_offset`
        and `end_offset` in code points, `entity_type`, `identifier_type` (DIRECT or QUASI) and `entity_id`, which
        mentions of one entity in a document share.
    """
    rng = random.Random(seed)
    subjects, staff = make_people(max(1, count * 5 // 8), _STAFF, seed)
    broken, foreign, exact, near = count // 50, count // 25, count // 40, count // 20
    rows = _regular(count - broken - foreign - exact - near, subjects, staff, rng)
    originals = list(rows)
    rows += [_write(foreign_letter, LANGUAGES[s.locale][1], s, staff, rng) for s in _speakers(subjects, foreign)]
    rows += [_write(fragment, None, rng.choice(subjects), staff, rng) for _ in range(broken)]
    copied = rng.sample(originals, min(len(originals), exact + near))
    rows += [_later(row, rng) for row in copied[:exact]]
    rows += [_resent(row, rng) for row in copied[exact:]]
    rng.shuffle(rows)
    return [{"id": f"doc-{i:04d}", **row} for i, row in enumerate(rows, 1)]


def write_sample(directory: Path, count: int = 400, seed: int = 7) -> Path:
    """Write the corpus to `<directory>/documents.jsonl`, as UTF-8 JSON Lines."""
    private_folder(directory)
    path = directory / "documents.jsonl"
    lines = (json.dumps(row, ensure_ascii=False) for row in generate(count, seed))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    return path


def _regular(
    count: int, subjects: Sequence[Subject], staff: Sequence[Person], rng: random.Random
) -> list[dict[str, Any]]:
    """Documents with topics in turn; every subject writes one if there is room, then half of them write more."""
    topics = list(grammar()["topics"])
    frequent = rng.sample(subjects, max(1, len(subjects) // 2))
    authors = [subjects[i] if i < len(subjects) else rng.choice(frequent) for i in range(count)]
    return [
        _write(rng.choice((letter, ticket, note)), topics[i % len(topics)], author, staff, rng, _style(rng))
        for i, author in enumerate(authors)
    ]


def _style(rng: random.Random) -> Style:
    point = rng.random()
    if point < 0.08:
        return Style(typos=0.12)
    if point < 0.11:
        return Style(lower=True)
    return Style(caps_names=point < 0.2)


def _write(
    make: Layout,
    topic: str | None,
    subject: Subject,
    staff: Sequence[Person],
    rng: random.Random,
    style: Style = Style(),  # noqa: B008  # immutable
) -> dict[str, Any]:
    created = _FIRST_DAY + timedelta(days=rng.randrange(_DAYS))
    draft = Draft(subject, rng.choice(staff), created, rng, style)
    make(draft, topic or "", rng)
    return {
        "text": draft.text.rstrip(),
        "subject": subject.key,
        "topic": topic,
        "created": created.isoformat(),
        "entities": draft.entities,
    }


def _speakers(subjects: Sequence[Subject], count: int) -> list[Subject]:
    """Subjects from countries whose languages the grammar has, each language in turn."""
    able = [[s for s in subjects if s.locale == locale] for locale in LANGUAGES]
    groups = [group for group in able if group]
    return [groups[i % len(groups)][i // len(groups) % len(groups[i % len(groups)])] for i in range(count) if groups]


def _later(row: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
    """The same document again, a few days later."""
    created = date.fromisoformat(row["created"]) + timedelta(days=rng.randrange(1, 20))
    return {**row, "created": created.isoformat()}


def _resent(row: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
    """Nearly the same document: a line before or after it."""
    again = _later(row, rng)
    if rng.random() < 0.5:
        return {**again, "text": row["text"] + rng.choice(_POSTSCRIPTS)}
    prefix = rng.choice(_PREFIXES)
    moved = [
        {**e, "start_offset": e["start_offset"] + len(prefix), "end_offset": e["end_offset"] + len(prefix)}
        for e in row["entities"]
    ]
    return {**again, "text": prefix + row["text"], "entities": moved}
