"""Requests no node can carry."""

from kubestow.preflight import request_too_large as check

from .builders import config, found, group, one, setup, unjudged, workload


def test_more_cpu_than_a_node_leaves() -> None:
    finding = one(check, setup(workload(cpu="2"), config_of=config(group())))
    assert finding.severity == "error"  # 2000m - 70m of kube-reserved
    assert finding.reason == (
        "it requests 2 of cpu, and the largest node it may use leaves 1930m beside DaemonSets "
        "(m5.large)"
    )


def test_daemonsets_are_taken_off_first() -> None:
    agent = workload("agent", "DaemonSet", 1, cpu="100m")
    of = setup(workload(cpu="1900m"), agent, config_of=config(group()))
    assert "leaves 1830m beside DaemonSets" in one(check, of).reason


def test_no_node_with_both_names_the_closest() -> None:
    both = config(group("mixed", "m5.large", "t2.medium"))
    of = setup(workload(cpu="1900m", memory="7000Mi"), config_of=both)
    assert one(check, of).reason.startswith("it requests 7000Mi of memory")


def test_what_fits_passes_and_unknown_nodes_are_not_judged() -> None:
    assert found(check, setup(workload(cpu="1930m"), config_of=config(group()))) == []
    assert unjudged(check, setup(workload())) == [
        "no --cluster-config, --nodepool or nodes in the input: where pods may land is unknown"
    ]
    assert unjudged(check, setup(workload(), config_of=config(auto_mode=True))) == [
        "EKS Auto Mode launches nodes of its own choice"
    ]
