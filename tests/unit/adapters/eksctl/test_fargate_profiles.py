"""Fargate profiles of ClusterConfigs."""

from typing import Any

import pytest

from kubestow.model.fargate_profile import FargateProfile, FargateSelector
from kubestow.model.input_error import InputError

from .builders import config


def test_a_profile_is_read_with_its_selectors_and_subnets() -> None:
    selectors = [{"namespace": "shop", "labels": {"b": "2", "a": "1"}}, {"namespace": "logging"}]
    profile = {"name": "web", "selectors": selectors, "subnets": ["s-1"], "tags": {"a": "b"}}
    (found,) = config(fargateProfiles=[profile]).profiles
    assert found == FargateProfile(
        "web",
        "fargateProfiles[0]",
        (FargateSelector("shop", (("a", "1"), ("b", "2"))), FargateSelector("logging")),
        ("s-1",),
    )


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ({}, "fargateProfiles[0].name: is missing"),
        ({"name": "f"}, "fargateProfiles[0].selectors: is empty"),
        ({"name": "f", "selectors": []}, "fargateProfiles[0].selectors: is empty"),
        (
            {"name": "f", "selectors": [{"namespace": "a"}, {"labels": {"a": "b"}}]},
            "fargateProfiles[0].selectors[1].namespace: is missing",
        ),
    ],
)
def test_a_profile_that_says_too_little_is_a_mistake(profile: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        config(fargateProfiles=[profile])
    assert caught.value.message == f"c.yaml: ClusterConfig: {message}"
