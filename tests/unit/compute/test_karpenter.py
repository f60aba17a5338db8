"""Karpenter as an option: its fleet, and its own pods."""

import pytest

from kubestow.compute.case import ComparisonCase
from kubestow.compute.karpenter import option
from kubestow.model import labels as names
from kubestow.model.pod import Preferences
from kubestow.testing import affinity_term, pod, replicas, snapshot


@pytest.mark.parametrize("counted", [True, False])
def test_its_own_pods_are_paid_for_unless_the_input_has_them(counted: bool) -> None:
    pods = (*replicas(3, "web", "1"), *((pod("karpenter-0"),) if counted else ()))
    found = option(ComparisonCase(snapshot(pods), rehearses=False))
    assert found.pods == len(pods)
    assert counted != any("own two pods" in note for note in found.description.notes)
    assert counted != bool(found.part("fees"))


def test_what_pods_prefer_makes_more_nodes_and_is_said() -> None:
    apart = Preferences(anti_affinity=((100, affinity_term(names.HOSTNAME, app="web")),))
    pods = replicas(3, "web", "500m", "512Mi", labels={"app": "web"}, preferences=apart)
    found = option(ComparisonCase(snapshot(pods)))
    assert found.nodes == 3
    assert any("what pods prefer is required" in note for note in found.description.notes)
    plain = option(ComparisonCase(snapshot(replicas(3, "web", "500m", "512Mi"))))
    assert plain.nodes == 1
    assert not any("prefer" in note for note in plain.description.notes)
