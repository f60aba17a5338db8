"""Claims that pods on several nodes share."""

from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.pod import Preferences
from kubestow.model.setup import CheckedWorkload, PodVolume, Setup
from kubestow.model.volume import PersistentVolumeClaim, StorageClass
from kubestow.preflight import claim_shared_apart as check
from kubestow.preflight import crowd_in_one_zone, crowd_on_one_node
from kubestow.testing import affinity_term, spread

from .builders import found, one, setup, unjudged, workload

APART = (affinity_term(names.HOSTNAME, app="web"),)
OVER_ZONES = (spread(names.ZONE, app="web"),)
CLASSES = {"gp3": StorageClass("gp3"), "efs": StorageClass("efs", "efs.csi.aws.com")}


def sharing(*workloads: CheckedWorkload, mode: str = "ReadWriteOnce", of: str = "gp3") -> Setup:
    claim = PersistentVolumeClaim("shop", "data", of, access_modes=(mode,))
    facts = {"claims": {("shop", "data"): claim}, "storage_classes": CLASSES}
    return setup(*workloads, cluster=facts)


def user(name: str = "web", **options: Any) -> CheckedWorkload:
    return workload(name, volumes=(PodVolume("d", "persistentVolumeClaim", "data"),), **options)


@pytest.mark.parametrize(
    ("item", "severity", "said"),
    [
        (user(anti_affinity=APART), "error", "must run on different nodes"),
        (user(spread=(spread(names.HOSTNAME, app="web"),)), "error", "must run on different nodes"),
        (user(spread=OVER_ZONES), "error", "must run in different zones"),
        (user(preferences=Preferences(anti_affinity=((1, APART[0]),))), "warning",
         "prefer different nodes"),
        (user(), "warning", "may run on different nodes"),
        (user(kind="DaemonSet", replicas=1), "error", "a pod on every node"),
    ],
)  # fmt: skip
def test_replicas_that_share_a_claim_for_one_node_are_found(
    item: CheckedWorkload, severity: str, said: str
) -> None:
    finding = one(check, sharing(item))
    assert finding.severity == severity
    assert said in finding.reason
    assert "claim data" in finding.reason


def test_a_single_replica_and_replicas_kept_on_one_node_pass() -> None:
    assert found(check, sharing(user(replicas=1))) == []
    together = user(affinity=(affinity_term(names.HOSTNAME, app="web"),))
    assert found(check, sharing(together)) == []


def test_a_claim_for_one_pod_is_for_one_replica_wherever_they_run() -> None:
    together = user(affinity=(affinity_term(names.HOSTNAME, app="web"),))
    for item in (user(), together):
        finding = one(check, sharing(item, mode="ReadWriteOncePod"))
        assert (finding.severity, "one pod runs" in finding.reason) == ("error", True)


def test_a_file_system_for_many_nodes_passes_and_one_that_is_only_mounted_too() -> None:
    apart = user(anti_affinity=APART)
    assert found(check, sharing(apart, mode="ReadWriteMany", of="efs")) == []
    assert found(check, sharing(apart, of="efs")) == []


def test_a_block_volume_for_many_nodes_is_still_in_one_zone() -> None:
    assert found(check, sharing(user(anti_affinity=APART), mode="ReadWriteMany")) == []
    finding = one(check, sharing(user(spread=OVER_ZONES), mode="ReadWriteMany"))
    assert "EBS volume is in one zone" in finding.reason


def test_workloads_that_share_a_claim_for_one_node_are_named_once() -> None:
    finding = one(check, sharing(user("a", replicas=1), user("b", replicas=1)))
    assert finding.subject.name == "b"
    assert "with Deployment shop/a" in finding.reason


def test_a_claim_that_is_not_in_the_input_is_not_judged() -> None:
    (why,) = unjudged(check, setup(user()))
    assert "shop/data" in why


def test_replicas_that_share_such_a_claim_are_not_told_to_spread() -> None:
    for crowd in (crowd_in_one_zone, crowd_on_one_node):
        assert found(crowd, sharing(user())) == []
        assert found(crowd, sharing(user(), mode="ReadWriteMany", of="efs")) != []
    assert found(crowd_in_one_zone, sharing(user(), mode="ReadWriteMany")) == []
    assert found(crowd_on_one_node, sharing(user(), mode="ReadWriteMany")) != []
