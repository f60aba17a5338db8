"""Burstable nodes above their baseline."""

from kubestow.preflight import burstable_steady_load as check
from kubestow.preflight.burstable_steady_load import baseline_milli
from kubestow.testing import instance_type, nodepool

from .builders import config, found, group, one, setup, unjudged, workload

T3 = config(group("burst", "t3.large", desired=2))


def test_more_than_the_baseline_a_node_is_paid_for() -> None:
    finding = one(check, setup(workload(replicas=4, cpu="700m"), config_of=T3))
    assert finding.severity == "warning"  # 4 x 700m on 2 nodes; 30 % of 2 vCPU
    assert finding.reason == (
        "its pods request 1400m of cpu per node on 2 nodes, but t3.large sustains only 600m of its "
        "2000m: if pods use what they request, you pay for surplus credits"
    )


def test_a_t2_is_slowed_down_instead() -> None:
    old = config(group("old", "t2.medium", desired=2))
    assert "the node is throttled" in one(check, setup(workload(replicas=4), config_of=old)).reason


def test_pods_are_dealt_over_the_groups_they_may_use() -> None:
    both = config(group("burst", "t3.large", desired=2), group("fixed", "m5.large", desired=8))
    assert found(check, setup(workload(replicas=4, cpu="700m"), config_of=both)) == []


def test_a_load_within_the_baseline_passes() -> None:
    assert found(check, setup(workload(cpu="600m"), config_of=T3)) == []
    assert found(check, setup(workload(cpu="1900m"), config_of=config(group()))) == []


def test_a_nodepool_that_may_launch_them_is_told() -> None:
    finding = one(check, setup(workload(), pools=[nodepool()]))
    assert finding.severity == "info"
    assert "t3.large, t2.medium" in finding.reason
    assert unjudged(check, setup(workload())) != []


def test_baselines_are_those_of_the_user_guide() -> None:
    assert baseline_milli(instance_type("t3a.2xlarge", 8, 32)) == 3200
    assert baseline_milli(instance_type("t4g.nano", 2, 1)) == 100
    assert baseline_milli(instance_type("t2.2xlarge", 8, 32)) == 1360
    assert baseline_milli(instance_type("t9.mega", 8, 32)) is None
