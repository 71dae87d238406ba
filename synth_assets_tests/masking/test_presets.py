"""Presets: what each decides, that keys override them, and what Safe Harbor asks."""

from dataclasses import replace
from typing import get_args

import pytest
import yaml

from resources.errors import PolicyError
from synth_assets.masking.kinds.addresses import RESTRICTED_ZIP3
from synth_assets.masking.kinds.registry import kinds
from synth_assets.masking.policy import Actions, MaskingPolicy, Preset, PresetName, merged, packaged_presets
from synth_assets_tests.masking.helpers import LETTER, mask_texts

TYPES = list(Actions.model_fields)


@pytest.mark.parametrize("name", packaged_presets())
def test_a_preset_names_only_what_exists_and_is_valid(name: str) -> None:
    preset = packaged_presets()[name]
    assert set(preset.settings) <= set(MaskingPolicy.model_fields) - {"preset", "custom"}
    named = preset.settings.get("actions", {})
    assert set(named) <= set(TYPES)
    policy = MaskingPolicy.parse({"preset": name}, "masking")
    usual = {kind.key: preset.direct if kind.direct and preset.direct else preset.others for kind in kinds().values()}
    assert policy.actions.model_dump() == {key: action or "surrogate" for key, action in usual.items()} | named
    assert preset.about.endswith(".")


def test_the_names_are_those_that_a_policy_accepts() -> None:
    assert list(packaged_presets()) == list(get_args(PresetName))


def test_the_standard_is_what_no_policy_says() -> None:
    assert MaskingPolicy() == MaskingPolicy.parse({"preset": "standard"}, "masking")
    assert MaskingPolicy().actions == Actions()


def test_every_preset_is_another_policy() -> None:
    policies = [MaskingPolicy.parse({"preset": name}, "masking") for name in packaged_presets()]
    resolved = [policy.model_dump(mode="json", exclude={"preset"}) for policy in policies]
    assert all(one != other for i, one in enumerate(resolved) for other in resolved[:i])


def test_a_type_that_comes_later_gets_the_stated_action() -> None:
    some = [kinds()[name] for name in ("PERSON", "PROFESSION", "MAC")]
    preset = Preset(about="A.", direct="surrogate", others="mask", settings={"actions": {"person": "keep"}})
    assert preset.over(some)["actions"] == {"person": "keep", "profession": "mask", "mac": "surrogate"}
    assert Preset(about="A.", settings={}).over([replace(some[1], action="keep")])["actions"] == {"profession": "keep"}


def test_what_is_stated_overrides_key_by_key() -> None:
    policy = MaskingPolicy.parse({"preset": "strict", "actions": {"person": "keep"}, "min_score": 0.9}, "masking")
    assert (policy.actions.person, policy.actions.email, policy.min_score) == ("keep", "mask", 0.9)
    assert policy.max_identifier_share == 0.5
    assert merged({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 9}, "e": 4}) == {"a": {"b": 9, "c": 2}, "d": 3, "e": 4}


def test_a_printed_policy_reads_back_as_itself() -> None:
    for name in packaged_presets():
        policy = MaskingPolicy.parse({"preset": name, "plan": {"rate": 0.3}}, "masking")
        printed = yaml.safe_load(yaml.safe_dump(policy.model_dump(mode="json")))
        assert MaskingPolicy.parse(printed, "masking") == policy


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"preset": "strickt"}, "preset: .*did you mean 'strict'"),
        ({"preset": ["strict"]}, "preset: "),
        ({"actions": {"person": "maks"}}, "actions.person: .*did you mean 'mask'"),
        ({"generalization": "safe-harbor"}, "generalization: .*did you mean 'safe_harbor'"),
        ({"detectors": ["pattern", "nerr"]}, "detectors.1: .*did you mean 'ner'"),
    ],
)
def test_a_wrong_value_is_answered_with_the_nearest(data: dict, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        MaskingPolicy.parse(data, "masking")


@pytest.mark.parametrize(
    ("preset", "shown", "gone"),
    [
        ("minimal", ("3 May 1961", "aged 47"), ("Anna Smith", "hospital.com", "4111", "Baker")),
        ("standard", ("committee",), ("Anna Smith", "3 May 1961", "aged 47")),
        ("careful", ("born 1961", "aged 40-49"), ("Anna Smith", "3 May", "[PERSON")),
        ("strict", ("[PERSON_", "[DATE_", "[AGE_", "[EMAIL_", "[SSN_"), ("Anna", "1961", "aged 47", "example.")),
        ("hipaa-safe-harbor", ("born 1961", "aged 47"), ("Anna Smith", "3 May", "hospital.com", "8843", "Baker")),
    ],
)
def test_what_a_preset_does_to_a_letter(preset: str, shown: tuple[str, ...], gone: tuple[str, ...]) -> None:
    (row,) = mask_texts(LETTER, preset=preset, max_identifier_share=1.0).rows
    assert [text for text in shown if text not in row["text"]] == []
    assert [text for text in gone if text in row["text"]] == []


@pytest.mark.parametrize(
    ("kind", "surface", "latest", "coarse", "safe_harbor"),
    [
        ("DATE", "3 May 1961", None, "1961", "1961"),
        ("DATE", "3 May", None, "", ""),
        ("DATE", "1937", None, "1937", "1937"),
        ("DATE", "1936", None, "1936", ""),  # 90 years old in 2026
        ("DATE", "1941", 2031, "1941", ""),  # 90 in the year the document writes itself
        ("DATE", "1936", 1990, "1936", ""),
        ("AGE", "47", None, "40-49", "47"),
        ("AGE", "89", None, "80-89", "89"),
        ("AGE", "90", None, "90+", "90+"),
        ("AGE", "104", None, "90+", "90+"),
        ("POSTCODE", "02139", None, "02000", "021xx"),
        ("POSTCODE", "02139-4307", None, "02000-0000", "021xx"),
        ("POSTCODE", "03601", None, "03000", "000xx"),
        ("POSTCODE", "89301", None, "89000", "000xx"),
        ("POSTCODE", "SW1A 1AA", None, "SW00 000", ""),
        ("POSTCODE", "1010", None, "", ""),
        ("LOCATION", "Springfield", None, "a place", "a place"),
        ("NATIONALITY", "French", None, "", ""),
    ],
)
def test_coarser_values(kind: str, surface: str, latest: int | None, coarse: str, safe_harbor: str) -> None:
    generalize = kinds()[kind].generalize
    assert generalize and generalize(surface, "coarse", latest) == coarse
    assert generalize(surface, "safe_harbor", latest) == safe_harbor


def test_the_17_areas_of_hhs() -> None:
    assert len(RESTRICTED_ZIP3) == 17


def test_the_way_of_generalizing_changes_the_text() -> None:
    actions = {"age": "generalize", "postcode": "generalize"}
    text = "A woman aged 47 moved to Cambridge, MA 02139 with her mother, aged 93."
    coarse, harbor = (
        mask_texts(text, actions=actions, generalization=how).rows[0]["text"] for how in ("coarse", "safe_harbor")
    )
    assert "aged 40-49" in coarse and "02000" in coarse and "aged 90+" in coarse
    assert "aged 47" in harbor and "021xx" in harbor and "aged 90+" in harbor
