"""DaemonSets that taints keep out."""

from kubestow.model.taints import Taint, Toleration
from kubestow.preflight import daemonset_not_tolerating as check

from .builders import config, found, group, one, setup, unjudged, workload

OURS = config(group("gpu", taints=(Taint("nvidia.com/gpu", "", "NoSchedule"),)), group("plain"))
AGENT = workload("agent", "DaemonSet", 1)


def test_a_tainted_group_runs_without_it() -> None:
    finding = one(check, setup(AGENT, config_of=OURS))
    assert finding.severity == "warning"
    assert finding.reason == (
        "it does not tolerate nvidia.com/gpu:NoSchedule, so it does not run on managed node group "
        "gpu"
    )
    assert "{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}" in finding.fix


def test_a_toleration_and_a_selector_that_means_other_nodes_pass() -> None:
    tolerant = workload("agent", "DaemonSet", 1, tolerations=(Toleration(operator="Exists"),))
    choosy = workload(
        "agent", "DaemonSet", 1, node_selector=(("eks.amazonaws.com/nodegroup", "plain"),)
    )
    for item in (tolerant, choosy):
        assert found(check, setup(item, config_of=OURS)) == []
    assert unjudged(check, setup(AGENT)) != []
