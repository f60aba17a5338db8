"""The pods of a certificate: found, compared and counted."""

from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.certificate import EBS_VOLUMES_AXIS, Certificate, PodValue
from kubestow.model.pod import HostPort, Pod
from kubestow.model.snapshot import Snapshot
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim
from kubestow.testing import affinity_term, node, pod, replicas, snapshot
from kubestow.verify.bound_pods import Roll, call_roll, exclude_each_other

APART = {"anti_affinity": (affinity_term(names.HOSTNAME, app="a"),), "labels": {"app": "a"}}
PORT = {"host_ports": (HostPort("0.0.0.0", "TCP", 80),)}
OTHER_PORT = {"host_ports": (HostPort("0.0.0.0", "TCP", 81),)}


def roll(
    given: Snapshot,
    *values: tuple[int, tuple[str, ...]],
    exclusive: tuple[tuple[str, ...], ...] = (),
) -> Roll:
    listed = tuple(PodValue(nano, tuple(f"default/{p}" for p in pods)) for nano, pods in values)
    lists = tuple(tuple(f"default/{p}" for p in pods) for pods in exclusive)
    return call_roll(given, Certificate("test-1", "", "L1", 0, (1, 1), listed, lists))


def failures(found: Roll) -> list[tuple[str, str]]:
    return [(failure.rule, failure.subject) for failure in found.failures]


def test_pods_of_one_value_that_are_alike_are_one_ware() -> None:
    given = snapshot([*replicas(3, "a", "1"), pod("b", "2")])
    found = roll(given, (5, ("a-0", "a-1", "a-2", "b")))
    assert [(ware.value, ware.count, dict(ware.asks)["cpu"]) for ware in found.wares] == [
        (5, 3, 1000),
        (5, 1, 2000),
    ]
    assert [example.name for example in found.pods] == ["a-0", "b"]
    assert found.failures == ()


def test_alike_pods_of_two_values_are_two_wares() -> None:
    found = roll(snapshot(replicas(2, "a", "1")), (5, ("a-0",)), (7, ("a-1",)))
    assert [(ware.value, ware.count) for ware in found.wares] == [(5, 1), (7, 1)]


def test_a_pod_without_a_value_counts_nothing() -> None:
    assert roll(snapshot(replicas(2, "a")), (0, ("a-0", "a-1"))).wares == ()


def test_a_pod_asks_for_its_slot_and_for_volumes_that_no_other_pod_shares() -> None:
    claims = {
        ("default", name): PersistentVolumeClaim("default", name, volume_name=f"pv-{name}")
        for name in ("own", "both")
    }
    volumes = {
        f"pv-{name}": PersistentVolume(f"pv-{name}", is_ebs=True) for name in ("own", "both")
    }
    pods = [pod("a", claims=("own", "both")), pod("b", claims=("both",))]
    found = roll(snapshot(pods, claims=claims, volumes=volumes), (1, ("a",)), (2, ("b",)))
    assert [dict(ware.asks).get(EBS_VOLUMES_AXIS, 0) for ware in found.wares] == [1, 0]
    assert [dict(ware.asks)["pods"] for ware in found.wares] == [1, 1]
    assert found.shares_claims


@pytest.mark.parametrize(
    ("pods", "listed"),
    [
        pytest.param([pod("a")], ("b",), id="no such pod"),
        pytest.param([pod("a", node="n")], ("a",), id="a bound pod"),
        pytest.param([pod("a", scheduling_gates=("wait",))], ("a",), id="a pod that cannot run"),
        pytest.param([pod("a")], ("a", "a"), id="a pod that is listed twice"),
    ],
)
def test_a_pod_that_has_no_value_to_count_is_a_failure(
    pods: list[Pod], listed: tuple[str, ...]
) -> None:
    found = roll(snapshot(pods, nodes=(node("n"),)), (5, listed))
    assert failures(found) == [("Pod", f"default/{listed[-1]}")]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [(APART, []), (PORT, []), ({}, [("Exclusive", "default/a-0")])],
)
def test_the_pods_of_an_exclusive_list_exclude_each_other(
    facts: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    found = roll(
        snapshot(replicas(2, "a", **facts)), (5, ("a-0", "a-1")), exclusive=(("a-0", "a-1"),)
    )
    assert failures(found) == expected
    assert [ware.lists for ware in found.wares] == [(0,)]


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        pytest.param(APART, {"labels": {"app": "a"}}, True, id="one keeps the other off"),
        pytest.param({"labels": {"app": "a"}}, APART, True, id="the other keeps the one off"),
        pytest.param(APART, {"labels": {"app": "b"}}, False, id="it selects other pods"),
        pytest.param(APART, {"labels": {"app": "a"}, "namespace": "x"}, False, id="elsewhere"),
        pytest.param(
            {"anti_affinity": (affinity_term(names.ZONE, app="a"),)},
            {"labels": {"app": "a"}},
            False,
            id="a zone is more than a node",
        ),
        pytest.param(PORT, PORT, True, id="one port of the host"),
        pytest.param(PORT, OTHER_PORT, False, id="two ports of the host"),
        pytest.param(
            {"inline_ebs_volumes": ("vol-1",)},
            {"inline_ebs_volumes": ("vol-1",)},
            True,
            id="one disk",
        ),
        pytest.param({}, {}, False, id="nothing"),
    ],
)
def test_two_kinds_of_pods_that_can_never_share_a_node(
    one: dict[str, Any], other: dict[str, Any], answer: bool
) -> None:
    given = snapshot([pod("one", "1", **one), pod("other", "2", **other)])
    kinds = roll(given).kinds
    assert len(kinds) == 2
    assert exclude_each_other(kinds[0], kinds[1], given.cluster) is answer
