"""kubestow and the real kube-scheduler on the same cases: a fixed small number for every run.

`make differential N=2000000`, `make scores` and `make acceptance` are the long versions.
"""

import pytest

from . import engine, plans, scores
from .campaign import Campaign
from .control_plane import ControlPlane
from .driver import driver
from .oracle import oracle
from .profiles import PROFILES

DECISIONS = 50_000
PLACEMENTS = 100
SEED = 225
SHARE_MIN = 0.01
FILTERS = {
    "NodeUnschedulable", "TaintToleration", "NodeAffinity", "NodePorts", "NodeResourcesFit",
    "VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone", "PodTopologySpread",
    "InterPodAffinity",
}  # fmt: skip


def test_engine_and_judge_agree_with_kube_scheduler_on_every_decision(plane: ControlPlane) -> None:
    with oracle(plane) as asked:
        campaign = Campaign(asked, engine.judge, judge_apart=engine.judge_apart, say=lambda _: None)
        totals = campaign.run(DECISIONS, SEED, large=0.5)
    assert totals.disagreements == [], totals.table()
    assert totals.decisions >= DECISIONS
    assert totals.unsupported == 0
    for name in sorted(FILTERS):
        share = totals.rejections[name] / totals.rejections.total()
        assert share >= SHARE_MIN, f"{name} decides {share:.1%} of the rejections"


def test_the_node_that_kube_scheduler_picks_is_among_the_engine_s_best(plane: ControlPlane) -> None:
    with driver(plane) as running:
        placed = scores.run(running, engine.best_nodes, PLACEMENTS, 0, say=lambda _: None)
    assert placed.differences == [], placed.table()


@pytest.mark.parametrize("profile", ["most-allocated", "weights", "added-affinity"])
def test_so_it_is_under_another_profile(plane: ControlPlane, profile: str) -> None:
    with driver(plane, PROFILES[profile]) as running:
        placed = scores.run(
            running, engine.best_nodes, PLACEMENTS, 0, profile=profile, say=lambda _: None
        )
    assert placed.differences == [], placed.table()


def test_kube_scheduler_leaves_no_pod_of_the_example_pending(plane: ControlPlane) -> None:
    said: list[str] = []
    assert plans.run(plane, ["shop"], say=said.append, orders=1), said
