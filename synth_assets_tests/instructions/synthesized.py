"""Rows as synthesis writes them: invented letters, notes, minutes, threads and reports, and variations of them."""

import re
import textwrap
from collections.abc import Sequence
from typing import Any

from synth_assets.text.draws import digest, fraction, shuffled

SENTENCES = {
    "housing": (
        "The boiler in the upper flat has stopped working, and the tenants have been without heating since Monday.",
        "{person} asked the {body} to repair the broken windows before the winter.",
        "Water came through the ceiling of the kitchen during the heavy rain.",
        "The rent for the ground floor was raised to ${amount} without any notice.",
        "Neighbors in {place} reported damp walls, loose tiles and a blocked drain.",
        "An inspector visited the building on {day} and took {count} photographs of the stairs.",
        "The lease requires the owner to keep the roof in good condition.",
        "Several families have already moved out because of the mould in the bedrooms.",
    ),
    "travel": (
        "The morning ferry from {place} was cancelled because of strong wind.",
        "{person} waited for {count} hours at the station and missed the last connection.",
        "The {body} offered every passenger a voucher for another journey.",
        "Our luggage arrived two days later, and one suitcase was badly damaged.",
        "The return ticket cost ${amount} and was bought on {day}.",
        "Travelers were told to take the replacement bus outside the main entrance.",
        "The hotel near the harbor kept our reservation until midnight.",
        "Nobody at the counter could explain which train would leave first.",
    ),
    "health": (
        "The patient described a persistent cough, mild fever and pain in the left shoulder.",
        "{person} was examined at the {body} on {day} and sent home with tablets.",
        "Blood pressure was measured {count} times and stayed within the normal range.",
        "The nurse recommended regular exercise, enough sleep and less salt.",
        "A second appointment in {place} was arranged for the following week.",
        "The insurance refused to pay the bill of ${amount} for the treatment.",
        "Symptoms improved quickly after the dose had been reduced.",
        "No allergy to common antibiotics is known in the family.",
    ),
    "council": (
        "The committee approved the plan for a new playground behind the library.",
        "{person} spoke against the proposal and asked for a cheaper solution.",
        "The {body} will pay ${amount} towards the repair of the old bridge.",
        "Residents of {place} complained about traffic, noise and missing street lamps.",
        "The next public meeting takes place on {day} in the town hall.",
        "Councillors counted {count} letters from parents who want a safer road to school.",
        "A decision about the swimming pool was postponed until spring.",
        "Volunteers planted young trees along the river during the holidays.",
    ),
}
PEOPLE = ("Maria Silva", "John Baker", "Aisha Khan", "Peter Holm")
PLACES = ("Oslo", "Lisbon", "Leeds", "Porto")
BODIES = ("Northern Bank", "River Trust", "Harbor Clinic")
GREETINGS = ("Dear {person},", "Dear Sir or Madam,", "Good morning,", "Hello {first},")
CLOSINGS = ("Kind regards,", "Yours sincerely,", "Best wishes,", "With thanks,")
FORMS = ("letter", "wrapped", "note", "minutes", "thread", "report", "post")
_SWAPS = (
    (r"\bbecause of\b", "owing to"), (r"\brepair\b", "mend"), (r"\bcomplained about\b", "objected to"),
    (r"\bduring\b", "in the course of"), (r"\bquickly\b", "rapidly"), (r"\basked\b", "requested"),
    (r"\bstopped working\b", "broken down"), (r"\bNobody\b", "No one"), (r"\brecommended\b", "advised"),
    (r"\bwas cancelled\b", "was called off"), (r"\brefused\b", "declined"), (r"\bplan\b", "scheme"),
    (r"\bwas raised\b", "was increased"), (r"\bbadly\b", "severely"), (r"\bSeveral\b", "A number of"),
)  # fmt: skip


def _one(options: Sequence[str], *key: str) -> str:
    return options[int(fraction(2, *key) * len(options))]


