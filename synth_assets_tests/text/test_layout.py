"""Blocks of a text: prose, short lines, and other forms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.text.layout import Form, block_sentences, blocks, content_start

LETTER = (
    "Oslo, 4 June\n\nDear Ms Hall,\n\nThe boiler in the upper flat has stopped working, and nobody has come to\n"
    "repair it. Please call me.\n\n- one spare key\n- The lease, signed.\n\n| Name | Cost |\nRef: 12\n> quoted\n"
    "Kind regards,\nAnn"
)


def test_blocks_by_hand() -> None:
    found = [(block.text.strip(), block.form) for block in blocks(LETTER) if block.text.strip()]
    assert found == [
        ("Oslo, 4 June", Form.LINE),
        ("Dear Ms Hall,", Form.LINE),
        (
            "The boiler in the upper flat has stopped working, and nobody has come to\nrepair it. Please call me.",
            Form.PROSE,
        ),
        ("- one spare key", Form.LINE),
        ("- The lease, signed.", Form.PROSE),
        ("| Name | Cost |", Form.OTHER),
        ("Ref: 12", Form.OTHER),
        ("> quoted", Form.OTHER),
        ("Kind regards,", Form.LINE),
        ("Ann", Form.LINE),
    ]


@given(st.text(alphabet=st.sampled_from("aB. \n\t|>-1,:#"), max_size=200) | st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_blocks_join_to_the_text_and_sentences_lie_inside(text: str) -> None:
    found = blocks(text)
    assert "".join(block.text for block in found) == text
    for block, form in found:
        if form is Form.PROSE:
            spans = block_sentences(block)
            assert all(content_start(block) <= a < b <= len(block.rstrip()) for a, b in spans)
            assert "".join("".join(block[a:b] for a, b in spans).split()) == "".join(
                block[content_start(block) :].split()
            )


@pytest.mark.parametrize(
    ("block", "sentences"),
    [
        ("1. Call us today. We are open.\n", ["Call us today.", "We are open."]),
        ("  * The key is lost.\n", ["The key is lost."]),
        ("A line that goes on\nin the next one. Done.", ["A line that goes on\nin the next one.", "Done."]),
    ],
)
def test_sentences_of_a_block_leave_its_marker_out(block: str, sentences: list[str]) -> None:
    assert [block[a:b] for a, b in block_sentences(block)] == sentences
