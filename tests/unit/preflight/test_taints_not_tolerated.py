"""Taints that nobody tolerates."""

from kubestow.model.taints import Taint, Toleration
from kubestow.preflight import taints_not_tolerated as check

from .builders import config, found, group, one, setup, unjudged, workload

OURS = config(group(taints=(Taint("dedicated", "batch", "NoSchedule"),)))


def test_every_group_is_tainted() -> None:
    finding = one(check, setup(workload(), config_of=OURS))
    assert finding.severity == "error"
    assert "(workers dedicated=batch:NoSchedule)" in finding.reason
    assert finding.fix.startswith(
        "add tolerations: [{key: dedicated, operator: Equal, value: batch, effect: NoSchedule}]"
    )


def test_a_toleration_or_a_group_without_taints_pass() -> None:
    item = workload(tolerations=(Toleration("dedicated", "Exists"),))
    assert found(check, setup(item, config_of=OURS)) == []
    both = config(*OURS.groups, group("plain"))
    assert found(check, setup(workload(), config_of=both)) == []
    assert unjudged(check, setup(workload())) != []
