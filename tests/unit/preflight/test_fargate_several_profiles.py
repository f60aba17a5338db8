"""Pods of several profiles."""

from kubestow.model.fargate_profile import FargateProfile, FargateSelector
from kubestow.preflight import fargate_several_profiles as check

from .builders import config, found, one, setup, unjudged, workload


def profiles(*names: str) -> tuple[FargateProfile, ...]:
    chosen = (FargateSelector("shop"),)
    return tuple(FargateProfile(name, "fargateProfiles[0]", chosen) for name in names)


def test_the_first_by_name_wins() -> None:
    finding = one(check, setup(workload(), config_of=config(profiles=profiles("web", "all"))))
    assert finding.severity == "info"
    assert finding.reason.startswith(
        "2 profiles select it (all, web); the first by name is used, all,"
    )


def test_one_profile_or_a_label_that_names_it_pass() -> None:
    assert found(check, setup(workload(), config_of=config(profiles=profiles("web")))) == []
    named = workload(labels={"eks.amazonaws.com/fargate-profile": "web"})
    assert found(check, setup(named, config_of=config(profiles=profiles("web", "all")))) == []
    assert unjudged(check, setup()) == ["no --cluster-config given"]
