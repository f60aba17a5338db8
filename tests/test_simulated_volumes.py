"""Volumes in simulations: pods move with their disks, inside a zone, one after the other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kubestow import engine
from kubestow.adapters.journal_file import Head, JournalWriter, encoded, read_journal
from kubestow.model.pod import Pod
from kubestow.model.simulated import Result
from kubestow.model.snapshot import Snapshot
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.model.workload import Lifecycle
from kubestow.policies.registry import POLICIES
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.filters import volume_binding
from kubestow.scheduling.pod_context import PodContext
from kubestow.simulation.invariants import BrokenError
from kubestow.simulation.run import simulate
from kubestow.simulation.scenario import ALL_FAULTS, Scenario
from kubestow.simulation.workloads import from_cluster
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import GENERAL, catalog, node, nodepool, pod, replicas, snapshot, spread

POOL = nodepool()
ZONE = "topology.kubernetes.io/zone"


def stateful(count: int) -> tuple[list[Pod], dict[tuple[str, str], PersistentVolumeClaim]]:
    """Return the pods of a StatefulSet that is spread over zones, and their claims."""
    rule = spread(ZONE, app="db")
    pods, claims = [], {}
    for number in range(count):
        own = pod(f"db-{number}", "1", "4Gi", labels={"app": "db"}, spread=(rule,))
        name = f"data-db-{number}"
        claims["default", name] = PersistentVolumeClaim(
            "default", name, "gp3", bind_completed=False
        )
        lifecycle = Lifecycle(owner=("StatefulSet", "db"))
        pods.append(replace(own, volume_claims=(name,), lifecycle=lifecycle))
    return pods, claims


def given(shape: str, hours: float, *, seed: int = 0) -> Scenario:
    pods, claims = stateful(5)
    web = replicas(20, "web", cpu="300m", memory="700Mi", labels={"app": "web"})
    state: Snapshot = snapshot(
        (*pods, *web), claims=claims, storage_classes={"gp3": StorageClass("gp3")},
        catalog_of=catalog(*GENERAL, spot=0.3), nodepools=(POOL,),
    )  # fmt: skip
    return from_cluster(state, shape, seconds=round(hours * 3_600), seed=seed)


def run(day: Scenario, policy: str = "optimal") -> Result:
    return simulate(day, POLICIES[policy]((POOL,)))


def test_each_pod_of_a_stateful_set_is_a_load_with_its_own_claim() -> None:
    day = given("falling", 2)
    own = [load for load in day.services if load.pod_name]
    assert [(load.pod_name, load.claims) for load in own] == [
        (f"db-{n}", (f"data-db-{n}",)) for n in range(5)
    ]
    last = [load.replicas[-1][1] for load in own]
    assert last == sorted(last, reverse=True)
    assert (last[0], last[-1]) == (1, 0)  # the highest ordinals go first
    assert day.left_out == ()


def test_claims_that_are_not_in_the_input_are_named() -> None:
    lone = replace(pod("a"), volume_claims=("data",))
    job = replace(lone, name="b", lifecycle=Lifecycle(owner=("Job", "b")))
    claim = PersistentVolumeClaim("default", "data", "gp3", bind_completed=False)
    assert from_cluster(snapshot([lone]), "steady", seconds=60).left_out == (
        "1 pod left out: a volume claim of theirs is not in the input",
    )
    found = from_cluster(snapshot([job], claims={("default", "data"): claim}), "steady", seconds=60)
    assert found.left_out == ("1 pod left out: volume claims of Jobs are not simulated",)


@pytest.mark.parametrize("policy", POLICIES)
def test_pods_keep_their_volumes_and_stay_in_their_zones(policy: str) -> None:
    found = run(given("bursts", 6), policy)  # the judge looks at every binding
    assert found.pending == 0
    assert found.evictions > 0 or policy == "karpenter"


@pytest.mark.parametrize("seed", range(3))
def test_no_fault_breaks_an_invariant(seed: int) -> None:
    day = replace(given("bursts", 5, seed=seed), faults=ALL_FAULTS)
    assert run(day) == run(day)


def test_a_successor_has_the_name_and_comes_when_its_predecessor_is_gone() -> None:
    world = SimulatedWorld(given("steady", 1))
    number = next(n for n, life in world.pods.alive.items() if life.pod.name == "db-0")
    world.pods.join(node("big", cpu="32", memory="128Gi"))
    world.stage.changed()
    world.wait(5, None)
    bound = world.pods.alive[number].pod
    assert bound.node_name
    assert world.pods.volumes_of(bound) == ["new default/data-db-0"]
    world.controllers.evict(number)
    named = [life for life in world.pods.alive.values() if life.pod.name == "db-0"]
    assert [life.pod.terminating for life in named] == [True]
    world.wait(15, world.at + 16)
    named = [life for life in world.pods.alive.values() if life.pod.name == "db-0"]
    assert [life.pod.terminating for life in named] == [False]


def test_a_pod_away_from_its_volume_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def anywhere(context: PodContext, volume: PersistentVolume) -> Mask:
        return np.ones(len(context.index), dtype=bool)

    monkeypatch.setattr(volume_binding, "reachable", anywhere)
    with pytest.raises(BrokenError, match="VolumeBinding"):
        run(given("bursts", 6), "cluster-autoscaler")


def test_a_journal_holds_the_volumes_and_replays(tmp_path: Path) -> None:
    day, policy = replace(given("bursts", 4), faults=ALL_FAULTS), POLICIES["optimal"]((POOL,))
    head = Head("optimal", (POOL,), day.base, {})
    journal = JournalWriter(tmp_path / "journal.gz", head)
    simulate(day, policy, journal)
    journal.close()
    read, entries = read_journal(tmp_path / "journal.gz")
    assert read.base.cluster.claims == day.base.cluster.claims
    last = None
    for entry in entries:
        made, _ = engine.step(entry.snapshot, entry.memory, policy)
        assert encoded(made) == entry.decision
        last = entry.snapshot.cluster
    assert last is not None
    assert {claim.volume_name for claim in last.claims.values()} == set(last.volumes)
