"""The view of a change-over: managers, findings, costs, waves."""

import pytest

from .adoptions import back_to, from_autoscaler, from_karpenter


def test_managers_costs_and_waves_are_told() -> None:
    found = from_karpenter()
    assert [(m.manager, m.group, len(m.nodes), m.stays) for m in found.managers] == [
        ("Karpenter", "general", 2, False),
        ("nobody", "system", 2, True),
    ]
    assert found.cost.before == pytest.approx(0.768)
    assert found.cost.after is not None
    assert sorted(pod for wave in found.waves for pod in wave.pods) == [
        f"shop/web-{number}" for number in range(4)
    ]
    assert (found.ready, found.orders_played) == (True, 13)
    assert [(d.manager, d.running) for d in found.deployments] == [("Karpenter", True)]


def test_an_error_makes_it_not_ready() -> None:
    found = from_autoscaler()
    assert not found.ready
    assert found.summary.errors == 1
    assert found.findings[0].check == "nodepool-missing"


def test_nodepools_that_are_offered_are_in_it() -> None:
    (pool,) = [item for item in from_autoscaler().offered if item.name == "workers"]
    assert (pool.instance_types, pool.zones, pool.capacity_types) == (
        ("m5.xlarge",), ("us-east-1a",), ("on-demand",),
    )  # fmt: skip
    assert from_karpenter().offered == ()


def test_the_way_back_has_its_own_runbook() -> None:
    found = back_to("karpenter")
    assert (found.of, found.to, found.moving) == ("kubestow", "Karpenter", ("own-1", "own-2"))
