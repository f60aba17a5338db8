"""The digest of a problem: what changes it, what must not."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from kubestow.model.digest import problem_digest, whole_digest
from kubestow.model.nodepool import Networking
from kubestow.model.pod import Preferences
from kubestow.model.snapshot import Snapshot
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.testing import GENERAL, catalog, daemonset, node, nodepool, pod, snapshot

Change = Callable[[Snapshot], Snapshot]
PODS = (pod("a", labels={"app": "x"}), pod("b", "2"), pod("old", node="n1"))
POOL = nodepool("pool", ("team", "In", ["a", "b", "c", "d", "e"]))
BASE = snapshot(PODS, nodes=(node("n1"),), nodepools=(POOL,), daemonsets=(daemonset("agent"),))


def cluster(**facts: object) -> Change:
    return lambda of: replace(of, cluster=replace(of.cluster, **facts))  # type: ignore[arg-type] # any fact of a cluster


MATTERS: dict[str, Change] = {
    "a pod less": cluster(pods=PODS[1:]),
    "a pod's name": cluster(pods=(replace(PODS[0], name="z"), *PODS[1:])),
    "a pod's labels": cluster(pods=(replace(PODS[0], labels=()), *PODS[1:])),
    "a pod's request": cluster(pods=(pod("a", "101m", labels={"app": "x"}), *PODS[1:])),
    "a bound pod": cluster(pods=PODS[:2]),
    "a node": cluster(nodes=(node("n1", cpu="5"),)),
    "a NodePool's weight": cluster(nodepools=(replace(POOL, weight=1),)),
    "a NodePool's values": cluster(nodepools=(nodepool("pool", ("team", "In", ["a"])),)),
    "a DaemonSet": cluster(daemonsets=()),
    "a claim": cluster(claims={("default", "c"): PersistentVolumeClaim("default", "c")}),
    "networking": lambda of: replace(of, networking=Networking(prefix_delegation=True)),
    "a price": lambda of: replace(of, catalog=catalog(*GENERAL[:4], (GENERAL[4][0], 0.769))),
    "an instance type": lambda of: replace(of, catalog=catalog(*GENERAL[:4])),
}
DOES_NOT_MATTER: dict[str, Change] = {
    "the order of pods": cluster(pods=PODS[::-1]),
    "the wish for choice on spot": cluster(nodepools=(replace(POOL, spot_types=5, spot_zones=2),)),
    "the file a NodePool is from": cluster(nodepools=(replace(POOL, source="other.yaml"),)),
    "preferences": cluster(
        pods=(
            replace(
                PODS[0], template=replace(PODS[0].template, preferences=Preferences(images=("i",)))
            ),
            *PODS[1:],
        )
    ),
    "assumptions": cluster(assumptions=("sunshine",)),
}


@pytest.mark.parametrize("change", MATTERS.values(), ids=MATTERS.keys())
def test_what_decides_a_bound_changes_the_digest(change: Change) -> None:
    assert problem_digest(change(BASE)) != problem_digest(BASE)


@pytest.mark.parametrize("change", DOES_NOT_MATTER.values(), ids=DOES_NOT_MATTER.keys())
def test_nothing_else_changes_the_digest(change: Change) -> None:
    assert problem_digest(change(BASE)) == problem_digest(BASE)


def test_a_whole_digest_tells_all_but_files_apart() -> None:
    other = DOES_NOT_MATTER["the file a NodePool is from"](BASE)
    assert whole_digest(other) == whole_digest(BASE)
    for what in ("the wish for choice on spot", "preferences"):
        assert whole_digest(DOES_NOT_MATTER[what](BASE)) != whole_digest(BASE)
    pool = replace(POOL, disruption=replace(POOL.disruption, consolidate_after=300))
    assert whole_digest(cluster(nodepools=(pool,))(BASE)) != whole_digest(BASE)


def test_the_digest_does_not_depend_on_the_hash_seed() -> None:
    program = (
        "from kubestow.model.digest import problem_digest as d\n"
        "from kubestow.testing import nodepool, pod, snapshot\n"
        "pool = nodepool('pool', ('team', 'NotIn', ['a', 'b', 'c', 'd', 'e']))\n"
        "print(d(snapshot([pod('a')], nodepools=(pool,))))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1
    assert found.pop().startswith("sha256:")
