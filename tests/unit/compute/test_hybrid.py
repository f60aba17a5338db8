"""Hybrid Nodes: the fee by tiers, and pods on machines that are there."""

import pytest
from tests.legality import is_legal

from kubestow.compute.case import ComparisonCase
from kubestow.compute.hybrid import fee, option
from kubestow.model.machine import Machine
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.testing import node, pod, replicas, snapshot

GIB = 2**30


@pytest.mark.parametrize(
    ("vcpus", "hours", "usd_per_month"),
    [
        (100, 730, 100 * 730 * 0.020),
        (800, 720, 576_000 * 0.020),
        (1_000, 720, 576_000 * 0.020 + 144_000 * 0.014),
        (10_000, 720, 576_000 * (0.020 + 0.014) + 4_608_000 * 0.010 + 1_440_000 * 0.008),
    ],
)
def test_the_fee_falls_with_the_month_s_vcpu_hours(
    vcpus: int, hours: float, usd_per_month: float
) -> None:
    assert fee(vcpus, hours) * hours / 1e9 == pytest.approx(usd_per_month)


def test_pods_run_on_the_machines_and_the_rest_is_named() -> None:
    machines = (Machine("rack", 8, 32 * GIB, count=2, nano_usd_per_hour=50_000_000),)
    found = option(ComparisonCase(snapshot(replicas(20, "web", "1", "1Gi"))), machines)
    assert found.pods == 16
    assert sum(len(item.pods) for item in found.cannot_run) == 4
    assert found.part("instances") == 100_000_000
    assert found.part("fees") == 16 * 20_000_000
    assert [(line.count, line.pods) for line in found.fleet] == [(2, 16)]
    assert all(is_legal(planned) for planned in found.plans)


def test_pods_that_run_on_ebs_already_stay_and_are_not_asked_for() -> None:
    claims = {("default", "c"): PersistentVolumeClaim("default", "c", "gp3")}
    running = pod("old", claims=("c",), node="n1")
    state = snapshot([running, pod("web")], nodes=(node("n1"),), claims=claims)
    found = option(ComparisonCase(state, rehearses=False), [Machine("m", 8, 32 * GIB)])
    assert (found.pods, found.cannot_run) == (1, ())
    waiting = snapshot([pod("new", claims=("c",)), pod("web")], claims=claims)
    found = option(ComparisonCase(waiting, rehearses=False), [Machine("m", 8, 32 * GIB)])
    assert [item.pods for item in found.cannot_run] == [("default/new",)]
