"""Karpenter as an option: its fleet, and its own pods."""

import pytest

from kubestow.compute.case import ComparisonCase
from kubestow.compute.karpenter import option
from kubestow.testing import pod, replicas, snapshot


@pytest.mark.parametrize("counted", [True, False])
def test_its_own_pods_are_said_to_be_missing_unless_the_input_has_them(counted: bool) -> None:
    pods = (*replicas(3, "web", "1"), *((pod("karpenter-0"),) if counted else ()))
    found = option(ComparisonCase(snapshot(pods), rehearses=False))
    assert found.pods == len(pods)
    assert counted != any("own two pods" in note for note in found.description.notes)
