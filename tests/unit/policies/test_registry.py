"""Every policy of kubestow is known by its own name, and needs no memory to decide."""

from typing import get_args

import pytest

from kubestow.model.eviction_prices import EvictionPrices
from kubestow.model.memory import Memory
from kubestow.model.policy_memory import (
    ClusterAutoscalerMemory,
    KarpenterMemory,
    LoadHistory,
    OptimalMemory,
    PodBatch,
    PolicyMemory,
)
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.registry import POLICIES, made
from kubestow.testing import nodeclaim, nodepool, observed, owned, pod

POOLS = (nodepool(),)
FOREIGN: dict[str, PolicyMemory] = {
    "optimal": KarpenterMemory(PodBatch(0, 0), waiting_pods=9),
    "karpenter": ClusterAutoscalerMemory(last_added_at=0, unneeded_since=(("n0", 0),)),
    "cluster-autoscaler": OptimalMemory(LoadHistory(0, 1, 1), consolidated_at=0),
}


def two_nodes(*pods: str, at: int = 0) -> Snapshot:
    used = [owned(pod(f"p{n}", "1500m", node=f"n{n}")) for n in range(2)]
    pending = [owned(pod(name, "1500m")) for name in pods]
    return observed([nodeclaim(f"n{n}") for n in range(2)], [*used, *pending], at=at)


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_made_from_its_pools_under_its_own_name(name: str) -> None:
    policy = POLICIES[name](POOLS)
    assert (policy.name, policy.pools) == (name, POOLS)
    assert policy.period_seconds > 0


@pytest.mark.parametrize("name", POLICIES)
def test_only_kubestows_own_policy_weighs_evictions(name: str) -> None:
    dear, usual = made(name, POOLS, EvictionPrices(10**9)), made(name, POOLS)
    assert usual == POLICIES[name](POOLS)
    assert (dear != usual) == (name == "optimal")


@pytest.mark.parametrize(("name", "own"), FOREIGN.items())
def test_a_policy_with_the_memory_of_another_decides_as_with_none(
    name: str, own: PolicyMemory
) -> None:
    policy, reporter = POLICIES[name](POOLS), SilentReporter()
    for state in (two_nodes(), two_nodes("w"), two_nodes(at=700)):
        with_none, _ = policy.decide(state, Memory(), reporter)
        assert policy.decide(state, Memory(own=own), reporter)[0] == with_none


def test_each_policy_has_a_type_of_memory_of_its_own() -> None:
    kinds = []
    for make in POLICIES.values():
        memory = Memory()
        for at in (0, 2):
            _, memory = make(POOLS).decide(two_nodes(at=at), memory, SilentReporter())
        kinds.append(type(memory.own))
    assert set(kinds) == set(get_args(PolicyMemory))