def _said(number: int, label: str, place: int) -> str:
    key = (str(number), str(place))
    sentence = shuffled(SENTENCES[label], 2, "sentences", str(number))[place % len(SENTENCES[label])]
    return sentence.format(
        person=_one(PEOPLE, "person", *key),
        place=_one(PLACES, "place", *key),
        body=_one(BODIES, "body", *key),
        amount=120 + int(fraction(2, "amount", *key) * 4000),
        count=3 + int(fraction(2, "count", *key) * 60),
        day=f"{1 + int(fraction(2, 'day', *key) * 28)} {_one(('March', 'June', 'October'), 'month', *key)}",
    )


def passage(number: int, label: str, form: str) -> str:
    """The text of one invented document."""
    key = str(number)
    first, second = (" ".join(_said(number, label, place) for place in part) for part in ((0, 1, 2), (3, 4, 5)))
    person, other = shuffled(PEOPLE, 2, "who", key)[:2]
    greeting = _one(GREETINGS, "greeting", key).format(person=person, first=person.split()[0])
    closing = _one(CLOSINGS, "closing", key)
    if form == "letter":
        return (
            f"{_one(PLACES, 'at', key)}, 4 June\n\n{greeting}\n\n{first}\n\n{second}\n\n{closing}\n{other}\nSecretary"
        )
    if form == "wrapped":
        body = "\n\n".join(textwrap.fill(part, 68) for part in (first, second))
        return f"{greeting}\n\n{body}\n\n{closing}\n{other}"
    if form == "note":
        rows = "\n".join(f"| {name} | {10 + i * 7} | ${100 + i * 35} |" for i, name in enumerate(PEOPLE))
        return f"# Note on {label}\n\n{first}\n\n| Name | Items | Cost |\n| --- | --- | --- |\n{rows}\n\n{second}"
    if form == "minutes":
        points = "\n".join(f"{i + 1}. {_said(number, label, i)}" for i in range(5))
        head = f"Minutes of the meeting\nPresent: {person}, {other}\nDate: 3 May 2024"
        return f"{head}\n\nPoints agreed:\n{points}\n\nNext steps\n{second}"
    if form == "thread":
        quoted = f"> {_said(number, label, 6)}\n> {other}"
        return f"Subject: {label}\nFrom: {person}\n\n{greeting}\n\n{first}\n\n{closing}\n{person}\n\n{quoted}"
    if form == "post":
        return _said(number, label, 0).rstrip(".")
    return f"{first}\n\n{second}\n\n{_said(number, label, 6)} {_said(number, label, 7)}"


def synthesized_row(number: int, form: str = "", **changes: Any) -> dict[str, Any]:
    """A passage written from a sketch: its document and its subject are itself, never a person's."""
    label = sorted(SENTENCES)[number % len(SENTENCES)]
    who = digest(2, "synthesized", str(number))
    text = passage(number, label, form or FORMS[number % len(FORMS)])
    return {
        "id": f"x{who}", "source_doc": f"d{who}", "subject": f"s{who}", "role": "document", "parent": "synthesized",
        "text": text, "label": label, "language": "en", "sentences": 6, "sentences_changed": 6, "recipe": "synthesis",
        "params": "{}", "scores": [], **changes,
    }  # fmt: skip


def variation(row: dict[str, Any], recipe: str = "back_translation", **changes: Any) -> dict[str, Any]:
    """A variation of a synthesized row, whose document and subject it shares."""
    text = row["text"]
    if recipe == "infilling":
        text = text.replace("Monday", "Friday").replace("morning", "evening").replace("library", "museum")
    else:
        for old, new in _SWAPS:
            text = re.sub(old, new, text)
    return {**row, "id": f"v{recipe[0]}{row['id']}", "parent": row["id"], "recipe": recipe, "text": text, **changes}


def synthesized_corpus(count: int = 56) -> list[dict[str, Any]]:
    """Passages of all forms and labels; half have a reworded variation, a quarter an infilled one."""
    rows = [synthesized_row(number) for number in range(count)]
    reworded = [variation(row) for row in rows[::2]]
    return [*rows, *reworded, *(variation(row, "infilling") for row in rows[1::4])]
