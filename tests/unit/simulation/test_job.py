"""Jobs: the scenario and the policy that each makes, and the same result for the same job."""

from dataclasses import replace

import pytest

from kubestow.model.simulated import TracePod
from kubestow.model.spot_prices import SYNTHETIC, SpotPrices
from kubestow.simulation.job import CLUSTER_AUTOSCALER, Job, policy_of, pools, run, scenario_of
from kubestow.simulation.scenario import FAULTS, NODE_GROUP, Durations
from kubestow.testing import GENERAL, catalog, nodepool, owned, pod, snapshot

BASE = snapshot([owned(pod(f"web-{n}", "500m", "1Gi"), "web") for n in range(4)])
JOB = Job(BASE, "optimal", 1_800, shape="steady")


def test_the_input_s_nodepools_are_used_and_otherwise_default_ones() -> None:
    assert pools(JOB) == BASE.cluster.nodepools
    without = replace(JOB, snapshot=snapshot(nodepools=()))
    assert pools(without) != ()
    assert pools(replace(without, spot=True)) != pools(without)


def test_the_workload_is_the_cluster_s_own_a_trace_or_a_generated_mix() -> None:
    own = scenario_of(JOB)
    assert [(load.name, load.replicas[0][1]) for load in own.services] == [("web-0", 4)]
    traced = scenario_of(replace(JOB, trace=(TracePod(0, 60, 500, 512),)))
    assert (traced.services, len(traced.batches)) == ((), 1)
    generated = scenario_of(replace(JOB, generated=50, seed=1))
    assert sum(load.replicas[0][1] for load in generated.services) >= 50
    assert len(generated.base.cluster.daemonsets) == 5


def test_generated_pods_depend_on_the_seed() -> None:
    job = replace(JOB, generated=50)
    assert scenario_of(job).services == scenario_of(job).services
    assert scenario_of(job).services != scenario_of(replace(job, seed=1)).services


@pytest.mark.parametrize(
    ("policy", "durations"), [(CLUSTER_AUTOSCALER, NODE_GROUP), ("karpenter", Durations())]
)
def test_nodes_of_cluster_autoscaler_take_as_long_as_a_node_group_s(
    policy: str, durations: Durations
) -> None:
    assert scenario_of(replace(JOB, policy=policy)).durations == durations


def test_faults_are_chosen_by_name_and_synthetic_prices_come_with_a_note() -> None:
    prices = SpotPrices(SYNTHETIC, volatility=0.2)
    spot = replace(BASE, catalog=catalog(*GENERAL, spot=0.3))
    own = scenario_of(replace(JOB, snapshot=spot, faults="spot", spot_prices=prices, seconds=9_000))
    assert own.faults == FAULTS["spot"]
    assert own.spot_prices.moves
    assert any("synthetic" in note for note in own.left_out)


def test_the_types_of_node_groups_are_those_given_or_else_chosen_for_the_peak() -> None:
    job = replace(JOB, policy=CLUSTER_AUTOSCALER)
    given = replace(job, node_group_types=("m5.xlarge",))
    for own, expected in ((given, {"m5.xlarge"}), (job, {"m5.large", "c5.xlarge", "m5.xlarge"})):
        policy = policy_of(own, scenario_of(own))
        groups = {
            text
            for pool in policy.pools
            for text in pool.requirements.by_key["node.kubernetes.io/instance-type"].values
        }
        assert groups
        assert groups <= expected


def test_the_same_job_gives_the_same_result() -> None:
    first = run(JOB)
    assert first == run(JOB)
    assert (first.policy, first.pods, first.pending) == ("optimal", 4, 0)


def test_a_policy_of_another_name_is_asked() -> None:
    assert run(replace(JOB, policy="karpenter")).policy == "karpenter"
    assert policy_of(JOB, scenario_of(JOB)).pools == (nodepool(),)
