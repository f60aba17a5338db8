"""Pods that need a Fargate profile."""

from kubestow.model.fargate_profile import FargateProfile, FargateSelector
from kubestow.preflight import fargate_no_profile as check

from .builders import config, found, group, one, setup, unjudged, workload


def profile(namespace: str, **labels: str) -> FargateProfile:
    chosen = FargateSelector(namespace, tuple(sorted(labels.items())))
    return FargateProfile("fp", "fargateProfiles[0]", (chosen,))


def test_a_pod_with_only_fargate_and_no_profile_is_pending_for_ever() -> None:
    finding = one(check, setup(workload(), config_of=config(profiles=(profile("web"),))))
    assert finding.severity == "error"
    assert finding.reason.startswith(
        "no profile (of: fp) selects namespace shop with labels app=web"
    )
    assert finding.fix == "add selectors: [{namespace: shop}] to a fargateProfile"


def test_a_pod_that_asks_for_fargate_needs_one_beside_nodes_as_well() -> None:
    asks = workload(node_selector=(("eks.amazonaws.com/compute-type", "fargate"),))
    ours = config(group(), profiles=(profile("web"),))
    assert one(check, setup(asks, config_of=ours)).field == "spec.template.spec.nodeSelector"
    assert found(check, setup(workload(), config_of=ours)) == []


def test_a_selector_with_wildcards_and_labels_passes() -> None:
    for chosen in (profile("sh*"), profile("s?op", app="w*")):
        assert found(check, setup(workload(), config_of=config(profiles=(chosen,)))) == []
    assert one(check, setup(workload(), config_of=config(profiles=(profile("shop", app="d*"),))))
    assert unjudged(check, setup()) == ["no --cluster-config given"]
