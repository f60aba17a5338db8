"""Which Fargate profiles select a pod, and which of them wins."""

from kubestow.model.fargate_profile import (
    PROFILE_LABEL,
    FargateProfile,
    FargateSelector,
    selecting,
)

EVERYTHING = FargateProfile("zz", "", (FargateSelector("*"),))
WEB = FargateProfile("aa", "", (FargateSelector("shop-?", (("app", "web*"),)),))


def test_of_the_profiles_that_match_the_first_by_name_wins() -> None:
    assert selecting([EVERYTHING, WEB], "shop-1", {"app": "web-2"})[0] == WEB
    assert selecting([WEB], "shop-10", {"app": "web"}) == ()
    assert selecting([EVERYTHING, WEB], "shop-1", {}) == (EVERYTHING,)


def test_a_profile_that_the_pod_names_comes_first() -> None:
    labels = {"app": "web", PROFILE_LABEL: "zz"}
    assert selecting([EVERYTHING, WEB], "shop-1", labels)[0] == EVERYTHING


def test_brackets_stand_for_themselves() -> None:
    odd = FargateProfile("odd", "", (FargateSelector("[ab]"),))
    assert not odd.selects("a", {})
    assert odd.selects("[ab]", {})
