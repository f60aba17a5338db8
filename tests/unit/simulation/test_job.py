"""A job is one run as a value: its workload, its policy and its seed."""

from dataclasses import replace

import pytest

from kubestow.model import labels as names
from kubestow.model.simulated import TracePod
from kubestow.model.spot_prices import SYNTHETIC, SpotPrices
from kubestow.policies.registry import POLICIES
from kubestow.simulation.job import CLUSTER_AUTOSCALER, Job, policy_of, pools, run, scenario_of
from kubestow.simulation.scenario import FAULTS, NODE_GROUP, Durations
from kubestow.testing import GENERAL, catalog, nodepool, owned, replicas, snapshot

WEB = tuple(owned(item, "web") for item in replicas(6, "web", "1"))
JOB = Job(snapshot(WEB), "optimal", 3_600, shape="steady", seed=3)


def test_a_job_runs_the_pods_of_its_snapshot_a_trace_or_generated_ones() -> None:
    assert [load.name for load in scenario_of(JOB).services] == ["web-0"]
    trace = scenario_of(replace(JOB, trace=(TracePod(0, 60, 500, 512),)))
    assert (len(trace.services), len(trace.batches)) == (0, 1)
    generated = scenario_of(replace(JOB, generated=100))
    peak = sum(max(count for _, count in load.replicas) for load in generated.services)
    assert 100 <= peak < 140
    assert len(generated.base.cluster.daemonsets) == 5


def test_a_scenario_has_the_jobs_seconds_seed_and_faults() -> None:
    day = scenario_of(replace(JOB, faults="all"))
    assert (day.seconds, day.seed, day.faults) == (3_600, 3, FAULTS["all"])


@pytest.mark.parametrize("name", POLICIES)
def test_only_cluster_autoscalers_nodes_come_from_groups(name: str) -> None:
    durations = NODE_GROUP if name == CLUSTER_AUTOSCALER else Durations()
    assert scenario_of(replace(JOB, policy=name)).durations == durations


def test_pools_are_the_inputs_own_or_defaults_with_or_without_spot() -> None:
    own = nodepool("own")
    assert pools(replace(JOB, snapshot=snapshot(nodepools=(own,)))) == (own,)
    without = replace(JOB, snapshot=snapshot(nodepools=()))

    def capacity(job: Job) -> list[bool]:
        return [pool.requirements.by_key[names.CAPACITY_TYPE].has("spot") for pool in pools(job)]

    assert not any(capacity(without))
    assert any(capacity(replace(without, spot=True)))


def test_cluster_autoscaler_gets_the_groups_it_is_given_or_the_best() -> None:
    job = replace(JOB, policy=CLUSTER_AUTOSCALER)

    def types(wanted: Job) -> set[str]:
        groups = policy_of(wanted, scenario_of(wanted)).pools
        return {
            item.name
            for item, _ in GENERAL
            for group in groups
            if group.requirements.by_key[names.INSTANCE_TYPE].has(item.name)
        }

    given = replace(job, node_group_types=("m5.xlarge", "r5.large"))
    assert types(given) == {"m5.xlarge", "r5.large"}
    assert types(job) == {"c5.xlarge"}, "six pods of a cpu fit on two of them, and cost least there"


def test_what_the_prices_are_is_noted_after_what_is_left_out() -> None:
    state = snapshot(
        [*WEB, *replicas(2, "data", claims=("disk",))], catalog_of=catalog(*GENERAL, spot=0.3)
    )
    moving = replace(JOB, snapshot=state, spot_prices=SpotPrices(SYNTHETIC, 0.15))
    first, second = scenario_of(moving).left_out
    assert first == "2 pods left out: a volume claim of theirs is not in the input"
    assert second.startswith("spot prices are synthetic")


def test_the_same_job_gives_the_same_result_and_another_seed_another() -> None:
    faulty = replace(JOB, faults="all", shape="bursts")
    assert run(faulty) == run(faulty)
    assert run(faulty) != run(replace(faulty, seed=4))
