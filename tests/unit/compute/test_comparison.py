"""All options side by side: the same pods, legal plans, and no cheaper than the minimum."""

import pytest
from tests.properties.test_plans import random_snapshot

from kubestow.compute.case import Case
from kubestow.compute.comparison import Wishes, compare, homogeneous
from kubestow.model.fargate_profile import Profile
from kubestow.model.machine import Machine
from kubestow.testing import pod, replicas, snapshot
from kubestow.verify import judge

IDS = ["optimum", "karpenter", "managed-node-groups", "self-managed", "auto-mode", "fargate"]


def test_every_option_is_there_and_legal() -> None:
    pods = (*replicas(8, "web", "1", "2Gi"), pod("dns", namespace="kube-system"))
    wishes = Wishes(
        fargate_profiles=(Profile("web", (("default", ()),)),),
        machines=(Machine("rack", 16, 64 * 2**30),),
    )
    found = compare(Case(snapshot(pods)), wishes)
    mixtures = ["system-and-karpenter", "fargate-and-karpenter"]
    assert [o.id for o in found.options] == [*IDS, "hybrid", *mixtures]
    assert found.pods == 9
    for option in found.options:
        assert all(not judge(*case) for case in option.judged)
        left = {name for item in option.cannot_run for name in item.pods}
        assert option.pods + len(left) == 9
        assert option.part("control plane") == 100_000_000


@pytest.mark.parametrize("seed", range(8))
def test_no_fleet_of_nodes_that_runs_all_pods_costs_less_than_the_minimum(seed: int) -> None:
    state = random_snapshot(seed)
    found = compare(Case(state, rehearses=False), Wishes())
    for option in found.options:
        for case in option.judged:
            assert not judge(*case), option.id
        same_pools = option.id in ("optimum", "karpenter")
        if same_pools and option.pods == found.options[0].pods:
            assert option.part("instances") >= found.bound.nano_usd_per_hour


def test_kubestow_s_fleet_stands_beside_fleets_of_one_type() -> None:
    found = homogeneous(Case(snapshot(replicas(4, "web", "1", "1Gi"))), ("m5.large", "m5.xlarge"))
    assert [o.id for o in found.options] == ["optimum", "m5.large", "m5.xlarge"]
    assert all(o.stranded == 0 for o in found.options)


def test_pods_that_the_scheduler_leaves_out_of_an_autoscaler_s_fleet_are_counted() -> None:
    # The big pod needs a node of its own; small ones that come before it fill every node a little.
    pods = (*replicas(12, "small", "400m", "512Mi"), *replicas(3, "big", "3500m", "1Gi"))
    found = compare(Case(snapshot(pods)), Wishes(node_group_types=("m5.xlarge",)))
    groups = next(o for o in found.options if o.id == "managed-node-groups")
    assert groups.stranded
    assert found.options[0].stranded == 0
